"""A history judged block by block, each step from those up to it.

A block is half a day of hours, a week of days or two weeks, from the first step on. What it is to bring
follows from what was learned before it; then the evidence is carried from step to step; at its end its steps
are learned, each with what those after it have shown. So most of the work is done for all steps of a block
at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Ints, Stored
from detectors.seasonal.baseline import LEVEL_TRUST, OUTLIER, OUTLIER_VARIANCE, Baseline
from detectors.seasonal.batches import Batches
from detectors.seasonal.calibration import Calibration
from detectors.seasonal.dispersion import TRUSTED
from detectors.seasonal.profile import profile_of
from detectors.seasonal.scan import REST, Scan, beside_bursts, chance, log_ratios
from detectors.seasonal.seasonal_part import History, fit_seasonal_part
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import chance_of_none

DEAD = 9.0
"""-log chance from which on an empty step is taken as unknown: nothing was recorded."""
FAR, FAR_AT_LEAST = 20.0, 50.0
"""Times what was expected, or the median of the last `Period.shift` steps, and tickets besides, above which
the tickets of a step teach nothing: 10^9 that count little would still be most of all. What comes again and
again is learned all the same, as more is expected each time."""
SHIFTED = 0.6
"""Share of the expected tickets of the last `Period.shift` steps under a surge that makes it a shift."""
FULL_SHIFT = 1.32
"""Half-lives in which an uninterrupted surge reaches that share: log2(1 / (1 - SHIFTED))."""


@dataclass(frozen=True)
class Replay:
    """Every step of a history, judged from the steps up to it; (steps, n) float64 each.

    Attributes
    ----------
    score : -log10 of the chance per step while nothing is going on; 0 where unknown or still cold
    expected : counts
    dispersion : variance over mean, with the uncertainty of the baseline in it
    baseline : what is known at the end
    """

    score: Floats
    expected: Floats
    dispersion: Floats
    baseline: Baseline


def replay(count: Floats, stamps: Stamps) -> Replay:
    """Judge a history.

    Parameters
    ----------
    count : (steps, n) float64, nan where unknown
    stamps : names of the steps

    Examples
    --------
    >>> from detectors.seasonal.period import DAY
    >>> from detectors.seasonal.stamps import name_steps
    >>> days = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]")
    >>> calls = np.where(np.arange(len(days)) % 7 < 5, 12.0, 4.0)[:, None]
    >>> calls[-1] = 40.0
    >>> found = replay(calls, name_steps(days, DAY))
    >>> bool(found.score[-1, 0] > 4), bool(found.score[:-1].max() < 2)
    (True, True)
    """
    following = Following(count, stamps)
    while following.baseline.now < len(count):
        following.advance()
    return Replay(following.score, following.expected, following.dispersion, following.baseline)


class Following:
    """Series led along their history: what is known of them, and what was said of each step.

    Parameters
    ----------
    count : (steps, n) float64, nan where unknown
    stamps : names of the steps
    """

    def __init__(self, count: Floats, stamps: Stamps) -> None:
        nodes, self.period = count.shape[1], stamps.period
        self.recorded = ~np.isnan(count)
        self.history = History(
            np.where(self.recorded, count, 0.0), self.recorded.copy(), np.zeros(count.shape)
        )
        self.baseline, self.shape = Baseline(nodes, stamps), profile_of(self.period.slots)
        self.batches = Batches(stamps, self.history.count.copy(), self.recorded)
        self.apart = np.ones((self.period.slots, nodes))
        self.scan, self.calibration = Scan(nodes, self.period.end), Calibration(nodes, self.period)
        self.score, self.expected, self.dispersion = np.zeros((3, *count.shape))
        self.log_odds, self.height = np.zeros((2, *count.shape))
        self.surging, self.usual = np.zeros((2, nodes), Stored)
        self.calibrated, self.taught = 0, np.zeros((3, *count.shape), Stored)
        self.next_fit = self.period.steps_until_refit(0)

    def advance(self) -> None:
        """Judge the next block, then learn."""
        first = self.baseline.now
        last = min(first + self.period.refit, len(self.history.count))
        bases = self.baseline.bases(first, last)
        forecast = self.judge(first, last, bases)
        self.baseline.now = last
        self.follow_shift(first, last)
        self.learn(first, last, bases, forecast)
        self.calibrate(max(last - self.period.around + 1, 0))
        if last >= self.next_fit and last < len(self.history.count):
            self.refit()

    def judge(self, first: int, last: int, bases: Floats) -> Floats:
        """Judge the steps [first, last); returns what each memory expects, as bases (steps, memories, n)."""
        block, baseline = slice(first, last), self.baseline
        count, recorded = self.history.count[block], self.recorded[block]
        seen = baseline.seen + np.cumsum(recorded, axis=0) - recorded
        young, cold = baseline.young(seen), seen < self.period.cold
        due = baseline.expect_steps(last, young, bases)
        expected, dispersion = due.expected, due.dispersion
        empty = recorded & (count == 0)
        if empty.any():
            empty &= chance_of_none(expected, dispersion) > DEAD
        known = recorded & ~empty
        self.history.known[block] = known
        self.batches.compare(first, last, self.apart[baseline.stamps.slot[block]] * expected, dispersion)
        filled = self.batches.filled(first, last, due)
        if filled is not None:
            expected, dispersion = filled.expected, filled.dispersion
            self.history.known[block] &= ~filled.there
            self.history.known[filled.batches], self.history.weight[filled.batches] = False, 0.0
            self.unlearn(*filled.sure)
        ratios = log_ratios(count, expected, dispersion)
        if filled is not None:
            ratios *= filled.worth[:, None]
        self.height[block] = ratios.max(axis=1)
        log_odds = self.scan.follow(
            beside_bursts(ratios, self.calibration.bursts), known,
            cold=cold, overlap=self.calibration.overlap,
        )  # fmt: skip
        self.expected[block], self.dispersion[block] = expected, dispersion
        self.log_odds[block] = log_odds
        self.score[block] = np.where(known & ~cold, self.calibration.score(log_odds, young), 0.0)
        baseline.seen = (baseline.seen + known.sum(axis=0)).astype(Stored)
        return due.forecast

    def unlearn(self, step: Ints, node: Ints) -> None:
        """What batches have taught as peaks before they were known for batches is taken back."""
        ago = self.calibrated + (self.period.around - 1) // 2 - 1 - step
        self.calibration.unlearn_peaks(self.taught[:, step, node], np.maximum(ago, 0), node)
        self.taught[:, step, node] = 0.0

    def follow_shift(self, first: int, last: int) -> None:
        """Take an excess that has held for `Period.shift` steps as the new normal."""
        fade = 0.5 ** (FULL_SHIFT / self.period.shift)
        faded = (fade ** np.arange(last - first)[::-1])[:, None]
        usual = np.where(self.history.known[first:last], np.maximum(self.expected[first:last], 1e-3), 0.0)
        surging = usual * chance(self.log_odds[first:last])
        self.surging = (fade ** (last - first) * self.surging + (faded * surging).sum(axis=0)).astype(Stored)
        self.usual = (fade ** (last - first) * self.usual + (faded * usual).sum(axis=0)).astype(Stored)
        shifted = self.surging > SHIFTED * self.usual
        if last <= self.period.shift or not shifted.any():
            return
        self.surging[shifted] = 0.0
        self.scan.forget(shifted)
        self.baseline.level.shift(shifted)
        self.log_odds[first:last, shifted] = REST
        past = slice(max(last - self.period.shift - self.period.guard, 0), last)
        self.history.weight[past, shifted] = self.history.known[past, shifted]

    def learn(self, first: int, last: int, bases: Floats, forecast: Floats) -> None:
        """Learn the steps [first, last), each with what those after it have shown.

        What is too far from all that is known is cut in the history.
        """
        block, baseline = slice(first, last), self.baseline
        count, known, expected = self.history.count[block], self.history.known[block], self.expected[block]
        since = np.maximum.accumulate(self.log_odds[block][::-1], axis=0)[::-1]
        z = (count - expected) / np.sqrt(self.dispersion[block] * expected + OUTLIER_VARIANCE)
        ordinary = np.where(z > OUTLIER, (OUTLIER / np.maximum(z, 1e-9)) ** 2, 1.0)
        ordinary *= 1 - chance(since)
        weight = np.where(known, ordinary, 0.0)
        self.history.weight[block] = weight
        if first >= self.period.cold:
            lately = np.median(self.history.count[max(last - self.period.shift, 0) : last], axis=0)
            np.minimum(count, FAR * np.maximum(expected, lately) + FAR_AT_LEAST, out=count)
        baseline.level.learn(
            count, np.maximum(weight, LEVEL_TRUST * known), known=known, bases=bases, expected=expected,
            forecast=forecast, dispersion=baseline.dispersion.value,
        )  # fmt: skip
        warm = np.arange(first, last) > self.period.warm
        baseline.dispersion.learn(count, expected, weight=np.maximum(weight, TRUSTED * known), warm=warm)

    def calibrate(self, last: int) -> None:
        """Compare the odds and errors of the steps before `last`, and those around, with what is nominal."""
        first = self.calibrated = max(self.calibrated, self.period.warm + 1)
        if first >= last:
            return
        self.calibrated = last
        around, until = self.period.around, last + self.period.around - 1
        odd = (around - 1) // 2 * 2 + 1
        log_odds = windows(self.log_odds[first : last + odd - 1], odd)
        middle = slice(first + odd // 2, last + odd // 2)
        self.taught[:, middle] = self.calibration.learn_peaks(
            log_odds, self.height[middle], self.history.known[middle]
        )
        known, expected = self.history.known[first:until], self.expected[first:until]
        error = np.where(known, self.history.count[first:until] - expected, 0.0)
        variance = np.where(known, expected * self.dispersion[first:until], 0.0)
        self.calibration.learn_errors(windows(error, around), windows(variance, around))

    def refit(self) -> None:
        """Fit the seasonal part to the steps before the current one and sum up the level anew."""
        baseline, now = self.baseline, self.baseline.now
        self.next_fit = now + self.period.steps_until_refit(now)
        found = fit_seasonal_part(
            self.history, baseline.stamps, now=now, before=baseline.seasonal, shape=self.shape,
            dispersion=baseline.dispersion.value,
        )  # fmt: skip
        if found is baseline.seasonal:
            return
        self.apart = self.shape.course(found.profile.astype(np.float64)) / found.profile
        baseline.seasonal, first = found, max(now - self.period.memory, 0)
        known = self.history.known[first:now]
        baseline.seen = np.minimum(baseline.seen, known.sum(axis=0))
        weekly = found.weekly(baseline.stamps, first, now)
        baseline.level.rebuild(
            self.history.count[first:now], self.history.trusted(first, now, LEVEL_TRUST),
            known=known, flat=weekly, seasonal=weekly * found.slow_at(baseline.stamps, first, now),
        )  # fmt: skip


def windows(value: Floats, length: int) -> Floats:
    """Each step with those after it, (steps, length, n); the last `length - 1` steps have no window."""
    after = np.arange(len(value) - length + 1)[:, None] + np.arange(length)
    found: Floats = value[after]
    return found
