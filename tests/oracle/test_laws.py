"""What holds of the brute force whatever the history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from by_hand import HOUR
from histories import History, histories
from hypothesis import HealthCheck, given, settings
from oracle import Calendar, OracleTicket, final_tickets, identity, lasting


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_what_lasts_is_what_the_final_tickets_say(history: History) -> None:
    """A second, even plainer count over the final tickets alone."""
    result = history.run()
    calendar = Calendar(history.zone)
    final = [t for t in final_tickets(history.versions).values() if not t.void]
    windows: dict[str, Callable[[OracleTicket], Any]] = {
        "daily_threshold": lambda t: calendar.day(t.created_at)[0],
        "monthly_escalation": lambda t: t.escalated_at and calendar.month(t.escalated_at)[0],
        "distinct_complainants": lambda t: t.complainant and calendar.month(t.created_at)[0],
    }
    expected = set()
    for rule in history.rules:
        if rule.kind not in windows:
            continue
        members: dict[tuple[Any, ...], set[Any]] = {}
        for t in final:
            window = windows[rule.kind](t)
            for depth in (history.levels,) if rule.depths is None else rule.depths:
                if window:
                    group = (t.path[:depth], len(t.path) < depth)
                    what = t.complainant if rule.kind == "distinct_complainants" else t.key
                    members.setdefault((*group, window), set()).add(what)
        for cell, tickets in members.items():
            expected |= {
                (rule.name, *cell, name) for name, least in rule.thresholds.items() if len(tickets) >= least
            }
    assert {key for key in lasting(result) if key[0] in ("day", "month", "people")} == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_the_hours_that_last_are_those_of_the_final_counts(history: History) -> None:
    """Every hour of every group, judged once in hindsight by Pascal's triangle."""
    rule = next(rule for rule in history.rules if rule.kind == "hour_over_hour")
    calendar = Calendar(history.zone)
    first = {
        name: min(
            (calendar.hour_start(v.created_at) for v in history.versions if v.source == name), default=None
        )
        for name in history.sources
    }

    def known(hour: datetime) -> bool:
        return all(start is not None and start < hour for start in first.values()) and not any(
            min(end, hour + HOUR) > max(start, hour) for gaps in history.gaps.values() for start, end in gaps
        )

    count: dict[tuple[Any, ...], int] = {}
    for t in final_tickets(history.versions).values():
        if not t.void:
            depths = (history.levels,) if rule.depths is None else rule.depths
            for group in {(t.path[:depth], len(t.path) < depth) for depth in depths}:
                cell = (*group, calendar.hour_start(t.created_at))
                count[cell] = count.get(cell, 0) + 1
    expected = set()
    for (node, exact, hour), now in count.items():
        before = count.get((node, exact, hour - HOUR), 0)
        row = [1]
        for _ in range(now + before):
            row = [left + right for left, right in zip([0, *row], [*row, 0], strict=True)]
        surge = sum(row[now:]) / sum(row) <= float(rule.alpha)
        enough = now >= rule.min_count and now * 10 >= round(float(rule.factor) * 10) * before
        if surge and enough and known(hour) and known(hour - HOUR):
            expected.add((rule.name, node, exact, hour, rule.level))
    assert {key for key in lasting(history.run()) if key[0] == "hour"} == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_each_signal_fires_once_and_each_row_is_there_once(history: History) -> None:
    result = history.run()
    names = [identity(signal) for signal in result.signals]
    assert len(names) == len(set(names))
    rows = [(row["hour"], tuple(row["node"])) for row in result.trend]
    assert rows == sorted(set(rows))
    roots = sum(row["count"] for row in result.trend if row["depth"] == 0)
    assert roots == sum(not t.void for t in final_tickets(history.versions).values())
