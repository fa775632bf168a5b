"""Rows of counts as a table of steps and series, without gaps, by the calendar of a zone.

But for gaps of the whole file after which every series begins anew: a year that is mistyped fills no memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alerts.catalogue import Sentence
from detectors.precision import Floats, Ints
from detectors.scoring import parts
from detectors.seasonal.period import Period
from detectors.seasonal.stamps import MONDAY
from monitor.scoring.count_rows import CountRows, CountsError

LONGEST = 120
"""Years between a file's first and last row, at the most: a million hours are 114."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class CountGrid:
    """Rows as a table of steps and series.

    Attributes
    ----------
    count : (steps, n) float64, nan where there is no row
    local : (steps,) datetime64[s], local start of each step
    step, node : (rows,) int64, where each row lies
    """

    count: Floats
    local: NDArray[np.datetime64]
    step: NDArray[np.int64]
    node: NDArray[np.int64]


def lay_out(rows: CountRows, period: Period, zone: ZoneInfo, name: str) -> CountGrid:
    """Put rows on a grid without gaps, from the beginning of a day (of days: a week) on.

    An hour that is there again, when clocks go back, has a place of its own, whether there are rows or not. A
    second row of such an hour without an offset is that one.
    """
    places: dict[str, tuple[int, int]] = {}
    nodes: dict[str, int] = {}
    keys, node = np.zeros(len(rows.ts), dtype=np.int64), np.zeros(len(rows.ts), dtype=np.int64)
    for k, (series, ts) in enumerate(zip(rows.series, rows.ts, strict=True)):
        if ts not in places:
            places[ts] = place(ts, period, zone, file=name, line=rows.line[k])
        start, again = places[ts]
        keys[k] = 2 * start + again
        node[k] = nodes.setdefault(series, len(nodes))
    if not len(keys):
        return CountGrid(np.zeros((0, 0)), np.zeros(0, "datetime64[s]"), keys, node)
    refuse_ages(rows, keys, period, name)
    stretches = without_gaps(keys // 2, period)
    columns = np.concatenate([np.arange(first, last + 1) for first, last in stretches]) * 2
    if period.name == "hour":
        twice = np.concatenate([hours_again(first // 24, last // 24, zone) for first, last in stretches])
        second = twins(keys * len(nodes) + node)
        keys[second[np.isin(keys[second] + 1, twice)]] += 1
        columns = np.union1d(columns, twice[np.isin(twice - 1, columns) & (twice < keys.max())])
    columns = np.union1d(columns, keys)
    step = np.searchsorted(columns, keys)
    refuse_twins(rows, step * len(nodes) + node, name)
    count = np.full((len(columns), len(nodes)), np.nan)
    count[step, node] = rows.count
    seconds = {"hour": HOUR, "day": DAY, "week": 7 * DAY}[period.name]
    offset = MONDAY * DAY if period.name == "week" else 0
    return CountGrid(count, (columns // 2 * seconds + offset).astype("datetime64[s]"), step, node)


def without_gaps(number: Ints, period: Period) -> list[tuple[int, int]]:
    """First and last step of what lies between longest gaps, each from the beginning of its day or week on.

    Examples
    --------
    >>> from detectors.seasonal.period import HOUR
    >>> without_gaps(np.array([490_003, 490_001, 30, 40]), HOUR)
    [(24, 40), (489984, 490003)]
    """
    there, offset = np.unique(number), MONDAY if period.name == "day" else 0
    edges = [(int(there[part.start]), int(there[part.stop - 1])) for part in parts(there, period)]
    return [(first - (first - offset) % period.shortest, last) for first, last in edges]


def place(ts: str, period: Period, zone: ZoneInfo, *, file: str, line: int) -> tuple[int, int]:
    """Number of the local hour, day or week of a stamp since 1970, and 1 for an hour that is there again."""
    at = {"file": file, "line": line, "given": ts}
    try:
        stamp = datetime.fromisoformat(ts.strip())
    except ValueError:
        example = {"hour": "2024-01-01T05", "day": "2024-01-01", "week": "2024-01-01"}[period.name]
        raise CountsError(Sentence("refused.counts.no_time", **at, example=example)) from None
    again = 0
    if stamp.tzinfo is not None:
        try:
            local = stamp.astimezone(zone)
        except OverflowError:
            raise CountsError(Sentence("refused.counts.years", **at)) from None
        again, stamp = local.fold, local.replace(tzinfo=None, fold=0)
    passed = stamp - EPOCH
    if period.name == "hour":
        return passed.days * 24 + passed.seconds // HOUR, again
    return (passed.days if period.name == "day" else (passed.days - MONDAY) // 7), 0


def hours_again(first: int, last: int, zone: ZoneInfo) -> NDArray[np.int64]:
    """Keys of the local hours of days since 1970 that are there twice, or half of them.

    Examples
    --------
    >>> day = (datetime(2024, 11, 3) - EPOCH).days
    >>> (hours_again(day - 3, day + 3, ZoneInfo("America/New_York")) // 2 - day * 24).tolist()
    [1]
    """
    found = []
    midnights = [EPOCH + timedelta(days=day) for day in range(first, last + 1)]
    offsets = [zone.utcoffset(midnight) for midnight in midnights]
    for day, midnight, offset in zip(range(first, last + 1), midnights, offsets, strict=True):
        if zone.utcoffset(midnight.replace(hour=23, minute=59, fold=1)) == offset:
            continue
        edges = [
            (hour, midnight.replace(hour=hour, minute=minute)) for hour in range(24) for minute in (0, 59)
        ]
        found += [2 * (24 * day + hour) + 1 for hour, edge in edges if is_twice(edge, zone)]
    return np.unique(np.array(found, dtype=np.int64))


def is_twice(local: datetime, zone: ZoneInfo) -> bool:
    """Clocks show this time twice."""
    before, after = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    return before is not None and after is not None and before > after


def refuse_ages(rows: CountRows, keys: NDArray[np.int64], period: Period, name: str) -> None:
    """Between the first and the last row of a file lies no age."""
    first, last = int(keys.argmin()), int(keys.argmax())
    if (keys[last] - keys[first]) // 2 > LONGEST * period.year:
        begin = {"start": rows.ts[first], "start_line": rows.line[first]}
        end = {"end": rows.ts[last], "end_line": rows.line[last], "longest": LONGEST}
        raise CountsError(Sentence("refused.counts.ages", file=name, **begin, **end))


def twins(cell: NDArray[np.int64]) -> NDArray[np.intp]:
    """Rows whose cell is that of an earlier one.

    Examples
    --------
    >>> twins(np.array([7, 5, 7, 6, 7])).tolist()
    [2, 4]
    """
    order = np.argsort(cell, kind="stable")
    found: NDArray[np.intp] = order[1:][np.diff(cell[order]) == 0]
    return found


def refuse_twins(rows: CountRows, cell: NDArray[np.int64], name: str) -> None:
    """No two rows may count the same series and step."""
    later = twins(cell)
    if len(later):
        second = int(later.min())
        first = int(np.flatnonzero(cell == cell[second])[0])
        at = {"file": name, "line": rows.line[second], "other": rows.line[first]}
        facts = {"series": rows.series[second], "ts": rows.ts[second]}
        raise CountsError(Sentence("refused.counts.twins", **at, **facts))
