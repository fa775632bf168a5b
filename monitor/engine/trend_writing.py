"""Rows of the trend log: of hours that have just closed, and again where a late ticket changed one."""

from __future__ import annotations

import numpy as np

from connectors.taxonomy import ROOT, Taxonomy
from connectors.ticket import Int64
from connectors.windows import Calendar
from detectors.step import Step
from monitor.known_time import KnownTime
from monitor.storage.store import Transaction
from monitor.trend.rows import HourCounts, Hours, TrendLogRows, TrendRows, open_hours, trend_rows


def write_closed(
    tx: Transaction, taxonomy: Taxonomy, known: KnownTime, hours: Int64, *, now: int
) -> TrendLogRows:
    """Log hours that have just closed: (h,) int64 starts, rising."""
    return tx.trend.save(_rows(tx, taxonomy, known, hours), written_at=now)


def write_revised(
    tx: Transaction, was: KnownTime, known: KnownTime, step: Step, *, closed_until: int, now: int
) -> list[TrendLogRows]:
    """Log again what the step changed in closed hours, and the hours that it made known."""
    calendar, tree = known.calendar, step.taxonomy
    changed = _changed_hours(calendar, step, closed_until)
    made_known = _made_known(tx, was, known, closed_until)
    hours = np.union1d(changed, made_known)
    if len(hours) == 0:
        return []
    leaves = np.unique(np.concatenate((step.ledger.tickets.node, step.ledger.escalations.node)))
    touched = np.zeros(len(tree), dtype=np.bool_)
    touched[np.unique(tree.ancestor[leaves])] = True
    touched[ROOT] = True
    written = []
    months = calendar.months(hours)
    for month in np.unique(months):
        mine = hours[months == month]
        logged = tx.trend.latest(mine).rows
        # A row whose tickets have all gone elsewhere is not forgotten: it says zero now.
        rows = _rows(tx, tree, known, mine, also=(logged.hour, logged.node))
        made = made_known[slice(*np.searchsorted(made_known, [mine[0], mine[-1] + 1]))]
        wanted = touched[rows.node] | np.isin(rows.hour, made)
        written.append(tx.trend.save(rows.take(wanted), written_at=now))
    return written


def _made_known(tx: Transaction, was: KnownTime, known: KnownTime, closed_until: int) -> Int64:
    """Closed hours that are known, or follow a known hour, only since an older first ticket has come.

    Those that can have a row: a first ticket with a wrong date makes decades of empty hours known.
    """
    span = tx.counts.span() if was.first != known.first else None
    if span is None:
        return np.empty(0, dtype=np.int64)
    hours = known.calendar.hours_between(span[0], closed_until)
    before = known.calendar.previous_hours(hours)
    differs = (was.hours(hours) != known.hours(hours)) | (was.hours(before) != known.hours(before))
    made: Int64 = np.intersect1d(hours[differs], _with_rows(tx, known.calendar, span[0], closed_until))
    return made


def _with_rows(tx: Transaction, calendar: Calendar, start: int, end: int) -> Int64:
    """Hours of [start, end), and perhaps others, outside of which `trend_rows` has no rows."""
    counted = tx.counts.hours(start, end)
    spans = [counted, calendar.hour_ends(counted), tx.trend.hours(start, end)]
    for stored in tx.signals.open(start, end):
        since, until = open_hours(stored.signal)
        spans.append(calendar.hours_between(max(since, start), min(until, end)))
    return np.concatenate(spans)


def _rows(
    tx: Transaction,
    taxonomy: Taxonomy,
    known: KnownTime,
    hours: Int64,
    *,
    also: tuple[Int64, Int64] | None = None,
) -> TrendRows:
    calendar = known.calendar
    first, end = int(hours[0]), calendar.hour_end(int(hours[-1]))
    before = int(calendar.previous_hours(hours[:1])[0])
    tickets = tx.counts.hourly("tickets", min(before, calendar.day(first)), end)
    escalated = tx.counts.hourly("escalated", calendar.month(first), end)
    return trend_rows(
        taxonomy,
        calendar,
        hours=Hours.of(hours, known),
        tickets=HourCounts(*tickets),
        escalated=HourCounts(*escalated),
        signals=[stored.signal for stored in tx.signals.open(first, end)],
        also=also,
    )


def _changed_hours(calendar: Calendar, step: Step, closed_until: int) -> Int64:
    """Closed hours with a row that the step can have changed.

    A ticket counts in its hour, as the hour before in the next, and to date until the end of its day; an
    escalation until the end of its month.
    """
    spans = []
    created = np.unique(calendar.hours(step.ledger.tickets.at))
    created = created[created < closed_until]
    days = calendar.days(created)
    for day in np.unique(days).tolist():
        hours = created[days == day]
        spans.append(calendar.hours_between(int(hours[0]), calendar.day_end(day)))
        spans.append(calendar.hour_ends(hours))
    escalated = np.unique(calendar.hours(step.ledger.escalations.at))
    escalated = escalated[escalated < closed_until]
    months = calendar.months(escalated)
    for month in np.unique(months).tolist():
        first = int(escalated[months == month][0])
        spans.append(calendar.hours_between(first, min(closed_until, calendar.month_end(month))))
    if not spans:
        return np.empty(0, dtype=np.int64)
    changed = np.unique(np.concatenate(spans))
    return changed[changed < closed_until]
