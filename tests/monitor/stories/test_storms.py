"""2,000 signals at once, and a clock that is stepped while an incident escalates."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from live import Live, sqlite
from oracle import OracleRule, OracleTicket

from alerts.incidents.event import Kind
from alerts.page import Reason
from monitor.storage.ticket_reads import TicketReads

START = datetime(2026, 5, 9, 1, tzinfo=UTC)
LEAKING = {"product": "净水器", "problem": "漏水"}


def test_two_thousand_signals_at_once_are_a_handful_of_pages_the_worst_first_and_none_is_lost(
    tmp_path, monkeypatch
):
    asked = []
    texts = TicketReads.texts
    monkeypatch.setattr(TicketReads, "texts", lambda *told, **how: asked.append(1) or texts(*told, **how))
    rule = OracleRule(
        name="day", kind="daily_threshold", thresholds={"low": 1, "high": 2, "crisis": 9}, depths=(2,)
    )
    live = Live(sqlite(tmp_path), [rule], zone="UTC", levels=2, sources=["desk"], gaps={})
    paths = [(f"business {n % 40}", f"product {n}") for n in range(1000)]
    burst = [*paths, *paths, *[("network", "down")] * 9]
    tickets = [
        OracleTicket(source="desk", id=str(n), created_at=START, updated_at=START, path=path)
        for n, path in enumerate(burst)
    ]
    live.arrive(tickets, START)
    # Texts are compared for the four pages that name one node, not for every node of a storm.
    assert len(asked) == 4
    signals = live.signals()
    assert len(signals) == 2003
    told = [page for page in live.pages if page.told]
    assert len(told) == 5
    assert told[0].node == ("network", "down")
    assert told[0].level == "crisis"
    assert [page.reason for page in told].count(Reason.STORM) == 1
    with live.store.reading() as tx:
        pages, incidents = tx.outbox.pages(), tx.incidents.find()
    assert Counter(one.identity for page in pages for one in page.signals) == Counter(
        one.identity for one in signals
    )
    assert Counter(identity for one in incidents for identity in one.signals) == Counter(
        one.identity for one in signals
    )
    # One cause each: the products of a business are one incident.
    assert len(incidents) == 41


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_stepped_by_an_hour_takes_no_step_twice_and_loses_none(story, hours):
    day = story("procedure", "2026-04-30 14:00")
    day.ordinary(1, every=6, product="灶具", problem="打火")
    day.until("14:40", 10, **LEAKING)
    day.until("15:20")
    before = day.heard()
    assert before[-1] == "15:10 nobody has answered: technical-team"
    day.daemon.clock.advance(timedelta(hours=hours))
    day.daemon.reach(day.now)
    day.until(f"{18 + hours}:40")
    day.daemon.clock.set(day.now - timedelta(hours=hours))
    day.until("21:00")
    log = day.incident().log
    steps = [event.fact("step") for event in log if event.kind is Kind.ESCALATED]
    assert steps == ["1", "2", "3", "4"]
    assert [event.kind for event in log].count(Kind.EXHAUSTED) == 1
    assert len({event.key for event in log}) == len(log)
    sent = day.daemon.reader.sent
    pages = {message.page.key: message.page for message in sent}
    paged = Counter(signal.identity for page in pages.values() for signal in page.signals)
    assert paged == Counter(signal.identity for signal in day.daemon.signals())
    assert len({message.key for message in sent}) == len(sent)
