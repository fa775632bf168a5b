"""`complaint-monitor score`: the production detector on anybody's counts, from a CSV file to a CSV file.

Reads `series,ts,count`, writes `series,ts,score,alarm` for every row in its order, with `series` and `ts`
character for character. A missing row is a gap: unknown, not zero. Each row is judged from rows of its own
series that are not later, whatever else the file holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.catalogue import Sentence
from detectors.scoring import DECIMALS, score_counts
from detectors.seasonal.period import PERIODS, PeriodName
from monitor.scoring.count_grid import lay_out
from monitor.scoring.count_rows import read_counts

DEFAULT_FPR = 0.001
"""False alarms per series-step where nothing else is asked for."""
WEEK = {"hour": 168.0, "day": 7.0, "week": 1.0}
"""Steps in a week."""
SPECIAL = re.compile('[,"\\r\\n]')
"""What a field of CSV may hold only between quotes."""


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
        Period, zone or budget make no sense, or `out` is the file of counts itself.
    """
    lengths = PERIODS.get(period)
    if lengths is None:
        raise ScoringOptionError(Sentence("refused.score.period", name=period, known=tuple(PERIODS)))
    zone = zone_named(timezone)
    if counts.is_file() and out.exists() and out.samefile(counts):
        raise ScoringOptionError(Sentence("refused.score.same", file=out.name))
    rows = read_counts(counts)
    grid = lay_out(rows, lengths, zone, counts.name)
    threshold = threshold_of(grid.count.shape[1], period, fpr, false_pages_per_week)
    score, alarm = score_counts(grid.count, grid.local, lengths, threshold=threshold)
    names, stamps = encoded(rows.series), encoded(rows.ts)
    found, raised = score[grid.step, grid.node].tolist(), alarm[grid.step, grid.node].tolist()
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write("series,ts,score,alarm\n")
        file.writelines(
            f"{name},{ts},{value:.{DECIMALS}f},{int(fired)}\n"
            for name, ts, value, fired in zip(names, stamps, found, raised, strict=True)
        )


def encoded(fields: list[str]) -> Iterator[str]:
    """Fields as CSV. The writer of `csv` leaves a single carriage return without quotes, which ends a row.

    Examples
    --------
    >>> list(encoded(["007", 'a "b" c', "a,b"]))
    ['007', '"a ""b"" c"', '"a,b"']
    """
    return ('"' + text.replace('"', '""') + '"' if SPECIAL.search(text) else text for text in fields)


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
            raise ScoringOptionError(Sentence("refused.score.rate", given=fpr))
        rates.append(fpr)
    if false_pages_per_week is not None:
        if not (false_pages_per_week > 0 and math.isfinite(false_pages_per_week)):
            raise ScoringOptionError(Sentence("refused.score.budget", given=false_pages_per_week))
        rates.append(min(false_pages_per_week / max(nodes, 1) / WEEK[period], 0.5))
    return -math.log10(min(rates, default=DEFAULT_FPR))


def zone_named(timezone: str) -> ZoneInfo:
    """The zone of a name."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScoringOptionError(Sentence("refused.score.zone", name=timezone)) from None
