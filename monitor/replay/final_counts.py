"""Counts of a whole history in memory, as they stand at its end; what `Counts` asks, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from connectors.counting import Changes
from connectors.ticket import Int32, Int64
from detectors.group_counts import GroupCounts
from detectors.grouping import Group, belong
from detectors.step import Column, Step, TicketRow, row_of


@dataclass(frozen=True)
class _ByTime:
    """Changes by the instant they fall at: (k,) at (rising), node, sign."""

    at: Int64
    node: Int32
    sign: Int64

    @classmethod
    def of(cls, changes: Changes) -> _ByTime:
        if len(changes) == 0 or (changes.at[1:] >= changes.at[:-1]).all():
            return cls(changes.at, changes.node, changes.sign)
        by_time = np.argsort(changes.at, kind="stable")
        return cls(changes.at[by_time], changes.node[by_time], changes.sign[by_time])


class FinalCounts:
    """Counts after the one step of a replay."""

    def __init__(self, step: Step) -> None:
        self._step = step

    @cached_property
    def _by_time(self) -> Mapping[Column, _ByTime]:
        ledger = self._step.ledger
        return {"tickets": _ByTime.of(ledger.tickets), "escalated": _ByTime.of(ledger.escalations)}

    @cached_property
    def _latest(self) -> Int64:
        """Rows of the latest versions that are not void."""
        latest = self._step.ledger.latest
        rows: Int64 = latest[~self._step.versions.void[latest]]
        return rows

    @cached_property
    def _tickets(self) -> Mapping[tuple[str, str], TicketRow]:
        rows = (row_of(self._step, row) for row in self._latest.tolist())
        return {(row.source, row.id): row for row in rows if row is not None}

    @cached_property
    def _by_complainant(self) -> Mapping[tuple[str, int], Sequence[TicketRow]]:
        complainant = self._step.versions.complainant
        found: dict[tuple[str, int], list[TicketRow]] = {}
        if complainant is not None:
            for row in self._latest.tolist():
                ticket = row_of(self._step, row)
                if ticket is not None and complainant[row]:
                    found.setdefault((str(complainant[row]), ticket.node), []).append(ticket)
        return found

    def of(self, column: Column, start: int, end: int) -> Mapping[Group, int]:
        """Tickets of every group created, or escalated, in [start, end)."""
        changes = self._by_time[column]
        low, high = np.searchsorted(changes.at, [start, end])
        return GroupCounts(self._step.taxonomy, changes.node[low:high], changes.sign[low:high])

    def complainants(self, start: int, end: int) -> Mapping[tuple[int, str], int]:
        """Tickets by (node of the whole path, complainant) created in [start, end)."""
        versions, rows = self._step.versions, self._latest
        if versions.complainant is None:
            return {}
        inside = rows[(versions.created[rows] >= start) & (versions.created[rows] < end)]
        found: dict[tuple[int, str], int] = {}
        nodes, people = versions.node[inside].tolist(), versions.complainant[inside].tolist()
        for node, who in zip(nodes, people, strict=True):
            if who:
                found[node, str(who)] = found.get((node, str(who)), 0) + 1
        return found

    def tickets_of(self, complainant: str, node: int) -> Sequence[TicketRow]:
        """A complainant's tickets with exactly this path; void ones left out."""
        return self._by_complainant.get((complainant, node), ())

    def tickets_created(self, start: int, end: int) -> Sequence[TicketRow]:
        """Tickets created in [start, end); void ones left out."""
        return [ticket for ticket in self._tickets.values() if start <= ticket.created < end]

    def ticket(self, source: str, ticket: str) -> TicketRow | None:
        """One ticket; None where it is void or unknown."""
        return self._tickets.get((source, ticket))

    def last_seen(self, group: Group, start: int, end: int) -> tuple[int, int] | None:
        """(seen, created) of the ticket of the group created in [start, end) that was seen last."""
        versions, rows = self._step.versions, self._latest
        rows = rows[(versions.created[rows] >= start) & (versions.created[rows] < end)]
        rows = rows[belong(self._step.taxonomy, versions.node[rows], group)]
        if len(rows) == 0:
            return None
        last = rows[np.argmax(versions.seen[rows])]
        return int(versions.seen[last]), int(versions.created[last])
