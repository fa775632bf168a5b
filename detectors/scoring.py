"""The production detector on anybody's counts: how strange each is, and at which there is an alarm.

Each count is judged from those of its own series that are not later, whatever other series there are. An
unknown one is a gap, and not zero. A row more than `Period.longest_gap` steps after the one before begins the
series anew: level and course were fitted to nothing since, and would not be fitted again for months.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from detectors.precision import Bools, Floats, Ints
from detectors.seasonal.period import WEEK, Period
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
    local : (steps,) datetime64, local start of each step; only gaps after which all begin anew are left out
    threshold : score from which on there is an alarm

    Returns
    -------
    (steps, n) float64 and bool
    """
    from detectors.seasonal.replaying import replay

    score, expected = np.zeros((2, *count.shape))
    for first, begun in beginnings(~np.isnan(count), local, period):
        some = 0
        for width in chain(WIDTHS, repeat(WIDTHS[-1])):
            together, some = begun[some : some + width], some + width
            if not together:
                break
            last = max(end for _, end in together)
            filled = np.full((last - first, width), np.nan)
            for k, (column, end) in enumerate(together):
                filled[: end - first, k] = count[first:end, column]
            found = replay(filled, name_steps(local[first:last], period))
            for k, (column, end) in enumerate(together):
                score[first:end, column] = np.round(found.score[: end - first, k], DECIMALS)
                expected[first:end, column] = found.expected[: end - first, k]
    return score, (score >= threshold) & (count >= FEWEST) & (count > expected)


def beginnings(
    known: Bools, local: NDArray[np.datetime64], period: Period
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Series that begin, or begin anew, in the same day (of days: week).

    Its first step, and of each series the column and the step after its last row until it begins anew. Series
    without a row are left out.

    Examples
    --------
    >>> from detectors.seasonal.period import DAY
    >>> known = np.ones((9, 3), dtype=bool)
    >>> known[:5, 0], known[:, 1], known[8, 2] = False, False, False
    >>> wednesday = np.datetime64("2024-01-03")
    >>> list(beginnings(known, wednesday + np.arange(9), DAY))
    [(0, [(2, 8)]), (5, [(0, 9)])]
    """
    number = numbers(local, period)
    unit = number // 24 if period.name == "hour" else numbers(local, WEEK)
    begun: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for column in range(known.shape[1]):
        rows = np.flatnonzero(known[:, column])
        for part in parts(number[rows], period):
            begun[int(unit[rows[part.start]])].append((column, int(rows[part.stop - 1]) + 1))
    for one, together in sorted(begun.items()):
        yield int(np.searchsorted(unit, one)), together


def numbers(local: NDArray[np.datetime64], period: Period) -> Ints:
    """Numbers of hours, days or weeks since 1970, (steps,)."""
    if period.name == "hour":
        return local.astype("datetime64[h]").astype(np.int64)
    day = local.astype("datetime64[D]").astype(np.int64)
    return day if period.name == "day" else (day - MONDAY) // 7


def parts(number: Ints, period: Period) -> list[slice]:
    """Known steps, by their ascending numbers, between gaps after which a series begins anew.

    Examples
    --------
    >>> from detectors.seasonal.period import WEEK
    >>> parts(np.array([0, 1, 849, 1698]), WEEK)
    [slice(0, 3, None), slice(3, 4, None)]
    """
    anew = np.flatnonzero(np.diff(number) > period.longest_gap) + 1
    edges = [0, *anew.tolist(), len(number)] if len(number) else []
    return [slice(first, last) for first, last in pairwise(edges)]
