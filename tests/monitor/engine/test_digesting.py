"""The daily digest: once a day, when its day is whole, in both languages, over every channel."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from live import Live, sqlite
from oracle import OracleRule, OracleTicket

from alerts.page import Reason
from alerts.page_json import from_json, to_json
from alerts.plan import AlertSettings
from alerts.rendering.plain import plain
from alerts.rendering.sheet import sheet
from connectors.ticket import to_us
from monitor.engine.digesting import PATIENCE, digest_due

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = datetime(2026, 5, 9, 0, tzinfo=UTC)
RULE = OracleRule(name="daily", kind="daily_threshold", thresholds={"high": 10}, depths=(2,), level="high")


@pytest.fixture
def live(tmp_path):
    live = Live(sqlite(tmp_path), [RULE], zone="UTC", levels=2, sources=["desk"], gaps={})
    settings = AlertSettings(operators=("watch",), digest_at=time(9))
    live.rules = replace(live.rules, plan=replace(live.rules.plan, alerts=settings))
    live.restart()
    yield live
    live.store.close()


def ticket(number, at):
    return OracleTicket("desk", str(number), at, at, ("a", "b"))


def due(live, now):
    return digest_due(live.store, live.rules.plan, live.calendar, now=to_us(now))


def two_days(live):
    live.run([ticket(i, START + HOUR) for i in range(8)])
    live.run([ticket(100 + i, START + DAY + HOUR) for i in range(12)])
    live.reach(START + 2 * DAY + HOUR)


def test_it_goes_out_once_when_its_time_has_come(live):
    two_days(live)
    morning = START + 2 * DAY + 9 * HOUR
    assert due(live, morning - timedelta(minutes=1)) == []
    (page,) = due(live, morning)
    assert page.reason is Reason.DIGEST
    assert [told.role for told in page.told] == ["watch"]
    assert due(live, morning + HOUR) == []
    assert from_json(to_json(page)) == page


def test_it_says_the_day_in_both_languages(live):
    two_days(live)
    (page,) = due(live, START + 2 * DAY + 9 * HOUR)
    english = plain(sheet(page, language="en", zone=live.calendar.zone))
    assert english.startswith("[Daily digest] 10 May: 12 tickets (day before 8, +50%); open incidents: 1\n")
    assert "1 opened, 0 resolved, 1 open now" in english
    assert "#1 [high] a > b · open" in english
    chinese = plain(sheet(page, language="zh", zone=live.calendar.zone))
    assert chinese.startswith("【每日摘要】5月10日 12件（前一日8件，+50%），未了结事件 1 起\n")


def test_a_day_that_is_not_whole_is_waited_for_and_then_called_unknown(live):
    live.run([ticket(i, START + DAY + HOUR) for i in range(12)])
    morning = START + 2 * DAY + 9 * HOUR
    assert due(live, morning) == []
    (page,) = due(live, morning + PATIENCE)
    assert "unknown; open incidents: 1" in sheet(page, language="en", zone=live.calendar.zone).headline


def test_without_a_time_there_is_none(live):
    plan = replace(live.rules.plan, alerts=AlertSettings(operators=("watch",)))
    two_days(live)
    assert digest_due(live.store, plan, live.calendar, now=to_us(START + 2 * DAY + 12 * HOUR)) == []
