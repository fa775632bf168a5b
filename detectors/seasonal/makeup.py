"""Tickets with what they tell beside their node, and how those of a window differ from the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.branches import Branches, Indices
from detectors.seasonal.corroboration import (
    BRANCH_WEIGHS,
    COLUMNS,
    SURE,
    Shares,
    drawn,
    of_windows,
    with_repeats,
)
from detectors.seasonal.tail import Floats

Codes = NDArray[np.int32]

APART: Final = 24.0
"""Steps within which a ticket can repeat the one before it."""
PRIOR_PAIRS: Final = 100.0
"""Of which one repeats: what is taken for granted of every column."""


@dataclass(frozen=True)
class Marks:
    """Single tickets; in any order.

    Attributes
    ----------
    at : (k,) float64, in steps
    node : (k,) int32, of the whole path
    code : (len(COLUMNS), k) int32, values by number; -1 where nothing is known
    """

    at: Floats
    node: Codes
    code: Codes

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Found:
    """What the make-ups of some windows tell.

    Attributes
    ----------
    score : (k,) float64, -log10 of the chance of so concentrated tickets
    column, value : (k,) of the value that they are concentrated in; -1 = none
    """

    score: Floats
    column: Indices
    value: Indices


@dataclass(frozen=True)
class Habits:
    """What the tickets of a history say of single tickets anywhere.

    Attributes
    ----------
    repeat : (len(COLUMNS),) float64, chance that a ticket repeats the one before it
    steady : (depths, len(COLUMNS)) float64, tickets by which the shares of a node are known from its branch
    """

    repeat: Floats
    steady: Floats

    @classmethod
    def unknown(cls) -> Habits:
        """Of no ticket."""
        return cls(np.zeros(len(COLUMNS)), np.full((1, len(COLUMNS)), BRANCH_WEIGHS))


class Makeup:
    """Tickets of the branch of one node, over which windows are compared with all the rest.

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
        self._begin = float(self.marks.at[0]) if len(marks) else 0.0
        self._span = (float(self.marks.at[-1]) - self._begin if len(marks) else 0.0) + 2.0
        self._at_depth: dict[int, Depth] = {}

    @property
    def habits(self) -> Habits:
        """What these tickets say of others."""
        return Habits(self.repeat, self.steady)

    @cached_property
    def repeat(self) -> Floats:
        """(len(COLUMNS),) chance that a ticket repeats the one before it at its node.

        Beyond how often one is like another of the same node that came a day or more later.
        """
        marks = self.marks
        order = np.lexsort((marks.at, marks.node))
        node, code = marks.node[order], marks.code[:, order]
        key = node * (self._span + 2 * APART) + (marks.at[order] - self._begin)
        rows = np.arange(len(key))
        soon, later = rows + 1, np.searchsorted(key, key + APART)
        found = np.empty(len(COLUMNS))
        for column, values in enumerate(code):
            alike = []
            for other in (soon, later):
                inside = other < len(rows)
                one, two = rows[inside], other[inside]
                near = node[one] == node[two]
                if other is soon:
                    near &= key[two] - key[one] < APART
                near &= (values[one] >= 0) & (values[two] >= 0)
                alike.append((float((values[one] == values[two])[near].sum()), float(near.sum())))
            (same, pairs), (usually, others) = alike
            same -= pairs * usually / max(others, 1.0)
            found[column] = (max(same, 0.0) + 1) / (pairs + PRIOR_PAIRS)
        return found

    @cached_property
    def steady(self) -> Floats:
        """(depths, len(COLUMNS)) tickets by which the shares of a branch's nodes are known from the branch.

        Pairs of tickets of one node are more often alike than pairs of tickets of the node above; by how much
        says how the nodes' shares vary.
        """
        depths = int(self.tree.depth.max(initial=0)) + 1
        found = np.full((depths, len(COLUMNS)), BRANCH_WEIGHS)
        for column in range(len(COLUMNS)):
            for depth in range(1, depths):
                nodes, tickets, alike = self._level(depth).alike(column)
                above, _, common = self._level(depth - 1).alike(column)
                if not len(nodes):
                    continue
                usual = common[np.searchsorted(above, self.tree.parents[nodes])]
                more = (tickets * (alike - usual)).sum() / max((tickets * (1 - usual)).sum(), 1.0)
                found[depth, column] = np.clip(1 / max(more, 1e-9), BRANCH_WEIGHS, SURE)
        return found

    def judge(self, nodes: Indices, first: Floats, last: Floats, habits: Habits) -> Found:
        """How concentrated the tickets of some nodes are in [first, last); all (k,)."""
        score, column, value = np.zeros(len(nodes)), np.full(len(nodes), -1), np.full(len(nodes), -1)
        for depth in np.unique(self.tree.depth[nodes]).tolist():
            some = np.flatnonzero(self.tree.depth[nodes] == depth)
            score[some], column[some], value[some] = self._judged(
                depth, nodes[some], first[some], last[some], habits
            )
        return Found(score, column, value)

    def carriers(self, node: int, first: float, last: float, *, column: int, value: int) -> Codes:
        """Nodes of the tickets of a window that have a value."""
        rows, _ = self._rows(
            int(self.tree.depth[node]), np.array([node]), np.array([first]), np.array([last])
        )
        found: Codes = self.marks.node[rows[self.marks.code[column, rows] == value]]
        return found

    def _judged(
        self, depth: int, nodes: Indices, first: Floats, last: Floats, habits: Habits
    ) -> tuple[Floats, Indices, Indices]:
        rows, window = self._rows(depth, nodes, first, last)
        parts, values, columns = [], [], np.zeros(len(nodes))
        for column in range(len(COLUMNS)):
            code = self.marks.code[column, rows]
            known = code >= 0
            among = np.bincount(window[known], minlength=len(nodes)).astype(np.float64)
            columns += among > 1
            many = int(code.max(initial=0)) + 1
            pair, times = np.unique(window[known] * many + code[known], return_counts=True)
            pair, tickets = pair[times > 1], times[times > 1].astype(np.float64)
            at, value = pair // many, pair % many
            levels = [self._level(above) for above in range(self.top, depth + 1)]
            chain = self._chain(nodes, depth)
            own = np.stack([
                level.tickets(column, chain[k, at], value) - tickets for k, level in enumerate(levels)
            ])  # fmt: skip
            total = np.stack([
                level.known(column, chain[k, at]) - among[at] for k, level in enumerate(levels)
            ])  # fmt: skip
            steady = habits.steady[min(depth, len(habits.steady) - 1), column]
            share, sure = drawn(np.maximum(own, 0), np.maximum(total, 0), float(steady))
            share = with_repeats(share, habits.repeat[[column]])
            parts.append(Shares(at, np.full(len(at), column), tickets, among[at], share, sure))
            values.append(value)
        shares = Shares(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))
        score, which = of_windows(shares, columns, len(nodes))
        value = np.concatenate(values)
        if not len(value):
            return score, which, which
        return score, np.where(which >= 0, shares.column[which], -1), np.where(which >= 0, value[which], -1)

    def _chain(self, nodes: Indices, depth: int) -> Indices:
        """(depth - top + 1, k) the ancestors of some nodes of one depth, themselves last."""
        chain = [nodes]
        for _ in range(depth - self.top):
            chain.append(self.tree.parents[chain[-1]].astype(np.intp))
        return np.stack(chain[::-1])

    def _level(self, depth: int) -> Depth:
        found = self._at_depth.get(depth)
        if found is None:
            found = self._at_depth[depth] = Depth(self.marks, self.tree, depth, self._begin, self._span)
        return found

    def _rows(
        self, depth: int, nodes: Indices, first: Floats, last: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the tickets of some windows, and the number of each one's window."""
        level = self._level(depth)
        low, high = (
            np.searchsorted(level.key, nodes * self._span + np.clip(at - self._begin, 0, self._span - 0.5))
            for at in (first, last)
        )
        size = np.maximum(high - low, 0)
        window = np.repeat(np.arange(len(nodes)), size)
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return level.order[np.repeat(low, size) + within], window


class Depth:
    """The tickets by their nodes of one depth.

    Attributes
    ----------
    order : rows by node and time
    key : float64, rising: node * span + time
    """

    def __init__(self, marks: Marks, tree: Branches, depth: int, begin: float, span: float) -> None:
        node = marks.node.astype(np.int64)
        deeper = tree.depth[node] > depth
        while deeper.any():
            node[deeper] = tree.parents[node[deeper]]
            deeper = tree.depth[node] > depth
        here = np.flatnonzero(tree.depth[node] == depth)
        self.order = here[np.argsort(node[here], kind="stable")]
        self._node, self._marks = node[self.order], marks
        self.key = self._node * span + (marks.at[self.order] - begin)
        self._tables: dict[int, Any] = {}

    def _table(self, column: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Indices, int]:
        found = self._tables.get(column)
        if found is None:
            code = self._marks.code[column, self.order].astype(np.int64)
            many, known = int(code.max(initial=0)) + 1, code >= 0
            pairs = np.unique(self._node[known] * many + code[known], return_counts=True)
            found = self._tables[column] = (*pairs, self._node[known], many)
        return found

    def tickets(self, column: int, nodes: Indices, value: Indices) -> Floats:
        """(k,) tickets of nodes that have these values."""
        key, times, _, many = self._table(column)
        wanted = nodes * np.int64(many) + value
        at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        if not len(key):
            return np.zeros(len(wanted))
        return np.where((key[at] == wanted) & (value < many), times[at], 0).astype(np.float64)

    def known(self, column: int, nodes: Indices) -> Floats:
        """(k,) tickets of nodes that have any."""
        node = self._table(column)[2]
        return (np.searchsorted(node, nodes, "right") - np.searchsorted(node, nodes)).astype(np.float64)

    def alike(self, column: int) -> tuple[Indices, Floats, Floats]:
        """Nodes with two tickets or more, their tickets, and the part of pairs of them that are alike."""
        key, times, _, many = self._table(column)
        nodes, first = np.unique(key // many, return_index=True)
        if not len(nodes):
            return nodes, np.zeros(0), np.zeros(0)
        tickets = self.known(column, nodes)
        pairs = np.add.reduceat(times * (times - 1.0), first)
        some = tickets > 1
        return nodes[some], tickets[some], pairs[some] / (tickets * (tickets - 1))[some]


def joined_marks(parts: list[Marks]) -> Marks:
    """Several parts, whose values have the same numbers, as one."""
    nothing = Marks(np.empty(0), np.empty(0, np.int32), np.empty((len(COLUMNS), 0), np.int32))
    every = [nothing, *parts]
    return Marks(
        np.concatenate([part.at for part in every]),
        np.concatenate([part.node for part in every]),
        np.concatenate([part.code for part in every], axis=1),
    )
