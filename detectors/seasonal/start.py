"""Start-up: a detector that is ready at once, from the counts of the last weeks, for very many nodes.

`replaying.replay` is exact and takes microseconds for each node and step. For 100,000 nodes and eight weeks
that is too long, and nobody asks for the scores of the past. Here the baseline is fitted twice, the second
time with outliers down-weighted; level, dispersion and guard band follow from sums over the errors.
What only a replay could tell (false peaks, autocorrelation) starts at its nominal value and is learned from
then on. Nodes are taken in blocks that fit into the cache of the processor, several at a time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from detectors.seasonal.baseline import Baseline, History, fit_baseline, level_path, no_baseline
from detectors.seasonal.dispersion import GRID
from detectors.seasonal.judgement import Expectation, remember
from detectors.seasonal.level import Level
from detectors.seasonal.profile import profile_of
from detectors.seasonal.scan import REST
from detectors.seasonal.slow import Slow
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.surge import LEVEL_TRUST, OUTLIER, OUTLIER_VARIANCE, SeasonalSurge
from detectors.seasonal.tail import Floats, Kept, Stored

BLOCK = 128
"""Nodes at a time."""
FITS = 2
FIRST_DISPERSION = 1.5
PRIOR_TICKETS = 10.0
"""What that first guess weighs, in expected tickets."""
EVIDENCE_LIMIT = 500.0
"""Steps that the first belief about the dispersion is worth at the most."""


def start(count: Kept, stamps: Stamps, *, before: SeasonalSurge | None = None) -> SeasonalSurge:
    """A detector that has seen `count` and whose current step is the one after.

    Parameters
    ----------
    count : (steps, n) float32, nan where unknown
    stamps : names of these steps and of those to come
    before : a detector of the same nodes that has closed the same last step, whose evidence and calibration
        are kept: so the baseline is renewed once a day

    Examples
    --------
    >>> from detectors.seasonal.period import HOUR
    >>> from detectors.seasonal.stamps import name_steps
    >>> hours = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[h]")
    >>> came = np.random.default_rng(1).poisson(6, (8 * 168, 3)).astype(np.float32)
    >>> surge = start(came, name_steps(hours, HOUR))
    >>> alerted = surge.tick(np.array([2, 2, 20], np.float32), passed=0.5)
    >>> alerted.nodes.tolist(), bool(alerted.judgement.score[0] > 4)
    ([2], True)
    """
    steps, nodes = count.shape
    surge, guard = SeasonalSurge(nodes, stamps), stamps.period.guard
    surge.now, surge.next_fit = steps, steps + stamps.period.steps_until_refit(steps)
    due = np.zeros((guard, nodes))

    def begin(first: int) -> Baseline:
        block = slice(first, min(first + BLOCK, nodes))
        known = ~np.isnan(count[:, block])
        history = History(np.where(known, count[:, block], Stored(0)), known, known.astype(Stored))
        baseline, dispersion = fit_block(history, stamps)
        due[:, block] = take_over(surge, block, history, baseline, dispersion)
        return baseline

    with ThreadPoolExecutor() as pool:
        surge.baseline = join(list(pool.map(begin, range(0, nodes, BLOCK))))
    own = surge.dispersion.value = surge.dispersion.estimate()
    for row, expected in zip(count[steps - guard :].astype(np.float64), due, strict=True):
        rest = np.full(nodes, REST)
        surge.guarded.append(remember(row, ~np.isnan(row), Expectation(expected, own, own), rest))
    if before is not None:
        surge.scan, surge.calibration, surge.guarded = before.scan, before.calibration, before.guarded
        surge.surging, surge.usual = before.surging, before.usual
    return surge


def fit_block(history: History, stamps: Stamps) -> tuple[Baseline, Floats]:
    """Baseline and dispersion (n,) of some nodes; writes weights into the history."""
    period, (steps, nodes) = stamps.period, history.count.shape
    last = steps - period.guard
    first = last % period.cycle
    baseline, shape = no_baseline(period.slots, nodes), profile_of(period.slots)
    dispersion = np.full(nodes, FIRST_DISPERSION)
    count, known = history.count[first:last], history.known[first:last]
    for _ in range(FITS):
        baseline = fit_baseline(
            history, stamps, now=steps, before=baseline, shape=shape, dispersion=dispersion
        )
        weight = history.weight[first:last]
        expected = baseline.weekly(stamps, first, last) * baseline.slow_at(stamps, first, last)
        expected = expected * level_path(weight * count, weight * expected, period.cycle, dispersion)
        error = count - expected
        limit = dispersion.astype(Stored) * (OUTLIER**2 * expected)
        limit += OUTLIER**2 * OUTLIER_VARIANCE
        odd = (error > 0) & (error * error > limit)
        weight[:] = known
        weight[odd] = limit[odd] / error[odd] ** 2
        spread = PRIOR_TICKETS * FIRST_DISPERSION + (weight * error**2).sum(axis=0)
        dispersion = spread / (PRIOR_TICKETS + (weight * expected).sum(axis=0))
    return baseline, np.clip(dispersion, GRID[0], GRID[-1])


def take_over(
    surge: SeasonalSurge, block: slice, history: History, baseline: Baseline, dispersion: Floats
) -> Floats:
    """Write a block's level and dispersion into `surge`; what its guard band was to bring, (guard, n)."""
    stamps, period, (steps, nodes) = surge.stamps, surge.period, history.count.shape
    last = steps - period.guard
    flat = baseline.weekly(stamps, 0, steps)
    seasonal = flat * baseline.slow_at(stamps, 0, steps)
    level = Level(nodes, period)
    level.rebuild(
        history.count[:last], history.trusted(0, last, LEVEL_TRUST), known=history.known[:last],
        seasonal=seasonal[:last], flat=flat[:last],
    )  # fmt: skip
    for name in ("came", "foretold", "plain"):
        getattr(surge.level, name)[:, block] = getattr(level, name)
    worth = np.minimum(history.known.sum(axis=0), EVIDENCE_LIMIT) / 4
    surge.dispersion.belief[:, block] -= worth * (np.log(GRID)[:, None] - np.log(dispersion)) ** 2
    surge.seen[block] = history.known.sum(axis=0)
    grounded = baseline.slow is not None
    return np.stack([
        level.expected(level.bases(seasonal[step], flat[step]), dispersion, grounded=grounded)[0]
        for step in range(last, steps)
    ])  # fmt: skip


def join(fitted: list[Baseline]) -> Baseline:
    """One baseline of all blocks; dates are learned with the next fit."""
    slow = [part.slow for part in fitted if part.slow is not None]
    whole = None
    if len(slow) == len(fitted):
        coefficients = np.concatenate([part.coefficients for part in slow])
        whole = Slow(coefficients, np.concatenate([part.covariance for part in slow]), slow[0].now)
    return Baseline(np.concatenate([part.profile for part in fitted], axis=1), whole, {})
