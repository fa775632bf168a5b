"""The slow part of a baseline: level, trend and two annual harmonics, fitted to weekly sums.

Kept near zero where the history is too short to tell: a season needs more than a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats
from detectors.seasonal.period import Period
from detectors.seasonal.regression import fit, rate

PRIOR = np.array([1e-2, 0.2, 0.5, 0.5, 0.3, 0.3])
"""Standard deviations of the prior: trend per year, first and second harmonic (the first is unused)."""
SHORT = np.array([1e-2, 0.02, 0.005, 0.005, 0.003, 0.003])
"""The same while the history is shorter than `ENOUGH`: next to no trend and no season."""
ENOUGH = 1.2
"""Years of history from which on trend and season are believed."""
LEVEL_PRECISION = 1e-4
"""Of the prior of the level: next to none, as counts alone say how high it is."""
FIRST, LATER = 6, 2
"""Iterations of the first fit, and of those that start from the one before."""


@dataclass(frozen=True)
class Slow:
    """Fitted coefficients.

    Attributes
    ----------
    coefficients : (n, 6) float64
    covariance : (n, 6, 6) float64
    now : time in years at which the trend's clock is zero
    """

    coefficients: Floats
    covariance: Floats
    now: float

    def at(self, years: Floats) -> Floats:
        """Expected per step, before profile and level, (steps, n)."""
        return rate(self.coefficients, features(years, self.now)).T

    def uncertainty(self, years: Floats) -> Floats:
        """Variance of its logarithm, (steps, n)."""
        return np.stack([self.covariance @ x @ x for x in features(years, self.now)])


def features(years: Floats, now: float) -> Floats:
    """(steps, 6): one, years since `now`, and the harmonics of the calendar year."""
    turn = 2 * np.pi * years
    found = np.ones((len(years), len(PRIOR)))
    found[:, 1] = years - now
    found[:, 2], found[:, 3] = np.cos(turn), np.sin(turn)
    found[:, 4], found[:, 5] = np.cos(2 * turn), np.sin(2 * turn)
    return found


def fit_slow(
    count: Floats, exposure: Floats, *, years: Floats, now: float, dispersion: Floats, period: Period,
    before: Slow | None,
) -> Slow:  # fmt: skip
    """Fit to sums over bins.

    Parameters
    ----------
    count, exposure : (n, bins) float64
    years : (bins,) float64, middles of the bins
    now : float, years at the step from which on the fit will be used
    dispersion : (n,) float64
    before : the fit to start from
    """
    prior = PRIOR if now - years[0] >= ENOUGH else SHORT
    precision = 1 / prior**2
    precision[0] = LEVEL_PRECISION
    weight = 0.5 ** ((now - years) * period.year / period.slow_half)
    if before is None:
        start = np.zeros((len(count), len(PRIOR)))
        start[:, 0] = np.log((count.sum(axis=1) + 0.5) / (exposure.sum(axis=1) + 1))
    else:
        start = before.coefficients.copy()
        start[:, 0] += start[:, 1] * (now - before.now)
    found, information = fit(
        count, exposure, features=features(years, now), precision=precision, dispersion=dispersion,
        weight=weight, start=start, iterations=FIRST if before is None else LATER,
    )  # fmt: skip
    covariance = np.linalg.inv(information).astype(np.float64, copy=False)
    return Slow(found, covariance, now)
