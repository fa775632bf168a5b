"""Replay: a whole history through the production engine, with a clock of its own, sending nothing.

The history is one step: every version in order of `updated_at`, every hour closed as the clock passes its
end. An event at the very end of an hour comes after the hour has closed. The clock stops when it has closed
the hour and day of the last thing that was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.counting import Changes, Versions, ledger
from connectors.taxonomy import Taxonomy
from connectors.ticket import Path
from connectors.windows import Calendar
from detectors.columns import sum_by
from detectors.judging import judge, revise
from detectors.signal import Signal
from detectors.step import Detector, Nothing, Place, Step
from monitor.known_time import KnownTime, Missing, first_created, judged_from
from monitor.replay.final_counts import FinalCounts
from monitor.replay.following import follow
from monitor.trend.rows import HourCounts, Hours, TrendRows, keys_of, parts_of, trend_rows


@dataclass(frozen=True)
class Replayed:
    """What a replay found: the step it took, and its signals in order of crossing, revised to the end.

    Attributes
    ----------
    failures : by name of the rule and node, what a detector of somebody else's said that failed there
    """

    step: Step
    missing: tuple[Missing, ...]
    signals: tuple[Signal, ...]
    failures: Mapping[tuple[str, Path], str]

    def trend(self) -> TrendRows:
        """Rows of the trend log for all hours that closed, as they stand at the end."""
        step, calendar = self.step, self.step.calendar
        first = first_created(step.versions, len(step.sources))
        known = KnownTime(calendar, tuple(first.values()), self.missing)
        return trend_rows(
            step.taxonomy,
            calendar,
            hours=Hours.of(step.hours, known),
            tickets=hour_counts(calendar, step.ledger.tickets),
            escalated=hour_counts(calendar, step.ledger.escalations),
            signals=self.signals,
        )


def replay(
    versions: Versions,
    *,
    taxonomy: Taxonomy,
    calendar: Calendar,
    sources: Sequence[str],
    detectors: Mapping[str, Detector],
    missing: Sequence[Missing] = (),
) -> Replayed:
    """Run a history, given in order of arrival, through the detectors."""
    start, end = _clock(versions, calendar)
    hours = calendar.hours_between(start, end)
    position, ready_at = judged_from(calendar, hours, versions, sources=len(sources), missing=missing)
    step = Step(
        taxonomy=taxonomy,
        calendar=calendar,
        sources=sources,
        versions=versions,
        ledger=ledger(versions),
        before=Nothing(),
        hours=hours,
        judged_from=position,
        ready_at=ready_at,
        clock_from=start,
        clock_to=end,
    )
    followed = follow(step, detectors, missing)
    signals = [*judge(detectors.values(), step), *followed.signals]
    signals.sort(key=lambda signal: signal.crossed_at)
    final = revise(detectors, signals, FinalCounts(step), Place(taxonomy, calendar))
    return Replayed(step, tuple(missing), tuple(final), followed.failures)


def hour_counts(calendar: Calendar, changes: Changes) -> HourCounts:
    """The sums of signed changes by (hour, node)."""
    hour = calendar.hours(changes.at)
    key, count = sum_by(keys_of(changes.node.astype(np.int64), hour), changes.sign)
    filled = count != 0
    node, hour = parts_of(key[filled])
    return HourCounts(hour, node.astype(np.int32), count[filled])


def _clock(versions: Versions, calendar: Calendar) -> tuple[int, int]:
    """First instant of the first day, and end of the day of the last thing that was created or seen."""
    if len(versions) == 0:
        return 0, 0
    first = min(int(versions.created.min()), int(versions.updated.min()))
    last = max(int(versions.created.max()), int(versions.seen.max()))
    return calendar.day(first), calendar.day_end(calendar.day(last))


def moments(signals: Sequence[Signal]) -> list[tuple[int, list[Signal]]]:
    """Signals that crossed together, in order."""
    together: dict[int, list[Signal]] = {}
    for signal in signals:
        together.setdefault(signal.crossed_at, []).append(signal)
    return sorted(together.items())
