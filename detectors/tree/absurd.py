"""A step with absurdly many tickets teaches nothing: a fault that books a million is no past to compare with.

It is the rule of a single series (`seasonal.replaying`): what lies beyond twenty times what is usual, and
fifty tickets more, is left out of a history. Usual is here what a node has brought in as many steps as make a
shift, or in a quarter of those at the same place of the day or week: what comes again is learned. Tickets
that are left out at a node are left out of all nodes above it; and where only a branch as a whole is absurd,
all nodes in it have as much less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Indices, Kept, Stored
from detectors.seasonal.period import Period
from detectors.seasonal.replaying import FAR, FAR_AT_LEAST
from detectors.seasonal.stamps import Stamps
from detectors.tree.branches import Branches

AGAIN = 4
"""One in so many steps at the same place of the day or week, and at least two, make a count usual there."""
SHORT = 8
"""One in so many steps of a short history stands for a shift."""


@dataclass(frozen=True)
class Sifted:
    """A history with and without what is absurd; (steps, nodes) float32, nan where unknown.

    It is the two largest tables of a start, and nobody keeps them: what is learned of them is far smaller.

    Attributes
    ----------
    came : all tickets, which windows tell
    ordinary : those that teach; the very same table where nothing is absurd
    """

    came: Kept
    ordinary: Kept

    @classmethod
    def of(cls, count: Kept, stamps: Stamps, tree: Branches) -> Sifted:
        """From what came."""
        return cls(count, without_absurd(count, stamps, tree))

    def where_untouched(self) -> Kept:
        """(steps, nodes) float32, nan also where a part is left out: a mean is drawn by what is left, too."""
        if self.ordinary is self.came:
            return self.came
        return np.where(self.ordinary < self.came, Stored(np.nan), self.ordinary)


def without_absurd(count: Kept, stamps: Stamps, tree: Branches) -> Kept:
    """(steps, nodes) float32, the same counts where nothing is absurd.

    Parameters
    ----------
    count : (steps, nodes) float32, with all descendants, nan where unknown
    stamps : names of these steps

    Examples
    --------
    >>> from detectors.seasonal.period import HOUR
    >>> from detectors.seasonal.stamps import name_steps
    >>> came = np.ones((336, 2), np.float32)
    >>> came[100] = 10_000
    >>> hours = np.arange("2024-01-01", "2024-01-15", dtype="datetime64[h]")
    >>> found = without_absurd(came, name_steps(hours, HOUR), Branches(np.array([-1, 0], np.int32)))
    >>> found[99:102].tolist()
    [[1.0, 1.0], [70.0, 70.0], [1.0, 1.0]]
    """
    if not count.size:
        return count
    most = np.fmax.reduce(count, axis=0)
    nodes = np.flatnonzero(most > FAR_AT_LEAST)
    nodes = nodes[most[nodes] > limits(usual(count[:, nodes], stamps.period))]
    if not len(nodes):
        return count
    some, slot = count[:, nodes], stamps.slot[: len(count)]
    often = np.maximum(again(some, slot), again(some, slot % stamps.period.shortest))
    limit = limits(np.maximum(usual(some, stamps.period), often))
    if not (some > limit).any():
        return count
    found, depth, (first, last) = count.copy(), tree.depth[nodes], tree.spans
    for column in np.argsort(-depth, kind="stable").tolist():
        node = int(nodes[column])
        steps = np.flatnonzero(found[:, node] > limit[:, column])
        if len(steps):
            came, kept = found[steps, node], limit[steps, column]
            below = np.flatnonzero((first >= first[node]) & (first < last[node]))
            found[np.ix_(steps, below)] *= (kept / came)[:, None]
            for one in tree.above(node):
                # Large numbers are rounded, and may leave less than nothing.
                found[steps, one] = np.maximum(found[steps, one] - (came - kept), Stored(0))
    return found


def limits(usual: Kept) -> Kept:
    """Tickets beyond which those of a step teach nothing."""
    found: Kept = Stored(FAR) * usual + Stored(FAR_AT_LEAST)
    return found


def usual(count: Kept, period: Period) -> Kept:
    """(nodes,) float32, the count that as many steps have reached as make a shift."""
    known = int((~np.isnan(count)).sum(axis=0).min(initial=len(count)))
    return largest(count, max(min(period.shift, known // SHORT), 1))


def again(count: Kept, slot: Indices) -> Kept:
    """(steps, nodes) float32, the count reached by a quarter of the steps at the same place of the week."""
    found = np.zeros_like(count)
    for one in np.unique(slot):
        steps = np.flatnonzero(slot == one)
        found[steps] = largest(count[steps], max(len(steps) // AGAIN, 2))
    return found


def largest(count: Kept, number: int) -> Kept:
    """(nodes,) float32, the count that so many steps have reached; 0 where there are fewer steps."""
    if len(count) < number:
        return np.zeros(count.shape[1], Stored)
    # What is unknown was nothing, which is never among the largest while there is anything.
    found: Kept = np.partition(np.nan_to_num(count), len(count) - number, axis=0)[len(count) - number]
    return found
