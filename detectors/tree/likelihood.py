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

from detectors.precision import Floats, Indices, Kept
from detectors.seasonal.scan import ABSURD
from detectors.seasonal.tail import NEARLY_POISSON, log_ratio

LEAST_DUE = 1e-5
"""Tickets that are to come in a step at the least."""
LEAST_PASSED = 0.05
"""Part of the running step over which a surge is spread at the least."""
SHORT = 0.3
"""By which the log of the greatest ratio is missed at the most: .23 in a million random windows."""


@dataclass(frozen=True)
class StepByStep:
    """What came step by step: the running step as far as it has gone, and closed ones, newest first.

    Short windows, which are steps of their own, are the last rows.

    Attributes
    ----------
    count, often : (rows, k) float32, tickets and occasions; 0 where unknown
    due : (rows, k) float32, tickets that were to come, in proportion; 0 where unknown
    passed : (k,) part of the running step that is over
    """

    count: Kept
    often: Kept
    due: Kept
    passed: Kept | Floats

    def steps(self, column: Indices, first: Indices, length: Indices) -> Steps:
        """The rows [first, first + length) of some of the k; (windows,) each."""
        of = np.repeat(np.arange(len(column)), length)
        row = np.arange(len(of)) - np.repeat(np.cumsum(length) - length - first, length)
        column = column[of]
        count, often, due = (each[row, column] for each in (self.count, self.often, self.due))
        part = ((due > 0) | (count > 0)).astype(np.float64)
        part *= np.where(row == 0, np.maximum(self.passed, LEAST_PASSED)[column], 1.0)
        part /= np.maximum(sums(of, part), LEAST_PASSED)[of]
        return Steps(of, count, often, due, part)


@dataclass(frozen=True)
class Steps:
    """The steps of some windows, one window after the other; all (steps,).

    Attributes
    ----------
    of : which window's, rising from 0
    count, often, due : as of `StepByStep`
    part : float64, of a surge, which is even where the steps are known
    """

    of: Indices
    count: Kept
    often: Kept
    due: Kept
    part: Floats


@dataclass(frozen=True)
class Windows:
    """What came in the windows that end now, and what was to come.

    Attributes
    ----------
    came, due : (windows, k) float32, tickets, and tickets that were to come
    step_by_step : what it is made of, of some of the k
    at_most : each step has a surge of its own, so that no surge makes what came likelier, nor fewer occasions
    """

    came: Kept
    due: Kept
    step_by_step: Callable[[Indices], StepByStep]
    at_most: bool = False


def even(count: Kept, due: Floats, part: Floats, of: Indices) -> Floats:
    """(steps,) a surge that brings the excess of the whole window, in given parts."""
    found: Floats = np.maximum(sums(of, count) - sums(of, due), 0)[of] * part
    return found


def likeliest(count: Kept, due: Floats, dispersion: Floats) -> Floats:
    """(steps,) a surge that explains each step by itself as well as any, but for a ratio of e ** `SHORT`.

    A mean of what came does; where tickets come in clumps, one ticket is likeliest with a mean of a clump's.
    """
    beyond = np.maximum(dispersion, NEARLY_POISSON) - 1
    mean = np.maximum(count, beyond / np.log1p(beyond))
    found: Floats = np.where(count > 0, np.maximum(mean - due, 0), 0.0)
    return found


def log_likelihood_ratio(
    count: Kept, due: Floats, dispersion: Floats, surge: Floats, of: Indices, *, most: Floats | None = None
) -> Floats:  # fmt: skip
    """Log of P(counts | surge) / P(counts | usual); (windows,).

    Parameters
    ----------
    count, due, surge : (steps,), that came, that were to come, and that come with a surge
    dispersion : (steps,) of these counts
    of : (steps,) which window's
    most : (steps,) up to which a step's own log counts in full, as it may be a burst; of what lies beyond
        counts `ABSURD`. None = all of it

    Examples
    --------
    >>> due, dispersion, part, of = np.full(4, 0.02), np.full(4, 1.4), np.full(4, 0.25), np.zeros(4, int)
    >>> for came in ([8.0, 0, 0, 0], [4.0, 4, 0, 0], [2.0] * 4):
    ...     count = np.array(came)
    ...     surge = even(count, due, part, of)
    ...     print(round(float(log_likelihood_ratio(count, due, dispersion, surge, of)[0])))
    4
    10
    19
    """
    each = log_ratio(count.astype(np.float64), due, (due + surge)[None], dispersion)[0]
    if most is not None:
        each -= (1 - ABSURD) * np.maximum(each - most, 0)
    return sums(of, each)


def in_proportion(due: Kept, whole: Kept, of: Indices) -> Floats:
    """(steps,) what was to come, so that it adds up to `whole`, (windows,)."""
    found = np.maximum(due, LEAST_DUE).astype(np.float64)
    least = LEAST_DUE * np.bincount(of)
    found *= (np.maximum(whole, least, dtype=np.float64) / sums(of, found))[of]
    return found


def sums(of: Indices, each: Kept | Floats) -> Floats:
    """(windows,) what each window's steps add up to."""
    return np.asarray(np.bincount(of, each), np.float64)
