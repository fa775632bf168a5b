"""Signals, pages, the trend log, sources and quarantine: stored once, read back as they were."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from storing import NOON, SHANGHAI, fed, feed, signal, ticket

from alerts.page import Page, Reason, Told
from connectors.source import Quarantined
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, HOUR, NEVER, to_us
from monitor.storage.outbox import State
from monitor.storage.sources import BlindTime
from monitor.trend import TrendRows

NOW = to_us(NOON)
TAXONOMY = Taxonomy(["business", "product"], [("mobile",), ("mobile", "bill"), ("net",)])


@pytest.fixture
def filled(store):
    """A store that knows some nodes."""
    with store.writing() as tx:
        tx.nodes.save(TAXONOMY)
    return store


# Signals


def test_a_signal_is_stored_once_and_comes_back_as_it_was(filled):
    odd = signal(
        ("mobile", "bill"),
        exact=True,
        created_at=NEVER,
        subject=(("source", "desk"), ("id", "7\0")),
        detail={"expected": 3.5, "focus": ["mobile"], "解释": None},
    )
    plain = signal(("net",))
    with filled.writing() as tx:
        assert tx.signals.save([odd, plain, odd], fired_at=NOW) == [odd, plain]
        again = replace(plain, observed=250)
        assert tx.signals.save([again], fired_at=NOW + 1) == []
        stored = {one.signal.node: one for one in tx.signals.find()}
    assert stored[("mobile", "bill")].signal == odd
    assert (stored[("net",)].signal, stored[("net",)].fired_at) == (plain, NOW)


def test_a_revised_signal_stays_and_says_so(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        tx.signals.revise({one.identity: 97})
        assert tx.signals.find()[0].signal == one.revised(97)
        tx.signals.revise({one.identity: None})
        assert tx.signals.find()[0].signal == one


def test_signals_are_found_by_what_people_ask_for(filled):
    early, late = (
        signal(("net",), crossed_at=NOW),
        signal(("mobile",), crossed_at=NOW + 5, rule="other", level="一级"),
    )
    with filled.writing() as tx:
        tx.signals.save([late, early], fired_at=NOW)

        def found(**wanted):
            return [one.signal for one in tx.signals.find(**wanted)]

        assert found() == [early, late]
        assert found(limit=1) == [late]
        assert found(rule="other") == [late]
        assert found(node=("net",)) == [early]
        assert found(level="一级") == [late]
        assert found(start=NOW + 1) == [late]
        assert found(end=NOW + 5) == [early]
        assert found(node=("unknown",)) == []
        assert tx.signals.number() == 2


def test_a_signal_is_open_from_its_crossing_to_a_day_after_its_window(filled):
    one = signal()
    closes = one.window_end + DAY
    cases = [(NOW - 1, 0), (NOW, 1), (closes - 1, 1), (closes, 0)]
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        assert [(at, len(tx.signals.open(at, at + 1))) for at, _ in cases] == cases
        assert len(tx.signals.overlapping(one.window_start, one.window_start + 1)) == 1
        assert tx.signals.overlapping(one.window_end, one.window_end + 1) == []


def test_a_signal_of_an_unknown_node_is_a_mistake_of_the_program(filled):
    with pytest.raises(KeyError), filled.writing() as tx:
        tx.signals.save([signal(("never", "stored"))], fired_at=NOW)


def test_signals_of_an_import_wait_until_a_page_folds_them(filled):
    one, other = signal(("net",)), signal(("mobile",))
    with filled.writing() as tx:
        tx.signals.save([one, other], fired_at=NOW, awaiting="desk")
        assert len(tx.signals.awaiting("desk")) == 2
        assert tx.signals.awaiting("web") == []
        assert tx.signals.unpaged(NOW) == []
        tx.outbox.save([Page("k", NOW, Reason.BULK_IMPORT, signals=(one,))])
        assert [waiting.signal for waiting in tx.signals.awaiting("desk")] == [other]
        assert [stored.signal for stored in tx.signals.find() if stored.page_key == "k"] == [one]


# Pages and the outbox

LI, WANG = Told("duty", "Li", "console", "-"), Told("head", "Wang", "email", "wang@example.org", "en")


def page(key: str = "k", **told) -> Page:
    return Page(key, NOW, Reason.LEVEL_REACHED, level="三级预警", node=("mobile",), told=(LI, WANG), **told)


def test_a_page_is_decided_once_with_a_delivery_for_each_one_told(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        decided = page(signals=(one,), muted_by=None, subject=(("odd", "nul \0 half \ud800"),))
        assert tx.outbox.save([decided, decided]) == [decided]
        assert tx.outbox.save([decided]) == []
        assert tx.outbox.page("k") == decided
        assert tx.outbox.page("unknown") is None
        assert [delivery.told for delivery in tx.outbox.deliveries("k")] == [LI, WANG]
        assert tx.signals.find()[0].page_key == "k"


def test_a_signal_belongs_to_the_page_that_told_of_it_first(filled):
    one = signal()
    with filled.writing() as tx:
        tx.signals.save([one], fired_at=NOW)
        tx.outbox.save([page("first", signals=(one,))])
        tx.outbox.save([page("second", signals=(one,))])
        assert tx.signals.find()[0].page_key == "first"


def test_pages_are_listed_in_the_order_of_decisions(filled):
    pages = [Page(key, NOW + i, Reason.TEST) for i, key in enumerate("cab")]
    with filled.writing() as tx:
        tx.outbox.save(pages)
        assert [one.key for one in tx.outbox.pages()] == ["c", "a", "b"]
        assert [one.key for one in tx.outbox.pages(limit=2)] == ["a", "b"]
        assert [one.key for one in tx.outbox.pages(NOW + 1, NOW + 2)] == ["a"]


def test_a_delivery_that_fails_is_tried_again_later_and_then_settled(filled):
    with filled.writing() as tx:
        tx.outbox.save([page()])
        first, second = tx.outbox.due(NOW, limit=10)
        assert tx.outbox.due(NOW, limit=1) == [first]
        assert tx.outbox.due(NOW - 1, limit=10) == []
        tx.outbox.failed(first.id, "429: slow down", next_at=NOW + HOUR)
        assert tx.outbox.due(NOW, limit=10) == [second]
        assert tx.outbox.next_due() == NOW
        tx.outbox.sent(second.id, at=NOW, receipt={"message": "17"})
        assert tx.outbox.next_due() == NOW + HOUR
        tx.outbox.undeliverable(first.id, "no such channel\0", at=NOW + HOUR)
        assert tx.outbox.next_due() is None
        states = {delivery.id: delivery for delivery in tx.outbox.deliveries()}
    assert states[first.id].state is State.UNDELIVERABLE
    assert states[first.id].attempts == 2
    assert states[second.id].receipt == {"message": "17"}
    with filled.reading() as tx:
        figures = {State.PENDING: 0, State.SENT: 1, State.UNDELIVERABLE: 1, State.WITHHELD: 0}
        assert tx.outbox.figures() == figures
        assert len(tx.outbox.deliveries(state=State.SENT)) == 1


def test_an_answer_that_comes_after_the_settlement_changes_nothing(filled):
    with filled.writing() as tx:
        tx.outbox.save([page()])
        [first, _] = tx.outbox.due(NOW, limit=10)
        tx.outbox.sent(first.id, at=NOW)
        tx.outbox.failed(first.id, "late", next_at=NOW + 5)
        assert tx.outbox.deliveries("k")[0].state is State.SENT


# The trend log


def trend(counts: list[int], **told) -> TrendRows:
    n = len(counts)
    hours = SHANGHAI.hour(NOW) + HOUR * np.arange(n, dtype=np.int64)
    column = np.array(counts, dtype=np.int64)
    rows = TrendRows(
        hour=hours,
        node=np.full(n, 2, dtype=np.int64),
        count=column,
        previous=np.zeros(n, dtype=np.int64),
        previous_known=np.arange(n) > 0,
        day_to_date=column + 10,
        month_escalated=column * 0,
        complete=np.ones(n, dtype=np.bool_),
    )
    return replace(rows, **told)


def test_a_row_that_says_something_new_is_a_new_revision_and_the_old_one_stays(filled):
    first, later = trend([3, 4, 5]), trend([3, 9, 5])
    hours = first.hour.tolist()
    with filled.writing() as tx:
        assert len(tx.trend.save(first, written_at=1)) == 3
        added = tx.trend.save(later, written_at=2)
        assert (added.rows.hour.tolist(), added.revision.tolist()) == ([hours[1]], [1])
        assert len(tx.trend.save(later, written_at=3)) == 0
        latest = tx.trend.latest(hours)
        assert latest.rows.count.tolist() == [3, 9, 5]
        assert latest.revision.tolist() == [0, 1, 0]
        assert latest.rows.previous_known.tolist() == [False, True, True]
        whole = tx.trend.of_node(2, hours[0], hours[2] + 1, revisions=True)
        assert whole.rows.count.tolist() == [3, 4, 9, 5]
        assert whole.written_at.tolist() == [1, 1, 2, 1]
        assert tx.trend.between(hours[1], hours[2]).rows.day_to_date.tolist() == [19]
        assert len(tx.trend.of_node(1, 0, 2**62)) == 0
        assert len(tx.trend.latest([])) == 0


def test_an_hour_that_became_complete_is_a_new_revision(filled):
    rows = trend([3])
    with filled.writing() as tx:
        tx.trend.save(replace(rows, complete=np.array([False])), written_at=1)
        assert tx.trend.save(rows, written_at=2).revision.tolist() == [1]


def test_hours_are_signed_with_a_remark_and_may_be_signed_again(filled):
    with filled.writing() as tx:
        tx.trend.sign([HOUR, 2 * HOUR], by="Li", remark="read", at=NOW)
        tx.trend.sign([HOUR], by="Wang", remark="really?\0", at=NOW + 1)
        signed = [(s.hour, s.signed_by) for s in tx.trend.signatures(0, 2 * HOUR)]
    assert signed == [(HOUR, "Li"), (HOUR, "Wang")]


# Sources and quarantine


def test_progress_never_goes_back_and_ends_a_failure(filled):
    with filled.writing() as tx:
        desk = tx.sources.id("desk")
        assert (desk, tx.sources.id("web"), tx.sources.id("desk")) == (0, 1, 0)
        tx.sources.progress(desk, polled_at=5, cursor="a", complete_to=50, first_created=7)
        tx.sources.failed(desk, "no route", at=6, next_at=60)
        tx.sources.failed(desk, "no route", at=8, next_at=80)
        failing = tx.sources.all()[0]
        tx.sources.progress(desk, polled_at=9, complete_to=40, first_created=9)
        state = tx.sources.all()[0]
    assert (failing.failures, failing.failing_since, failing.next_at) == (2, 6, 80)
    assert (state.cursor, state.complete_to, state.first_created) == ("a", 50, 7)
    assert (state.failures, state.failing_since, state.last_error, state.polled_at) == (0, None, None, 9)


def test_blind_time_has_a_start_and_at_last_an_end(filled):
    with filled.writing() as tx:
        desk = tx.sources.id("desk")
        tx.sources.blind(desk, 100)
        tx.sources.blind(desk, 150)
        assert tx.sources.blind_times() == [BlindTime("desk", 100, None)]
        assert tx.sources.all()[0].blind_since == 100
        tx.sources.sees(desk, 200)
        tx.sources.sees(desk, 300)
        assert tx.sources.blind_times() == [BlindTime("desk", 100, 200)]
        assert tx.sources.all()[0].blind_since is None
        assert tx.sources.blind_times(start=200) == []
        tx.sources.blind(desk, 100)
        assert tx.sources.blind_times(start=200) == [BlindTime("desk", 100, None)]


def test_a_bad_row_is_counted_once_however_often_it_is_read(filled):
    row = Quarantined("desk", "file.csv, line 7", "no id", "a\0;b", "k")
    with filled.writing() as tx:
        assert tx.quarantine.add([row, row, replace(row, key="k2")], seen=5) == 2
        assert tx.quarantine.add([replace(row, reason="still no id")], seen=6) == 0
        assert tx.quarantine.add([], seen=7) == 0
        [last, _] = tx.quarantine.rows("desk")
        assert (last.times, last.first_seen, last.last_seen, last.row.reason) == (3, 5, 6, "still no id")
        assert tx.quarantine.rows("web") == []
        assert len(tx.quarantine.rows(limit=1)) == 1
        [summary] = tx.quarantine.summary()
        assert (summary.source, summary.rows, summary.last_seen) == ("desk", 2, 6)


# Facts and tickets


def test_what_the_store_knows_of_itself_survives(filled):
    with filled.writing() as tx:
        assert (tx.facts.cut(), tx.facts.closed_until()) == (None, None)
        tx.facts.save_cut("Asia/Shanghai", ["业务", "product"])
        tx.facts.close_hours(NOW)
        tx.facts.seal(10)
        tx.facts.seal(5)
    with filled.reading() as tx:
        assert tx.facts.closed_until() == NOW
        assert tx.facts.sealed_until() == 10
        cut = tx.facts.cut()
    assert cut.levels == ("业务", "product")
    assert "of the levels 业务, product" in cut.differs(replace(cut, levels=("a",)))


def test_tickets_are_asked_for_by_what_rules_need(store):
    base = ticket("1", complainant="h", closed_at=NOON + timedelta(hours=2))
    rows = [
        base,
        replace(base, id="2", created_at=NOON + timedelta(hours=1), closed_at=None, escalated_at=NOON),
        replace(base, id="3", path=("net",), complainant=None),
        replace(base, id="4", void=True),
        replace(base, id="5", complainant="other", created_at=NOON + timedelta(hours=1)),
    ]
    taxonomy = Taxonomy(["a", "b"])
    with store.writing() as tx:
        feed(tx, taxonomy, rows[:4])
    with store.writing() as tx:
        feed(tx, taxonomy, rows[4:], seen=NOON + timedelta(hours=5))
    bill = taxonomy.find(("mobile", "bill"))
    with store.reading() as tx:
        reads = tx.ticket_reads

        def ids(found):
            return [row.id for row in found]

        assert ids(reads.created(NOW, NOW + 1)) == ["1", "3"]
        assert ids(reads.open(NOW, NOW + 2 * HOUR, at=NOW + 3 * HOUR)) == ["2"]
        assert ids(reads.open(NOW, NOW + 2 * HOUR, at=NOW + HOUR)) == ["1", "3", "2", "5"]
        assert ids(reads.of_complainant("h", bill)) == ["1", "2"]
        node, who, number = reads.complainants(NOW, NOW + 2 * HOUR)
        assert sorted(zip(node.tolist(), who.tolist(), number.tolist(), strict=True)) == [
            (bill, "h", 2),
            (bill, "other", 1),
        ]
        assert reads.last_seen([bill], NOW, NOW + 2 * HOUR) == (NOW + 5 * HOUR, NOW + HOUR)
        assert reads.last_seen([bill], NOW, NOW + 1, by="escalated") == (NOW, NOW + HOUR)
        assert reads.last_seen([], NOW, NOW + 1) is None
        assert reads.ticket("desk", "4") is None
        assert reads.ticket("desk", "1").closed == NOW + 2 * HOUR
        assert len(reads.complainants(0, 1)[0]) == 0
        counted = tx.counts.leaf("tickets", SHANGHAI.hour(NOW), SHANGHAI.hour(NOW) + 2 * HOUR)
        assert dict(zip(*(column.tolist() for column in counted), strict=True)) == {
            bill: 3,
            taxonomy.find(("net",)): 1,
        }


def test_an_empty_store_answers_everything_with_nothing(store):
    with store.reading() as tx:
        assert tx.nodes.paths() == []
        assert tx.counts.span() is None
        assert len(tx.counts.leaf("escalated", 0, NEVER)[0]) == 0
        assert tx.signals.find() == tx.outbox.pages() == tx.sources.all() == tx.quarantine.summary() == []


def test_a_new_store_takes_its_first_ticket_at_once(store):
    assert fed(store, ticket())[0].versions.known == 0
