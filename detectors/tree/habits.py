"""What the tickets of a history say of others: how often one repeats another, and how much shares vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.precision import Floats, Indices, Int32
from detectors.tree.branches import Branches
from detectors.tree.corroboration import BRANCH_WEIGHS, SURE
from detectors.tree.marks import COLUMNS, Marks

APART: Final = 24.0
"""Steps within which a ticket can repeat the one before it."""
PRIOR_PAIRS: Final = 100.0
"""Of which one repeats: what is taken for granted of every column."""


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
    def of(cls, marks: Marks, tree: Branches) -> Habits:
        """Those of these tickets."""
        return cls(repeat(marks), steady(marks, tree))


def repeat(marks: Marks) -> Floats:
    """(len(COLUMNS),) chance that a ticket repeats the one before it at its node.

    Beyond how often one is like another of the same node that came a day or more later.
    """
    order = np.lexsort((marks.at, marks.node))
    at, node, code = marks.at[order], marks.node[order], marks.code[:, order]
    begin = float(at.min(initial=np.inf)) if len(at) else 0.0
    span = (float(at.max()) - begin if len(at) else 0.0) + 2.0
    key = node * (span + 2 * APART) + (at - begin)
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


def steady(marks: Marks, tree: Branches) -> Floats:
    """(depths, len(COLUMNS)) tickets by which the shares of a branch's nodes are known from the branch.

    Pairs of tickets of one node are more often alike than pairs of tickets of the node above; by how much
    says how the nodes' shares vary.
    """
    depths = int(tree.depth.max(initial=0)) + 1
    found = np.full((depths, len(COLUMNS)), BRANCH_WEIGHS)
    for depth in range(1, depths):
        below, inside = tree.at_depth(depth)[marks.node], tree.depth[marks.node] >= depth
        above = tree.at_depth(depth - 1)[marks.node]
        for column, code in enumerate(marks.code):
            known = code >= 0
            nodes, tickets, alike = pairs_alike(below[known & inside], code[known & inside])
            some = known & (tree.depth[marks.node] >= depth - 1)
            parents, _, common = pairs_alike(above[some], code[some])
            if not len(nodes):
                continue
            usual = common[np.searchsorted(parents, tree.parents[nodes])]
            more = (tickets * (alike - usual)).sum() / max((tickets * (1 - usual)).sum(), 1.0)
            found[depth, column] = np.clip(1 / max(more, 1e-9), BRANCH_WEIGHS, SURE)
    return found


def pairs_alike(node: Indices, code: Int32) -> tuple[Indices, Floats, Floats]:
    """Nodes with two tickets or more, their tickets, and the part of pairs of them that are alike.

    Examples
    --------
    >>> pairs_alike(np.array([4, 4, 4, 7]), np.array([1, 1, 2, 1], np.int32))
    (array([4]), array([3.]), array([0.33333333]))
    """
    many = int(code.max(initial=0)) + 1
    key, times = np.unique(node * np.int64(many) + code, return_counts=True)
    nodes, first = np.unique(key // many, return_index=True)
    if not len(nodes):
        return nodes, np.zeros(0), np.zeros(0)
    tickets = np.add.reduceat(times, first).astype(np.float64)
    pairs = np.add.reduceat(times * (times - 1.0), first)
    some = tickets > 1
    return nodes[some], tickets[some], pairs[some] / (tickets * (tickets - 1))[some]
