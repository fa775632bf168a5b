"""How much better a surge explains the steps of a window than what is usual does.

A sum over a window says nothing of its steps: eight tickets of one hour may be one clump, and some leaf of a
large tree has such an hour every week; eight tickets of six hours in a row are hardly chance. So the steps
are judged one by one, and their chances multiplied: with a surge that spreads the window's excess evenly over
its steps, beside what is usual. That is the generalised likelihood ratio of count data, with a mean shift
that is estimated from the window (M. Höhle, M. Paul, Count data regression charts for the monitoring of
surveillance time series, Computational Statistics & Data Analysis 52 (2008) 4357).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detectors.seasonal.tail import NEARLY_POISSON, Floats, Kept, log_ratio
from detectors.tree.branches import Indices

LEAST_DUE = 1e-5
"""Tickets that are to come in a step at the least."""
LEAST_PASSED = 0.05
"""Part of the running step over which a surge is spread at the least."""
SHORT = 0.3
"""By which the log of the greatest ratio is missed at the most: .23 in a million random windows."""


@dataclass(frozen=True)
class Course:
    """What came step by step, newest first: the running step as far as it has gone, and closed ones.

    Attributes
    ----------
    count, often : (steps, k) float32, tickets and occasions; 0 where unknown
    due : (steps, k) float32, tickets that were to come, in proportion; 0 where unknown
    passed : (k,) or for all, part of the running step that is over
    """

    count: Kept
    often: Kept
    due: Kept
    passed: Kept | float

    def spread(self) -> Floats:
        """(steps, k) parts of a surge, which is even where the steps are known."""
        part: Floats = ((self.due > 0) | (self.count > 0)).astype(np.float64)
        part[0] *= np.maximum(self.passed, LEAST_PASSED)
        part /= np.maximum(part.sum(axis=0), LEAST_PASSED)
        return part

    def last(self, steps: int, some: Indices) -> Course:
        """The last steps of some of the k."""
        count, often, due = (of[:steps, some] for of in (self.count, self.often, self.due))
        return Course(count, often, due, self.passed if isinstance(self.passed, float) else self.passed[some])


@dataclass(frozen=True)
class Windows:
    """What came in the windows that end now, and what was to come.

    Attributes
    ----------
    came, often, due : (windows, k) float32, tickets, occasions, and tickets that were to come
    course : the steps of some of the k
    at_most : each step has a surge of its own, so that no surge makes what came likelier, nor fewer occasions
    """

    came: Kept
    often: Kept
    due: Kept
    course: Callable[[Indices], Course]
    at_most: bool = False


def even(count: Kept, due: Floats, spread: Floats) -> Floats:
    """(steps, k) a surge that brings the excess of the whole window, in given parts."""
    found: Floats = np.maximum(count.sum(axis=0) - due.sum(axis=0), 0) * spread
    return found


def likeliest(count: Kept, due: Floats, dispersion: Floats) -> Floats:
    """(steps, k) a surge that explains each step by itself as well as any, but for a ratio of e ** `SHORT`.

    A mean of what came does; where tickets come in clumps, one ticket is likeliest with a mean of a clump's.
    """
    beyond = np.maximum(dispersion, NEARLY_POISSON) - 1
    mean = np.maximum(count, beyond / np.log1p(beyond))
    found: Floats = np.where(count > 0, np.maximum(mean - due, 0), 0.0)
    return found


def log_likelihood_ratio(count: Kept, due: Floats, dispersion: Floats, surge: Floats) -> Floats:
    """Log of P(counts | surge) / P(counts | usual); (k,).

    Parameters
    ----------
    count, due, surge : (steps, k), that came, that were to come, and that come with a surge
    dispersion : (k,) of these counts

    Examples
    --------
    >>> due, dispersion, spread = np.full((4, 1), 0.02), np.full(1, 1.4), np.full((4, 1), 0.25)
    >>> for came in ([8.0, 0, 0, 0], [4.0, 4, 0, 0], [2.0] * 4):
    ...     count = np.array([came]).T
    ...     print(round(float(log_likelihood_ratio(count, due, dispersion, even(count, due, spread))[0])))
    4
    10
    19
    """
    found: Floats = log_ratio(count.astype(np.float64), due, (due + surge)[None], dispersion)[0].sum(axis=0)
    return found


def in_proportion(due: Kept, whole: Kept) -> Floats:
    """(steps, k) what was to come, so that it adds up to `whole`, (k,)."""
    found = np.maximum(due, LEAST_DUE).astype(np.float64)
    found *= np.maximum(whole, LEAST_DUE * len(due), dtype=np.float64) / found.sum(axis=0)
    return found
