"""Do the stored counts say what the tickets say? A pure comparison, hour by hour and node by node (law 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.ticket import Bool, Int32, Int64


@dataclass(frozen=True)
class Cells:
    """Counts by (hour, node of the whole path), each cell once. All columns are (k,).

    Attributes
    ----------
    hour : int64 start of the hour
    node : int32
    tickets, escalated : int64, created and escalated in the hour
    """

    hour: Int64
    node: Int32
    tickets: Int64
    escalated: Int64

    def __len__(self) -> int:
        return len(self.hour)

    @classmethod
    def summed(cls, hour: Int64, node: Int32, tickets: Int64, escalated: Int64) -> Cells:
        """Cells of rows in which a cell may occur several times, by (hour, node); without empty ones."""
        by = np.lexsort((node, hour))
        hour, node = hour[by], node[by]
        first = np.ones(len(hour), dtype=np.bool_)
        first[1:] = (hour[1:] != hour[:-1]) | (node[1:] != node[:-1])
        start = np.flatnonzero(first)
        if len(start) == 0:
            return cls(hour, node, tickets, escalated)
        tickets, escalated = np.add.reduceat(tickets[by], start), np.add.reduceat(escalated[by], start)
        return cls(hour[start], node[start], tickets, escalated).where((tickets != 0) | (escalated != 0))

    def values(self) -> list[tuple[int, int]]:
        """(tickets, escalated) of each cell."""
        return list(zip(self.tickets.tolist(), self.escalated.tolist(), strict=True))

    def where(self, chosen: Bool) -> Cells:
        """The cells of a mask."""
        return Cells(self.hour[chosen], self.node[chosen], self.tickets[chosen], self.escalated[chosen])


@dataclass(frozen=True)
class Differences:
    """Cells in which stored and recounted numbers differ, by (hour, node). All columns are (k,)."""

    hour: Int64
    node: Int32
    stored: Cells
    recounted: Cells

    def __len__(self) -> int:
        return len(self.hour)


def compare(stored: Cells, recounted: Cells) -> Differences:
    """Cells that differ; one that is missing on one side is zero there."""
    hour = np.concatenate((stored.hour, recounted.hour))
    node = np.concatenate((stored.node, recounted.node))
    none, also_none = np.zeros(len(stored), dtype=np.int64), np.zeros(len(recounted), dtype=np.int64)
    # Both sides in one sum, in four columns: first what is stored, then what is recounted.
    by = np.lexsort((node, hour))
    first = np.ones(len(by), dtype=np.bool_)
    first[1:] = (hour[by][1:] != hour[by][:-1]) | (node[by][1:] != node[by][:-1])
    start = np.flatnonzero(first)
    hour, node = hour[by][start], node[by][start]

    def side(before: Int64, values: Int64, after: Int64) -> Int64:
        column = np.concatenate((before, values, after))[by]
        return np.add.reduceat(column, start) if len(start) else column

    empty = np.empty(0, dtype=np.int64)
    left = Cells(hour, node, side(empty, stored.tickets, also_none), side(empty, stored.escalated, also_none))
    right = Cells(hour, node, side(none, recounted.tickets, empty), side(none, recounted.escalated, empty))
    differs = (left.tickets != right.tickets) | (left.escalated != right.escalated)
    return Differences(hour[differs], node[differs], left.where(differs), right.where(differs))
