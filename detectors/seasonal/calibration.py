"""From odds to a score that means the same at every node: how rarely this node's own past came so far.

The score is -log10 of the chance per step of odds at least as high while nothing is going on: at 3.0 once in
1,000 steps. Nominally the chance of exceeding `FLOOR` is `Period.peaks`, and beyond it the odds fall off
exponentially. Both are corrected per node by its own peaks that *came to nothing* (at most `Period.brief`
steps long): a node whose counts spike without cause needs more. Peaks that lasted are outbreaks and teach
nothing. No node learns from another: what is said of one series does not depend on which others there are.

Errors that persist (a taxi strike, a wrong profile) are told from outbreaks by their sign: outbreaks only
raise counts, errors also lower them. So the variance of sums of errors beside that of single ones is taken
from the lower half, and its excess over `Period.overlap` divides the evidence that the scan carries on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.period import Period
from detectors.seasonal.tail import Bools, Floats, Stored

FLOOR = -2.0
"""Log odds from which on a peak is looked at."""
FALL = 0.8
"""Nominal mean of a peak's excess over the floor, and the least."""
RATE_STEPS, FALL_PEAKS = 300.0, 4.0
"""What the nominal values weigh, in steps and in peaks."""
HIGHEST_PEAK = 20.0
"""Excess over the floor that one peak counts for, at the most."""
PRIOR_ERRORS = 20.0
STEP_LIMIT, SUM_LIMIT = 9.0, 25.0
"""Largest squared errors, in variances, that count."""
TELLING = 2.0
"""Variance that a sum must have to tell of autocorrelation."""
LONGEST_OVERLAP = 20.0
LEAST_VARIANCE = 0.1
LEAST_RATIO = 0.5
MOST_RATE = 0.3


class Calibration:
    """What the past of each node says about its odds; all arrays (n,)."""

    def __init__(self, nodes: int, period: Period) -> None:
        self.nominal_overlap, self.rate, self.brief = period.overlap, period.peaks, period.brief
        self.forget = period.past_forget
        self.steps, self.peaks, self.excess = np.zeros((3, nodes), Stored)
        self.single, self.singles, self.sum, self.sums = np.full((4, nodes), PRIOR_ERRORS, Stored)
        self.overlap = np.ones(nodes, Stored)

    def score(self, log_odds: Floats) -> Floats:
        """-log10 of the chance of such odds, (n,), at least 0."""
        return self.score_some(slice(None), log_odds)

    def score_some(self, nodes: NDArray[np.intp] | slice, log_odds: Floats) -> Floats:
        """The same for some of the nodes."""
        steps, peaks, excess = self.steps[nodes], self.peaks[nodes], self.excess[nodes]
        rate = (RATE_STEPS * self.rate + peaks) / (RATE_STEPS + steps)
        fall = np.maximum((FALL_PEAKS * FALL + excess) / (FALL_PEAKS + peaks), FALL)
        above = log_odds - FLOOR
        nats = np.where(above > 0, above / fall, above) - np.log(np.minimum(rate, MOST_RATE))
        found: Floats = np.maximum(nats / np.log(10), 0.0)
        return found

    def learn_peak(self, around: Sequence[Floats], known: Bools) -> None:
        """Look at the middle one of an odd number of steps' log odds, each (n,)."""
        window = np.stack(around)
        middle = window[len(window) // 2]
        brief = (window > FLOOR).sum(axis=0) <= self.brief
        peak = known & brief & (middle > FLOOR) & (window.max(axis=0) <= middle)
        self.steps = (self.forget * self.steps + known).astype(Stored)
        self.peaks = (self.forget * self.peaks + peak).astype(Stored)
        self.excess = (self.forget * self.excess + peak * np.minimum(middle - FLOOR, HIGHEST_PEAK)).astype(
            Stored
        )

    def learn_errors(self, error: Floats, variance: Floats) -> None:
        """Look at consecutive errors and their variances, (steps, n), unknown ones 0."""
        single = np.minimum(error[0] ** 2 / (variance[0] + LEAST_VARIANCE), STEP_LIMIT)
        low = error[0] < 0
        self.single = (self.forget * self.single + low * single).astype(Stored)
        self.singles = (self.forget * self.singles + low).astype(Stored)
        total, total_variance = error.sum(axis=0), variance.sum(axis=0) + LEAST_VARIANCE
        low = (total < 0) & (total_variance > TELLING)
        self.sum = (self.forget * self.sum + low * np.minimum(total**2 / total_variance, SUM_LIMIT)).astype(
            Stored
        )
        self.sums = (self.forget * self.sums + low).astype(Stored)
        ratio = self.sum / self.sums / np.maximum(self.single / self.singles, LEAST_RATIO)
        self.overlap = np.clip(ratio / self.nominal_overlap, 1.0, LONGEST_OVERLAP).astype(Stored)
