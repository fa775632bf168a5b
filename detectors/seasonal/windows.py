"""Which of the windows that end now is the most surprising: the sentence that a page says.

The score comes from all window lengths at once (`scan`). A person wants one: "38 in the last 3 hours, 11
expected". It is the window whose exact negative binomial tail is smallest, corrected for the number of
windows looked at.

References
----------
Z. Sidak, Rectangular confidence regions for the means of multivariate normal distributions, JASA 62 (1967).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.tail import Floats, upper_tail

LENGTHS = (1, 2, 3, 6, 12, 24)
"""Steps that a window may have."""


@dataclass(frozen=True)
class Window:
    """The most surprising window of each node; all (n,).

    Attributes
    ----------
    length : int64, steps up to and with the last one
    count, expected : float64, sums over the window
    chance : float64, P(a window at least as surprising | nothing is going on), corrected for their number
    """

    length: NDArray[np.int64]
    count: Floats
    expected: Floats
    chance: Floats


def most_surprising(count: Floats, expected: Floats, dispersion: Floats) -> Window:
    """Compare the windows that end with the last step.

    Parameters
    ----------
    count, expected : (steps, n) float64, oldest first; nan where a count is unknown
    dispersion : (n,) float64

    Examples
    --------
    >>> came = np.array([[3.0, 3], [4, 4], [13, 4], [12, 5], [13, 20]])
    >>> found = most_surprising(came, np.full((5, 2), 4.0), np.full(2, 1.5))
    >>> found.length.tolist(), found.count.tolist(), found.expected.tolist()
    ([3, 1], [38.0, 20.0], [12.0, 4.0])
    """
    known = ~np.isnan(count)
    came = np.cumsum(np.where(known, count, 0.0)[::-1], axis=0)
    due = np.cumsum(np.where(known, expected, 0.0)[::-1], axis=0)
    lengths = np.array([length for length in LENGTHS if length <= len(count)])
    tails = upper_tail(came[lengths - 1], due[lengths - 1], dispersion)
    best = tails.argmin(axis=0)
    length, node = lengths[best], np.arange(count.shape[1])
    chance = -np.expm1(len(lengths) * np.log1p(-np.minimum(tails[best, node], 1 - 1e-16)))
    return Window(length, came[length - 1, node], due[length - 1, node], chance)
