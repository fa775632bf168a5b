"""The two kinds of step of the daemon: versions arrived, or hours closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from connectors.counting import Ledger, Versions, ledger
from connectors.ticket import Int64
from detectors.step import Counts, Step
from monitor.engine.memory import Memory, StoredCounts
from monitor.known_time import KnownTime
from monitor.storage.store import Transaction

_NONE = np.empty(0, dtype=np.int64)


def arrival(
    memory: Memory,
    sources: Sequence[str],
    versions: Versions,
    booked: Ledger,
    *,
    before: Counts,
    now: int,
) -> Step:
    """Versions arrived now; the clock stands still."""
    return Step(
        taxonomy=memory.taxonomy,
        calendar=memory.calendar,
        sources=sources,
        versions=versions,
        ledger=booked,
        before=before,
        hours=_NONE,
        judged_from=_NONE,
        ready_at=_NONE,
        clock_from=now,
        clock_to=now,
    )


def again(
    tx: Transaction, step: Step, was: KnownTime, known: KnownTime, *, closed_until: int, now: int
) -> Step:
    """The step with the closed hours that it changed, or made known; they are judged again, or at last."""
    calendar = step.calendar
    changed = np.unique(calendar.hours(step.ledger.tickets.at))
    changed = np.union1d(changed, calendar.hour_ends(changed))
    hours = changed
    if was.first != known.first:
        span = tx.counts.span()
        if span is not None:
            # An hour without tickets fires nothing, here as in `closing`.
            hours = np.union1d(changed, tx.counts.hours(span[0], closed_until))
    hours = hours[hours < closed_until]
    ready, judged = known.pairs(hours), was.pairs(hours)
    wanted = ready & (np.isin(hours, changed) | ~judged)
    hours = hours[wanted]
    arrived = len(step.versions) - step.versions.known
    return replace(
        step,
        hours=hours,
        judged_from=np.where(judged[wanted], -1, arrived),
        ready_at=np.full(len(hours), now, dtype=np.int64),
        known=known.pairs,
    )


def closing(
    tx: Transaction, memory: Memory, known: KnownTime, hours: Int64, *, clock: tuple[int, int]
) -> Step:
    """Hours closed, given by their starts, rising, while the clock moved over (from, to]."""
    calendar = memory.calendar
    counts = StoredCounts(tx, memory)
    ready = hours
    if len(hours):
        first = int(calendar.previous_hours(hours[:1])[0])
        counts.read_hours(first, calendar.hour_end(int(hours[-1])))
        # An hour without tickets fires nothing: only the others are worth a look.
        ready = hours[known.pairs(hours) & np.isin(hours, counts.hours_with_tickets())]
    nothing = no_versions()
    return Step(
        taxonomy=memory.taxonomy,
        calendar=calendar,
        sources=tuple(state.name for state in tx.sources.all()),
        versions=nothing,
        ledger=ledger(nothing),
        before=counts,
        hours=ready,
        judged_from=np.zeros(len(ready), dtype=np.int64),
        ready_at=calendar.hour_ends(ready),
        clock_from=clock[0],
        clock_to=clock[1],
        known=known.pairs,
    )


def no_versions() -> Versions:
    """Nothing arrived."""
    number, flag = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.bool_)
    return Versions(_NONE, number, number, _NONE, _NONE, _NONE, _NONE, flag, _NONE)
