"""Tickets that come in clumps: three of one leaf in one hour say less than three of three leaves, or hours.

One thing that happened brings several tickets at once, and in a large tree some leaf has eight of them in one
hour every week, without a cause. What lasts, or spreads, is not like that. So each node has a second count
beside its tickets: its *occasions*, the pairs of a leaf and an hour in which there was any ticket. A leaf so
busy that most of its hours have some is counted by its tickets.

Occasions are usual in proportion to tickets, and vary less. What both counts say of a window is the mean of
their likelihood ratios, which is one itself however the two depend on each other (V. Vovk, R. Wang, E-values:
calibration, combination and applications, Annals of Statistics 49 (2021) 1736).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.tail import Bools, Kept, Packed, Stored
from detectors.tree.branches import Branches, Indices

BUSY: Final = 0.2
"""Own tickets a step from which on a node's tickets are all counted."""
AT_ONCE: Final = 24
"""Steps of a history that are counted together."""
POOLED: Final = 300.0
"""Occasions of its depth that a node's dispersion is drawn to."""


@dataclass(frozen=True)
class Clumps:
    """How the occasions of nodes are counted, and what is usual of them.

    Attributes
    ----------
    tree : of the nodes
    busy : (nodes,) bool, whose own tickets are all counted
    ratio : (nodes,) float32, occasions a ticket
    dispersion : (nodes,) float32, variance over mean
    """

    tree: Branches
    busy: Bools
    ratio: Kept
    dispersion: Kept

    def occasions(self, count: Kept) -> Kept:
        """(..., nodes) float32, of tickets with all descendants; 0 where those are unknown."""
        return counted(self.tree, self.busy, count)

    def grown(self, tree: Branches) -> Clumps:
        """The same with more nodes, which are as their parents are."""
        new, known = tree.parents[len(self.tree) :], len(self.tree)
        ratio, dispersion = (
            np.append(one, np.ones(len(new), Stored)) for one in (self.ratio, self.dispersion)
        )
        for node, parent in enumerate(new.tolist(), known):
            if parent >= 0:
                ratio[node], dispersion[node] = ratio[parent], dispersion[parent]
        return Clumps(tree, np.append(self.busy, np.zeros(len(new), bool)), ratio, dispersion)


def counted(tree: Branches, busy: Bools, count: Kept) -> Kept:
    """(..., nodes) float32 occasions; of a large tree only the few cells with tickets are touched."""
    nodes, flat = len(tree), count.reshape(-1)
    cell = np.flatnonzero(flat > 0)
    own = own_tickets(tree, flat, cell)
    some = own >= 1
    node = cell[some] % nodes
    first, value = cell[some] - node, np.where(busy[node], own[some], Stored(1))
    found = np.zeros_like(flat)
    while len(node):
        np.add.at(found, first + node, value)
        node = tree.parents[node].astype(np.intp)
        inside = node >= 0
        node, first, value = node[inside], first[inside], value[inside]
    return found.reshape(count.shape)


def own_tickets(tree: Branches, flat: Kept, cell: Indices) -> Kept:
    """(k,) tickets of some cells beside all that are below their nodes; `flat` are rows of all nodes."""
    node = cell % len(tree)
    parent = tree.parents[node]
    inside = parent >= 0
    below = np.zeros_like(flat)
    np.add.at(below, cell[inside] - node[inside] + parent[inside], flat[cell[inside]])
    own: Kept = flat[cell] - below[cell]
    return own


def learned(count: Kept, tree: Branches, total: Kept, profile: Packed, slot: NDArray[np.int64]) -> Clumps:
    """What the last steps of a history say of its clumps.

    Parameters
    ----------
    count : (steps, nodes) float32, the last whole weeks, with all descendants, nan where unknown
    total : (nodes,) float32, their tickets
    profile : (slots, nodes) of each node
    slot : (steps,) of each step
    """
    busy = own_tickets(tree, total, np.arange(len(tree))) >= BUSY * max(len(count), 1)
    sums, squares = np.zeros((2, len(tree)))
    for first in range(0, len(count), AT_ONCE):
        came = counted(tree, busy, count[first : first + AT_ONCE])
        sums += came.sum(axis=0)
        squares += np.einsum("sn,sn->n", came, came)
    known = np.bincount(slot[~np.isnan(count).all(axis=1)], minlength=len(profile)).astype(Stored)
    usual, usual_squares = np.zeros((2, len(tree)))
    for times, row in zip(known.tolist(), profile, strict=True):
        if times:
            usually = row.astype(Stored)
            usual += times * usually
            usual_squares += times * usually**2
    height = sums / np.maximum(usual, 1e-9)
    pairs = squares - sums - height**2 * usual_squares
    depth = tree.depth
    pooled = np.bincount(depth, pairs) / np.maximum(np.bincount(depth, sums), 1.0)
    overall = float(sums.sum() / total.sum()) if total.any() else 1.0
    ratio = (sums + POOLED * overall) / (total + POOLED)
    above = np.maximum((pairs + POOLED * np.maximum(pooled, 0)[depth]) / (sums + POOLED), 0)
    return Clumps(tree, busy, np.minimum(ratio, 1).astype(Stored), (1 + above).astype(Stored))
