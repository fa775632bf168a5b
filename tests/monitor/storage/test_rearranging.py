"""Stored tickets, counts and signals follow the taxonomy; counts stay what a recount says (law 1)."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storing import (
    LEVELS,
    NOON,
    PATHS,
    SHANGHAI,
    fed,
    later,
    plain_recount,
    signal,
    stored_counts,
    ticket,
    versions,
)

from connectors.lineage import Lineage
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, TicketBatch, to_us
from monitor.storage import Store
from monitor.storage.rearranging import rearrange
from monitor.storage.recount import recount
from monitor.storage.taxonomy_changes import lineage_of, whereabouts

LAST = 10**18


def change(store: Store, kind: str, **body) -> int:
    """Ask for a change and apply it, as the daemon does."""
    with store.writing() as tx:
        tx.taxonomy.ask(kind, body, author="test", at=to_us(NOON))
        return follow(tx)


def follow(tx) -> int:
    changes = tx.taxonomy.all()
    lineage, taxonomy = lineage_of(changes, depth=len(LEVELS)), Taxonomy(LEVELS, tx.nodes.paths())
    moved = whereabouts(changes, lineage)
    followed = rearrange(tx, taxonomy, lineage, calendar=SHANGHAI, moved=moved)
    tx.taxonomy.apply(at=to_us(NOON))
    return followed.tickets


def told(store: Store, *tickets) -> None:
    """Versions arrive, and are counted by the lineage of now."""
    with store.writing() as tx:
        lineage = lineage_of(tx.taxonomy.all(), depth=len(LEVELS))
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        for one in tickets:
            batch = TicketBatch.of(one.source, [one])
            labels = taxonomy.nodes(batch.paths)[batch.category]
            paths, category = lineage.counted(batch.paths, batch.category, batch.created)
            nodes = taxonomy.nodes(paths)[category]
            tx.nodes.save(taxonomy)
            tx.ingest(batch, nodes=nodes, labels=labels, seen=to_us(NOON), calendar=SHANGHAI)


def counted(store: Store) -> Counter:
    found = Counter()
    for (_, path), count in stored_counts(store)[0].items():
        found[path] += count
    return +found


def recounts(store: Store) -> bool:
    with store.reading() as tx:
        return len(recount(tx, SHANGHAI)) == 0


def test_a_rename_moves_stored_tickets_and_those_that_come_late_and_is_taken_back_exactly(store):
    fed(store, ticket("1"), ticket("2", path=("mobile",)), ticket("3", path=("net",), escalated_at=NOON))
    before = stored_counts(store)
    assert change(store, "rename", moves=[[["mobile"], ["wireless"]]]) == 2
    told(store, ticket("4"), later(ticket("1")))
    assert counted(store) == {("wireless", "bill"): 2, ("wireless",): 1, ("net",): 1}
    assert recounts(store)
    told(store, later(ticket("4"), 5, void=True))
    assert change(store, "undo", of=1) == 3
    assert (counted(store), recounts(store)) == (
        Counter({("mobile", "bill"): 1, ("mobile",): 1, ("net",): 1}),
        True,
    )
    assert (+stored_counts(store)[0], +stored_counts(store)[1]) == (+before[0], +before[1])


def test_a_split_moves_only_the_tickets_created_from_then_on(store):
    fed(store, ticket("1"), ticket("2", created_at=NOON + timedelta(hours=1), escalated_at=NOON))
    since = to_us(NOON + timedelta(minutes=30))
    assert change(store, "split", moves=[[["mobile", "bill"], ["mobile", "e-bill"]]], since=since) == 1
    told(store, ticket("3"), ticket("4", created_at=NOON + timedelta(hours=2)))
    assert counted(store) == {("mobile", "bill"): 2, ("mobile", "e-bill"): 2}
    assert recounts(store)


def test_labels_that_were_one_node_may_become_two(store):
    def table(*rows):
        return {"file": "t", "entries": [[path, None, aliases, 2] for path, aliases in rows]}

    fed(store, ticket("1", path=("a",)), ticket("2", path=("b",)), ticket("3", path=("Ａ",)))
    change(store, "table", **table((["ab"], ["a", "b"])))
    assert counted(store) == {("ab",): 3}
    change(store, "table", **table((["ab"], ["a"]), (["bee"], ["b"])))
    assert counted(store) == {("ab",): 2, ("bee",): 1}
    assert recounts(store)


def test_hours_behind_the_seal_move_as_whole_nodes(store):
    old = NOON - timedelta(days=90)
    fed(store, ticket("1", created_at=old), ticket("2"), ticket("3", path=("net",), created_at=old))
    with store.writing() as tx:
        tx.facts.seal(SHANGHAI.month(to_us(NOON)))
        tx.connection.exec_driver_sql("DELETE FROM tickets WHERE ticket_id <> '2'")
    change(store, "merge", moves=[[["mobile", "bill"], ["net"]]])
    assert counted(store) == {("net",): 3}
    assert stored_counts(store)[0][SHANGHAI.hour(to_us(old)), ("net",)] == 2
    assert recounts(store)


def test_signals_follow_their_node_so_that_they_do_not_fire_again(store):
    fed(store, ticket("1"), ticket("2", path=("net",)))
    mine, other = signal(("mobile",), observed=104), signal(("net",), observed=101)
    about = signal(("mobile",), rule="overdue", subject=(("id", "1"), ("source", "desk")))
    with store.writing() as tx:
        tx.signals.save([mine, other, about], fired_at=to_us(NOON))
    change(store, "rename", moves=[[["mobile"], ["wireless"]]])
    with store.writing() as tx:
        assert tx.signals.save([replace(mine, node=("wireless",)), about], fired_at=1) == []
        assert {s.signal.node for s in tx.signals.find()} == {("wireless",), ("net",)}
    change(store, "merge", moves=[[["wireless"], ["net"]]])
    with store.reading() as tx:
        found = {(s.signal.rule, s.signal.node, s.signal.observed) for s in tx.signals.find()}
    # Both had fired for this day: the one of the node that stays is the node's.
    assert found == {
        ("same-day volume", ("net",), 101),
        ("same-day volume", ("wireless",), 104),
        ("overdue", ("net",), 100),
    }


CHANGES = st.one_of(
    st.tuples(st.just("rename"), st.sampled_from(PATHS[1:]), st.sampled_from([("net",), ("x",), ("x", "y")])),
    st.tuples(st.just("split"), st.sampled_from(PATHS[1:]), st.sampled_from([("net",), ("z",)])),
    st.tuples(st.just("undo"), st.integers(1, 3), st.none()),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(versions(), CHANGES), max_size=14))
def test_whatever_order_versions_and_changes_come_in_counts_are_those_of_the_last_lineage(empty_url, steps):
    """Law 1 under a lineage: as if every version had been told after the last change."""
    store = Store.open(empty_url)
    with store.writing() as tx:
        for name in ("counts", "tickets", "taxonomy_changes", "nodes"):
            tx.connection.exec_driver_sql(f"DELETE FROM {name}")
    fed_versions = []
    for step in steps:
        if not isinstance(step, tuple):
            told(store, step)
            fed_versions.append(step)
        elif step[0] == "undo":
            change(store, "undo", of=step[1])
        elif step[1] != step[2][: len(step[1])]:
            since = {"since": to_us(NOON) + HOUR} if step[0] == "split" else {}
            change(store, step[0], moves=[[list(step[1]), list(step[2])]], **since)
    with store.reading() as tx:
        lineage = lineage_of(tx.taxonomy.all(), depth=len(LEVELS))
        assert len(recount(tx, SHANGHAI)) == 0
    settled = [replace(v, path=lineage.path(v.path, to_us(v.created_at))) for v in fed_versions]
    assert tuple(+counts for counts in stored_counts(store)) == plain_recount(settled)
    store.close()


def test_what_is_asked_for_waits_until_it_is_applied(store):
    with store.writing() as tx:
        assert not tx.taxonomy.is_pending()
        tx.taxonomy.ask("rename", {"moves": [[["宽带"], ["固网"]]]}, author="李", at=5)
        assert tx.taxonomy.is_pending()
        tx.taxonomy.apply(at=7)
    with store.reading() as tx:
        [found] = tx.taxonomy.all()
    assert (found.id, found.author, found.moves, found.applied_at) == (1, "李", ((("宽带",), ("固网",)),), 7)
    assert not Lineage(depth=1)
    assert json.dumps(found.body)


@pytest.mark.parametrize("page", [1, 3])
def test_many_tickets_move_page_by_page(store, monkeypatch, page):
    import monitor.storage.rearranging as module

    monkeypatch.setattr(module, "PAGE", page)
    monkeypatch.setattr(module, "_TICKETS", module._TICKETS.replace("LIMIT 50000", f"LIMIT {page}"))
    fed(store, *(ticket(str(n), source=s) for n in range(4) for s in ("desk", "web")))
    assert change(store, "rename", moves=[[["mobile"], ["wireless"]]]) == 8
    assert counted(store) == {("wireless", "bill"): 8}
