"""The run: versions in order of `updated_at`, a clock between them, and the final truth at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from .hours import HourOverHour
from .judges import Judge, WindowCount
from .knowledge import Knowledge
from .model import OracleResult, OracleRule, OracleTicket, TicketKey
from .plan_p import Overdue, RepeatAfterClose, Tagged
from .trend import trend_rows
from .windows import Calendar, Window


def run(
    versions: Sequence[OracleTicket],
    rules: Sequence[OracleRule],
    *,
    zone: str | ZoneInfo,
    levels_of_taxonomy: int,
    gaps: Mapping[str, Sequence[Window]],
    sources: Sequence[str],
) -> OracleResult:
    """Everything a replay of these versions must say. Gaps are half-open pairs of aware datetimes."""
    if not versions:
        return OracleResult(signals=[], trend=[])
    calendar = Calendar(zone)
    knowledge = Knowledge(calendar, gaps, sources)
    judges = [judge_for(rule, calendar, levels_of_taxonomy, knowledge) for rule in rules]
    end = end_of_run(versions, calendar)
    tickets: dict[TicketKey, OracleTicket] = {}

    for version in in_order(versions):
        now = version.updated_at
        for judge in judges:
            judge.advance(now)
        before = tickets.get(version.key)
        after = with_earliest_escalation(version, before)
        tickets[version.key] = after
        news_of_hours = knowledge.see(version)
        for judge in judges:
            judge.see(before, after, now)
            if news_of_hours and isinstance(judge, HourOverHour):
                judge.hours_became_known(now)

    for judge in judges:
        judge.advance(end)
        judge.finish(tickets)
    signals = [signal for judge in judges for signal in judge.fired.values()]
    signals.sort(
        key=lambda s: (s["crossed_at"], s["rule"], s["node"], s["exact"], s["window_start"], s["level"])
    )
    trend = trend_rows(
        tickets.values(), signals, calendar=calendar, knowledge=knowledge, end=end, deepest=levels_of_taxonomy
    )
    return OracleResult(signals=signals, trend=trend)


def judge_for(rule: OracleRule, calendar: Calendar, levels_of_taxonomy: int, knowledge: Knowledge) -> Judge:
    if rule.kind in ("daily_threshold", "monthly_escalation", "distinct_complainants"):
        return WindowCount(rule, calendar, levels_of_taxonomy)
    if rule.kind == "hour_over_hour":
        return HourOverHour(rule, calendar, levels_of_taxonomy, knowledge)
    if rule.kind == "repeat_after_close":
        return RepeatAfterClose(rule, calendar, levels_of_taxonomy)
    if rule.kind == "overdue":
        return Overdue(rule, calendar, levels_of_taxonomy)
    if rule.kind == "tagged":
        return Tagged(rule, calendar, levels_of_taxonomy)
    raise ValueError(f"no rule of kind {rule.kind!r} is known to the brute force")


def in_order(versions: Iterable[OracleTicket]) -> list[OracleTicket]:
    """By `updated_at`; equal times stay in input order."""
    return sorted(versions, key=lambda version: version.updated_at)


def with_earliest_escalation(version: OracleTicket, before: OracleTicket | None) -> OracleTicket:
    if before is None or before.escalated_at is None:
        return version
    if version.escalated_at is not None and version.escalated_at <= before.escalated_at:
        return version
    return replace(version, escalated_at=before.escalated_at)


def final_tickets(versions: Iterable[OracleTicket]) -> dict[TicketKey, OracleTicket]:
    """The tickets as they stand in the end; `escalated_at` is the earliest over all versions."""
    tickets: dict[TicketKey, OracleTicket] = {}
    for version in in_order(versions):
        tickets[version.key] = with_earliest_escalation(version, tickets.get(version.key))
    return tickets


def end_of_run(versions: Sequence[OracleTicket], calendar: Calendar) -> datetime:
    """The end of the business day of the last stamp there is."""
    return calendar.day(max(max(v.created_at, v.updated_at) for v in versions))[1]
