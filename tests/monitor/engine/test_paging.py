"""What pages say of the hours before them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from live import Live, sqlite
from oracle import OracleRule, OracleTicket

START = datetime(2026, 5, 9, 1, 30, tzinfo=UTC)
RULE = OracleRule(name="daily", kind="daily_threshold", thresholds={"low": 3}, depths=(1,), level="low")


def ticket(number, at):
    return OracleTicket(source="desk", id=str(number), created_at=at, updated_at=at, path=("a",))


@pytest.mark.parametrize("hours", [1, 3, 24])
def test_a_page_and_whoever_asks_are_shown_the_trend_of_as_many_hours_as_the_plan_says(tmp_path, hours):
    live = Live(sqlite(tmp_path), [RULE], zone="UTC", levels=1, sources=["desk"], gaps={})
    plan = live.rules.plan
    live.rules = replace(live.rules, plan=replace(plan, alerts=replace(plan.alerts, trend_hours=hours)))
    live.restart()
    live.run([ticket(n, START + timedelta(hours=n)) for n in range(3)])
    [page] = live.pages
    assert len(page.trend) == hours
    assert [one.count for one in page.trend][-3:] == [1, 1, 1][-hours:]
    last = START + timedelta(hours=2)
    asked = live.engine.hours(("a",), now=int(last.timestamp() * 1e6))
    assert [one.count for one in asked] == [one.count for one in page.trend]
    live.store.close()
