"""Batch jobs: hours and days that are filled at once, again and again, beside the course of all others.

A job that books a few hundred tickets each Monday at 9:00 is no part of a node's course: its size does not
follow the level, and varies more than the node's dispersion says. So a slot of the week whose count stuck out
in two of its last four weeks, or an hour that did so on three of the last five days, has a mean and a spread
of its own, from what came there since it first stuck out. It teaches nothing about level, profile and
dispersion. Steps in a row are of one job: as far as its size is what varies, each tells what those before it
have told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Bools, Floats, Ints
from detectors.seasonal.baseline import OUTLIER_VARIANCE, Expectation
from detectors.seasonal.profile import HOURS, STICKS_OUT
from detectors.seasonal.stamps import Stamps

TIMES = 2.0
"""A batch is at least so many times what is expected, and `STICKS_OUT` standard deviations more."""
WEEKS, OF_WEEKS = 2, 4
DAYS, OF_DAYS = 3, 5
"""A batch job was there in so many of its last weeks, or on so many of the last days."""
REMEMBERED, HALF = 12, 6.0
"""Weeks or days that tell of a batch, and the half-life of what they tell."""
SPREAD, SPREAD_WORTH = 0.15, 1.0
"""Relative variance of a batch that has not shown its own, and what that weighs in weeks or days."""


@dataclass(frozen=True)
class Filled:
    """What steps are to bring, those of batch jobs and the others; (steps, n).

    Attributes
    ----------
    there : bool, whether the step is of a batch job
    expected, dispersion : float64, as of `Expectation`
    worth : float64, share of the step's evidence that was not told by the steps of the job before it
    batches : steps and nodes of the batches that were before
    sure : those of jobs that were there in most of their last weeks: no coincidence of two outbreaks
    """

    there: Bools
    expected: Floats
    dispersion: Floats
    worth: Floats
    batches: tuple[Ints, Ints]
    sure: tuple[Ints, Ints]


class Batches:
    """The batch jobs of series.

    Parameters
    ----------
    stamps : names of the steps
    count : (steps, n) float64, as recorded
    recorded : (steps, n) bool
    """

    def __init__(self, stamps: Stamps, count: Floats, recorded: Bools) -> None:
        slot, period = stamps.slot[: len(count)], stamps.period
        self.weeks = before(slot, REMEMBERED if period.slots > 1 else 0)
        self.days = before(slot % HOURS, REMEMBERED if period.slots > HOURS else 0)
        self.longest = period.shortest
        self.count, self.recorded = count, recorded
        self.sticks = np.zeros((len(count) + 1, count.shape[1]), dtype=bool)

    def compare(self, first: int, last: int, course: Floats, dispersion: Floats) -> None:
        """Which counts of the steps [first, last) stick out of the course without batch jobs, (steps, n)."""
        beyond = self.count[first:last] - course
        far = STICKS_OUT * np.sqrt(dispersion * course + OUTLIER_VARIANCE)
        self.sticks[first:last] = self.recorded[first:last] & (beyond > np.maximum(far, (TIMES - 1) * course))

    def filled(self, first: int, last: int, due: Expectation) -> Filled | None:
        """What the steps [first, last) are to bring if one is of a batch job; `due` knows of none."""
        start = max(first - self.longest, 0)
        weekly = self.sticks[self.weeks[:OF_WEEKS, start:last]].sum(axis=0) >= WEEKS
        daily = self.sticks[self.days[:OF_DAYS, start:last]].sum(axis=0) >= DAYS
        run, block = so_far(weekly | daily)[first - start :], slice(first - start, None)
        there = run > 0
        if not there.any():
            return None
        steps = np.broadcast_to(self.weeks[:, first:last, None], (REMEMBERED, *there.shape))
        if len(self.days):
            steps = np.where(weekly[block], steps, self.days[:, first:last, None])
        nodes = np.broadcast_to(np.arange(there.shape[1]), steps.shape)
        count, sticks = self.count[steps, nodes], self.sticks[steps, nodes] & there
        sure = (sticks & weekly[block])[:OF_WEEKS].sum(axis=0) > WEEKS
        since = np.logical_or.accumulate(sticks[::-1], axis=0)[::-1] & self.recorded[steps, nodes]
        weight = since * 0.5 ** (np.arange(REMEMBERED) / HALF)[:, None, None]
        total = np.maximum(weight.sum(axis=0), 1.0)
        mean = np.maximum((weight * count).sum(axis=0) / total, 1.0)
        varied = (weight * (count - mean) ** 2).sum(axis=0) - total * due.own * mean
        spread = SPREAD * SPREAD_WORTH + np.maximum(varied, 0.0) / mean**2
        spread *= (1 + 1 / total) / (SPREAD_WORTH + total)
        dispersion = due.own + spread * mean
        return Filled(
            there=there, expected=np.where(there, mean, due.expected),
            dispersion=np.where(there, dispersion, due.dispersion),
            worth=np.where(there, dispersion / (due.own + run * spread * mean), 1.0),
            batches=(steps[sticks], nodes[sticks]),
            sure=(steps[sticks & sure], nodes[sticks & sure]),
        )  # fmt: skip


def before(slot: Ints, times: int) -> Ints:
    """Steps with the slot of each the last times, newest first, (times, steps); -1 where there was none.

    Examples
    --------
    >>> before(np.array([0, 1, 0, 1, 0]), 2).tolist()
    [[-1, -1, 0, 1, 2], [-1, -1, -1, -1, 0]]
    """
    found = np.full((times, len(slot)), -1)
    order = np.argsort(slot, kind="stable")
    for back in range(1, min(times, len(slot) - 1) + 1):
        later, earlier = order[back:], order[:-back]
        same = slot[later] == slot[earlier]
        found[back - 1, later[same]] = earlier[same]
    return found


def so_far(there: Bools) -> Floats:
    """How many in a row there are up to each step, (steps, n); 0 where it is not there.

    Examples
    --------
    >>> so_far(np.array([[True, True, False, True]]).T).T.tolist()
    [[1.0, 2.0, 0.0, 1.0]]
    """
    found = there.astype(np.float64)
    for step in range(1, len(there)):
        found[step] += there[step] * found[step - 1]
    return found
