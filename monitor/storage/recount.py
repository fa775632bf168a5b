"""Counts anew from the tickets, compared with the stored ones and put right when asked.

Tickets older than the seal may be gone, so only hours after it are recounted; see docs/adr/0002-storage.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from connectors.ticket import NEVER, Int32, Int64
from connectors.windows import Calendar
from monitor.recount import Cells, Differences, compare
from monitor.storage import bulk
from monitor.storage.facts import NOTHING
from monitor.storage.schema import COUNTS

if TYPE_CHECKING:
    from monitor.storage.store import Transaction

CHUNK: Final = 200_000
"""Tickets in memory at once."""

_TICKETS: Final = f"""
    SELECT node_id, created, COALESCE(escalated, {NEVER}) FROM tickets
    WHERE NOT void AND (created >= ? OR escalated >= ?)
"""  # noqa: S608 - a number of ours
_STORED: Final = "SELECT hour, node_id, tickets, escalated FROM counts WHERE hour >= ?"
_REPLACE: Final = (
    "ON CONFLICT (hour, node_id) DO UPDATE SET tickets = excluded.tickets, escalated = excluded.escalated"
)


def recount(
    tx: Transaction, calendar: Calendar, *, progress: Callable[[int], None] = lambda _: None
) -> Differences:
    """Where the stored counts differ from a recount of the tickets, cut in this calendar's hours.

    `progress` is told how many tickets have been counted so far.
    """
    since = _since(tx, calendar)
    recounted = _counted(tx, calendar, since, progress)
    hour, node, tickets, escalated = bulk.integers(bulk.rows(tx.connection, _STORED, since), 4)
    return compare(Cells.summed(hour, node.astype(np.int32), tickets, escalated), recounted)


def mend(tx: Transaction, calendar: Calendar, differences: Differences) -> None:
    """The stored counts are now what the recount in the same transaction said."""
    since = _since(tx, calendar)
    if since != NOTHING:
        tx.facts.seal(since)
    right = differences.recounted
    columns = {
        "hour": differences.hour.tolist(),
        "node_id": differences.node.tolist(),
        "tickets": right.tickets.tolist(),
        "escalated": right.escalated.tolist(),
    }
    bulk.insert(tx.connection, COUNTS, columns, then=_REPLACE)


def _since(tx: Transaction, calendar: Calendar) -> int:
    """The first instant to recount; in a new zone an hour may begin before the seal, and is sealed too."""
    sealed = tx.facts.sealed_until()
    if sealed == NOTHING or calendar.hour(sealed) == sealed:
        return sealed
    return calendar.hour_end(calendar.hour(sealed))


def _counted(tx: Transaction, calendar: Calendar, since: int, progress: Callable[[int], None]) -> Cells:
    cells, done = _cells([]), 0
    for rows in bulk.chunks(tx.connection, _TICKETS, since, since, size=CHUNK):
        node, created, escalated = bulk.integers(rows, 3)
        counted, raised = created >= since, (escalated >= since) & (escalated != NEVER)
        cells = _cells(
            [
                cells,
                _hourly(calendar.hours(created[counted]), node[counted], tickets=1, escalated=0),
                _hourly(calendar.hours(escalated[raised]), node[raised], tickets=0, escalated=1),
            ]
        )
        done += len(rows)
        progress(done)
    return cells


def _hourly(hour: Int64, node: Int64, *, tickets: int, escalated: int) -> Cells:
    of_each: Int32 = node.astype(np.int32)
    return Cells(
        hour, of_each, np.full(len(hour), tickets, np.int64), np.full(len(hour), escalated, np.int64)
    )


def _cells(parts: list[Cells]) -> Cells:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Cells(none, none.astype(np.int32), none, none)
    return Cells.summed(
        np.concatenate([part.hour for part in parts]),
        np.concatenate([part.node for part in parts]),
        np.concatenate([part.tickets for part in parts]),
        np.concatenate([part.escalated for part in parts]),
    )
