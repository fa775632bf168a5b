"""What a date does to a day: bank holidays and their like, learned from the years before.

A date is believed to be special when it was so in more than one year. Of each date's past ratios of count
to expectation the most extreme one is pulled to the next, so that a single outbreak, outage or storm
teaches nothing; what remains must still stick out, and is shrunk by the garrote of `profile`.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats

STICKS_OUT = 5.0
"""Squared standard deviations within which a date is taken as ordinary."""
BASELINE_ERROR = 0.1
"""Relative error of the expectation of one day that is allowed for."""
YEARS_UP, YEARS_DOWN = 2, 3
"""Years in which a rise, or a fall, must have been seen."""
OPEN = 0.02
"""A day on which less than this part of the busiest is expected (a closed Sunday) tells nothing."""
LEAST, MOST = 0.05, 8.0
"""Factors of a date, at the least and at the most."""


def effect(count: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """Factor of one date for each node.

    Parameters
    ----------
    count, expected : (years, n) float64; expected 0 = unknown
    dispersion : (n,) float64

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> ninety = np.full((4, 3), 90.0)
    >>> past = np.array([[180.0, 90, 44], [170, 900, 40], [185, 85, 45], [190, 95, 42]])
    >>> effect(past, ninety, np.ones(3)).round(1).tolist()
    [1.9, 1.0, 0.6]
    """
    known = (expected > OPEN * expected.max(axis=0)) & (expected > 0)
    weight = np.where(known, expected, 0.0)
    ratio = np.where(known, count / np.maximum(expected, 1e-9), np.nan)
    years = known.sum(axis=0)
    ordered, node = np.sort(ratio, axis=0), np.arange(count.shape[1])
    second_highest = ordered[np.maximum(years - 2, 0), node]
    second_lowest = ordered[np.minimum(1, np.maximum(years - 1, 0)), node]
    total = np.maximum(weight.sum(axis=0), 1e-9)
    up = (np.nan_to_num(np.minimum(ratio, second_highest)) * weight).sum(axis=0) / total
    down = (np.nan_to_num(np.maximum(ratio, second_lowest)) * weight).sum(axis=0) / total
    fall = np.where((down < 1) & (years >= YEARS_DOWN), down, 1.0)
    factor = np.where(up > 1, up, fall)
    variance = np.maximum(dispersion * total, 1e-9) + (BASELINE_ERROR * total) ** 2
    z2 = ((factor - 1) * total) ** 2 / variance
    kept = np.maximum(0.0, 1 - STICKS_OUT / np.maximum(z2, 1e-9))
    return np.where(years >= YEARS_UP, np.clip(1 + (factor - 1) * kept, LEAST, MOST), 1.0)
