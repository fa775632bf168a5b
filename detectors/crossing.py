"""When a count reaches its threshold: the exact core of every rule that counts tickets in a window.

Changes are followed in order of arrival, version by version: one that moves a ticket inside a group changes
nothing there. The ticket that completes the threshold is the crossing ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.counting import Changes
from connectors.ticket import Bool, Int32, Int64
from detectors.columns import Keys, Tally, blocks, paired, rows_among
from detectors.grouping import GroupColumn

CountBefore = Callable[[Int64, Int64], Int64]


@dataclass(frozen=True)
class Crossings:
    """Where counts rose to a threshold.

    Attributes
    ----------
    window, group : (k,) int64
    order : (k,) int64 number of the version that did it
    observed : (k,) int64 count right after it
    """

    window: Int64
    group: Int64
    order: Int64
    observed: Int64


def crossings(
    changes: Changes,
    windows: tuple[Int64, Int32],
    *,
    columns: Sequence[GroupColumn],
    thresholds: Sequence[int],
    before: CountBefore | None,
) -> list[Crossings]:
    """For each threshold, the first rise of each group's count to it in each window.

    Parameters
    ----------
    windows : (w,) int64 starts of the windows, and (n,) int32 index of the one that each change falls in
    before : counts before the changes, of aligned (windows, groups); None where nothing was counted
    """
    starts, window = windows
    found: list[list[Crossings]] = [[] for _ in thresholds]
    for low, high in blocks(window):
        first, last = int(window[low:high].min()), int(window[low:high].max())
        part, of_part = changes.part(low, high), window[low:high] - np.int32(first)
        for column in columns:
            events = _events(
                part,
                starts[first : last + 1],
                of_part,
                column,
                threshold=min(thresholds),
                before=before,
            )
            for threshold, crossed in zip(thresholds, found, strict=True):
                crossed.append(_first_rises(events, threshold))
    return [_joined(crossed) for crossed in found]


@dataclass(frozen=True)
class _Events:
    """Net changes of the groups that can reach the threshold, by (window, group, order).

    All (k,): window, group, order, count after and before the change, and first of its (window, group).
    """

    window: Int64
    group: Int64
    order: Int64
    count: Int64
    previous: Int64
    first: Bool


def _events(
    changes: Changes,
    starts: Int64,
    window: Int32,
    column: GroupColumn,
    *,
    threshold: int,
    before: CountBefore | None,
) -> _Events:
    rows, key = _keys(changes, window, column, highs=len(starts))
    rises = changes.sign > 0 if rows is None else changes.sign[rows] > 0
    most = Tally(key if rises.all() else key[rises])
    width = len(column.groups)
    if before is None:
        hot = most.reaching(threshold)
        base = np.zeros(len(hot), dtype=np.int64)
    else:
        hot = most.reaching(1)
        base = before(starts[hot // width], column.groups[hot % width])
        reach = most.of(hot) + base >= threshold
        hot, base = hot[reach], base[reach]
    near = rows_among(key, hot)
    # A stable sort by key leaves the order of arrival within it.
    near = near[np.argsort(key[near], kind="stable")]
    key = key[near].astype(np.int64)
    rows = near if rows is None else rows[near]
    order, place = changes.order[rows], np.searchsorted(hot, key)
    start = _starts(key, order)
    net = np.add.reduceat(changes.sign[rows], start) if len(start) else start
    key, order, place = key[start], order[start], place[start]
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = key[1:] != key[:-1]
    running = np.cumsum(net)
    segment = np.cumsum(first) - 1
    count = base[place] + running - (running - net)[first][segment] if len(net) else net
    return _Events(starts[key // width], column.groups[key % width], order, count, count - net, first)


def _keys(changes: Changes, window: Int32, column: GroupColumn, *, highs: int) -> tuple[Int64 | None, Keys]:
    """(r,) rows of the changes that the column groups, None for all of them, and their (window, group)."""
    code, rows = column.code.take(changes.node), None
    if len(code) and code.min() < 0:
        rows = np.flatnonzero(code >= 0)
        code, window = code[rows], window[rows]
    return rows, paired(window, code, highs=highs, lows=len(column.groups))


def _starts(key: Int64, order: Int64) -> Int64:
    """Index of the first row of each run of equal (key, order): the changes of one version there."""
    new = np.ones(len(key), dtype=np.bool_)
    new[1:] = (key[1:] != key[:-1]) | (order[1:] != order[:-1])
    return np.flatnonzero(new)


def _first_rises(events: _Events, threshold: int) -> Crossings:
    rise = np.flatnonzero((events.count >= threshold) & (events.previous < threshold))
    segment = (np.cumsum(events.first) - 1)[rise]
    once = np.ones(len(rise), dtype=np.bool_)
    once[1:] = segment[1:] != segment[:-1]
    rise = rise[once]
    return Crossings(events.window[rise], events.group[rise], events.order[rise], events.count[rise])


def _joined(parts: list[Crossings]) -> Crossings:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Crossings(none, none, none, none)
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Crossings(*(np.concatenate(column) for column in columns))
