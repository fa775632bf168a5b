"""The band in which a count ordinarily lies: quantiles of what is expected."""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats
from detectors.seasonal.tail import NEARLY_POISSON


def band(expected: Floats, dispersion: Floats, *, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Least and largest count of the middle `coverage` of ordinary steps.

    Negative binomial with variance `dispersion * expected`, Poisson where that is not larger than the mean.

    Parameters
    ----------
    expected, dispersion : (n,) float64

    Examples
    --------
    >>> low, high = band(np.array([4.0, 4.0, 400.0]), np.array([1.0, 3.0, 1.0]))
    >>> low.tolist(), high.tolist()
    ([1.0, 0.0, 361.0], [8.0, 13.0, 440.0])
    """
    from scipy.stats import nbinom, poisson

    mean, spread = np.maximum(expected, 1e-9), np.maximum(dispersion, NEARLY_POISSON)
    tail = (1 - coverage) / 2
    edges = [
        np.where(
            dispersion > NEARLY_POISSON, nbinom.ppf(q, mean / (spread - 1), 1 / spread), poisson.ppf(q, mean)
        )
        for q in (tail, 1 - tail)
    ]
    return edges[0], edges[1]
