"""The seasonal part of a baseline: slow changes x weekly profile x dates, fitted anew from the history.

Each factor is fitted with the others held, on sums that make it cheap: the slow part on weeks, the profile
on slots of the week, a date on its own past. Steps that were outliers or outbreaks count little, but never
nothing: what is always an outlier is the truth.

References
----------
C. P. Farrington et al., A statistical algorithm for the early detection of outbreaks of infectious disease,
J. R. Statist. Soc. A 159 (1996); A. Noufaily et al. (2013): refitting with past outbreaks down-weighted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.precision import Bools, Floats, Kept, Packed, Stored
from detectors.seasonal import dates
from detectors.seasonal.profile import Shape
from detectors.seasonal.slow import Slow, fit_slow
from detectors.seasonal.stamps import Stamps

F = TypeVar("F", np.float32, np.float64)

SLOW_TRUST, PROFILE_TRUST = 0.02, 0.4
"""Least weight of a known step in the slow part and in the profile."""
PATH_HALF = 2.0
"""Half-life, in weeks to both sides, of the level that is taken out before the profile is fitted."""
EARLY_HALF = 0.2
"""The same in shorter cycles, before there are two weeks: the level of each day is its own, so that no day
of a single week makes a weekday."""
PATH_SPREAD = 0.6
"""Prior standard deviation of that level in one cycle around the level of all."""
DATES_FROM = 400
"""Steps of history from which on dates are learned."""


@dataclass(frozen=True)
class History:
    """What is known of the past, one row a step.

    Attributes
    ----------
    count : (steps, n) float64, 0 where unknown
    known : (steps, n) bool
    weight : (steps, n) float64, 1 = ordinary, near 0 = an outlier or part of an outbreak; 0 = unknown
    """

    count: Floats
    known: Bools
    weight: Floats

    def trusted(self, first: int, last: int, least: float) -> Floats:
        """Weights of the steps [first, last), at least `least` where known."""
        least_known = np.array(least, self.weight.dtype) * self.known[first:last]
        found: Floats = np.maximum(self.weight[first:last], least_known)
        return found


@dataclass(frozen=True)
class SeasonalPart:
    """The seasonal part, as fitted at one step.

    Attributes
    ----------
    profile : (slots, n) float16, around 1
    slow : the slow part, or none where there is not enough history or the period has none
    effect : by date, (n,) float64
    """

    profile: Packed
    slow: Slow | None
    effect: Mapping[int, Floats]

    def slow_at(self, stamps: Stamps, first: int, last: int) -> Floats | Kept:
        """The slow part alone, (steps, n); (1, 1) where there is none."""
        if self.slow is None:
            return np.ones((1, 1), Stored)
        return self.slow.at(stamps.years[first:last])

    def weekly(self, stamps: Stamps, first: int, last: int) -> Kept:
        """The profile alone, (steps, n)."""
        return self.profile[stamps.slot[first:last]].astype(Stored)

    def of_dates(self, stamps: Stamps, first: int, last: int) -> Floats:
        """What the dates do, (steps, n)."""
        found = np.ones((last - first, self.profile.shape[1]))
        if not self.effect:
            return found
        for k, date in enumerate(stamps.date[first:last].tolist()):
            if date in self.effect:
                found[k] = self.effect[date]
        return found

    def uncertainty(self, stamps: Stamps, first: int, last: int) -> Floats | None:
        """Variance of the logarithm, (steps, n), where the slow part tells it."""
        return None if self.slow is None else self.slow.uncertainty(stamps.years[first:last])


def no_seasonal_part(slots: int, nodes: int) -> SeasonalPart:
    """Before anything is known."""
    return SeasonalPart(np.ones((slots, nodes), np.float16), None, {})


def fit_seasonal_part(
    history: History, stamps: Stamps, *, now: int, before: SeasonalPart, shape: Shape,
    dispersion: Floats,
) -> SeasonalPart:  # fmt: skip
    """Fit to the steps up to the guard band before `now`.

    Parameters
    ----------
    before : the fit to start from
    shape : how the weekly profile is fitted
    dispersion : (n,) float64
    """
    period = stamps.period
    last = max(now - period.guard, 0)
    first, until, cycle, half = fitted_cycles(stamps, last)
    if last < 2 * cycle + period.guard:
        return before
    last = until
    count, weight = history.count[first:last], history.trusted(first, last, SLOW_TRUST)
    slow, weekly = before.slow, before.weekly(stamps, first, last)
    if period.annual:
        slow = fit_slow(
            by_week(weight * count, cycle).T,
            np.maximum(by_week(weight * weekly, cycle).T, 1e-9),
            years=by_week(stamps.years[first:last, None], cycle)[:, 0] / cycle,
            now=float(stamps.years[now]), dispersion=dispersion, period=period, before=before.slow,
        )  # fmt: skip
    if period.slots == 1:
        return SeasonalPart(before.profile, slow, {})
    slowly = SeasonalPart(before.profile, slow, {}).slow_at(stamps, first, last)
    path = level_path(weight * count, weight * slowly * weekly, cycle, dispersion, half=half)
    weight = history.trusted(first, last, PROFILE_TRUST)
    weight *= (0.5 ** (np.arange(last - first)[::-1] / period.profile_half))[:, None].astype(weight.dtype)
    slot = stamps.slot[first:last]
    came = by_slot(weight * count, slot, period.slots)
    foretold = by_slot(weight * slowly * path, slot, period.slots)
    profile = shape.fit(came.T, np.maximum(foretold.T, 1e-9), dispersion).T.astype(np.float16)
    found = SeasonalPart(profile, slow, {})
    if last - first < DATES_FROM:
        return found
    expected = slowly * path * found.weekly(stamps, first, last) * history.known[first:last]
    until = now + period.steps_until_refit(now)
    coming = {date for date in stamps.date[now:until].tolist() if date >= 0}
    return SeasonalPart(profile, slow, effects(count, expected, stamps.date[first:last], coming, dispersion))


def fitted_cycles(stamps: Stamps, last: int) -> tuple[int, int, int, float]:
    """First step and end of the whole cycles before `last`, how long one is, and the half-life of its level.

    With less than two weeks, days from midnight to midnight.
    """
    period = stamps.period
    if last >= 2 * period.cycle + period.guard or period.shortest == period.cycle:
        return last - min(period.memory, last) // period.cycle * period.cycle, last, period.cycle, PATH_HALF
    last -= int(stamps.slot[last]) % period.shortest
    return last % period.shortest, last, period.shortest, EARLY_HALF


def effects(
    count: Floats, expected: Floats, date: np.ndarray, coming: set[int], dispersion: Floats
) -> dict[int, Floats]:
    """What the coming dates do, by date, of those that were there more than once; date (steps,)."""
    past = {one: np.flatnonzero(date == one) for one in sorted(coming)}
    past = {one: steps for one, steps in past.items() if len(steps) > 1}
    if not past:
        return {}
    years, nodes = max(map(len, past.values())), count.shape[1]
    came, foretold = np.zeros((2, years, len(past), nodes))
    for k, steps in enumerate(past.values()):
        came[: len(steps), k], foretold[: len(steps), k] = count[steps], expected[steps]
    shape = (years, len(past) * nodes)
    found = dates.effect(came.reshape(shape), foretold.reshape(shape), np.tile(dispersion, len(past)))
    return dict(zip(past, found.reshape(len(past), nodes), strict=True))


def by_week(value: NDArray[F], cycle: int) -> NDArray[F]:
    """Sums over bins of `cycle` steps, (bins, n), of (bins * cycle, n)."""
    found: NDArray[F] = value.reshape(-1, cycle, value.shape[1]).sum(axis=1)
    return found


def by_slot(value: Floats, slot: np.ndarray, slots: int) -> Floats:
    """Sums over the steps of each slot, (slots, n)."""
    steps = len(slot)
    if steps % slots == 0 and np.array_equal(slot, (slot[0] + np.arange(steps)) % slots):
        return np.roll(whole_weeks(value, slots), slot[0], axis=0)
    order = np.argsort(slot, kind="stable")
    there, start = np.unique(slot[order], return_index=True)
    found = np.zeros((slots, value.shape[1]))
    found[there] = np.add.reduceat(value[order], start, axis=0)
    return found


def whole_weeks(value: Floats, slots: int) -> Floats:
    """Sums over weeks that follow each other, (slots, n)."""
    found: Floats = value.reshape(-1, slots, value.shape[1]).sum(axis=0)
    return found


def level_path(count: Floats, expected: Floats, cycle: int, dispersion: Floats, *, half: float) -> Floats:
    """Level beside which slots and dates are seen: ratios of cycles, smoothed to both sides. (steps, n)."""
    came, foretold = by_week(count, cycle), by_week(expected, cycle)
    weeks = np.arange(len(came))
    kernel = 0.5 ** (np.abs(weeks[:, None] - weeks) / half)
    overall = np.maximum(came.sum(axis=0) / np.maximum(foretold.sum(axis=0), 1e-9), 1e-6)
    prior = dispersion / PATH_SPREAD**2
    ratio = ((kernel @ came + prior) / (kernel @ foretold + prior / overall)).astype(count.dtype)
    return np.repeat(ratio, cycle, axis=0)
