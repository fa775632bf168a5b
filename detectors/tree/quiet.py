"""Nodes that fall far below what they usually bring: the exact lower tail, over the windows that end now.

A branch that has gone silent is told at its topmost node, once, until it has come back. Whether nobody
complains or nobody records is not to be seen in counts; so it is never good news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import NEARLY_POISSON, Floats, Kept, Stored
from detectors.tree.branches import Branches, Int32
from detectors.tree.outlook import Look, Outlook

RAREST = 1e-300
STEPS_A_WEEK = 168.0


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


@dataclass(frozen=True)
class OpenLull:
    """A node that is silent, and the last hour in which it was."""

    node: int
    last: int


class QuietTree:
    """Judges closed hours of all nodes together; used as `TreeSurge` is."""

    def __init__(
        self, count: Kept, stamps: Stamps, parents: Int32, settings: QuietSettings, *, origin: int
    ) -> None:
        self.outlook, self.settings, self.origin = Outlook(count, stamps, Branches(parents)), settings, origin
        self.threshold = -np.log10(settings.false_pages_per_week / STEPS_A_WEEK / len(parents))
        self.open: list[OpenLull] = []

    @property
    def now(self) -> int:
        """Number of the running hour."""
        return self.outlook.surge.now + self.origin

    def grow(self, parents: Int32) -> None:
        """Go on with a tree that has more nodes."""
        if len(parents) > len(self.outlook.tree):
            self.outlook.grow(Branches(parents))

    def state(self) -> dict[str, Any]:
        """The open lulls, fit for JSON."""
        return {"open": [asdict(one) for one in self.open]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with these."""
        self.open = [OpenLull(**row) for row in state["open"]]

    def close(self, count: Kept, *, known: bool = True) -> list[Lull]:
        """Judge the running hour as over; nodes that have gone silent, the topmost of each branch."""
        count = np.asarray(count, Stored)
        told = self._silent(count) if known else []
        self.outlook.close(count if known else np.full_like(count, np.nan))
        self.open = [one for one in self.open if self.now - one.last < self.settings.quiet]
        return told

    def _silent(self, count: Kept) -> list[Lull]:
        outlook, settings, tree = self.outlook, self.settings, self.outlook.tree
        judged = np.flatnonzero(np.isin(tree.depth, settings.depths) & ~outlook.borrowed)
        all_came, all_due = outlook.windows(Look(count, 1.0, None), judged)
        few = (all_due >= settings.expected) & (all_came <= settings.most * all_due)
        some = np.flatnonzero(few.any(axis=0))
        nodes = judged[some]
        came, due = all_came[:, some].astype(np.float64), all_due[:, some].astype(np.float64)
        own, relative = outlook.trailing.own[nodes], outlook.trailing.relative[nodes]
        tails = np.where(few[:, some], lower_tail(came, due, own + relative * due), 1.0)
        best = tails.argmin(axis=0)
        rarity = -np.log10(np.maximum(tails[best, np.arange(len(nodes))] * len(tails), RAREST))
        rare = rarity >= self.threshold
        told = []
        for node in tree.topmost(nodes[rare]):
            if self._is_open(tree, node):
                continue
            k = int(np.flatnonzero(nodes == node)[0])
            window = int(best[k])
            steps = outlook.steps[window]
            observed, expected = float(came[window, k]), float(due[window, k])
            told.append(Lull(node, self.now - steps + 1, steps, observed, expected, float(rarity[k])))
            self.open.append(OpenLull(node, self.now))
        return told

    def _is_open(self, tree: Branches, node: int) -> bool:
        """The silence is told of; notes that it goes on."""
        held = [k for k, one in enumerate(self.open) if tree.nested(one.node, node)]
        for k in held:
            self.open[k] = replace(self.open[k], last=self.now)
        # A whole branch that falls silent after a part of it is told of again.
        return any(one in {node, *tree.above(node)} for one in (self.open[k].node for k in held))


def lower_tail(count: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """P(X <= count), as `upper_tail`; small chances keep their digits.

    Examples
    --------
    >>> [f"{p:.2e}" for p in lower_tail(np.array([0.0, 2.0]), np.array([5.0, 40.0]), np.array([1.0, 3.0]))]
    ['6.74e-03', '3.09e-08']
    """
    from scipy.special import betainc, gammaincc

    spread = np.maximum(dispersion, NEARLY_POISSON) - 1
    mean = np.maximum(mean, 1e-9)
    binomial = betainc(mean / spread, count + 1, 1 / (1 + spread))
    regular = np.minimum(dispersion, 1.0)
    poisson = gammaincc((count + 1) / regular, mean / regular)
    tail: Floats = np.where(dispersion > NEARLY_POISSON, binomial, poisson)
    return tail
