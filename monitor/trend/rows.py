"""The rows of the hourly trend log (T10), as a pure function of counts.

For each hour there is a row for every node with tickets in it or in the hour before, and for every node
with an open signal, even at zero; all depths, each node with all its descendants. The daemon asks for the
hour that just closed or for the hours that a late ticket changed, a replay for all hours at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, SECOND, Bool, Int32, Int64
from connectors.windows import Calendar
from detectors.columns import sum_by
from detectors.signal import Signal
from monitor.known_time import KnownTime

# A node stays in the log until this long after the end of its signal's window.
OPEN_FOR = DAY
# Hours start on a grid of half minutes, so that node and hour fit one key of 63 bits; 1970 is in its middle,
# as a source may well write 1900 where it knows no date.
GRID = 30 * SECOND
SPAN = 1 << 32


@dataclass(frozen=True)
class HourCounts:
    """Counts of whole paths by hour: (k,) int64 start of the hour, (k,) int32 node, (k,) int64 count."""

    hour: Int64
    node: Int32
    count: Int64


def keys_of(node: Int64, hour: Int64) -> Int64:
    """(k,) int64, 0 or more: node and start of the hour as one number, in that order."""
    keys: Int64 = node * SPAN + (hour // GRID + SPAN // 2)
    return keys


def parts_of(key: Int64) -> tuple[Int64, Int64]:
    """(k,) node and (k,) start of the hour of such numbers.

    >>> parts_of(keys_of(np.array([0, 7]), np.array([-GRID, 2 * GRID])))[1] // GRID
    array([-1,  2])
    """
    return key // SPAN, (key % SPAN - SPAN // 2) * GRID


@dataclass(frozen=True)
class Hours:
    """Closed hours.

    Attributes
    ----------
    start : (h,) int64, rising
    known, previous_known : (h,) bool, the hour, and the hour before it, is known and not a gap
    """

    start: Int64
    known: Bool
    previous_known: Bool

    @classmethod
    def of(cls, start: Int64, known: KnownTime) -> Hours:
        """Hours, by what is known of them now."""
        return cls(start, known.hours(start), known.hours(known.calendar.previous_hours(start)))


@dataclass(frozen=True)
class TrendRows:
    """Rows of the log, by (hour, node). All columns are (r,).

    Attributes
    ----------
    hour : int64 start
    node : int64
    count, previous : int64 tickets in the hour and in the hour before
    previous_known : bool; where false, `previous`, change and ratio are none
    day_to_date : int64 tickets created from the start of the day to the end of the hour
    month_escalated : int64 tickets escalated from the start of the month to the end of the hour
    complete : bool, the hour is known
    """

    hour: Int64
    node: Int64
    count: Int64
    previous: Int64
    previous_known: Bool
    day_to_date: Int64
    month_escalated: Int64
    complete: Bool

    def __len__(self) -> int:
        return len(self.hour)

    def take(self, rows: NDArray[Any]) -> TrendRows:
        """The rows of an index array or a mask."""
        return TrendRows(
            self.hour[rows],
            self.node[rows],
            self.count[rows],
            self.previous[rows],
            self.previous_known[rows],
            self.day_to_date[rows],
            self.month_escalated[rows],
            self.complete[rows],
        )


@dataclass(frozen=True)
class TrendLogRows:
    """Rows of the log with (r,) int64 revision, 0 for the first, and (r,) int64 instant of writing."""

    rows: TrendRows
    revision: Int64
    written_at: Int64

    def __len__(self) -> int:
        return len(self.rows)


def trend_rows(
    taxonomy: Taxonomy,
    calendar: Calendar,
    *,
    hours: Hours,
    tickets: HourCounts,
    escalated: HourCounts,
    signals: Sequence[Signal] = (),
    also: tuple[Int64, Int64] | None = None,
) -> TrendRows:
    """Rows of these hours, and of further (hour, node) that have been logged before.

    `tickets` must reach back to the day and the hour before the first of the hours, `escalated` to the
    month.
    """
    previous = calendar.previous_hours(hours.start)
    day, month = calendar.days(hours.start), calendar.months(hours.start)
    end = calendar.hour_ends(hours.start)
    parts = []
    for depth in range(len(taxonomy.levels) + 1):
        count = _Running.of(taxonomy, depth, tickets)
        raised = _Running.of(taxonomy, depth, escalated)
        index, node = _rows(
            taxonomy, depth, hours, previous, count, signals=signals, calendar=calendar, also=also
        )
        start = hours.start[index]
        parts.append(
            (
                index,
                node,
                count.between(node, start, end[index]),
                count.between(node, previous[index], start),
                count.between(node, day[index], end[index]),
                raised.between(node, month[index], end[index]),
            )
        )
    index, node, now, before, to_date, month_escalated = (
        np.concatenate([part[i] for part in parts]) for i in range(6)
    )
    by = np.lexsort((node, index))
    index = index[by]
    return TrendRows(
        hours.start[index],
        node[by],
        now[by],
        before[by],
        hours.previous_known[index],
        to_date[by],
        month_escalated[by],
        hours.known[index],
    )


def open_hours(signal: Signal) -> tuple[int, int]:
    """[from, until) in which a signal is open: since it crossed, to a day after its window."""
    return signal.crossed_at, signal.window_end + OPEN_FOR


@dataclass(frozen=True)
class _Running:
    """Counts of the nodes of one depth by (node, hour), with running totals.

    `key` (k,) is of node and hour, rising; `total` (k + 1,) the sum of what lies before.
    """

    key: Int64
    total: Int64

    @classmethod
    def of(cls, taxonomy: Taxonomy, depth: int, counts: HourCounts) -> _Running:
        ancestor = taxonomy.ancestor[counts.node, depth].astype(np.int64)
        rows = np.flatnonzero(ancestor >= 0)
        key, count = sum_by(keys_of(ancestor[rows], counts.hour[rows]), counts.count[rows])
        filled = count != 0
        return cls(key[filled], np.concatenate(([0], np.cumsum(count[filled]))))

    def between(self, node: Int64, start: Int64, end: Int64) -> Int64:
        """(r,) counts of each node in the hours that begin in [start, end)."""
        low = np.searchsorted(self.key, keys_of(node, start))
        high = np.searchsorted(self.key, keys_of(node, end))
        counts: Int64 = self.total[high] - self.total[low]
        return counts


def _rows(
    taxonomy: Taxonomy,
    depth: int,
    hours: Hours,
    previous: Int64,
    count: _Running,
    *,
    signals: Iterable[Signal],
    calendar: Calendar,
    also: tuple[Int64, Int64] | None,
) -> tuple[Int64, Int64]:
    """(index of the hour, node) of every row of this depth."""
    node, hour = parts_of(count.key)
    keys = []
    for starts in (hours.start, previous):
        order = np.argsort(starts, kind="stable")
        place = np.searchsorted(starts[order], hour)
        place[place == len(order)] = 0
        here = np.flatnonzero(starts[order][place] == hour) if len(order) else np.empty(0, dtype=np.int64)
        keys.append(order[place[here]] * len(taxonomy) + node[here])
    end = calendar.hour_ends(hours.start)
    for signal in signals:
        if signal.depth == depth:
            number = taxonomy.find(signal.node)
            since, until = open_hours(signal)
            if since >= until:
                continue
            index = np.arange(
                np.searchsorted(end, since, side="right"), np.searchsorted(hours.start, until), dtype=np.int64
            )
            keys.append(index * len(taxonomy) + (0 if number is None else number))
    if also is not None:
        logged = np.flatnonzero((taxonomy.depth[also[1]] == depth) & np.isin(also[0], hours.start))
        index = np.searchsorted(hours.start, also[0][logged])
        keys.append(index * len(taxonomy) + also[1][logged])
    key = np.unique(np.concatenate(keys))
    return key // len(taxonomy), key % len(taxonomy)
