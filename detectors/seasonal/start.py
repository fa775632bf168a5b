"""Start-up: what is to be expected of very many nodes, at once, from the counts of the last weeks.

`replaying.replay` is exact and takes microseconds for each node and step. For 100,000 nodes and eight weeks
that is too long, and nobody asks for the scores of the past. Here the seasonal part is fitted twice, the
second time with outliers down-weighted; level and dispersion follow from sums over the errors. Nodes are
taken in blocks that fit into the cache of the processor, several at a time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from detectors.precision import Floats, Kept, Stored
from detectors.seasonal.baseline import LEVEL_TRUST, OUTLIER, OUTLIER_VARIANCE, Baseline
from detectors.seasonal.dispersion import GRID
from detectors.seasonal.level import Level
from detectors.seasonal.profile import profile_of
from detectors.seasonal.seasonal_part import (
    History,
    SeasonalPart,
    fit_seasonal_part,
    fitted_cycles,
    level_path,
    no_seasonal_part,
)
from detectors.seasonal.slow import Slow
from detectors.seasonal.stamps import Stamps

BLOCK = 128
"""Nodes at a time."""
FITS = 2
"""The first with all known steps alike, the second with outliers down-weighted."""
FIRST_DISPERSION = 1.5
"""That every node is taken to have before its errors are known."""
PRIOR_TICKETS = 10.0
"""What that first guess weighs, in expected tickets."""
EVIDENCE_LIMIT = 500.0
"""Steps that the first belief about the dispersion is worth at the most."""


def start(count: Kept, stamps: Stamps) -> Baseline:
    """What is known of series that have brought `count`; the current step is the one after.

    Parameters
    ----------
    count : (steps, n) float32, nan where unknown
    stamps : names of these steps and of those to come

    Examples
    --------
    >>> from detectors.seasonal.period import HOUR
    >>> from detectors.seasonal.stamps import name_steps
    >>> hours = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[h]")
    >>> came = np.random.default_rng(1).poisson(6, (8 * 168, 3)).astype(np.float32)
    >>> baseline = start(came, name_steps(hours, HOUR))
    >>> baseline.expect().expected.round().tolist()
    [6.0, 6.0, 6.0]
    """
    steps, nodes = count.shape
    baseline = Baseline(nodes, stamps)
    baseline.now = steps

    def begin(first: int) -> SeasonalPart:
        block = slice(first, min(first + BLOCK, nodes))
        known = ~np.isnan(count[:, block])
        history = History(np.where(known, count[:, block], Stored(0)), known, known.astype(Stored))
        part, dispersion = fit_block(history, stamps)
        take_over(baseline, block, history, part, dispersion)
        return part

    with ThreadPoolExecutor() as pool:
        baseline.seasonal = join(list(pool.map(begin, range(0, nodes, BLOCK))))
    baseline.dispersion.value = baseline.dispersion.estimate()
    return baseline


def fit_block(history: History, stamps: Stamps) -> tuple[SeasonalPart, Floats]:
    """Seasonal part and dispersion (n,) of some nodes; writes weights into the history."""
    period, (steps, nodes) = stamps.period, history.count.shape
    first, last, cycle, half = fitted_cycles(stamps, max(steps - period.guard, 0))
    part, shape = no_seasonal_part(period.slots, nodes), profile_of(period.slots)
    dispersion = np.full(nodes, FIRST_DISPERSION)
    count, known = history.count[first:last], history.known[first:last]
    for _ in range(FITS):
        part = fit_seasonal_part(history, stamps, now=steps, before=part, shape=shape, dispersion=dispersion)
        weight = history.weight[first:last]
        expected = part.weekly(stamps, first, last) * part.slow_at(stamps, first, last)
        expected = expected * level_path(weight * count, weight * expected, cycle, dispersion, half=half)
        error = count - expected
        limit = dispersion.astype(Stored) * (OUTLIER**2 * expected)
        limit += OUTLIER**2 * OUTLIER_VARIANCE
        odd = (error > 0) & (error * error > limit)
        weight[:] = known
        weight[odd] = limit[odd] / error[odd] ** 2
        spread = PRIOR_TICKETS * FIRST_DISPERSION + (weight * error**2).sum(axis=0)
        dispersion = spread / (PRIOR_TICKETS + (weight * expected).sum(axis=0))
    return part, np.clip(dispersion, GRID[0], GRID[-1])


def take_over(
    baseline: Baseline, block: slice, history: History, part: SeasonalPart, dispersion: Floats
) -> None:
    """Write a block's level and dispersion into `baseline`."""
    stamps, period, (steps, nodes) = baseline.stamps, baseline.period, history.count.shape
    last = steps - period.guard
    flat = part.weekly(stamps, 0, steps)
    seasonal = flat * part.slow_at(stamps, 0, steps)
    level = Level(nodes, period)
    level.rebuild(
        history.count[:last], history.trusted(0, last, LEVEL_TRUST), known=history.known[:last],
        seasonal=seasonal[:last], flat=flat[:last],
    )  # fmt: skip
    for name in ("came", "foretold", "plain"):
        getattr(baseline.level, name)[:, block] = getattr(level, name)
    worth = np.minimum(history.known.sum(axis=0), EVIDENCE_LIMIT) / 4
    baseline.dispersion.belief[:, block] -= worth * (np.log(GRID)[:, None] - np.log(dispersion)) ** 2
    baseline.seen[block] = history.known.sum(axis=0)


def join(fitted: list[SeasonalPart]) -> SeasonalPart:
    """One baseline of all blocks; dates are learned with the next fit."""
    slow = [part.slow for part in fitted if part.slow is not None]
    whole = None
    if len(slow) == len(fitted):
        coefficients = np.concatenate([part.coefficients for part in slow])
        whole = Slow(coefficients, np.concatenate([part.covariance for part in slow]), slow[0].now)
    return SeasonalPart(np.concatenate([part.profile for part in fitted], axis=1), whole, {})
