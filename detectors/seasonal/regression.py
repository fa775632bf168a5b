"""Log-linear regression of many count series at once: quasi-Poisson with a normal prior.

Fisher scoring; the prior keeps what the data cannot tell near zero, so that it never fails to converge.

References
----------
P. McCullagh, J. A. Nelder, Generalized Linear Models (1989), chapters 6 and 9.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats

STEEPEST = 2.0
"""Largest change of a coefficient in one iteration."""
LOWEST, HIGHEST = -12.0, 25.0
"""Logarithms of rates are kept between these."""


def rate(coefficients: Floats, features: Floats) -> Floats:
    """exp(features @ coefficients), (n, b), from (n, p) and (b, p)."""
    found: Floats = np.exp(np.clip(coefficients @ features.T, LOWEST, HIGHEST))
    return found


def fit(
    count: Floats, exposure: Floats, *, features: Floats, precision: Floats, dispersion: Floats,
    weight: Floats, start: Floats, iterations: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Coefficients of log(count / exposure) = features @ coefficients for each series.

    Parameters
    ----------
    count, exposure : (n, b) float64, sums over bins, already weighted; exposure 0 = nothing is known
    features : (b, p) float64
    precision : (p,) float64, of the prior around zero
    dispersion : (n,) float64
    weight : (b,) float64, how much a bin counts
    start : (n, p) float64
    iterations : of Fisher scoring

    Returns
    -------
    (n, p) coefficients and (n, p, p) their information (inverse covariance), float64

    Examples
    --------
    >>> x = np.stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]], axis=1)
    >>> y = np.array([[8.0, 16.0, 32.0, 64.0]])
    >>> found, _ = fit(
    ...     y,
    ...     np.ones_like(y),
    ...     features=x,
    ...     precision=np.full(2, 1e-9),
    ...     dispersion=np.ones(1),
    ...     weight=np.ones(4),
    ...     start=np.array([[3.0, 0.0]]),
    ...     iterations=12,
    ... )
    >>> np.exp(found).round(3).tolist()
    [[8.0, 2.0]]
    """
    size = features.shape[1]
    row, column = np.triu_indices(size)
    products = features[:, row] * features[:, column] * weight[:, None]
    weighted = features * weight[:, None]
    information = np.zeros((len(count), size, size))
    coefficients = start.copy()
    for _ in range(iterations):
        expected = exposure * rate(coefficients, features) / dispersion[:, None]
        upper = expected @ products
        information[:, row, column] = information[:, column, row] = upper
        information[:, np.arange(size), np.arange(size)] += precision
        slope = (count / dispersion[:, None] - expected) @ weighted - coefficients * precision
        change = np.linalg.solve(information, slope[..., None])[..., 0]
        coefficients += np.clip(change, -STEEPEST, STEEPEST).astype(np.float64, copy=False)
    return coefficients, information
