"""Tickets that come in clumps: three of one leaf in one hour say less than three of three leaves, or hours.

One thing that happened brings several tickets at once, and in a large tree some leaf has eight of them in one
hour every week, without a cause. What lasts, or spreads, is not like that. So each node has a second count
beside its tickets: its *occasions*, the pairs of a leaf and an hour in which there was any ticket. A leaf so
busy that most of its hours have some is counted by its tickets.

Occasions are usual in proportion to tickets, and vary less. What both counts say of a window is the mean of
their likelihood ratios, which is one itself however the two depend on each other (V. Vovk, R. Wang, E-values:
calibration, combination and applications, Annals of Statistics 49 (2021) 1736). Above leaves occasions weigh
most: a clump is one leaf's, and is judged there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.precision import Bools, Floats, Indices, Int32, Ints, Kept, Packed, Stored
from detectors.tree.branches import Branches

BUSY: Final = 0.2
"""Own tickets a step from which on a node's tickets are all counted."""
AT_ONCE: Final = 24
"""Steps of a history that are counted together."""
POOLED: Final = 300.0
"""Occasions that a node's dispersion is drawn by to what its depth shows."""
SINGLE: Final = (0.5, 0.1)
"""What the ratio of tickets weighs beside that of occasions: where most are a node's own, and elsewhere."""


@dataclass(frozen=True)
class Clumps:
    """How the occasions of nodes are counted, and what is usual of them.

    Attributes
    ----------
    tree : of the nodes
    busy : (nodes,) bool, whose own tickets are all counted
    ratio : (nodes,) float32, occasions a ticket
    dispersion : (nodes,) float32, variance over mean
    tickets : (nodes,) float32, what the likelihood ratio of tickets weighs; that of occasions has the rest
    """

    tree: Branches
    busy: Bools
    ratio: Kept
    dispersion: Kept
    tickets: Kept

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
        tickets = np.append(self.tickets, np.full(len(new), SINGLE[0], Stored))
        return Clumps(tree, np.append(self.busy, np.zeros(len(new), bool)), ratio, dispersion, tickets)


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


def clumps_of(count: Kept, tree: Branches, total: Kept, profile: Packed, slot: Ints) -> Clumps:
    """How tickets come in clumps, by the last steps of a history.

    Parameters
    ----------
    count : (steps, nodes) float32, the last whole weeks, with all descendants, nan where unknown
    total : (nodes,) float32, their tickets
    profile : (slots, nodes) of each node
    slot : (steps,) of each step
    """
    own = own_tickets(tree, total, np.arange(len(tree)))
    busy = own >= BUSY * max(len(count), 1)
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
    usual_squares *= height**2
    above = beyond(squares - sums - usual_squares, sums, usual_squares, tree.depth)
    overall = float(sums.sum() / total.sum()) if total.any() else 1.0
    ratio = (sums + POOLED * overall) / (total + POOLED)
    tickets = np.where(own >= total / 2, *SINGLE)
    return Clumps(
        tree, busy, np.minimum(ratio, 1).astype(Stored), (1 + above).astype(Stored), tickets.astype(Stored)
    )


def beyond(pairs: Floats, sums: Floats, squares: Floats, depth: Int32) -> Floats:
    """(nodes,) by how much more than their mean occasions vary, over that mean.

    In part that is alike at all nodes of a depth: what happens brings occasions of several leaves. In part it
    grows with a node's mean, as an error of what was expected does, and as the clumps of busy leaves do. Both
    parts are found by least squares over the depth's nodes, and each node is drawn to what they say of it.

    Parameters
    ----------
    pairs : (nodes,) what squares of counts add up to, beyond what they would of Poisson counts
    sums, squares : (nodes,) of all counts, and of what was to come
    depth : (nodes,)

    Examples
    --------
    >>> pairs, sums, squares = (np.array(each) for each in ([0.0, 20], [10.0, 200], [0.1, 40]))
    >>> beyond(pairs, sums, squares, np.zeros(2, np.int32)).round(3).tolist()
    [0.005, 0.1]
    """
    from scipy.optimize import nnls

    ratio, mean = (each / np.maximum(sums, 1e-9) for each in (pairs, squares))
    foreseen = np.zeros(len(pairs))
    for here in range(int(depth.max(initial=-1)) + 1):
        of_depth = depth == here
        parts = np.stack((np.ones_like(mean), mean), axis=1)
        # However many counts a node has, by chance its ratio is off by as much: sqrt(2 / steps).
        seen = of_depth & (sums > 0)
        if seen.any():
            foreseen[of_depth] = parts[of_depth] @ nnls(parts[seen], ratio[seen])[0]
    found: Floats = (pairs + POOLED * foreseen) / (sums + POOLED)
    return np.maximum(found, 0)
