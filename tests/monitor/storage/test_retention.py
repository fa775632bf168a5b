"""What is old goes, in small steps; what goes never comes back as news, and open windows stay whole."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incidents import OPENED_AT, event, opening
from sqlalchemy import text
from storing import NOON, SHANGHAI, fed, later, pieces, plain_recount, signal, stored_counts, ticket, versions

from alerts.incident_plan import Override
from alerts.incidents.book import Changed
from alerts.incidents.event import Kind
from alerts.incidents.transitions import fold
from alerts.page import Page, Reason, Told
from alerts.silences import Silence
from connectors.source import Quarantined
from connectors.ticket import at_us, to_us
from monitor.storage import Store
from monitor.storage.recount import mend, recount
from monitor.storage.retention import prune
from monitor.storage.threads import Thread

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAYS = timedelta(days=1)


def pruned(store: Store, *, now: datetime = NOW, rows: int = 100, **keep: int) -> dict[str, int]:
    """Rows removed by kind; keeps are days."""
    total: dict[str, int] = {}
    days = {what: timedelta(days=n) for what, n in keep.items()}
    for one in prune(store, days, now=to_us(now), calendar=SHANGHAI, rows=rows):
        assert one.rows <= rows
        total[one.what] = total.get(one.what, 0) + one.rows
    return total


def number(store: Store, table: str) -> int:
    with store.reading() as tx:
        return tx.connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()


def days_ago(days: int, id: str | None = None, **told):
    at = NOW - timedelta(days=days)
    return ticket(id or f"{days} days", created_at=at, **told)


def test_old_tickets_go_and_their_counts_stay(store):
    fed(store, *(days_ago(days) for days in (400, 300, 200, 3)), seen=NOW - 290 * DAYS)
    before = stored_counts(store)
    assert pruned(store, tickets=250) == {"tickets": 2}
    assert stored_counts(store) == before
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0


def test_pruning_goes_in_small_transactions(store):
    fed(store, *(days_ago(400, id=str(n)) for n in range(25)), seen=NOW - 300 * DAYS)
    steps = list(prune(store, {"tickets": 250 * DAYS}, now=to_us(NOW), calendar=SHANGHAI, rows=10))
    assert [step.rows for step in steps] == [10, 10, 5]


def test_a_pruned_ticket_that_is_read_again_is_not_counted_twice(store):
    old = days_ago(400, escalated_at=NOW - 399 * DAYS)
    fed(store, old, seen=NOW - 398 * DAYS)
    pruned(store, tickets=250)
    before = stored_counts(store)
    [ingested] = fed(store, old, seen=NOW)
    assert len(ingested.versions) == 0
    assert len(ingested.ledger.tickets) == 0
    assert stored_counts(store) == before
    assert number(store, "tickets") == 0


def test_a_pruned_ticket_that_is_escalated_now_counts_in_this_month(store):
    old = days_ago(400)
    fed(store, old, seen=NOW - 398 * DAYS)
    pruned(store, tickets=250)
    [ingested] = fed(store, later(old, 399 * 24 * 60, escalated_at=NOW - DAYS), seen=NOW)
    assert len(ingested.ledger.tickets) == 0
    assert ingested.ledger.escalations.at.tolist() == [to_us(NOW - DAYS)]
    tickets, escalated = stored_counts(store)
    assert (tickets.total(), escalated.total()) == (1, 1)
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0


def test_a_ticket_that_moved_lately_stays_and_sealed_hours_do_not_change(store):
    first = days_ago(400)
    fed(store, first, later(first, 399 * 24 * 60), seen=NOW - 300 * DAYS)
    assert pruned(store, tickets=250) == {}
    before = stored_counts(store)
    fed(store, later(first, 400 * 24 * 60, path=("net",)), seen=NOW)
    assert stored_counts(store) == before
    with store.writing() as tx:
        differences = recount(tx, SHANGHAI)
        mend(tx, SHANGHAI, differences)
    assert len(differences) == 0


def test_an_old_ticket_that_was_escalated_lately_stays(store):
    fed(store, days_ago(400, escalated_at=NOW - 5 * DAYS), seen=NOW - 300 * DAYS)
    assert pruned(store, tickets=250) == {}


def test_a_ticket_imported_lately_stays_however_old_it_is(store):
    fed(store, days_ago(400), seen=NOW - DAYS)
    assert pruned(store, tickets=250) == {}


def test_no_keep_is_so_short_that_it_touches_this_month_or_the_last(store):
    fed(store, *(days_ago(days) for days in (1, 19, 20, 49, 51)), seen=NOW - 60 * DAYS)
    before = plain_recount([days_ago(days) for days in (1, 19, 20, 49, 51)])
    # 51 days before the 20th of November is the 30th of September.
    assert pruned(store, tickets=1, counts=1, trend=1) == {"tickets": 1, "counts": 1}
    assert stored_counts(store)[0].total() == 4
    assert before[0].total() == 5
    with store.reading() as tx:
        assert len(recount(tx, SHANGHAI)) == 0


def test_hours_that_are_not_closed_yet_stay_after_a_long_downtime(store):
    with store.writing() as tx:
        tx.facts.close_hours(to_us(NOW - 300 * DAYS))
    fed(store, *(days_ago(days) for days in (400, 320, 310)), seen=NOW - 360 * DAYS)
    assert pruned(store, tickets=1) == {"tickets": 1}


def test_counts_are_only_pruned_where_they_are_sealed(store):
    fed(store, days_ago(400), seen=NOW - 300 * DAYS)
    assert pruned(store, counts=100) == {}
    assert pruned(store, tickets=100, counts=100) == {"tickets": 1, "counts": 1}
    assert stored_counts(store)[0].total() == 0


def test_texts_go_before_their_tickets(store):
    fed(store, days_ago(40, text="angry"), days_ago(20, text="calm"))
    assert pruned(store, texts=30) == {"texts": 1}
    assert number(store, "tickets") == 2


def test_a_signal_stays_while_its_window_could_be_judged_again(store):
    old = signal(window_start=to_us(NOW - 400 * DAYS), window_end=to_us(NOW - 399 * DAYS))
    fed(store, days_ago(400, path=old.node), seen=NOW - 398 * DAYS)
    with store.writing() as tx:
        tx.signals.save([old], fired_at=to_us(NOW - 399 * DAYS))
    assert pruned(store, signals=100) == {}
    assert pruned(store, tickets=100, signals=100) == {"tickets": 1, "signals": 1}


def test_sent_pages_go_and_undelivered_ones_stay(store):
    at = to_us(NOW - 400 * DAYS)
    told = (Told("duty", "Li", "console", "-"),)
    with store.writing() as tx:
        tx.outbox.save([Page(key, at, Reason.TEST, told=told) for key in ("sent", "pending", "given up")])
        for delivery in tx.outbox.deliveries():
            if delivery.page_key == "sent":
                tx.outbox.sent(delivery.id, at=at)
            if delivery.page_key == "given up":
                tx.outbox.undeliverable(delivery.id, "no such address", at=at)
    assert pruned(store, pages=100) == {"pages": 2}
    with store.reading() as tx:
        assert {page.key for page in tx.outbox.pages()} == {"pending", "given up"}


def test_quarantined_rows_go_when_they_were_not_read_for_long(store):
    rows = [Quarantined("desk", "line 1", "no id", "x", key) for key in ("old", "read again")]
    with store.writing() as tx:
        tx.quarantine.add(rows, seen=to_us(NOW - 100 * DAYS))
        tx.quarantine.add(rows[1:], seen=to_us(NOW))
    assert pruned(store, quarantine=30) == {"quarantine": 1}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(versions(), min_size=2, max_size=12).flatmap(pieces), months=st.data())
def test_whatever_was_pruned_in_between_a_recount_agrees_after_the_seal(backend, new_url, history, months):
    store = Store.open(new_url())
    sealed: Counter[tuple[int, tuple[str, ...]]] = Counter()
    since = -(2**62)
    for piece in history:
        fed(store, *piece)
        tickets, _ = stored_counts(store)
        assert {cell: n for cell, n in tickets.items() if cell[0] < since} == sealed
        ahead = timedelta(days=31 * months.draw(st.integers(2, 5)))
        pruned(store, now=NOON + ahead, tickets=31)
        with store.reading() as tx:
            assert len(recount(tx, SHANGHAI)) == 0
            since = tx.facts.sealed_until()
        sealed = Counter({cell: n for cell, n in stored_counts(store)[0].items() if cell[0] < since})
    store.close()


def test_incidents_that_are_over_go_whole_and_neither_open_ones_nor_the_last(store):
    stories = [
        (Kind.RESOLVED, Kind.CLOSED),
        (Kind.ACKNOWLEDGED,),
        (Kind.RESOLVED,),
        (Kind.RESOLVED, Kind.CLOSED),
        (Kind.RESOLVED, Kind.CLOSED),
    ]
    with store.writing() as tx:
        for id, kinds in enumerate(stories, start=1):
            log = (
                opening(key=str(id)),
                *(event(kind, minute, by="李娜") for minute, kind in enumerate(kinds, start=1)),
            )
            told = fold(id, log)
            tx.incidents.save([Changed(told, log)])
            tx.threads.told(Thread(id, "slack", "C1", "C1/1", "page", "zh", 0, 0), at=0)
    before = at_us(OPENED_AT)
    assert pruned(store, now=before + 100 * DAYS, incidents=101) == {}
    # The third still has deadlines, the second is open, and the fifth keeps the count of numbers.
    assert pruned(store, now=before + 100 * DAYS, incidents=99) == {"incidents": 2}
    with store.reading() as tx:
        assert [one.id for one in tx.incidents.find()] == [2, 3, 5]
        assert [len(one.log) for one in tx.incidents.find()] == [2, 2, 3]
        assert tx.incidents.get(1) is None
        assert tx.incidents.book().next_id == 6
        assert [tx.threads.find(id, "slack", "C1") is None for id in (1, 2, 3, 4, 5)] == [
            *(True, False, False, True, False)
        ]
    assert pruned(store, now=before + 100 * DAYS, incidents=99) == {}


def test_silences_and_stand_ins_are_kept_as_long_as_incidents_and_what_holds_or_is_to_come_stays(store):
    start, lasted = to_us(NOW), to_us(NOW + DAYS)
    silence = Silence(("a",), start, lasted, "李娜", "割接")
    with store.writing() as tx:
        for ended in (True, False, True, True):
            made = tx.silences.add(silence)
            if ended:
                tx.silences.change(replace(made, ended_at=lasted))
        for first in (0, 200):
            override = Override("王强", NOW + first * DAYS, NOW + (first + 1) * DAYS)
            tx.oncall.cover("night", override, author="李娜", at=start)
    assert pruned(store, now=NOW + 100 * DAYS, incidents=99) == {}
    assert pruned(store, now=NOW + 101 * DAYS, incidents=99, rows=2) == {"incidents": 3}
    with store.reading() as tx:
        # The second still holds, and the fourth keeps the count of numbers.
        assert [one.id for one in tx.silences.all()] == [2, 4]
        assert [one.from_ for _, one in tx.oncall.overrides(0)] == [NOW + 200 * DAYS]
    with store.writing() as tx:
        assert tx.silences.add(silence).id == 5


def test_a_misspelt_keep_is_a_mistake(store):
    with pytest.raises(ValueError, match="nothing to prune is called ticket; there are tickets, texts"):
        pruned(store, ticket=1)
