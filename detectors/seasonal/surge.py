"""`seasonal_surge` at work: judge a step, remember it, learn from it when the guard band has passed.

Ask and tell are apart. `judge` says what the counts of the current step mean and changes nothing; it may be
asked at every tick, with the part of the step that has passed. `close` tells that the step is over.
`replaying.replay` is the same object led over a history, and is how `complaint-monitor score` works.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from detectors.seasonal.baseline import History, fit_baseline, no_baseline
from detectors.seasonal.calibration import Calibration
from detectors.seasonal.dispersion import TRUSTED, Dispersion
from detectors.seasonal.judgement import (
    Alerted,
    Expectation,
    Gate,
    Indices,
    Judgement,
    Remembered,
    remember,
)
from detectors.seasonal.level import Level
from detectors.seasonal.profile import profile_of
from detectors.seasonal.scan import REST, Scan, chance, evidence_of, odds
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import Bools, Floats, Kept, Stored, chance_of_none

OUTLIER = 3.0
"""Standard deviations from which on a count weighs less, as the inverse square."""
OUTLIER_VARIANCE = 0.5
"""Added to the variance for that, so that one or two tickets are never outliers."""
LEVEL_TRUST, LEAST_WEIGHT = 0.5, 1e-3
NEW, NEW_FOR = 1.0, 2.0
"""Relative variance of a new node's expectation, and after how many `Period.warm` steps it is gone."""
DEAD = 9.0
"""-log chance from which on an empty step is taken as unknown: nothing was recorded."""
GATE = 3.0
"""Standard deviations above what is due, from which on a running step is judged exactly."""
FEWEST_DUE = 0.05
"""Tickets a step, at least, of which the gate's standard deviation is taken."""
SUSPECTED = -1.0
"""Log odds after the last step from which on a node passes the gate."""
SHIFTED = 0.6
"""Share of the expected tickets of the last `Period.shift` steps under a surge that makes it a shift."""
FULL_SHIFT = 1.32
"""Half-lives in which an uninterrupted surge reaches that share: log2(1 / (1 - SHIFTED))."""


