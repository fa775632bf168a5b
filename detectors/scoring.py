"""The production detector on anybody's counts: how strange each is, and at which there is an alarm.

Each count is judged from those of its own series that are not later, whatever other series there are. An
unknown one is a gap, and not zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from detectors.precision import Bools, Floats, Indices
from detectors.seasonal.period import Period
from detectors.seasonal.stamps import MONDAY, name_steps

FEWEST = 2
"""Tickets under which a step raises no alarm, whatever its score."""
DECIMALS = 5
"""Of a score: digits beyond depend on the order in which sums are formed."""
WIDTHS = (8, 24, 96)
"""Series that are judged together, the first ones of a beginning in groups of these sizes and the others in
groups of the last; what is missing is filled up, so that no sum depends on how many there are.
"""


def score_counts(
    count: Floats, local: NDArray[np.datetime64], period: Period, *, threshold: float
) -> tuple[Floats, Bools]:
    """Scores and alarms of a table of counts.

    A series is followed from the beginning of the day (of days: the week) of its first row on, so that what
    is said of it depends on none of the others. Those that begin together are judged together.

    Parameters
    ----------
    count : (steps, n) float64, nan where unknown
    local : (steps,) datetime64, local start of each step
    threshold : score from which on there is an alarm

    Returns
    -------
    (steps, n) float64 and bool
    """
    from detectors.seasonal.replaying import replay

    score, expected = np.zeros((2, *count.shape))
    for first, last, together in beginnings(~np.isnan(count), local, period):
        named, some = name_steps(local[first:last], period), 0
        for width in chain(WIDTHS, repeat(WIDTHS[-1])):
            columns, some = together[some : some + width], some + width
            if not len(columns):
                break
            filled = np.full((last - first, width), np.nan)
            filled[:, : len(columns)] = count[first:last, columns]
            found = replay(filled, named)
            score[first:last, columns] = np.round(found.score[:, : len(columns)], DECIMALS)
            expected[first:last, columns] = found.expected[:, : len(columns)]
    return score, (score >= threshold) & (count >= FEWEST) & (count > expected)


def beginnings(
    known: Bools, local: NDArray[np.datetime64], period: Period
) -> Iterator[tuple[int, int, Indices]]:
    """Series that begin in the same day (of days: week): the first step of it, the one after their last, and
    their columns. Series without a row are left out.

    Examples
    --------
    >>> from detectors.seasonal.period import DAY
    >>> known = np.ones((9, 3), dtype=bool)
    >>> known[:5, 0], known[:, 1] = False, False
    >>> wednesday = np.datetime64("2024-01-03")
    >>> [group[:2] for group in beginnings(known, wednesday + np.arange(9), DAY)]
    [(0, 9), (5, 9)]
    """
    day = local.astype("datetime64[D]").astype(np.int64)
    unit = day if period.name == "hour" else (day - MONDAY) // 7
    counted = np.flatnonzero(known.any(axis=0))
    if not len(counted):
        return
    begun = unit[known[:, counted].argmax(axis=0)]
    for one in np.unique(begun):
        together = counted[begun == one]
        ended = np.flatnonzero(known[:, together].any(axis=1))[-1]
        yield int(np.searchsorted(unit, one)), int(ended) + 1, together
