"""A history judged step by step, each from the steps up to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.seasonal.baseline import Baseline, History
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.surge import SeasonalSurge
from detectors.seasonal.tail import Floats


@dataclass(frozen=True)
class Replay:
    """Every step of a history, judged from the steps up to it; (steps, n) float64 each.

    Attributes
    ----------
    score : -log10 of the chance per step while nothing is going on; 0 where unknown or still cold
    expected : counts
    dispersion : variance over mean, with the uncertainty of the baseline in it
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
    known = ~np.isnan(count)
    history = History(np.where(known, count, 0.0), known, np.zeros(count.shape))
    surge = SeasonalSurge(count.shape[1], stamps)
    score, expected, dispersion = np.zeros((3, *count.shape))
    for step, row in enumerate(history.count):
        judged = surge.close(row, known[step].copy(), history)
        score[step] = judged.score
        expected[step], dispersion[step] = judged.expectation.expected, judged.expectation.dispersion
    return Replay(score, expected, dispersion, surge.baseline)
