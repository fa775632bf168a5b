"""Evidence for a surge that is going on: likelihood ratios over all windows that end now.

For each of five strengths (1, 2, 4, 8, 16 standard deviations above what is expected) the ratio of the
likelihoods with and without a surge is carried from step to step. It is the sum over every window length of
the window's likelihood ratio, weighted by how likely a surge is to have begun then and to have lasted
since: a scan over windows of 1, 2, 3, ... steps in one recursion, with the correction for their number built
in. Because a surge may also end at any step, evidence fades as soon as counts are ordinary again: there is
no echo.

    e_t = (posterior of strength k) * (1 - END) + (posterior of none) * ONSET / strengths,  renewed by
    e_t *= P(count | mean + k sd) / P(count | mean)

References
----------
A. N. Shiryaev, On optimum methods in quickest detection problems, Theory Prob. Appl. 8 (1963).
Y. Le Strat, F. Carrat, Monitoring epidemiologic surveillance data using hidden Markov models, Statistics in
Medicine 18 (1999).
"""

from __future__ import annotations

import numpy as np

from detectors.seasonal.tail import Bools, Floats, Kept, Stored, log_ratio

STRENGTHS = np.array([1.0, 2.0, 4.0, 8.0, 16.0])[:, None]
ONSET, END = 0.01, 0.3
"""Chance per step that a surge begins, and that one ends."""
FEWEST = 0.05
"""Standard deviations are those of at least this many expected tickets."""
SUREST = 300.0

REST = float(np.log(ONSET) - np.log1p(-ONSET) - np.log(len(STRENGTHS)))
"""Log odds of each strength when nothing has been seen."""


class Scan:
    """Log odds of each strength before the next step, (strengths, n)."""

    def __init__(self, nodes: int) -> None:
        self.carried = np.full((len(STRENGTHS), nodes), REST, Stored)

    def evidence(self, count: Floats, expected: Floats, *, dispersion: Floats, known: Bools) -> Floats:
        """Log odds of each strength given this step as well, (strengths, n)."""
        evidence = evidence_of(self.carried, count, expected, dispersion)
        return np.where(known, evidence, self.carried)

    def move(self, evidence: Floats, overlap: Kept) -> None:
        """Go on to the next step; a node's `overlap` says how many times its errors tell the same."""
        surge = odds(evidence)
        total = np.logaddexp(0.0, surge)
        lasting = evidence - total + np.log1p(-END)
        begun = np.log(ONSET / len(STRENGTHS)) - total
        none = np.logaddexp(np.log1p(-ONSET) - total, np.log(END) + surge - total)
        self.carried = (REST + (np.logaddexp(lasting, begun) - none - REST) / overlap).astype(Stored)

    def forget(self, nodes: Bools) -> None:
        """Nothing has been seen of these nodes."""
        self.carried[:, nodes] = REST


def evidence_of(carried: Kept, count: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """Log odds of each strength, (strengths, n), from those carried and the counts of a known step, (n,)."""
    sd = np.sqrt(dispersion * np.maximum(expected, FEWEST))
    found: Floats = carried + log_ratio(count, expected, expected + STRENGTHS * sd, dispersion)
    return np.minimum(found, SUREST)


def odds(evidence: Floats) -> Floats:
    """Log odds that any surge is going on, (n,), from those of each strength."""
    total: Floats = np.logaddexp.reduce(evidence, axis=0)
    return total


def chance(log_odds: Floats) -> Floats:
    """Probability from log odds."""
    probability: Floats = np.exp(log_odds - np.logaddexp(0.0, log_odds))
    return probability
