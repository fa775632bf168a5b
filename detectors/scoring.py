"""`complaint-monitor score`: the production detector on anybody's counts, from a CSV file to a CSV file.

Reads `series,ts,count`, writes `series,ts,score,alarm` for every row in its order, with `series` and `ts`
character for character. A missing row is a gap: unknown, not zero. Each row is judged from rows of its own
series that are not later, whatever else the file holds.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from detectors.count_grid import MONDAY, lay_out
from detectors.count_rows import read_counts
from detectors.seasonal.period import PERIODS, Period, PeriodName
from detectors.seasonal.tail import Bools, Floats

DEFAULT_FPR = 0.001
"""False alarms per series-step where nothing else is asked for."""
FEWEST = 2
"""Tickets under which a step raises no alarm, whatever its score."""
DECIMALS = 5
WIDTHS = (8, 24, 96)
"""Series that are judged together, the first ones of a beginning in groups of these sizes and the others in
groups of the last; what is missing is filled up, so that no sum depends on how many there are.
"""
WEEK = {"hour": 168.0, "day": 7.0, "week": 1.0}
"""Steps in a week."""


class ScoringOptionError(ValueError):
    """An option makes no sense; says which values do."""


def score_file(
    counts: Path, *, period: PeriodName, timezone: str, out: Path, fpr: float | None = None,
    false_pages_per_week: float | None = None,
) -> None:  # fmt: skip
    """Score the counts of a file.

    Parameters
    ----------
    counts : CSV file with the columns series, ts, count
    period : what a step is: "hour", "day" or "week"
    timezone : zone in which hours and days are cut; stamps without an offset are local times of it
    out : CSV file to write: series, ts, score, alarm
    fpr : false alarms per series-step at which alarms are raised; 0.001 where neither budget is given
    false_pages_per_week : the same as a budget over all series together

    Raises
    ------
    CountsError
        The file cannot be read as counts.
    ScoringOptionError
        Period, zone or budget make no sense.
    """
    lengths = PERIODS.get(period)
    if lengths is None:
        raise ScoringOptionError(f'period: no period named "{period}"; there are: {", ".join(PERIODS)}')
    zone = zone_named(timezone)
    rows = read_counts(counts)
    grid = lay_out(rows, lengths, zone, counts.name)
    threshold = threshold_of(grid.count.shape[1], period, fpr, false_pages_per_week)
    score, alarm = score_counts(grid.count, grid.local, lengths, threshold=threshold)
    with out.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(("series", "ts", "score", "alarm"))
        found, raised = score[grid.step, grid.node].tolist(), alarm[grid.step, grid.node].tolist()
        write.writerows(
            (name, ts, f"{value:.{DECIMALS}f}", int(fired))
            for name, ts, value, fired in zip(rows.series, rows.ts, found, raised, strict=True)
        )


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
    from detectors.seasonal.stamps import name_steps

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
) -> Iterator[tuple[int, int, NDArray[np.intp]]]:
    """Series that begin in the same day (of days: week): the first step of it, the one after their last, and
    their columns. Series without a row are left out.

    Examples
    --------
    >>> known = np.ones((9, 3), dtype=bool)
    >>> known[:5, 0], known[:, 1] = False, False
    >>> wednesday = np.datetime64("2024-01-03")
    >>> [group[:2] for group in beginnings(known, wednesday + np.arange(9), PERIODS["day"])]
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


def threshold_of(
    nodes: int, period: PeriodName, fpr: float | None, false_pages_per_week: float | None
) -> float:
    """Score from which on there is an alarm; where both budgets are given, the stricter one counts.

    Examples
    --------
    >>> threshold_of(200, "hour", None, None), round(threshold_of(200, "hour", None, 2.0), 2)
    (3.0, 4.23)
    """
    rates = []
    if fpr is not None:
        if not 0 < fpr < 1:
            raise ScoringOptionError(f"fpr: {fpr} is no rate; it lies between 0 and 1, for example 0.001")
        rates.append(fpr)
    if false_pages_per_week is not None:
        if not (false_pages_per_week > 0 and math.isfinite(false_pages_per_week)):
            raise ScoringOptionError(
                f"false_pages_per_week: {false_pages_per_week} is no budget; it is above 0, for example 2"
            )
        rates.append(min(false_pages_per_week / max(nodes, 1) / WEEK[period], 0.5))
    return -math.log10(min(rates, default=DEFAULT_FPR))


def zone_named(timezone: str) -> ZoneInfo:
    """The zone of a name."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScoringOptionError(
            f'timezone: no zone named "{timezone}"; it is a name such as Asia/Shanghai or UTC'
        ) from None
