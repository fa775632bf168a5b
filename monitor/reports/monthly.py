"""Statistics of a month, for every node: valid volume, closure rate, beside the month before (plan P)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.reports.monthly import NodeMonth
from connectors.ticket import DAY, NEVER, Path
from connectors.windows import Calendar
from monitor.storage import Transaction
from monitor.storage.volumes import Volume, volumes


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the business zone: [start, end), cut off where it is not over; and the one before.

    Attributes
    ----------
    start, end : int64 microseconds UTC
    previous : start of the month before
    until : how far the month is known: its end, or now
    """

    start: int
    end: int
    previous: int
    until: int

    @classmethod
    def holding(cls, instant: int, calendar: Calendar, *, now: int) -> Month:
        """The month that holds an instant, as it stands now."""
        start = calendar.month(instant)
        end = calendar.month_end(start)
        return cls(start, end, calendar.month(start - 1), min(end, now))


def node_months(tx: Transaction, month: Month, *, depth: int) -> tuple[NodeMonth, ...]:
    """Every node down to this depth that had a ticket in the month or the one before, parents first.

    Closed is what was closed by the end of the month that is meant, so that two months compare; a ticket
    that goes over the border of a month is open in the first.
    """
    paths = tx.nodes.paths()
    now = _rolled_up(volumes(tx.connection, month.start, month.until, at=month.until), paths, depth)
    before = _rolled_up(volumes(tx.connection, month.previous, month.start, at=month.start), paths, depth)
    sealed = tx.facts.sealed_until() > month.previous
    found = []
    for path in sorted({*now, *before}):
        this, last = now.get(path, Volume()), before.get(path, Volume())
        found.append(
            NodeMonth(
                node=path,
                valid=this.valid,
                invalid=this.invalid,
                closed=this.closed,
                escalated=this.escalated,
                previous=None if sealed else last.valid,
                previous_closed=None if sealed else last.closed,
            )
        )
    return tuple(found)


def first_ticket(tx: Transaction, month: Month) -> int | None:
    """When the first ticket of all was created, if the month before had begun a day earlier or more.

    Then that month is not whole, and says little beside this one. int64 microseconds UTC.
    """
    created = [state.first_created for state in tx.sources.all() if state.first_created is not None]
    first = min(created, default=NEVER)
    return first if month.previous + DAY <= first < NEVER else None


def _rolled_up(counted: Mapping[int, Volume], paths: Sequence[Path], depth: int) -> dict[Path, Volume]:
    """Volumes of nodes with all their descendants, down to a depth."""
    total: defaultdict[Path, Volume] = defaultdict(Volume)
    for node, volume in counted.items():
        path = paths[node]
        for size in range(min(len(path), depth) + 1):
            total[path[:size]] += volume
    return dict(total)
