"""Counts of windows in memory, as they stood before the step that is being judged.

The first question about a window reads the store, in the transaction in which the step is already booked, and
takes the step's own changes out again; from then on the window follows every step. So a batch costs what it
touches, and neither the length of the history nor the size of the window. What is forgotten is read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from connectors.counting import Changes, Ledger, Versions
from connectors.taxonomy import Taxonomy
from connectors.ticket import Int64
from connectors.windows import Calendar
from detectors.group_counts import GroupCounts, roll_up
from detectors.grouping import Group, node_of
from detectors.step import Column, TicketRow
from monitor.engine.fired import Fired
from monitor.engine.following import Following
from monitor.storage.store import Transaction

# A month, its days and their hours are in use at once, and the same of the month before around its end.
WINDOWS: Final = 256

# Tables of closed hours in memory while they are judged, each with a cell for every node.
TABLES: Final = 64

Window = tuple[Column, int, int]
People = dict[tuple[int, str], int]


class Memory:
    """The windows that are in use, as of the last step that was applied."""

    def __init__(self, taxonomy: Taxonomy, calendar: Calendar) -> None:
        self.taxonomy = taxonomy
        self.calendar = calendar
        self._windows: OrderedDict[Window, dict[Group, int]] = OrderedDict()
        self._people: OrderedDict[tuple[int, int], People] = OrderedDict()
        self._sources: tuple[str, ...] = ()
        self.fired = Fired(calendar)
        self.following = Following()

    def forget(self) -> None:
        """Nothing is known any more: a transaction failed, or the counts were mended."""
        self._windows.clear()
        self._people.clear()
        self._sources = ()
        self.fired.forget()
        self.following.forget()

    def sources(self, tx: Transaction, number: int) -> tuple[str, ...]:
        """Names of the sources by number, that one among them."""
        if number >= len(self._sources):
            self._sources = tuple(state.name for state in tx.sources.all())
        return self._sources

    def window(self, key: Window) -> dict[Group, int] | None:
        """A window's counts, if it is in use."""
        found = self._windows.get(key)
        if found is not None:
            self._windows.move_to_end(key)
        return found

    def keep(self, key: Window, counts: dict[Group, int]) -> None:
        """Take a window into use; the one that was not asked for longest goes."""
        self._windows[key] = counts
        while len(self._windows) > WINDOWS:
            self._windows.popitem(last=False)

    def people(self, key: tuple[int, int]) -> People | None:
        """Tickets by (node, complainant) of a window, if it is in use."""
        return self._people.get(key)

    def keep_people(self, key: tuple[int, int], people: People) -> None:
        """Take a window's complainants into use."""
        self._people[key] = people
        while len(self._people) > WINDOWS // 16:
            self._people.popitem(last=False)

    def apply(self, ledger: Ledger, versions: Versions) -> None:
        """Follow a step: every window in use counts its changes."""
        for column, changes in (("tickets", ledger.tickets), ("escalated", ledger.escalations)):
            if len(changes) == 0:
                continue
            first, last = int(changes.at.min()), int(changes.at.max())
            for (of, start, end), counts in self._windows.items():
                if of == column and start <= last and first < end:
                    add(counts, self.taxonomy, changes, start, end, sign=1)
        for (start, end), people in self._people.items():
            add_people(people, versions, ledger.people, (start, end), sign=1)


def add(
    counts: dict[Group, int], taxonomy: Taxonomy, changes: Changes, start: int, end: int, *, sign: int
) -> None:
    """Add, or with sign -1 take out, the changes that fall in [start, end)."""
    inside = (changes.at >= start) & (changes.at < end)
    if inside.any():
        for group, change in roll_up(taxonomy, changes.node[inside], changes.sign[inside]).items():
            counts[group] = counts.get(group, 0) + sign * change


def add_people(
    people: People, versions: Versions, changes: Changes, window: tuple[int, int], *, sign: int
) -> None:
    """The same for tickets by (node, complainant)."""
    if versions.complainant is None:
        return
    start, end = window
    for row, node, at, change in zip(
        changes.row.tolist(), changes.node.tolist(), changes.at.tolist(), changes.sign.tolist(), strict=True
    ):
        who = versions.complainant[row]
        if who and start <= at < end:
            people[node, who] = people.get((node, who), 0) + sign * change


