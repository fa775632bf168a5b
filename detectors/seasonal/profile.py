"""The weekly profile: how the slots of a week differ, smooth where evidence is thin.

Hours: three daily harmonics, a factor for each weekday and a different course at weekends, then every slot
that *sticks out* of that course (the batch job that books 22 tickets each Tuesday at 21:00) on its own, by
the non-negative garrote: the excess of a slot is kept by the share `1 - limit**2 / z**2` of it. Days: seven
factors with a gamma prior. Weeks: nothing.

References
----------
L. Breiman, Better subset regression using the nonnegative garrote, Technometrics 37 (1995).
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats
from detectors.seasonal.regression import fit, rate

DAYS, HOURS = 7, 24
STICKS_OUT = 4.0
"""Standard deviations from the smooth course within which a slot is taken as smooth."""
WEEKDAY_SD = 0.5
"""Prior standard deviation of a weekday's factor around 1, where there is nothing but weekdays."""
SMALLEST, LARGEST = 1e-4, 1e4
"""Factors of a slot, so that they can be packed into 16 bits."""
FIRST, LATER = 4, 1
"""Iterations of the first fit, and of those that start from the one before."""


def smooth_features() -> tuple[Floats, Floats]:
    """Features of the 168 hours of a week, (168, 16), and the precision of their prior, (16,)."""
    hour, day = np.arange(DAYS * HOURS) % HOURS, np.arange(DAYS * HOURS) // HOURS
    turn = 2 * np.pi * hour / HOURS
    columns, sd = [np.ones(DAYS * HOURS)], [100.0]
    for harmonic, width in ((1, 0.7), (2, 0.3), (3, 0.15)):
        columns += [np.cos(harmonic * turn), np.sin(harmonic * turn)]
        sd += [width, width]
    columns += [(day == k).astype(float) for k in range(DAYS)]
    sd += [0.3] * DAYS
    weekend = (day >= DAYS - 2).astype(float)
    columns += [weekend * np.cos(turn), weekend * np.sin(turn)]
    sd += [0.2, 0.2]
    return np.stack(columns, axis=1), 1 / np.array(sd) ** 2


class HourOfWeek:
    """Profile of 168 hours; remembers its last coefficients, from which the next fit starts."""

    def __init__(self) -> None:
        self.features, self.precision = smooth_features()
        self.coefficients: Floats | None = None

    def course(self, profile: Floats) -> Floats:
        """What batch jobs are told from, (168, n): the hours of the mean day of that fit."""
        if self.coefficients is None:
            return profile
        days = rate(self.coefficients, self.features).reshape(-1, DAYS, HOURS)
        return np.tile(days.mean(axis=1), DAYS).T

    def fit(self, count: Floats, exposure: Floats, dispersion: Floats) -> Floats:
        """Factor of each slot, (n, 168), from sums over the weeks of the same shape; dispersion (n,)."""
        iterations = FIRST if self.coefficients is None else LATER
        start = self.coefficients
        if start is None:
            start = np.zeros((len(count), self.features.shape[1]))
        start[:, 0] = np.log((count.sum(axis=1) + 1e-3) / (exposure.sum(axis=1) + 1e-3))
        self.coefficients, _ = fit(
            count, exposure, features=self.features, precision=self.precision, dispersion=dispersion,
            weight=np.ones(DAYS * HOURS), start=start, iterations=iterations,
        )  # fmt: skip
        smooth = rate(self.coefficients, self.features)
        found = smooth * what_sticks_out(count, exposure * smooth, dispersion)
        return np.clip(found, SMALLEST, LARGEST)


class DayOfWeek:
    """Profile of seven days."""

    def course(self, profile: Floats) -> Floats:
        """What batch jobs are told from, (7, n): the profile itself."""
        return profile

    def fit(self, count: Floats, exposure: Floats, dispersion: Floats) -> Floats:
        """Factor of each day, (n, 7), around a mean of 1.

        Examples
        --------
        >>> week = np.array([[50.0, 40, 40, 40, 40, 0, 0]]) * 52
        >>> DayOfWeek().fit(week, np.full((1, 7), 52.0 * 30), np.ones(1)).round(2).tolist()
        [[1.66, 1.33, 1.33, 1.33, 1.33, 0.0, 0.0]]
        """
        level = count.sum(axis=1, keepdims=True) / np.maximum(exposure.sum(axis=1, keepdims=True), 1e-9)
        prior = dispersion[:, None] / WEEKDAY_SD**2
        found: Floats = np.maximum((count + prior) / (exposure * level + prior), 1e-3)
        return found


class NoProfile:
    """Weeks have no profile."""

    def course(self, profile: Floats) -> Floats:
        return profile

    def fit(self, count: Floats, exposure: Floats, dispersion: Floats) -> Floats:
        return np.ones_like(count)


def what_sticks_out(count: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """Factor on what is expected: 1 except where the difference is far beyond chance. (n, slots).

    Examples
    --------
    >>> what_sticks_out(np.array([[132.0, 7.0]]), np.array([[3.0, 6.0]]), np.ones(1)).round(1).tolist()
    [[43.9, 1.0]]
    """
    z2 = (count - expected) ** 2 / np.maximum(dispersion[:, None] * expected, 1e-9)
    kept = np.maximum(0.0, 1 - STICKS_OUT**2 / np.maximum(z2, 1e-9))
    return 1 + (count / np.maximum(expected, 1e-9) - 1) * kept


Shape = HourOfWeek | DayOfWeek | NoProfile


def profile_of(slots: int) -> Shape:
    """The profile for so many slots a week."""
    if slots == 1:
        return NoProfile()
    return DayOfWeek() if slots == DAYS else HourOfWeek()
