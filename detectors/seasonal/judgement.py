"""What a detector thinks of a step: what was to come, what the counts mean, and what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.tail import Bools, Floats, Kept, Packed, Stored

Indices = NDArray[np.intp]

MOST_PACKED = 6e4
"""Largest dispersion that float16 holds."""


@dataclass(frozen=True)
class Expectation:
    """What a step would bring if nothing were going on; all (n,) float64.

    Attributes
    ----------
    expected : counts
    dispersion : variance over mean, with the uncertainty of the baseline in it
    own : the node's dispersion alone
    """

    expected: Floats
    dispersion: Floats
    own: Floats


@dataclass(frozen=True)
class Judgement:
    """What the counts of a step mean; all (n,).

    Attributes
    ----------
    score : float64, -log10 of the chance per step of such evidence while nothing is going on; 0 = unknown
    log_odds : float64, of a surge going on
    expectation : what would have been ordinary
    known : bool
    """

    score: Floats
    log_odds: Floats
    expectation: Expectation
    known: Bools


@dataclass(frozen=True)
class Remembered:
    """A closed step on its way through the guard band, packed small; all (n,).

    Attributes
    ----------
    count : float32, nan where unknown
    expected : float32
    dispersion, log_odds : float16
    """

    count: Kept
    expected: Kept
    dispersion: Packed
    log_odds: Packed

    @property
    def known(self) -> Bools:
        """Where the count is known."""
        return ~np.isnan(self.count)


def remember(count: Floats, known: Bools, due: Expectation, log_odds: Floats) -> Remembered:
    """Pack a closed step."""
    return Remembered(
        np.where(known, count, np.nan).astype(Stored), due.expected.astype(Stored),
        np.minimum(due.dispersion, MOST_PACKED).astype(np.float16), log_odds.astype(np.float16),
    )  # fmt: skip


@dataclass(frozen=True)
class Gate:
    """What `tick` compares counts with until the step is over; all (n,)."""

    expected: Kept
    sd: Kept
    suspected: Bools
    whole: Expectation


@dataclass(frozen=True)
class Alerted:
    """Nodes that came through the gate, (k,) int64, and their judgement, (k,)."""

    nodes: Indices
    judgement: Judgement
