"""Nodes that fall far below what they usually bring: the exact lower tail, over the windows that end now.

A branch that has gone silent is told at its topmost node, once, until it has come back. Whether nobody
complains or nobody records is not to be seen in counts; so it is never good news.

As long as no profile of the week can be fitted, each night would be a silence, and nothing is judged. A
profile is smooth, and a desk that closes at six is not: so of an hour of the week never more is expected than
it has brought on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.precision import Floats, Indices, Int32, Ints, Kept, Packed, Stored
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import lower_tail
from detectors.tree.absurd import Sifted
from detectors.tree.branches import Branches
from detectors.tree.episodes import ToldNodes
from detectors.tree.outlook import Look, Outlook

RAREST = 1e-300
"""Chance below which none is told apart: its logarithm is finite where a chance has become 0."""
MOST = 60000.0
"""Largest mean that is kept, in 16 bits."""


@dataclass(frozen=True)
class QuietSettings:
    """What can be chosen.

    Attributes
    ----------
    false_pages_per_week : budget of all nodes and windows together
    expected : tickets that were to come at the least
    most : part of them up to which a node is silent
    depths : depths of nodes that are judged
    quiet : hours after which a node that has come back can be told again
    """

    false_pages_per_week: float
    expected: float
    most: float
    depths: tuple[int, ...]
    quiet: int


@dataclass(frozen=True)
class Lull:
    """A node that has gone silent.

    Attributes
    ----------
    node : its column
    since : number of the first hour of the window
    steps : length of the window in hours
    observed, expected : tickets in it
    rarity : -log10 of the chance of so few, corrected for the number of windows
    """

    node: int
    since: int
    steps: int
    observed: float
    expected: float
    rarity: float


class QuietTree:
    """Judges closed hours of all nodes together; used as `TreeSurge` is."""

    def __init__(
        self, count: Kept, stamps: Stamps, parents: Int32, settings: QuietSettings, *, origin: int
    ) -> None:
        self.settings, self.origin = settings, origin
        tree = Branches(parents)
        history = Sifted.of(count, stamps, tree)
        self.outlook = Outlook(history, stamps, tree)
        self.threshold = -np.log10(settings.false_pages_per_week / stamps.period.cycle / len(parents))
        self.told = ToldNodes()
        period, known = stamps.period, len(count) - np.isnan(count[:, 0]).sum()
        self.warm = bool(known >= 2 * (period.cycle + period.guard))
        self.usual = mean_by_slot(history.where_untouched(), stamps.slot[: len(count)], period.slots)

    @property
    def now(self) -> int:
        """Number of the running hour."""
        return self.outlook.baseline.now + self.origin

    def grow(self, parents: Int32) -> None:
        """Go on with a tree that has more nodes."""
        if len(parents) > len(self.outlook.tree):
            self.outlook.grow(Branches(parents))

    def state(self) -> dict[str, Any]:
        """The open lulls, fit for JSON."""
        return self.told.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with these."""
        self.told.restore(state)

    def close(self, count: Kept, *, known: bool = True) -> list[Lull]:
        """Judge the running hour as over; nodes that have gone silent, the topmost of each branch."""
        count = np.asarray(count, Stored)
        told = self._silent(count) if known and self.warm else []
        self.outlook.close(count if known else np.full_like(count, np.nan))
        self.told.expire(self.now, self.settings.quiet)
        return told

    def _silent(self, count: Kept) -> list[Lull]:
        outlook, settings, tree = self.outlook, self.settings, self.outlook.tree
        judged = np.flatnonzero(np.isin(tree.depth, settings.depths) & ~outlook.borrowed)
        all_came, all_due = outlook.windows(Look(count, 1.0, None), judged)
        few = (all_due >= settings.expected) & (all_came <= settings.most * all_due)
        some = np.flatnonzero(few.any(axis=0))
        nodes = judged[some]
        came = all_came[:, some].astype(np.float64)
        due = np.minimum(all_due[:, some], self._usual(nodes)).astype(np.float64)
        few = (due >= settings.expected) & (came <= settings.most * due)
        own, relative = outlook.trailing.own[nodes], outlook.trailing.relative[nodes]
        tails = np.where(few, lower_tail(came, due, own + relative * due), 1.0)
        best = tails.argmin(axis=0)
        rarity = -np.log10(np.maximum(tails[best, np.arange(len(nodes))] * len(tails), RAREST))
        rare = rarity >= self.threshold
        told = []
        for node in tree.topmost(nodes[rare]):
            if self.told.hold(tree, node, self.now, wider=True):
                continue
            k = int(np.flatnonzero(nodes == node)[0])
            window = int(best[k])
            steps = outlook.lengths[window]
            observed, expected = float(came[window, k]), float(due[window, k])
            told.append(Lull(node, self.now - steps + 1, steps, observed, expected, float(rarity[k])))
            self.told.last[node] = self.now
        return told

    def _usual(self, nodes: Indices) -> Floats:
        """(windows, k) what the windows that end now have brought some nodes in other weeks, on average."""
        longest, now = max(self.outlook.lengths), self.outlook.baseline.now
        slot = self.outlook.stamps.slot[max(now - longest + 1, 0) : now + 1]
        total = self.usual[slot[::-1, None], nodes].cumsum(axis=0, dtype=np.float64)
        found: Floats = total[np.minimum(self.outlook.lengths, len(total)) - 1]
        return found


def mean_by_slot(count: Kept, slot: Ints, slots: int) -> Packed:
    """(slots, n) float16 mean count in each slot of the week, since the first ticket of a node; 0 = none.

    Parameters
    ----------
    count : (steps, n) float32, nan where unknown
    slot : (steps,)

    Examples
    --------
    >>> came = np.array([[0.0, 2], [3, 4], [5, np.nan], [1, 8]], np.float32)
    >>> mean_by_slot(came, np.array([0, 1, 0, 1]), 2).tolist()
    [[5.0, 2.0], [2.0, 6.0]]
    """
    first = (count > 0).argmax(axis=0)
    found = np.zeros((slots, count.shape[1]), np.float16)
    for one in np.unique(slot).tolist():
        rows = np.flatnonzero(slot == one)
        told = (rows[:, None] >= first) & ~np.isnan(count[rows])
        total = np.where(told, count[rows], Stored(0)).sum(axis=0)
        found[one] = np.minimum(total / np.maximum(told.sum(axis=0), 1), MOST)
    return found
