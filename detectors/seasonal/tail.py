"""How unlikely a count is when this many are expected: negative binomial, exact.

The variance is `dispersion * mean`. Above 1 that is the negative binomial with shape
`mean / (dispersion - 1)`; sums over time keep the dispersion, so one formula serves every window. At 1 it
is Poisson. Below 1 (counts more regular than chance, as of a booking system) the count divided by the
dispersion is taken as Poisson.

References
----------
A. Noufaily et al., An improved algorithm for outbreak detection in multiple surveillance systems,
Statistics in Medicine 32 (2013), section 3.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats

NEARLY_POISSON = 1.02
"""Dispersion under which the negative binomial is taken as (quasi-)Poisson."""


def lower_tail(count: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """P(X <= count); small chances keep their digits.

    Parameters
    ----------
    count, mean, dispersion : float64, of one shape; counts are whole

    Examples
    --------
    >>> [f"{p:.2e}" for p in lower_tail(np.array([0.0, 2.0]), np.array([5.0, 40.0]), np.array([1.0, 3.0]))]
    ['6.74e-03', '3.09e-08']
    """
    from scipy.special import betainc, gammaincc

    spread = np.maximum(dispersion, NEARLY_POISSON) - 1
    mean = np.maximum(mean, 1e-9)
    binomial = betainc(mean / spread, count + 1, 1 / (1 + spread))
    regular = np.minimum(dispersion, 1.0)
    poisson = gammaincc((count + 1) / regular, mean / regular)
    tail: Floats = np.where(dispersion > NEARLY_POISSON, binomial, poisson)
    return tail


def chance_of_none(mean: Floats, dispersion: Floats) -> Floats:
    """-log P(X = 0), of the shape of the arguments.

    Examples
    --------
    >>> chance_of_none(np.array([5.0, 5.0]), np.array([1.0, 3.0])).round(3).tolist()
    [5.0, 2.747]
    """
    spread = np.maximum(dispersion, NEARLY_POISSON) - 1
    return np.where(dispersion > NEARLY_POISSON, mean * np.log1p(spread) / spread, mean)


def log_ratio(count: Floats, mean: Floats, raised: Floats, dispersion: Floats) -> Floats:
    """Log of P(count | raised mean) / P(count | mean), both with the same dispersion.

    Parameters
    ----------
    count, mean, dispersion : (n,) float64
    raised : (k, n) float64, k alternatives

    Returns
    -------
    (k, n) float64
    """
    from scipy.special import gammaln

    spread = np.maximum(dispersion, NEARLY_POISSON) - 1
    usual, more = mean / spread, raised / spread
    binomial: Floats = gammaln(count + more) - gammaln(more) + (usual - more) * np.log1p(spread)
    binomial -= gammaln(count + usual) - gammaln(usual)
    over = dispersion > NEARLY_POISSON
    if over.all():
        return binomial
    poisson = (count * np.log(raised / mean) - (raised - mean)) / np.minimum(dispersion, 1.0)
    return np.where(over, binomial, poisson)


def log_mass(count: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """Log P(X = count) for a column of dispersions.

    Parameters
    ----------
    count, mean : (n,) float64
    dispersion : (g, 1) float64, ascending, 1 among them; under 1 a normal density stands in, at busy nodes

    Returns
    -------
    (g, n) float64
    """
    from scipy.special import gammaln

    regular = dispersion[dispersion[:, 0] < 1]
    over = dispersion[dispersion[:, 0] > 1] - 1
    factorial = gammaln(count + 1)
    poisson = count * np.log(mean) - mean - factorial
    variance = regular * mean + ROUNDING
    normal = -0.5 * (np.log(2 * np.pi * variance) + (count - mean) ** 2 / variance)
    few = np.where(mean > BUSY, normal, poisson - NO_PREFERENCE)
    shape = mean / over
    many = gammaln(count + shape) - gammaln(shape) - factorial
    many += count * np.log(over / (1 + over)) - shape * np.log1p(over)
    return np.vstack([few, poisson[None], many])


ROUNDING = 1 / 12
"""Variance of rounding to whole counts."""
BUSY = 8.0
"""Mean from which on a dispersion below 1 can be told from chance, and a normal density will do."""
NO_PREFERENCE = 0.05
"""What a quieter node holds against a dispersion below 1."""
