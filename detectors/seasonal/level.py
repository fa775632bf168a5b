"""The level of each node: memories of different length, and a choice among them by what they foretold.

A memory holds discounted sums of what came and of what the seasonal part made of it; their ratio is the
level (the mean of a gamma belief). A quiet month is told best by the long memory, the days after a shift by
the short one: each is weighted by the discounted likelihood of its forecasts. One memory leaves trend and
annual season out, for nodes whose season is none. Whatever the robust weights say, the expectation never
falls under a part of the plain mean: what happens all the time is no outlier.

References
----------
M. West, J. Harrison, Bayesian Forecasting and Dynamic Models (1997), chapters 10 and 12.
"""

from __future__ import annotations

import numpy as np

from detectors.seasonal.period import Period
from detectors.seasonal.tail import Bools, Floats, Kept, Stored, log_ratio

SPREAD = 1.0
"""Prior standard deviation of the level around the long memory's."""
JEFFREYS = 0.5
SURELY = 1.0
"""Standard deviations under what the memory without season has seen, below which no trend can draw it."""
PART_OF_MEAN = 0.3
"""The expectation is at least this part of the plain mean."""
LEAST_EXPECTED = 1e-4
OUTLIER = 5.0
"""Largest log likelihood ratio that one step can bring into the choice."""
HEAD_START = 3.0
"""Log likelihood by which the shortest memory leads after a shift."""


class Level:
    """Memories of `nodes` levels; `memories` rows, the long one first, the one without season last."""

    def __init__(self, nodes: int, period: Period) -> None:
        long = 0.5 ** (0.5 / period.year) if period.annual else 1.0
        halves = period.level_halves + ((period.flat_half,) if period.flat_half else ())
        self.period = period
        self.keep = np.array([long, *(0.5 ** (1 / half) for half in halves)])[:, None]
        self.came, self.foretold, self.choice, self.estimate = np.zeros((4, len(self.keep), nodes), Stored)
        self.plain = np.zeros((2, nodes), Stored)

    def bases(self, seasonal: Floats, flat: Floats) -> Floats:
        """What each memory's level multiplies, (memories, n), of two (n,) forecasts for level 1."""
        rows = np.repeat(seasonal[None], len(self.keep), axis=0)
        if self.period.flat_half:
            rows[-1] = flat
        return rows

    def expected(self, bases: Floats, dispersion: Floats, *, grounded: bool) -> tuple[Floats, Floats]:
        """Expected counts and the evidence behind them in counts, both (n,).

        `grounded` says that the bases have the node's own height, so that a level of 1 is to be expected.
        """
        prior = dispersion / SPREAD**2
        all_came, all_foretold = self.came.astype(np.float64), self.foretold.astype(np.float64)
        came, foretold = all_came[0], all_foretold[0]
        if grounded:
            long = (came + prior) / (foretold + prior)
        else:
            long = np.where(foretold > 0, (came + JEFFREYS) / np.maximum(foretold, 1e-9), 1.0)
        estimate = (all_came + prior) / (all_foretold + prior / np.maximum(long, 1e-6))
        estimate[0] = long
        if self.period.flat_half:
            start = np.maximum(long * bases[0] / np.maximum(bases[-1], 1e-9), 1e-6)
            least = (all_came[-1] - SURELY * np.sqrt(all_came[-1])) / np.maximum(all_foretold[-1], 1e-9)
            estimate[-1] = (all_came[-1] + JEFFREYS) / (all_foretold[-1] + JEFFREYS / start)
            estimate[-1] = np.maximum(estimate[-1], least)
        self.estimate = estimate.astype(Stored)
        share = np.exp(self.choice - self.choice.max(axis=0))
        share /= share.sum(axis=0)
        mean, base = self.plain.astype(np.float64)
        floor = PART_OF_MEAN * np.where(base > 0, mean / (base + 1e-3), 0.0) * bases[0]
        found = np.maximum((share * estimate * bases).sum(axis=0), floor)
        return np.maximum(found, LEAST_EXPECTED), (share * all_came).sum(axis=0)

    def learn(
        self,
        count: Floats,
        weight: Floats,
        *,
        known: Bools,
        bases: Floats,
        expected: Floats,
        dispersion: Floats,
    ) -> None:
        """Take in one step: counts, their robust weights, and what was expected then. All (n,)."""
        self.came = (self.keep * self.came + weight * count).astype(Stored)
        self.foretold = (self.keep * self.foretold + weight * bases).astype(Stored)
        fade = 0.5 ** (1 / self.period.raw_half)
        self.plain = (fade * self.plain + known * np.stack([count, bases[0]])).astype(Stored)
        forecast = np.maximum(bases * self.estimate, LEAST_EXPECTED)
        gain = np.clip(log_ratio(count, expected, forecast, dispersion), -OUTLIER, OUTLIER)
        self.choice = (self.period.choice_forget * self.choice + weight * gain).astype(Stored)

    def rebuild(
        self, count: Floats, weight: Floats, *, known: Bools, seasonal: Floats | Kept, flat: Floats | Kept
    ) -> None:
        """Sum up anew after the seasonal part was refitted; all (steps, n), oldest first."""
        age = np.arange(len(count))[::-1]
        weighted = weight * count
        self.came = (self.keep**age @ weighted).astype(Stored)
        self.foretold = (self.keep**age @ (weight * seasonal)).astype(Stored)
        if self.period.flat_half:
            self.foretold[-1] = self.keep[-1] ** age @ (weight * flat)
        fade = 0.5 ** (age / self.period.raw_half)
        self.plain = np.stack([fade @ (known * count), fade @ (known * seasonal)]).astype(Stored)

    def shift(self, nodes: Bools) -> None:
        """The level of these nodes has changed for good: the short memory leads."""
        self.choice[:, nodes] = 0.0
        self.choice[1, nodes] = HEAD_START