class StoredCounts:
    """`Counts` of the store: before a step that is booked in the transaction, or after it.

    Attributes
    ----------
    step : the booked step whose changes are not to be seen; None to see all
    """

    def __init__(self, tx: Transaction, memory: Memory, step: tuple[Versions, Ledger] | None = None) -> None:
        self._tx, self._memory, self._step = tx, memory, step
        self._hours: tuple[int, int, Int64, Int64, Int64] | None = None
        self._tables: OrderedDict[Window, GroupCounts] = OrderedDict()

    def read_hours(self, start: int, end: int) -> None:
        """Read the hours of [start, end) at once, for a step that judges many of them."""
        hour, node, count = self._tx.counts.hourly("tickets", start, end)
        self._hours = (start, end, hour, node.astype(np.int64), count)

    def hours_with_tickets(self) -> Int64:
        """The hours that were read and hold tickets, rising."""
        return np.unique(self._hours[2]) if self._hours else np.empty(0, dtype=np.int64)

    def of(self, column: Column, start: int, end: int) -> Mapping[Group, int]:
        """Tickets of every group created, or escalated, in [start, end)."""
        key = (column, start, end)
        found: Mapping[Group, int] | None = self._tables.get(key)
        if found is None:
            found = self._memory.window(key)
        if found is None:
            node, count = self._leaves(column, start, end)
            if self._hours is not None:
                # A closed hour is asked about only now: a table is cheaper than what follows each step.
                while len(self._tables) >= TABLES:
                    self._tables.popitem(last=False)
                self._tables[key] = GroupCounts(self._memory.taxonomy, node.astype(np.int32), count)
                return self._tables[key]
            window = roll_up(self._memory.taxonomy, node.astype(np.int32), count)
            if self._step is not None:
                ledger = self._step[1]
                changes = ledger.tickets if column == "tickets" else ledger.escalations
                add(window, self._memory.taxonomy, changes, start, end, sign=-1)
            self._memory.keep(key, window)
            return window
        return found

    def complainants(self, start: int, end: int) -> Mapping[tuple[int, str], int]:
        """Tickets by (node of the whole path, complainant) created in [start, end)."""
        found = self._memory.people((start, end))
        if found is None:
            columns = self._tx.ticket_reads.complainants(start, end)
            node, who, tickets = (column.tolist() for column in columns)
            found = {(n, w): k for n, w, k in zip(node, who, tickets, strict=True)}
            if self._step is not None:
                versions, ledger = self._step
                add_people(found, versions, ledger.people, (start, end), sign=-1)
            self._memory.keep_people((start, end), found)
        return {key: tickets for key, tickets in found.items() if tickets}

    def tickets_of(self, complainant: str, node: int) -> Sequence[TicketRow]:
        """A complainant's tickets with exactly this path; void ones, and those of the step, left out."""
        found = self._tx.ticket_reads.of_complainant(complainant, node)
        if self._step is None or self._step[0].ids is None:
            return found
        told = set(self._step[0].ids.tolist())
        source = self._tx.sources.all()[int(self._step[0].source[0])].name
        return [ticket for ticket in found if ticket.source != source or ticket.id not in told]

    def tickets_created(self, start: int, end: int) -> Sequence[TicketRow]:
        """Tickets created in [start, end); void ones left out."""
        return self._tx.ticket_reads.created(start, end)

    def ticket(self, source: str, ticket: str) -> TicketRow | None:
        """One ticket; None where it is void or unknown."""
        return self._tx.ticket_reads.ticket(source, ticket)

    def last_seen(self, group: Group, start: int, end: int) -> tuple[int, int] | None:
        """(seen, created) of the ticket of the group created in [start, end) that was seen last."""
        node, exact = node_of(group)
        tree = self._memory.taxonomy
        nodes = [node] if exact else np.flatnonzero(tree.ancestor[:, int(tree.depth[node])] == node).tolist()
        return self._tx.ticket_reads.last_seen(nodes, start, end)

    def _leaves(self, column: Column, start: int, end: int) -> tuple[Int64, Int64]:
        if self._hours is not None and column == "tickets":
            first, last, hour, node, count = self._hours
            if first <= start and end <= last:
                low, high = np.searchsorted(hour, [start, end])
                return node[low:high], count[low:high]
        leaf, tickets = self._tx.counts.leaf(column, start, end)
        return leaf.astype(np.int64), tickets
