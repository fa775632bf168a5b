"""From odds to a score that means the same at every node: how rarely this node's own past came so far.

The score is -log10 of the chance per step of odds at least as high while nothing is going on: at 3.0 once in
1,000 steps. Nominally the chance of exceeding `FLOOR` is `Period.peaks`, and beyond it the odds fall off
exponentially. Both are corrected per node by its own peaks that *came to nothing* (at most `Period.brief`
steps long): a node whose counts spike without cause needs more. Peaks that lasted are outbreaks and teach
nothing. Steps of brief peaks that are high by themselves are *bursts*: how many there were says how far a
single step is to be believed (see `scan`). No node learns from another: what is said of one series does not
depend on which others there are.

Errors that persist (a taxi strike, a wrong profile) are told from outbreaks by their sign: outbreaks only
raise counts, errors also lower them. So the variance of sums of errors beside that of single ones is taken
from the lower half, and its excess over `Period.overlap` divides the evidence that the scan carries on.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Bools, Floats, Ints, Kept, Stored
from detectors.seasonal.fading import fading
from detectors.seasonal.period import Period

FLOOR = -2.0
"""Log odds from which on a peak is looked at."""
FALL = 0.8
"""Nominal mean of a peak's excess over the floor, and the least."""
RATE_STEPS, FALL_PEAKS = 300.0, 4.0
"""What the nominal values weigh, in steps and in peaks."""
HIGHEST_PEAK = 6.0
"""Excess over the floor that one peak counts for, at the most."""
BURST = 6.0
"""Log of a step's likelihood ratio from which on it is a burst, if it came to nothing."""
BURST_RATE, BURST_STEPS = 1e-4, 100.0
"""Nominal chance of one per step, and what that weighs in steps."""
MOST_BURSTS = 0.05
"""Chance of one per step at the most: whatever a node's past, a single step may still be a surge."""
PRIOR_ERRORS = 20.0
"""Errors, and sums of them, that a node is taken to have shown at first, as large as their variances say."""
STEP_LIMIT, SUM_LIMIT = 9.0, 25.0
"""Largest squared errors, in variances, that count."""
TELLING = 2.0
"""Variance that a sum must have to tell of autocorrelation."""
LONGEST_OVERLAP = 20.0
"""How many times errors can tell the same, at the most."""
LEAST_VARIANCE = 0.1
"""Added to variances: where next to nothing is expected, an error is no large one."""
LEAST_RATIO = 0.5
"""Of squared errors to their variances, at the least: a dispersion that is too wide tells of no overlap."""
MOST_RATE = 0.3
"""Chance of a peak per step at the most."""
YOUNG = 2.0
"""By how much the score of a node without any past is lowered: what it does at night or on Mondays it has not
shown yet, and errors of many steps in a row look like a surge. It falls with the square of how young a node
is, as the variance of its expectation does.
"""


class Calibration:
    """What the past of each node says about its odds.

    Attributes
    ----------
    past : (4, n), discounted sums: steps, peaks that came to nothing, what these exceeded the floor by, and
        bursts
    bursts : (n,), chance per step of a burst, high by itself and over at once
    errors : (4, n), the same of squared errors that were low: single ones, their number, sums, their number
    overlap : (n,), how many times the errors tell the same
    """

    def __init__(self, nodes: int, period: Period) -> None:
        self.nominal_overlap, self.rate, self.brief = period.overlap, period.peaks, period.brief
        self.forget = period.past_forget
        self.past, self.errors = np.zeros((4, nodes), Stored), np.full((4, nodes), PRIOR_ERRORS, Stored)
        self.overlap, self.bursts = np.ones(nodes, Stored), np.full(nodes, BURST_RATE, Stored)

    def score(self, log_odds: Floats, young: Floats) -> Floats:
        """-log10 of the chance of such odds, at least 0; of the shape of the arguments, (..., n)."""
        steps, peaks, excess, _ = self.past
        rate = (RATE_STEPS * self.rate + peaks) / (RATE_STEPS + steps)
        fall = np.maximum((FALL_PEAKS * FALL + excess) / (FALL_PEAKS + peaks), FALL)
        above = log_odds - FLOOR
        nats = np.where(above > 0, above / fall, above) - np.log(np.minimum(rate, MOST_RATE))
        found: Floats = np.maximum(nats / np.log(10) - YOUNG * young**2, 0.0)
        return found

    def learn_peaks(self, log_odds: Floats, height: Floats, known: Bools) -> Floats:
        """Look at steps, oldest first, each in the middle of its surroundings.

        Parameters
        ----------
        log_odds : (steps, around, n) float64, an odd number of steps around each
        height : (steps, n) float64, of the middle ones: the highest log likelihood ratio of any strength,
            whatever a burst explains of it
        known : (steps, n) bool, of the middle ones

        Returns
        -------
        (3, steps, n) float64, what each has added to all of `past` but the number of steps
        """
        middle = log_odds[:, log_odds.shape[1] // 2]
        brief = (log_odds > FLOOR).sum(axis=1) <= self.brief
        peak = known & brief & (middle > FLOOR) & (log_odds.max(axis=1) <= middle)
        burst = known & brief & (height > BURST)
        excess = peak * np.minimum(middle - FLOOR, HIGHEST_PEAK)
        self.past = self.faded(self.past, known, peak, excess, burst)
        self.bursts = self.burst_rate()
        return np.stack([peak, excess, burst])

    def unlearn_peaks(self, taught: Floats, ago: Ints, node: Ints) -> None:
        """Take back what some steps have added, (3, k), so many steps ago, at these nodes."""
        for total, added in zip(self.past[1:], taught * self.forget**ago, strict=True):
            np.subtract.at(total, node, added)
        np.maximum(self.past, 0, out=self.past)
        self.bursts = self.burst_rate()

    def burst_rate(self) -> Kept:
        """Chance per step of a burst, (n,)."""
        rate = (BURST_STEPS * BURST_RATE + self.past[3]) / (BURST_STEPS + self.past[0])
        found: Kept = np.minimum(rate, MOST_BURSTS)
        return found

    def learn_errors(self, error: Floats, variance: Floats) -> None:
        """Look at errors and their variances beside the sums of those that follow.

        Parameters
        ----------
        error, variance : (steps, following, n) float64, oldest first, each with those after; unknown ones 0
        """
        first = error[:, 0]
        single = np.minimum(first**2 / (variance[:, 0] + LEAST_VARIANCE), STEP_LIMIT)
        low = first < 0
        total, total_variance = error.sum(axis=1), variance.sum(axis=1) + LEAST_VARIANCE
        low_sum = (total < 0) & (total_variance > TELLING)
        sums = np.minimum(total**2 / total_variance, SUM_LIMIT)
        self.errors = self.faded(self.errors, low * single, low, low_sum * sums, low_sum)
        single_error, singles, sum_error, sum_errors = self.errors
        ratio = sum_error / sum_errors / np.maximum(single_error / singles, LEAST_RATIO)
        self.overlap = np.clip(ratio / self.nominal_overlap, 1.0, LONGEST_OVERLAP).astype(Stored)

    def faded(self, before: Kept, *found: Floats | Bools) -> Kept:
        """Discounted sums, (sums, n), and what steps add to each of them, (steps, n)."""
        steps = len(found[0])
        added = np.empty((len(found), *found[0].shape))
        for row, one in zip(added, found, strict=True):
            row[:] = one
        added *= fading(self.forget, steps)[:, None]
        total: Kept = (self.forget**steps * before + added.sum(axis=1)).astype(Stored)
        return total
