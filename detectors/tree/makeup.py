"""How the tickets of a window differ from all the others of their branch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Indices, Ints
from detectors.tree.branches import Branches
from detectors.tree.corroboration import Shares, drawn, of_windows, with_repeats
from detectors.tree.habits import Habits
from detectors.tree.marks import COLUMNS, NO_VALUE, Marks


@dataclass(frozen=True)
class Found:
    """What the make-ups of some windows tell.

    Attributes
    ----------
    score : (k,) float64, -log10 of the chance of so concentrated tickets
    column, value : (k,) of the value that they are concentrated in; `NO_VALUE` = none
    """

    score: Floats
    column: Indices
    value: Indices


class Makeup:
    """Tickets of the branch of one node, over which windows are compared with all the rest.

    Places of nodes are those of `Branches.spans`, where a branch lies together: so how many tickets of any
    branch have a value is the distance between two places in one sorted column.

    Parameters
    ----------
    marks : the tickets
    tree : of their nodes
    top : depth of the node whose tickets they are
    """

    def __init__(self, marks: Marks, tree: Branches, *, top: int = 0) -> None:
        order = np.argsort(marks.at, kind="stable")
        self.marks = Marks(marks.at[order], marks.node[order], marks.code[:, order])
        self.tree, self.top = tree, top
        # Values of all columns, numbered column after column; the first one of each is that nothing is known.
        many = marks.code.max(axis=1, initial=NO_VALUE).astype(np.int64) + 2
        self._unknown, self._values = np.cumsum(many) - many, int(many.sum())
        self._value = self.marks.code + (self._unknown + 1)[:, None]
        place = tree.spans[0][self.marks.node]
        self._by_value = np.sort((self._value * len(tree) + place).ravel())
        self._by_place = np.sort(place)
        self._by_depth: dict[int, Ints] = {}

    def judge(self, nodes: Indices, first: Floats, last: Floats, habits: Habits) -> Found:
        """How concentrated the tickets of some nodes are in [first, last); all (k,)."""
        found = Found(np.zeros(len(nodes)), *np.full((2, len(nodes)), NO_VALUE))
        depths = self.tree.depth[nodes]
        for depth in np.unique(depths).tolist():
            some = np.flatnonzero(depths == depth)
            part = self._judged(depth, nodes[some], first[some], last[some], habits)
            found.score[some], found.column[some], found.value[some] = part.score, part.column, part.value
        return found

    def carriers(self, node: int, first: float, last: float, *, column: int, value: int) -> Floats:
        """(nodes,) tickets with a value at or below each node, of those that one has in [first, last)."""
        rows, _ = self._rows(
            int(self.tree.depth[node]), np.array([node]), np.array([first]), np.array([last])
        )
        begin, end = self.tree.spans
        place = np.sort(begin[self.marks.node[rows[self.marks.code[column, rows] == value]]])
        return (np.searchsorted(place, end) - np.searchsorted(place, begin)).astype(np.float64)

    def share(self, node: int, *, column: int, value: int) -> Floats:
        """(1,) of all tickets at or below a node, the part that has a value; a little where none has."""
        at = np.array([[node]])
        share, _ = drawn(self._tickets(at, self._unknown[[column]] + 1 + value), self._tickets(at))
        return share

    def _judged(self, depth: int, nodes: Indices, first: Floats, last: Floats, habits: Habits) -> Found:
        """As `judge`, of nodes of one depth."""
        rows, window = self._rows(depth, nodes, first, last)
        values = self._value[:, rows]
        known, shape = values != self._unknown[:, None], (len(COLUMNS), len(nodes))
        of = (np.arange(len(COLUMNS))[:, None] * len(nodes) + window)[known]
        in_window = np.bincount(of, minlength=shape[0] * shape[1]).astype(np.float64)
        pair, begin, times = np.unique(
            of % len(nodes) * self._values + values[known], return_index=True, return_counts=True
        )
        # In the order in which they came, however values are numbered: of two that tell the same it matters.
        order = np.argsort(begin)
        order = order[times[order] > 1]
        at, value = np.divmod(pair[order], self._values)
        tickets, column = times[order].astype(np.float64), np.searchsorted(self._unknown, value) - 1
        among = in_window[column * len(nodes) + at]
        chain = self._chain(nodes, depth)[:, at]
        own = self._tickets(chain, value) - tickets
        total = self._tickets(chain) - self._tickets(chain, self._unknown[column]) - among
        steady = habits.steady[min(depth, len(habits.steady) - 1), column]
        share, sure = drawn(np.maximum(own, 0), np.maximum(total, 0), steady)
        share = with_repeats(share, habits.repeat[column])
        telling = (in_window.reshape(shape) > 1).sum(axis=0).astype(np.float64)
        score, which = of_windows(Shares(at, tickets, among, share, sure), telling, len(nodes))
        if not len(value):
            return Found(score, which, which)
        value -= self._unknown[column] + 1
        return Found(
            score, np.where(which >= 0, column[which], NO_VALUE), np.where(which >= 0, value[which], NO_VALUE)
        )

    def _chain(self, nodes: Indices, depth: int) -> Indices:
        """(depth - top + 1, k) the ancestors of some nodes of one depth, themselves last."""
        return np.stack([self.tree.at_depth(above)[nodes] for above in range(self.top, depth + 1)])

    def _tickets(self, nodes: Indices, value: Ints | None = None) -> Floats:
        """(levels, k) tickets at or below some nodes, all of them or those with a value each."""
        places, base = (self._by_place, 0) if value is None else (self._by_value, value * len(self.tree))
        first, last = self.tree.spans
        found = np.searchsorted(places, base + last[nodes]) - np.searchsorted(places, base + first[nodes])
        return found.astype(np.float64)

    def _rows(self, depth: int, nodes: Indices, first: Floats, last: Floats) -> tuple[Ints, Ints]:
        """Rows of the tickets of some windows, in order of time, and the number of each one's window."""
        many = len(self.marks)
        rows = self._by_depth.get(depth)
        if rows is None:
            above = self.tree.at_depth(depth)[self.marks.node]
            rows = self._by_depth[depth] = np.sort(above * many + np.arange(many))
        low, high = (
            np.searchsorted(rows, nodes * many + np.searchsorted(self.marks.at, at)) for at in (first, last)
        )
        size = np.maximum(high - low, 0)
        window = np.repeat(np.arange(len(nodes)), size)
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return rows[np.repeat(low, size) + within] - nodes[window] * many, window