class SeasonalSurge:
    """Judges `nodes` count series together, step by step.

    Parameters
    ----------
    nodes : how many
    stamps : names of all steps to come, from step 0 on
    """

    def __init__(self, nodes: int, stamps: Stamps) -> None:
        self.stamps, self.period, self.now = stamps, stamps.period, 0
        self.next_fit = self.period.steps_until_refit(0)
        self.shape = profile_of(self.period.slots)
        self.baseline = no_baseline(self.period.slots, nodes)
        self.level, self.dispersion = Level(nodes, self.period), Dispersion(nodes, self.period)
        self.scan, self.calibration = Scan(nodes), Calibration(nodes, self.period)
        self.guarded: deque[Remembered] = deque(maxlen=self.period.guard + 1)
        self.seen, self.surging, self.usual = np.zeros((3, nodes), Stored)
        self.gate: Gate | None = None

    def refit(self, history: History) -> None:
        """Fit the seasonal part to the steps before `now` and sum up the level anew."""
        found = fit_baseline(
            history, self.stamps, now=self.now, before=self.baseline, shape=self.shape,
            dispersion=self.dispersion.value, early=True,
        )  # fmt: skip
        if found is not self.baseline:
            self.baseline = found
            last = self.now - self.period.guard
            first = max(last - self.period.memory, 0)
            self.seen = np.minimum(self.seen, history.known[first : self.now].sum(axis=0))
            weekly = found.weekly(self.stamps, first, last)
            self.level.rebuild(
                history.count[first:last], history.trusted(first, last, LEVEL_TRUST),
                known=history.known[first:last], flat=weekly,
                seasonal=weekly * found.slow_at(self.stamps, first, last),
            )  # fmt: skip
        self.next_fit = self.now + self.period.steps_until_refit(self.now)

    def bases(self, step: int) -> Floats:
        """What the memories of the level multiply at a step, (memories, n)."""
        weekly = self.baseline.weekly(self.stamps, step, step + 1) * self.baseline.of_dates(
            self.stamps, step, step + 1
        )
        seasonal = weekly * self.baseline.slow_at(self.stamps, step, step + 1)
        return self.level.bases(seasonal[0], weekly[0])

    def expect(self) -> Expectation:
        """What the current step would bring if nothing were going on."""
        own = self.dispersion.value
        grounded = self.baseline.slow is not None
        expected, evidence = self.level.expected(self.bases(self.now), own, grounded=grounded)
        uncertain = self.baseline.uncertainty(self.stamps, self.now, self.now + 1)
        relative = own / (own / 2 + evidence) if uncertain is None else uncertain[0]
        new = NEW * np.maximum(1 - self.seen / (NEW_FOR * self.period.warm), 0.0) ** 2
        return Expectation(expected, own + (relative + new) * expected, own)

    def judge(self, count: Floats, known: Bools, *, passed: float = 1.0) -> Judgement:
        """Judge counts (n,) of the current step, of which the part `passed` is over."""
        whole = self.expect()
        due = Expectation(whole.expected * passed, whole.dispersion, whole.own)
        return self.weigh(count, known, due)[0]

    def weigh(self, count: Floats, known: Bools, due: Expectation) -> tuple[Judgement, Floats]:
        """Judgement of counts beside what is due by now, and the evidence for each strength."""
        silent = (count == 0) & (chance_of_none(due.expected, due.dispersion) > DEAD)
        known = known & ~silent
        evidence = self.scan.evidence(count, due.expected, dispersion=due.dispersion, known=known)
        log_odds = odds(evidence)
        judged = known & (self.seen >= self.period.cold)
        score = np.where(judged, self.calibration.score(log_odds), 0.0)
        return Judgement(score, log_odds, due, known), evidence

    def tick(self, count: Kept, *, passed: float) -> Alerted:
        """Judge the running step of all nodes, cheaply: exactly only where a gate lets through.

        Through the gate come counts over `GATE` standard deviations above what is due by now, and nodes
        under suspicion from the steps before. The others' scores are below any threshold worth a page.

        Parameters
        ----------
        count : (n,) float32, tickets so far
        passed : part of the step that is over, above 0
        """
        if self.gate is None:
            whole = self.expect()
            suspected = odds(self.scan.carried.astype(np.float64)) > SUSPECTED
            sd = GATE * np.sqrt(whole.dispersion * np.maximum(whole.expected, FEWEST_DUE))
            self.gate = Gate(whole.expected.astype(Stored), sd.astype(Stored), suspected, whole)
        gate = self.gate
        limit = gate.sd * Stored(passed**0.5)
        limit += gate.expected * Stored(passed)
        through = np.flatnonzero((count > limit) | (gate.suspected & (count > 0)))
        return Alerted(
            through, self.judge_some(through, count[through].astype(np.float64), gate.whole, passed)
        )

    def judge_some(self, nodes: Indices, count: Floats, whole: Expectation, passed: float) -> Judgement:
        """Judge some nodes of the running step."""
        due = Expectation(whole.expected[nodes] * passed, whole.dispersion[nodes], whole.own[nodes])
        ratio = evidence_of(self.scan.carried[:, nodes], count, due.expected, due.dispersion)
        log_odds = odds(ratio)
        score = self.calibration.score_some(nodes, log_odds)
        judged = self.seen[nodes] >= self.period.cold
        return Judgement(np.where(judged, score, 0.0), log_odds, due, judged)

    def close(self, count: Floats, known: Bools, history: History | None = None) -> Judgement:
        """Judge the current step as over, go on to the next, and learn the step that leaves the guard band.

        Parameters
        ----------
        count : (n,) float64, 0 where unknown
        known : (n,) bool
        history : where weights are written down, and read for the next fit
        """
        judgement, evidence = self.weigh(count, known, self.expect())
        cold = self.seen < self.period.cold
        self.seen = (self.seen + judgement.known).astype(Stored)
        self.scan.move(evidence, self.calibration.overlap)
        self.scan.forget(cold)
        log_odds = np.where(cold, REST, judgement.log_odds)
        self.guarded.append(remember(count, judgement.known, judgement.expectation, log_odds))
        self.follow_shift(judgement, chance(log_odds), history)
        if len(self.guarded) > self.period.guard:
            self.learn(history)
        self.now += 1
        self.gate = None
        if history is not None and self.now == self.next_fit < len(self.stamps.slot):
            self.refit(history)
        return judgement

    def follow_shift(self, judgement: Judgement, posterior: Floats, history: History | None) -> None:
        """Take an excess that has held for `Period.shift` steps as the new normal."""
        fade = 0.5 ** (FULL_SHIFT / self.period.shift)
        usual = np.where(judgement.known, np.maximum(judgement.expectation.expected, 1e-3), 0.0)
        self.surging = (fade * self.surging + usual * posterior).astype(Stored)
        self.usual = (fade * self.usual + usual).astype(Stored)
        shifted = self.surging > SHIFTED * self.usual
        if self.now <= self.period.shift or not shifted.any():
            return
        self.surging[shifted] = 0.0
        self.scan.forget(shifted)
        self.level.shift(shifted)
        for step in self.guarded:
            step.log_odds[shifted] = REST
        if history is not None:
            past = slice(max(self.now - self.period.shift - self.period.guard, 0), self.now)
            history.weight[past, shifted] = history.known[past, shifted]

    def learn(self, history: History | None) -> None:
        """Learn the oldest step of the guard band, with what is known of it by now."""
        oldest, at = self.guarded[0], self.now - self.period.guard
        known, expected = oldest.known, oldest.expected.astype(np.float64)
        count = np.where(known, oldest.count, 0.0).astype(np.float64)
        since = [step.log_odds for step in list(self.guarded)[: self.period.guard]]
        surge = chance(np.max(since, axis=0).astype(np.float64))
        z = (count - expected) / np.sqrt(oldest.dispersion * expected + OUTLIER_VARIANCE)
        ordinary = (1 - surge) * np.where(z > OUTLIER, (OUTLIER / np.maximum(z, 1e-9)) ** 2, 1.0)
        weight = np.where(known, np.maximum(ordinary, LEAST_WEIGHT), 0.0)
        if history is not None:
            history.weight[at] = weight
            history.known[at] = known
        self.level.learn(
            count, np.maximum(weight, LEVEL_TRUST * known), known=known, bases=self.bases(at),
            expected=expected, dispersion=self.dispersion.value,
        )  # fmt: skip
        warm = at > self.period.warm
        self.dispersion.learn(count, expected, weight=np.maximum(weight, TRUSTED * known), warm=warm)
        if warm:
            self.calibrate()

    def calibrate(self) -> None:
        """Compare the odds and errors of the guard band with what is nominal."""
        steps = list(self.guarded)
        window = steps[: (len(steps) - 1) // 2 * 2 + 1]
        around = [step.log_odds.astype(np.float64) for step in window]
        self.calibration.learn_peak(around, window[len(window) // 2].known)
        error = np.stack([step.count.astype(np.float64) - step.expected for step in steps])
        variance = np.stack([step.expected * step.dispersion.astype(np.float64) for step in steps])
        known = ~np.isnan(error)
        self.calibration.learn_errors(np.where(known, error, 0.0), np.where(known, variance, 0.0))
