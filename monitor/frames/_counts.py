"""Counts of any nodes by hour, day, week or month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from connectors.ticket import DAY, HOUR, Bool, Int64
from connectors.windows import Calendar
from monitor.frames._view import Moment, Node, View, Where, view

if TYPE_CHECKING:
    import pandas as pd

Per = Literal["hour", "day", "week", "month"]

# The week of 1970-01-01 began on Monday, 29 December: three days before, or four days after.
MONDAY = 4 * DAY
Float64 = NDArray[np.float64]


def counts(
    where: Where,
    node: Node | list[Node] = (),
    *,
    depth: int | None = None,
    per: Per = "hour",
    start: Moment | None = None,
    end: Moment | None = None,
) -> pd.DataFrame:
    """Tickets of nodes, each with everything below it.

    Parameters
    ----------
    where : path of a configuration, or address of a store
    node : one node, or a list of nodes; default: everything
    depth : all nodes of this depth at or below `node` instead, 0 to the number of levels
    per : windows of the business zone; weeks begin on Monday
    start, end : only windows of hours in [start, end)

    Returns
    -------
    One row for each node and window, by node and time: of named nodes for every window, of a depth only for
    those with tickets.

    `hour`, `day`, `week` or `month` : datetime64[us, business zone], the window's start
    `node` : category of str
    `depth` : int64
    `count` : int64, tickets created in the window
    `escalated` : int64, tickets escalated in the window
    `known` : bool, all of the window is closed and known; where it is false, the count is a part or nothing
    """
    if per not in ("hour", "day", "week", "month"):
        raise ValueError(f'per: no period "{per}"; there are: hour, day, week, month')
    with view(where) as seen:
        asked = [seen.node(one) for one in (node if isinstance(node, list) else [node])]
        nodes = np.array(asked if depth is None else _at(seen, depth, asked), dtype=np.int64)
        windows = Windows.of(seen, per, seen.span(start, end))
        return _frame(seen, per, windows, _sums(seen, windows, nodes, dense=depth is None))


@dataclass(frozen=True)
class Windows:
    """Hours, and the windows that they make up.

    Attributes
    ----------
    hours : (h,) int64 starts, rising
    of_hour : (h,) int64, which of the windows an hour lies in
    start : (w,) int64 starts, rising
    known : (w,) bool, all its hours are closed and known
    """

    hours: Int64
    of_hour: Int64
    start: Int64
    known: Bool

    @classmethod
    def of(cls, seen: View, per: Per, span: tuple[int, int]) -> Windows:
        """The windows from the first hour with a count to the last, within the span."""
        counted = seen.tx.counts.span()
        low, high = (0, 0) if counted is None else (counted[0], counted[1] + HOUR)
        high = max(high, seen.closed_until or high) if counted else high
        hours = seen.calendar.hours_between(max(low, span[0]), min(high, span[1]))
        start, of_hour = np.unique(_starts(seen.calendar, per, hours), return_inverse=True)
        known = np.ones(len(start), dtype=np.bool_)
        known[of_hour[~seen.hours_known(hours)]] = False
        if per != "hour" and len(start):
            # A window that began before the first of the hours, or goes on after the last, is told in part.
            edges = _starts(
                seen.calendar, per, np.array([hours[0] - 1, seen.calendar.hour_end(int(hours[-1]))])
            )
            known[[0, -1]] &= edges != start[[0, -1]]
        return cls(hours, of_hour, start, known)


@dataclass(frozen=True)
class Sums:
    """Cells: (r,) int64 node, window, tickets and escalated tickets."""

    node: Int64
    window: Int64
    count: Int64
    escalated: Int64


def _sums(seen: View, windows: Windows, nodes: Int64, *, dense: bool) -> Sums:
    """Counts of these nodes by window; dense: with the cells that are empty."""
    width = len(nodes)
    if dense:
        table = np.zeros((2, width, len(windows.start)), dtype=np.int64)
        for window, place, count, escalated in _cells(seen, windows, nodes):
            table[0, place, window], table[1, place, window] = count, escalated
        node = np.repeat(nodes, len(windows.start))
        return Sums(node, np.tile(np.arange(len(windows.start)), width), *table.reshape(2, -1))
    parts = [
        (np.full(len(place), window), nodes[place], count, escalated)
        for window, place, count, escalated in _cells(seen, windows, nodes)
    ]
    if not parts:
        return Sums(*np.empty((4, 0), dtype=np.int64))
    windows_of, nodes_of, *sums = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((windows_of, _ranks(seen, nodes)[nodes_of]))
    return Sums(nodes_of[order], windows_of[order], *(column[order] for column in sums))


def _cells(seen: View, windows: Windows, nodes: Int64) -> Iterator[tuple[int, Int64, Int64, Int64]]:
    """(window, (k,) places among the nodes, (k,) tickets, (k,) escalated) by window; no empty cells."""
    taxonomy, hours = seen.taxonomy, windows.hours
    if len(hours) == 0 or len(nodes) == 0:
        return
    places = _places(seen, nodes)
    inside = np.logical_or.reduce([place[taxonomy.ancestor[:, depth]] >= 0 for depth, place in places])
    only = None if inside.all() else np.flatnonzero(inside).tolist()
    end = seen.calendar.hour_end(int(hours[-1]))
    sums = np.zeros((2, len(nodes)))
    current = 0
    for hour, leaf, *told in seen.tx.counts.by_hour(int(hours[0]), end, only):
        window = int(windows.of_hour[np.searchsorted(hours, hour)])
        if window != current:
            yield from _filled(current, sums)
            sums[:], current = 0, window
        for depth, place in places:
            at = place[taxonomy.ancestor[leaf, depth]]
            mine = at >= 0
            for row, column in enumerate(told):
                if column.any():
                    sums[row] += np.bincount(at[mine], column[mine], len(nodes))
    yield from _filled(current, sums)


def _filled(window: int, sums: Float64) -> Iterator[tuple[int, Int64, Int64, Int64]]:
    place = np.flatnonzero(sums.any(axis=0))
    if len(place):
        count, escalated = sums[:, place].astype(np.int64)
        yield window, place, count, escalated


def _places(seen: View, nodes: Int64) -> Sequence[tuple[int, Int64]]:
    """For each depth of the nodes, (nodes + 1,) its place among them; -1 of others and at the end."""
    places = []
    depth_of = seen.taxonomy.depth[nodes]
    for depth in np.unique(depth_of).tolist():
        place = np.full(len(seen.taxonomy) + 1, -1, dtype=np.int64)
        mine = np.flatnonzero(depth_of == depth)
        place[nodes[mine]] = mine
        places.append((depth, place))
    return places


def _at(seen: View, depth: int, below: Sequence[int]) -> Int64:
    """Nodes of a depth at or below some nodes, in the order of paths."""
    taxonomy = seen.taxonomy
    if not 0 <= depth <= len(taxonomy.levels):
        raise ValueError(f"depth: {depth} is none; the tree has the depths 0 to {len(taxonomy.levels)}")
    among = np.zeros(len(taxonomy), dtype=np.bool_)
    for node in below:
        among |= taxonomy.ancestor[:, int(taxonomy.depth[node])] == node
    found = np.flatnonzero(among & (taxonomy.depth == depth)).tolist()
    return np.array(sorted(found, key=taxonomy.paths.__getitem__), dtype=np.int64)


def _ranks(seen: View, nodes: Int64) -> Int64:
    rank = np.zeros(len(seen.taxonomy), dtype=np.int64)
    rank[nodes] = np.arange(len(nodes))
    return rank


def _starts(calendar: Calendar, per: Per, us: Int64) -> Int64:
    """(n,) starts of the windows that hold these instants."""
    if per != "week":
        return calendar.windows(per, us)
    wall = calendar.days(us)
    wall = wall + calendar.offset(wall)
    monday = (wall - MONDAY) // (7 * DAY) * (7 * DAY) + MONDAY
    # By way of noon: midnight may occur twice, or not at all.
    return calendar.days(calendar.from_wall(monday + DAY // 2))


def _frame(seen: View, per: Per, windows: Windows, sums: Sums) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            per: seen.times(windows.start)[sums.window],
            "node": seen.names(sums.node),
            "depth": seen.taxonomy.depth[sums.node].astype(np.int64),
            "count": sums.count,
            "escalated": sums.escalated,
            "known": windows.known[sums.window],
        }
    )
