"""What a detector is given, and what it promises.

The monitor moves in steps: versions of tickets arrive, hours close. A step of the daemon holds one batch or
the hours that a tick closed; a replay is one step that holds the whole history. Detectors answer both with
the same code: they see what changed in order, and ask for counts as they were before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from connectors.counting import Changes, Ledger, Versions
from connectors.taxonomy import Taxonomy
from connectors.ticket import Bool, Int64
from connectors.windows import Calendar, Unit
from detectors.group_counts import counts_among
from detectors.grouping import Group
from detectors.signal import Signal

Column = Literal["tickets", "escalated"]


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as it stands: what rules about single tickets need of it. Instants as in `Signal`."""

    source: str
    id: str
    node: int
    created: int
    closed: int
    seen: int


class Counts(Protocol):
    """Counts of tickets as they stand at one moment; for `Step.before`, the moment before the step."""

    def of(self, column: Column, start: int, end: int) -> Mapping[Group, int]:
        """Tickets of every group created, or escalated, in [start, end). Missing groups have none."""
        ...

    def complainants(self, start: int, end: int) -> Mapping[tuple[int, str], int]:
        """Tickets by (node of the whole path, complainant) created in [start, end)."""
        ...

    def tickets_of(self, complainant: str, node: int) -> Sequence[TicketRow]:
        """A complainant's tickets with exactly this path; void ones left out."""
        ...

    def tickets_created(self, start: int, end: int) -> Sequence[TicketRow]:
        """Tickets created in [start, end); void ones left out."""
        ...

    def ticket(self, source: str, ticket: str) -> TicketRow | None:
        """One ticket; None where it is void or unknown."""
        ...

    def last_seen(self, group: Group, start: int, end: int) -> tuple[int, int] | None:
        """(seen, created) of the ticket of the group created in [start, end) that was seen last."""
        ...


class Nothing:
    """Counts before anything was counted."""

    def of(self, column: Column, start: int, end: int) -> Mapping[Group, int]:
        """No tickets."""
        del column, start, end
        return {}

    def complainants(self, start: int, end: int) -> Mapping[tuple[int, str], int]:
        """No tickets."""
        del start, end
        return {}

    def tickets_of(self, complainant: str, node: int) -> Sequence[TicketRow]:
        """No tickets."""
        del complainant, node
        return ()

    def tickets_created(self, start: int, end: int) -> Sequence[TicketRow]:
        """No tickets."""
        del start, end
        return ()

    def ticket(self, source: str, ticket: str) -> TicketRow | None:
        """No ticket."""
        del source, ticket
        return None

    def last_seen(self, group: Group, start: int, end: int) -> tuple[int, int] | None:
        """No ticket."""
        del group, start, end
        return None


@dataclass(frozen=True)
class Step:
    """What happened since the last judgement.

    Attributes
    ----------
    versions, ledger : what arrived, in order, and what it changed
    hours : (h,) int64 starts of the hours that this step may judge or judge again, rising
    judged_from : (h,) int64 number of versions of this step that had arrived when the hour became ready
        to be judged (closed, and known like the hour before it); -1 where it had been judged before,
        `NEVER` where it is not ready by the end of the step
    ready_at : (h,) int64 instant at which it became ready; the hour's end where nothing delayed it
    previous_known : (h,) bool, the hour before is known
    clock_from, clock_to : the clock moved over (clock_from, clock_to]
    known : whether hours are known like the hours before them; None where `hours` are all that there are
    """

    taxonomy: Taxonomy
    calendar: Calendar
    sources: Sequence[str]
    versions: Versions
    ledger: Ledger
    before: Counts
    hours: Int64
    judged_from: Int64
    ready_at: Int64
    clock_from: int
    clock_to: int
    known: Callable[[Int64], Bool] | None = None

    @property
    def is_first(self) -> bool:
        """Nothing was counted before the step."""
        return isinstance(self.before, Nothing)

    @cached_property
    def hour_ends(self) -> Int64:
        """(h,) int64 ends of the hours; kept, as each way to group asks for them."""
        return self.calendar.hour_ends(self.hours)

    @cached_property
    def previous_hours(self) -> Int64:
        """(h,) int64 starts of the hours before; kept likewise."""
        return self.calendar.previous_hours(self.hours)

    def changes(self, column: Column) -> Changes:
        """The step's signed changes of one column."""
        return self.ledger.tickets if column == "tickets" else self.ledger.escalations

    def known_pairs(self, hours: Int64, arrived: int) -> Bool:
        """(h,) bool: hours were known like the hours before them when so many versions had arrived."""
        if self.known is not None:
            return self.known(hours)
        place = np.minimum(np.searchsorted(self.hours, hours), max(len(self.hours) - 1, 0))
        known: Bool = (self.hours[place] == hours) & (self.judged_from[place] <= arrived)
        return known

    def row(self, order: int) -> int:
        """Row in `versions` of the version that arrived as number `order` of the step."""
        return self.versions.known + order

    def count_before(self, column: Column, unit: Unit, windows: Int64, groups: Int64) -> Int64:
        """(k,) int64 counts before the step, of each group in the window of this unit that starts there."""
        counts = np.zeros(len(groups), dtype=np.int64)
        if self.is_first or len(groups) == 0:
            return counts
        one = bool((windows == windows[0]).all())
        for start in windows[:1].tolist() if one else np.unique(windows).tolist():
            known = self.before.of(column, start, self.calendar.end(unit, start))
            here = slice(None) if one else windows == start
            counts[here] = counts_among(known, groups[here])
        return counts


def row_of(step: Step, row: int) -> TicketRow | None:
    """The ticket as a version tells it; None where it is void."""
    versions = step.versions
    if versions.void[row] or versions.ids is None:
        return None
    return TicketRow(
        source=step.sources[versions.source[row]],
        id=str(versions.ids[row]),
        node=int(versions.node[row]),
        created=int(versions.created[row]),
        closed=int(versions.closed[row]),
        seen=int(versions.seen[row]),
    )


@dataclass(frozen=True)
class Place:
    """Where and when windows and groups lie: the category tree and the business calendar."""

    taxonomy: Taxonomy
    calendar: Calendar


class Detector(Protocol):
    """Judges steps. Holds nothing but its options: what it remembers, it can ask `Step.before`."""

    def judge(self, step: Step) -> list[Signal]:
        """Signals that fired in this step, in order. A signal may be given again; it counts once."""
        ...

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """For each of its signals, the count now where that is below what fires, else None."""
        ...
