"""Tickets and escalated tickets by hour and node of the whole path: signed changes in, sums out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from connectors.counting import Changes
from connectors.ticket import Int32, Int64
from connectors.windows import Calendar
from detectors.step import Column
from monitor.storage import bulk
from monitor.storage.schema import COUNTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADD: Final = (
    "ON CONFLICT (hour, node_id) DO UPDATE SET "
    "tickets = counts.tickets + excluded.tickets, escalated = counts.escalated + excluded.escalated, "
    "late = counts.late + excluded.late"
)
_LEAF: Final[dict[Column, str]] = {
    "tickets": "SELECT node_id, SUM(tickets) FROM counts WHERE hour >= ? AND hour < ? GROUP BY node_id",
    "escalated": (
        "SELECT node_id, SUM(escalated) FROM counts "
        "WHERE hour >= ? AND hour < ? AND escalated <> 0 GROUP BY node_id"
    ),
}
_HOURLY: Final[dict[Column, str]] = {
    "tickets": (
        "SELECT hour, node_id, tickets FROM counts "
        "WHERE hour >= ? AND hour < ? AND tickets <> 0 ORDER BY 1, 2"
    ),
    "escalated": (
        "SELECT hour, node_id, escalated FROM counts "
        "WHERE hour >= ? AND hour < ? AND escalated <> 0 ORDER BY 1, 2"
    ),
}
# One row an hour, its cells as texts of numbers: six times as fast as a row for each cell.
_CELLS: Final = """
    SELECT hour, {node}, {tickets}, {escalated} FROM counts
    WHERE hour >= ? AND hour < ?{{only}} GROUP BY hour ORDER BY hour
"""
_JOINED: Final = {True: "group_concat({})", False: "string_agg(CAST({} AS text), ',')"}
_CLOSED: Final = (
    "SELECT hour, node_id, tickets - late FROM counts "
    "WHERE hour >= ? AND hour < ? AND tickets <> late ORDER BY 1, 2"
)


class Counts:
    """Reads and writes the table `counts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, tickets: Changes, escalations: Changes, calendar: Calendar, *, closed: int | None = None
    ) -> None:
        """Add signed changes to the counts of the hours they fall in.

        What changes an hour that ended at `closed` or before is late, as well as counted.
        """
        at = np.concatenate((tickets.at, escalations.at))
        node = np.concatenate((tickets.node, escalations.node)).astype(np.int64)
        if len(at) == 0:
            return
        hours, hour = np.unique(calendar.hours(at), return_inverse=True)
        width = int(node.max()) + 1
        cells, cell = np.unique(hour * width + node, return_inverse=True)
        k, split = len(cells), len(tickets)
        created = np.bincount(cell[:split], tickets.sign, k).astype(np.int64)
        escalated = np.bincount(cell[split:], escalations.sign, k).astype(np.int64)
        changed = np.flatnonzero((created != 0) | (escalated != 0))
        cells = cells[changed]
        at_hour = hours[cells // width]
        late = np.zeros(len(at_hour), dtype=np.bool_) if closed is None else at_hour < closed
        columns = {
            "hour": at_hour.tolist(),
            "node_id": (cells % width).tolist(),
            "tickets": created[changed].tolist(),
            "escalated": escalated[changed].tolist(),
            "late": np.where(late, created[changed], 0).tolist(),
        }
        bulk.insert(self._connection, COUNTS, columns, then=_ADD)

    def add_cells(self, hour: Int64, node: Int64, tickets: Int64, escalated: Int64) -> None:
        """Add signed numbers to cells, of which each may be named several times."""
        summed: dict[tuple[int, int], list[int]] = {}
        for h, n, t, e in zip(*(c.tolist() for c in (hour, node, tickets, escalated)), strict=True):
            cell = summed.setdefault((h, n), [0, 0])
            cell[0] += t
            cell[1] += e
        keys, values = list(summed), list(summed.values())
        columns = {
            "hour": [h for h, _ in keys],
            "node_id": [n for _, n in keys],
            "tickets": [t for t, _ in values],
            "escalated": [e for _, e in values],
        }
        bulk.insert(self._connection, COUNTS, columns, then=_ADD)

    def forget_late(self) -> None:
        """From now on all hours were closed as they are counted now."""
        bulk.change(self._connection, "UPDATE counts SET late = 0 WHERE late <> 0")

    def leaf(self, column: Column, start: int, end: int) -> tuple[Int32, Int64]:
        """Sums over the hours that begin in [start, end): (k,) node of the whole path, (k,) count."""
        node, count = bulk.integers(bulk.rows(self._connection, _LEAF[column], start, end), 2)
        return node.astype(np.int32), count

    def hourly(self, column: Column, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """The hours that begin in [start, end), by (hour, node): (k,) hour, node of the whole path, count."""
        hour, node, count = bulk.integers(bulk.rows(self._connection, _HOURLY[column], start, end), 3)
        return hour, node.astype(np.int32), count

    def by_hour(
        self, start: int, end: int, nodes: Collection[int] | None = None
    ) -> Iterator[tuple[int, Int64, Int64, Int64]]:
        """Each hour in [start, end) that has a count, rising, with its cells.

        (k,) node of the whole path, of the given ones or of all, (k,) tickets, (k,) escalated.
        """
        joined = _JOINED[bulk.is_sqlite(self._connection)]
        statement = _CELLS.format(
            node=joined.format("node_id"),
            tickets=joined.format("tickets"),
            escalated=joined.format("escalated"),
        )
        if nodes is None:
            found = bulk.rows(self._connection, statement.format(only=""), start, end)
        else:
            only = statement.format(only=" AND node_id {among}")
            found = bulk.rows_among(self._connection, only, start, end, keys=nodes)
        for hour, *cells in found:
            node, tickets, escalated = (np.fromstring(cell, dtype=np.int64, sep=",") for cell in cells)
            yield int(hour), node, tickets, escalated

    def hourly_at_closing(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """The same of tickets, as they were when each hour was closed: what came later is left out."""
        hour, node, count = bulk.integers(bulk.rows(self._connection, _CLOSED, start, end), 3)
        return hour, node.astype(np.int32), count

    def hours(self, start: int, end: int) -> Int64:
        """The hours in [start, end) that have a ticket, rising: (k,)."""
        found = bulk.rows(
            self._connection,
            "SELECT DISTINCT hour FROM counts WHERE hour >= ? AND hour < ? AND tickets <> 0 ORDER BY hour",
            start,
            end,
        )
        return bulk.integers(found, 1)[0]

    def first_hour(self, start: int) -> int | None:
        """The first hour from `start` on that has a count."""
        [(first,)] = bulk.rows(self._connection, "SELECT MIN(hour) FROM counts WHERE hour >= ?", start)
        return None if first is None else int(first)

    def span(self) -> tuple[int, int] | None:
        """First and last hour that has a count; None in an empty store."""
        [(first, last)] = bulk.rows(self._connection, "SELECT MIN(hour), MAX(hour) FROM counts")
        return None if first is None else (int(first), int(last))
