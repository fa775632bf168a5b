"""Law 1: whatever the order of arrival, stored counts equal a recount from the versions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from storing import (
    KOLKATA,
    LEVELS,
    NOON,
    SHANGHAI,
    fed,
    feed,
    later,
    pieces,
    plain_recount,
    stored_counts,
    ticket,
    versions,
)

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, NEVER, Ticket, TicketBatch, to_us
from monitor.storage import Store
from monitor.storage.recount import recount

HISTORIES = st.lists(versions(), min_size=1, max_size=12).flatmap(pieces)


def assert_law_1(url: str, history: list[list[Ticket]], calendar=SHANGHAI) -> None:
    store = Store.open(url)
    for piece in history:
        fed(store, *piece, calendar=calendar)
    assert stored_counts(store) == plain_recount([one for piece in history for one in piece], calendar)
    with store.reading() as tx:
        assert len(recount(tx, calendar)) == 0
    store.close()


class TestLaw1:
    @pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(history=HISTORIES, calendar=st.sampled_from([SHANGHAI, KOLKATA]))
    @example(history=[[ticket(), ticket()], [ticket()]], calendar=SHANGHAI)
    def test_any_order_in_any_pieces_ends_at_the_same_counts(self, backend, new_url, history, calendar):
        assert_law_1(new_url(), history, calendar)

    @pytest.mark.postgres
    @pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(history=HISTORIES)
    def test_any_order_in_any_pieces_ends_at_the_same_counts_on_postgresql(self, backend, new_url, history):
        assert_law_1(new_url(), history)


def test_a_ticket_read_again_is_counted_once_and_keeps_when_it_was_seen(store):
    fed(store, ticket(text="bill is wrong"))
    fed(store, ticket(text="bill is wrong"), seen=NOON + timedelta(hours=1))
    with store.reading() as tx:
        assert tx.ticket_reads.ticket("desk", "1").seen == to_us(NOON)
    assert stored_counts(store)[0].total() == 1


def test_a_new_text_at_an_equal_stamp_is_a_later_arrival_and_wins(store):
    fed(store, ticket(text="old", closed_at=None))
    fed(store, ticket(text="new", closed_at=NOON), seen=NOON + timedelta(hours=1))
    with store.reading() as tx:
        row = tx.ticket_reads.ticket("desk", "1")
    assert (row.closed, row.seen) == (to_us(NOON), to_us(NOON + timedelta(hours=1)))


def test_a_re_categorised_ticket_moves_at_its_own_hour(store):
    first = ticket(path=("mobile", "bill"))
    fed(store, first)
    fed(store, later(first, 24 * 60, path=("mobile", "net")))
    assert stored_counts(store)[0] == {(SHANGHAI.hour(to_us(NOON)), ("mobile", "net")): 1}


def test_an_older_version_that_comes_late_only_tells_an_earlier_escalation(store):
    newer = ticket(updated_at=NOON + timedelta(hours=5), text="newest", path=("net",))
    older = ticket(escalated_at=NOON + timedelta(hours=1), text="older")
    fed(store, newer)
    fed(store, older, seen=NOON + timedelta(hours=9))
    with store.reading() as tx:
        known = tx.tickets.known(0, ["nobody", "1"])
        assert tx.nodes.paths()[int(known.node[0])] == ("net",)
        assert tx.ticket_reads.ticket("desk", "1").seen == to_us(NOON)
    assert known.ticket.tolist() == [1]
    assert known.escalated.tolist() == [to_us(NOON + timedelta(hours=1))]
    assert stored_counts(store)[1] == {(SHANGHAI.hour(to_us(NOON + timedelta(hours=1))), ("net",)): 1}


def test_what_is_known_is_what_was_told(store):
    fed(store, ticket("1", complainant="h", tags=frozenset({"media", "监管"}), void=True), ticket("2"))
    with store.reading() as tx:
        known = tx.tickets.known(0, ["1", "2"])
    by = {int(t): i for i, t in enumerate(known.ticket)}
    assert known.complainant[by[0]] == "h"
    assert known.complainant[by[1]] is None
    assert known.tags[by[0]] == {"media", "监管"}
    assert known.tags[by[1]] == frozenset()
    assert known.void[[by[0], by[1]]].tolist() == [True, False]
    assert known.closed.tolist() == [NEVER, NEVER]


def test_the_detectors_get_the_known_states_before_the_news(store):
    fed(store, ticket("1", complainant="h"))
    [ingested] = fed(store, ticket("2"), later(ticket("1", complainant="h"), void=True))
    versions = ingested.versions
    assert versions.known == 1
    assert versions.ids.tolist() == ["1", "2", "1"]
    assert versions.complainant.tolist() == ["h", None, "h"]
    assert ingested.ledger.tickets.sign.tolist() == [1, -1]


def test_sources_with_the_same_ids_do_not_meet(store):
    fed(store, ticket("1", source="desk"), ticket("1", source="web"))
    assert stored_counts(store)[0].total() == 2


def test_ids_may_be_numbers(store):
    batch = TicketBatch.of("desk", [ticket("7"), ticket("8")])
    numbers = TicketBatch(**{**vars_of(batch), "ids": batch.ids.astype("int64")})
    with store.writing() as tx:
        taxonomy = Taxonomy(["a", "b"])
        nodes = taxonomy.nodes(numbers.paths)[numbers.category]
        tx.nodes.save(taxonomy)
        tx.ingest(numbers, nodes=nodes, seen=to_us(NOON), calendar=SHANGHAI)
    with store.reading() as tx:
        assert tx.ticket_reads.ticket("desk", "7") is not None


def vars_of(batch: TicketBatch) -> dict[str, object]:
    return {name: value for name, value in vars(batch).items() if name != "_optional"}


@pytest.mark.parametrize("id", ["nul\0", "half \ud800 pair", "quote'\"", "表情🙂", "%s ? {among}", ""])
def test_no_strange_sign_keeps_a_ticket_from_being_counted(store, id):
    for _ in range(2):
        fed(
            store,
            ticket(id, path=("a\0b", "\ud800"), text="\0", complainant="\ud800", region="%", channel="?"),
        )
    assert stored_counts(store)[0].total() == 1
    with store.reading() as tx:
        assert ("a\0b", "\ud800") in tx.nodes.paths()


def test_an_empty_batch_changes_nothing(store):
    with store.writing() as tx:
        ingested = tx.ingest(
            TicketBatch.empty("desk"), nodes=Taxonomy(["a"]).nodes([]), seen=0, calendar=SHANGHAI
        )
    assert len(ingested.versions) == 0
    assert stored_counts(store) == ({}, {})


def test_a_transaction_that_fails_leaves_nothing(store):
    fed(store, ticket("1"))
    before = stored_counts(store)

    def fails() -> None:
        with store.writing() as tx:
            taxonomy = Taxonomy(["a", "b"], tx.nodes.paths())
            feed(tx, taxonomy, [ticket("2", path=("new", "node")), ticket("1", void=True)])
            tx.sources.progress(0, cursor="further", polled_at=to_us(NOON))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert stored_counts(store) == before
    with store.reading() as tx:
        assert tx.sources.all()[0].cursor is None
        assert ("new", "node") not in tx.nodes.paths()
        assert tx.ticket_reads.ticket("desk", "2") is None


def test_a_node_that_was_rolled_back_is_stored_the_next_time(store):
    taxonomy = Taxonomy(["a", "b"])
    with pytest.raises(RuntimeError), store.writing() as tx:
        feed(tx, taxonomy, [ticket("1", path=("x", "y"))])
        raise RuntimeError
    with store.writing() as tx:
        feed(tx, taxonomy, [ticket("1", path=("x", "z"))])
    with store.reading() as tx:
        assert tx.nodes.paths() == taxonomy.paths


def test_stamps_before_1970_and_far_away_are_counted(store):
    fed(
        store,
        ticket("1", created_at=datetime(1955, 11, 5, tzinfo=UTC)),
        ticket("2", created_at=datetime(2190, 1, 1, tzinfo=UTC)),
    )
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0
        first, last = tx.counts.span()
    assert first < 0 < last


def at_closing(store, hour=NOON):
    with store.reading() as tx:
        start = to_us(hour)
        _, node, count = tx.counts.hourly_at_closing(start, start + HOUR)
        paths = tx.nodes.paths()
        return {paths[n]: k for n, k in zip(node.tolist(), count.tolist(), strict=True)}


def close_noon(store):
    with store.writing() as tx:
        tx.facts.close_hours(to_us(NOON) + HOUR)


def test_what_comes_or_goes_after_an_hour_was_closed_is_counted_and_remembered_as_late(store):
    fed(store, ticket("a"), ticket("b"), ticket("moved"))
    close_noon(store)
    fed(store, ticket("late"), later(ticket("b"), void=True), later(ticket("moved"), path=("tv",)))
    counts, _ = stored_counts(store)
    assert counts == {(to_us(NOON), ("mobile", "bill")): 2, (to_us(NOON), ("tv",)): 1}
    assert at_closing(store) == {("mobile", "bill"): 3}


def test_a_bulk_import_is_history_and_not_late(store):
    fed(store, ticket("a"))
    close_noon(store)
    with store.writing() as tx:
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        batch = TicketBatch.of("desk", [ticket("old")])
        nodes = taxonomy.nodes(batch.paths)[batch.category]
        tx.ingest(batch, nodes=nodes, seen=to_us(NOON), calendar=SHANGHAI, imported=True)
    assert at_closing(store) == {("mobile", "bill"): 2}


def test_once_forgotten_nothing_was_late(store):
    fed(store, ticket("a"))
    close_noon(store)
    fed(store, ticket("late"))
    with store.writing() as tx:
        tx.counts.forget_late()
    assert at_closing(store) == {("mobile", "bill"): 2}


def test_single_tickets_tell_where_and_by_whom_they_were_made_void_ones_left_out(store):
    fed(
        store,
        ticket("b", created_at=NOON + timedelta(minutes=2), region="north", channel="phone"),
        ticket("a", complainant="hash", region="south"),
        ticket("void", void=True),
        ticket("elsewhere", path=("tv",)),
    )
    start = to_us(NOON)
    with store.reading() as tx:
        paths = tx.nodes.paths()
        here = paths.index(("mobile", "bill"))
        created, node, who, region, channel = tx.ticket_reads.particulars([here], start, start + HOUR)
        assert created.tolist() == [start, start + HOUR // 30]
        assert node.tolist() == [here, here]
        assert (who.tolist(), region.tolist(), channel.tolist()) == (
            ["hash", None],
            ["south", "north"],
            [None, "phone"],
        )
        at, leaf = tx.ticket_reads.instants(start, start + HOUR)
        assert sorted(zip(at.tolist(), [paths[n] for n in leaf.tolist()], strict=True)) == [
            (start, ("mobile", "bill")),
            (start, ("tv",)),
            (start + HOUR // 30, ("mobile", "bill")),
        ]
        assert tx.ticket_reads.particulars([here], 0, 1)[0].tolist() == []
