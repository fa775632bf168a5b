"""Evidence for a surge that is going on: likelihood ratios over all windows that end now.

For each of five strengths (1, 2, 4, 8, 16 standard deviations above what is expected) the ratio of the
likelihoods with and without a surge is carried from step to step. It is the sum over every window length of
the window's likelihood ratio, weighted by how likely a surge is to have begun then and to have lasted
since: a scan over windows of 1, 2, 3, ... steps in one recursion, with the correction for their number built
in. Because a surge may also end at any step, evidence fades as soon as counts are ordinary again: there is
no echo.

    e_t = (posterior of strength k) * (1 - end) + (posterior of none) * ONSET / strengths,  renewed by
    e_t *= P(count | mean + k sd) / P(count | mean)

A step may also be a burst, high by itself and over at once: a batch, a campaign of one day. How often a node
has them, its past tells (`calibration`), and no step says much more for a surge than for a burst.

References
----------
A. N. Shiryaev, On optimum methods in quickest detection problems, Theory Prob. Appl. 8 (1963).
Y. Le Strat, F. Carrat, Monitoring epidemiologic surveillance data using hidden Markov models, Statistics in
Medicine 18 (1999).
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Bools, Floats, Kept
from detectors.seasonal.tail import log_ratio

STRENGTHS = np.array([1.0, 2.0, 4.0, 8.0, 16.0])[:, None]
"""Of a surge, in standard deviations above what is expected."""
ONSET = 0.01
"""Chance per step that a surge begins; that one ends, is `Period.end`."""
FEWEST = 0.05
"""Standard deviations are those of at least this many expected tickets."""
SUREST = 300.0
"""Log of a strength's odds at the most, so that they are finite whatever comes."""
ABSURD = 0.02
"""Part of what lies beyond a burst that counts all the same: hardly any burst is a hundred times as high."""

REST = float(np.log(ONSET) - np.log1p(-ONSET) - np.log(len(STRENGTHS)))
"""Log odds of each strength when nothing has been seen."""
BEGINS, NONE_BEGINS = float(np.log(ONSET / len(STRENGTHS))), float(np.log1p(-ONSET))


class Scan:
    """Log odds of each strength before the next step, (strengths, n); a surge ends with chance `end`."""

    def __init__(self, nodes: int, end: float) -> None:
        self.lasts, self.ends = float(np.log1p(-end)), float(np.log(end))
        self.carried = np.full((len(STRENGTHS), nodes), REST)

    def follow(self, ratios: Floats, known: Bools, *, cold: Bools, overlap: Kept) -> Floats:
        """Log odds of a surge at each step, (steps, n).

        Parameters
        ----------
        ratios : (steps, strengths, n) float64, as of `log_ratios`
        known, cold : (steps, n) bool; of what is cold nothing is carried on
        overlap : (n,), how many times a node's errors tell the same
        """
        found, any_cold = np.empty(known.shape), bool(cold.any())
        for step, ratio in enumerate(np.where(known[:, None], ratios, 0.0)):
            evidence = np.minimum(self.carried + ratio, SUREST)
            surge = found[step] = odds(evidence)
            lasting = np.logaddexp(evidence + self.lasts, BEGINS)
            self.carried = REST + (lasting - np.logaddexp(NONE_BEGINS, self.ends + surge) - REST) / overlap
            if any_cold:
                self.carried[:, cold[step]] = REST
                found[step, cold[step]] = REST
        return found

    def forget(self, nodes: Bools) -> None:
        """Nothing has been seen of these nodes."""
        self.carried[:, nodes] = REST


def log_ratios(count: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """Log of the likelihood of each strength over that of none, (steps, strengths, n), of (steps, n)."""
    sd = np.sqrt(dispersion * np.maximum(expected, FEWEST))
    count, expected, dispersion = count[:, None], expected[:, None], dispersion[:, None]
    return log_ratio(count, expected, expected + STRENGTHS * sd[:, None], dispersion)


def beside_bursts(ratios: Floats, bursts: Kept) -> Floats:
    """The same for nodes that may also burst.

    Up to the inverse of the chance of a burst a ratio counts in full, and beyond it by its logarithm and
    `ABSURD`: the higher a burst, the rarer it is, but not as rare as the tail of ordinary counts would have
    it.

    Parameters
    ----------
    ratios : (..., n) float64
    bursts : (n,), chance per step

    Examples
    --------
    >>> ratios = np.array([[0.5, 0.5], [6.0, 6.0], [200.0, 200.0]])
    >>> beside_bursts(ratios, np.array([1e-4, 0.02])).round(1).tolist()
    [[0.5, 0.5], [6.0, 5.1], [18.3, 13.1]]
    """
    beyond = np.maximum(ratios + np.log(bursts), 0.0)
    found: Floats = ratios - beyond + np.log1p(beyond) + ABSURD * beyond
    return found


def odds(evidence: Floats) -> Floats:
    """Log odds that any surge is going on, (n,), from those of each strength."""
    total: Floats = np.logaddexp.reduce(evidence, axis=0)
    return total


def chance(log_odds: Floats) -> Floats:
    """Probability from log odds."""
    probability: Floats = np.exp(log_odds - np.logaddexp(0.0, log_odds))
    return probability
