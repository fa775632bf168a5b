"""How much more than Poisson a node varies: a belief over a grid of dispersions, learned step by step.

Each grid value is weighted by the discounted likelihood of the node's forecast errors. A part of a wide
distribution is mixed into each likelihood, so that outbreaks, holidays and outages that nobody named move
nothing: it is what ordinary steps vary that a surge has to exceed.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Bools, Floats, Stored
from detectors.seasonal.fading import fading
from detectors.seasonal.period import Period
from detectors.seasonal.tail import log_mass

GRID = np.array([
    0.03, 0.1, 0.3, 0.65, 1.0, 1.2, 1.5, 1.9, 2.4, 3.2, 4.5, 7.0, 12.0, 25.0, 60.0, 200.0, 700.0, 3000.0,
    12000.0,
])  # fmt: skip
"""Variance over mean, from the regular to taxi passengers by the ten thousand."""
USUAL, USUAL_WIDTH = 1.5, 0.6
"""Centre and width, on the log scale, of the prior."""
ODD = 0.1
"""Share of steps of a busy node that come from somewhere else altogether. At a quiet one it is less, so that
they never hold more than twice this share of its tickets: else they alone would explain all it has."""
TRUSTED = 0.1
"""Least weight of a step: what is always an outlier is none."""
COLD = 0.1
"""Weight of steps from before there was a baseline worth the name."""
LEAST_EXPECTED = 1e-3
"""Tickets, so that logarithms are finite where nothing is expected."""


class Dispersion:
    """Belief over `GRID` for each node, (grid, n)."""

    def __init__(self, nodes: int, period: Period) -> None:
        self.forget = period.past_forget
        prior = -((np.log(GRID) - np.log(USUAL)) ** 2) / 2 / USUAL_WIDTH**2
        self.belief = np.repeat(prior[:, None], nodes, axis=1).astype(Stored)
        self.value = self.estimate()

    def learn(self, count: Floats, expected: Floats, *, weight: Floats, warm: Bools) -> None:
        """Take in steps, oldest first, all (steps, n) but warm (steps,); weight 0 = unknown."""
        steps, expected = len(count), np.maximum(expected, LEAST_EXPECTED)
        wide = 2 * expected + 2
        elsewhere = (
            np.log(ODD * expected / (1 + expected)) - np.log1p(wide) + count * np.log(wide / (1 + wide))
        )
        mass = log_mass(count.ravel(), expected.ravel(), GRID[:, None]).reshape(len(GRID), *count.shape)
        faded = fading(self.forget, steps) * np.where(warm, 1.0, COLD)
        learned = (np.logaddexp(mass, elsewhere) * (weight * faded[:, None])).sum(axis=1)
        self.belief = (self.forget**steps * self.belief + learned).astype(Stored)
        self.value = self.estimate()

    def estimate(self) -> Floats:
        """Geometric mean of the belief, (n,)."""
        share = np.exp((self.belief - self.belief.max(axis=0)).astype(np.float64))
        found: Floats = np.exp(np.log(GRID) @ share / share.sum(axis=0))
        return found
