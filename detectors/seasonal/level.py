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

from detectors.precision import Bools, Floats, Kept, Stored
from detectors.seasonal.fading import fading, fadings
from detectors.seasonal.period import Period
from detectors.seasonal.tail import log_ratio

SPREAD = 1.0
"""Prior standard deviation of the level around the long memory's."""
JEFFREYS = 0.5
"""Tickets added to those that came, as Jeffreys' prior of a Poisson mean has it."""
SURELY = 1.0
"""Standard deviations under what the memory without season has seen, below which no trend can draw it."""
PART_OF_MEAN = 0.3
"""The expectation is at least this part of the plain mean."""
LEAST_EXPECTED = 1e-4
"""Tickets, so that logarithms are finite where nothing is expected."""
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
        self.keeps = (long, *(0.5 ** (1 / half) for half in halves))
        self.keep = np.array(self.keeps)[:, None]
        self.came, self.foretold, self.choice = np.zeros((3, len(self.keep), nodes), Stored)
        self.plain = np.zeros((2, nodes), Stored)

    def bases(self, seasonal: Floats | Kept, flat: Floats | Kept) -> Floats:
        """What each memory's level multiplies, (..., memories, n), of two (..., n) forecasts for level 1."""
        rows: Floats = np.empty((*seasonal.shape[:-1], len(self.keep), seasonal.shape[-1]))
        rows[:] = seasonal[..., None, :]
        if self.period.flat_half:
            rows[..., -1, :] = flat
        return rows

    def expected(self, bases: Floats, dispersion: Floats, *, grounded: bool) -> tuple[Floats, Floats, Floats]:
        """Expected counts, (..., n), the evidence behind them in counts, (n,), and what each memory expects.

        `grounded` says that the bases have the node's own height, so that a level of 1 is to be expected.
        """
        came, share = self.came.astype(np.float64), self.shares()
        estimate = self.estimates(bases, dispersion, grounded=grounded)
        mean, base = self.plain.astype(np.float64)
        floor = PART_OF_MEAN * np.where(base > 0, mean / (base + 1e-3), 0.0) * bases[..., 0, :]
        found = np.maximum((share * estimate * bases).sum(axis=-2), floor)
        forecast = np.maximum(bases * estimate, LEAST_EXPECTED)
        return np.maximum(found, LEAST_EXPECTED), (share * came).sum(axis=0), forecast

    def shares(self) -> Kept:
        """How far each memory is trusted, (memories, n); they add up to 1."""
        share: Kept = np.exp(self.choice - self.choice.max(axis=0))
        share /= share.sum(axis=0)
        return share

    def estimates(self, bases: Floats, dispersion: Floats, *, grounded: bool) -> Floats:
        """The level as each memory has it, of the shape of `bases` or (memories, n)."""
        prior = dispersion / SPREAD**2
        came, foretold = self.came.astype(np.float64), self.foretold.astype(np.float64)
        if grounded:
            long = (came[0] + prior) / (foretold[0] + prior)
        else:
            long = np.where(foretold[0] > 0, (came[0] + JEFFREYS) / np.maximum(foretold[0], 1e-9), 1.0)
        found: Floats = (came + prior) / (foretold + prior / np.maximum(long, 1e-6))
        found[0] = long
        if not self.period.flat_half:
            return found
        start = np.maximum(long * bases[..., 0, :] / np.maximum(bases[..., -1, :], 1e-9), 1e-6)
        least = (came[-1] - SURELY * np.sqrt(came[-1])) / np.maximum(foretold[-1], 1e-9)
        rows: Floats = np.empty(bases.shape)
        rows[:] = found
        flat = (came[-1] + JEFFREYS) / (foretold[-1] + JEFFREYS / start)
        np.maximum(flat, least, out=rows[..., -1, :])
        return rows

    def learn(
        self, count: Floats, weight: Floats, *, known: Bools, bases: Floats, expected: Floats,
        forecast: Floats, dispersion: Floats,
    ) -> None:  # fmt: skip
        """Take in steps, oldest first.

        Parameters
        ----------
        count, weight, known, expected : (steps, n), counts, their robust weights, and what was expected then
        bases, forecast : (steps, memories, n), and what each memory expected
        dispersion : (n,)
        """
        steps, forget = len(count), self.period.choice_forget
        gain = log_ratio(count[:, None], expected[:, None], forecast, dispersion)
        gain = np.minimum(np.maximum(gain, -OUTLIER), OUTLIER) * weight[:, None]
        gained = (fading(forget, steps)[:, None, None] * gain).sum(axis=0)
        self.choice = (forget**steps * self.choice + gained).astype(Stored)
        kept, before = fadings(self.keeps, steps).T[:, :, None], self.keep**steps
        came = (kept * (weight * count)[:, None]).sum(axis=0)
        self.came = (before * self.came + came).astype(Stored)
        foretold = (kept * weight[:, None] * bases).sum(axis=0)
        self.foretold = (before * self.foretold + foretold).astype(Stored)
        fade = 0.5 ** (1 / self.period.raw_half)
        plain = np.empty((steps, *self.plain.shape))
        plain[:, 0], plain[:, 1] = known * count, known * bases[:, 0]
        plain *= fading(fade, steps)[:, None, None]
        self.plain = (fade**steps * self.plain + plain.sum(axis=0)).astype(Stored)

    def rebuild(
        self, count: Floats, weight: Floats, *, known: Bools, seasonal: Floats | Kept, flat: Floats | Kept
    ) -> None:
        """Sum up anew after the seasonal part was refitted; all (steps, n), oldest first."""
        kept = fadings(self.keeps, len(count))
        self.came = (kept @ (weight * count)).astype(Stored)
        self.foretold = (kept @ (weight * seasonal)).astype(Stored)
        if self.period.flat_half:
            self.foretold[-1] = kept[-1] @ (weight * flat)
        fade = 0.5 ** (np.arange(len(count))[::-1] / self.period.raw_half)
        self.plain = np.stack([fade @ (known * count), fade @ (known * seasonal)]).astype(Stored)

    def shift(self, nodes: Bools) -> None:
        """The level of these nodes has changed for good: the short memory leads."""
        self.choice[:, nodes] = 0.0
        self.choice[1, nodes] = HEAD_START
