"""Placements in both databases: what is known of a ticket, whose groups, who teaches, and when they go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from storing import NOON, SHANGHAI, fed, later, ticket

from connectors.ticket import to_us
from monitor.storage.placements import Known, Member, Placed
from monitor.storage.retention import prune
from monitor.storage.ticket_reads import FEW_NODES

AT = to_us(NOON)
WHOLE = {
    "tags": frozenset({"media"}),
    "complainant": "hash",
    "text": "wet parcel",
    "region": "north",
    "channel": "phone",
    "escalated_at": NOON + timedelta(hours=1),
}


def placed(id, path, *, cluster=None, emerged=False) -> Placed:
    return Placed(id, AT, path, 0.75, 90, cluster, emerged)


def save(store, *rows):
    """Place tickets that are stored."""
    with store.writing() as tx:
        nodes = {path: n for n, path in enumerate(tx.nodes.paths())}
        tx.placements.save(tx.sources.id("desk"), rows, nodes=[nodes[row.path] for row in rows], at=AT)


def test_a_placement_stands_until_the_source_tells_a_category(store):
    fed(store, ticket("1", path=()), ticket("2", path=()), ticket("3"))
    save(store, placed("1", ("mobile", "bill")), placed("2", ("mobile",)))
    with store.writing() as tx:
        desk = tx.sources.id("desk")
        assert tx.placements.known(desk, ["1", "2", "3", "4"]) == {
            "1": Known(AT, (), ("mobile", "bill")),
            "2": Known(AT, (), ("mobile",)),
            "3": Known(AT, ("mobile", "bill"), None),
        }
        assert tx.placements.known(None, ["1"]) == {}
        tx.placements.correct(desk, ["1"], at=AT + 5)
        tx.placements.correct(desk, [], at=AT + 5)
        assert tx.placements.known(desk, ["1"]) == {"1": Known(AT, (), None)}
        assert tx.placements.figures() == (2, 1)
        assert tx.placements.any_of(desk)
        assert not tx.placements.any_of(99)
    save(store, placed("1", ("mobile",)))
    with store.reading() as tx:
        assert tx.placements.figures() == (2, 0)


def test_labelled_texts_teach_those_that_were_placed_do_not_and_corrected_or_adopted_ones_do(store):
    fed(
        store,
        ticket("told", text="told"),
        ticket("void", text="void", void=True),
        ticket("mute"),
        ticket("bare", path=(), text="bare"),
        ticket("placed", text="placed", created_at=NOON + timedelta(hours=1)),
        ticket("corrected", text="corrected", created_at=NOON + timedelta(hours=2)),
        ticket("adopted", path=("net",), text="adopted", created_at=NOON + timedelta(hours=3)),
    )
    save(
        store,
        placed("placed", ("mobile", "bill")),
        placed("corrected", ("mobile", "bill")),
        placed("adopted", ("mobile",), cluster=3, emerged=True),
    )
    with store.writing() as tx:
        tx.placements.correct(tx.sources.id("desk"), ["corrected"], at=AT)
        found = tx.placements.labelled(10)
        assert tx.placements.labelled(1) == [("adopted", ("net",))]
    assert found == [("told", ("mobile", "bill")), ("corrected", ("mobile", "bill")), ("adopted", ("net",))]


def test_groups_are_their_stored_members_and_emerge_as_a_whole(store):
    fed(store, *(ticket(str(n), path=(), text=f"text {n}") for n in range(3)), ticket("x"))
    fed(store, ticket("9", path=(), source="web", text="web"))
    save(store, *(placed(str(n), (), cluster=7) for n in range(3)))
    with store.writing() as tx:
        web = tx.sources.id("web")
        tx.placements.save(web, [placed("9", (), cluster=7)], nodes=[0], at=AT)
        tx.placements.correct(tx.sources.id("desk"), ["1"], at=AT)
        assert [m.ticket for m in tx.placements.members(AT)] == ["0", "2", "9"]
        assert tx.placements.members(AT + 1) == []
        assert tx.placements.last_cluster() == 7
        node = tx.nodes.paths().index(("mobile", "bill"))
        assert tx.placements.emerge(7, node, at=AT) == {"desk": ["0", "2"], "web": ["9"]}
        assert tx.placements.members(AT)[0] == Member("desk", "0", 7, "text 0", AT, ("mobile", "bill"))
    with store.reading() as tx:
        assert tx.placements.known(tx.sources.find("desk"), ["1"])["1"].placed is None


def test_a_group_that_another_absorbs_moves_to_its_node_and_moves_none_that_is_there(store):
    fed(store, *(ticket(str(n), path=(), text=f"text {n}") for n in range(4)))
    save(store, placed("0", (), cluster=7), placed("1", (), cluster=7), placed("2", (), cluster=9))
    with store.writing() as tx:
        node = tx.nodes.paths().index(())
        assert tx.placements.emerge(7, node, at=AT) == {"desk": ["0", "1"]}
        tx.placements.absorb(9, 7)
        assert tx.placements.emerge(7, node, at=AT + 1) == {"desk": ["2"]}
        assert [m.cluster for m in tx.placements.members(AT)] == [7, 7, 7]


def test_a_ticket_is_told_again_with_all_that_is_stored_of_it(store):
    first = ticket("1", path=(), **WHOLE)
    fed(store, first, ticket("2", path=(), void=True, closed_at=NOON))
    with store.reading() as tx:
        desk = tx.sources.find("desk")
        batch = tx.placements.tickets(desk, "desk", ["1", "2", "3"])
    assert sorted(batch.tickets(), key=lambda one: one.id) == [
        first,
        replace(ticket("2", path=()), void=True, closed_at=NOON),
    ]


def test_placements_go_with_their_tickets(store):
    old = NOON - timedelta(days=400)
    fed(store, ticket("1", path=(), created_at=old), later(ticket("2", path=(), created_at=NOON)), seen=old)
    save(store, replace(placed("1", ()), created=to_us(old)), placed("2", ()))
    with store.writing() as tx:
        tx.facts.close_hours(AT)
    removed = sum(p.rows for p in prune(store, {"tickets": timedelta(days=90)}, now=AT, calendar=SHANGHAI))
    assert removed == 2
    with store.reading() as tx:
        assert tx.placements.figures() == (1, 0)
        assert tx.placements.last_cluster() == -1


@pytest.mark.parametrize("others", [0, FEW_NODES], ids=["few nodes", "many nodes"])
def test_the_latest_kept_texts_of_some_nodes_are_read_in_order_of_creation(store, others):
    hours = [NOON + timedelta(hours=n) for n in range(4)]
    fed(store, *(ticket(str(n), text=f"t{n}", created_at=at) for n, at in enumerate(hours)))
    fed(store, ticket("none"), ticket("other", path=("net",), text="net"), ticket("v", text="v", void=True))
    with store.reading() as tx:
        nodes = [tx.nodes.paths().index(("mobile", "bill")), *range(1_000, 1_000 + others)]
        found = tx.ticket_reads.texts(nodes, AT, to_us(hours[3]), most=2)
    assert [(one.ticket, one.text, one.created) for one in found] == [
        ("1", "t1", to_us(hours[1])),
        ("2", "t2", to_us(hours[2])),
    ]
