"""`complaint-monitor score`: the production detector on anybody's counts, from a CSV file to a CSV file.

Reads `series,ts,count`, writes `series,ts,score,alarm` for every row in its order, with `series` and `ts`
character for character. A missing row is a gap: unknown, not zero. Each row is judged from rows of its own
series that are not later, whatever else the file holds. This one module of the core touches files;
`score_counts` inside it does not.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.period import PERIODS, Period, PeriodName
from detectors.seasonal.tail import Bools, Floats

DEFAULT_FPR = 0.001
"""False alarms per series-step where nothing else is asked for."""
FEWEST = 2
"""Tickets under which a step raises no alarm, whatever its score."""
MOST = 1e12
"""Counts above this are no counts (and beyond the precision of the tail)."""
DECIMALS = 5
WIDTHS = (8, 24, 96)
"""Series that are judged together, the first ones of a beginning in groups of these sizes and the others in
groups of the last; what is missing is filled up, so that no sum depends on how many there are.
"""
WEEK = {"hour": 168.0, "day": 7.0, "week": 1.0}
"""Steps in a week."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
HOUR, DAY = 3600, 86400
MONDAY = 4
"""1970-01-01 was a Thursday: the first Monday is day 4."""
LONGEST = 100
"""Years between a file's first and last row, at the most."""


class CountsError(ValueError):
    """The counts cannot be read; says where, and what to mend."""


class ScoringOptionError(ValueError):
    """An option makes no sense; says which values do."""


@dataclass(frozen=True)
class CountRows:
    """Rows as read; all lists have one entry per row.

    Attributes
    ----------
    series, ts : as written in the file
    count : whole, not negative
    line : number of the line in the file
    """

    series: list[str]
    ts: list[str]
    count: list[float]
    line: list[int]


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


def read_counts(path: Path) -> CountRows:
    """Read and check the rows of a file."""
    rows = CountRows([], [], [], [])
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            for line, (series, ts, count) in fields(csv.reader(file), path.name):
                rows.series.append(series)
                rows.ts.append(ts)
                rows.count.append(whole(count, f"{path.name}, line {line}"))
                rows.line.append(line)
        except UnicodeDecodeError as error:
            raise CountsError(f"{path.name}: not UTF-8 ({error.reason}); save the file as UTF-8") from None
        except csv.Error as error:
            raise CountsError(
                f"{path.name}: not CSV ({error}); series,ts,count with commas is needed"
            ) from None
    return rows


def fields(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Line number and the three fields of each row."""
    head = [column.strip() for column in next(reader, [])]
    missing = [column for column in ("series", "ts", "count") if column not in head]
    if missing:
        raise CountsError(f'{name}, line 1: no column "{missing[0]}"; the first line names series,ts,count')
    at = [head.index(column) for column in ("series", "ts", "count")]
    for row in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not row:
            continue
        if len(row) != len(head):
            raise CountsError(
                f"{name}, line {line}: {len(row)} fields where the first line names {len(head)}"
            )
        yield line, (row[at[0]], row[at[1]], row[at[2]])


def whole(text: str, place: str) -> float:
    """A count: a whole number, not negative."""
    try:
        value = float(text)
    except ValueError:
        raise CountsError(
            f'{place}: count "{text}" is no number; leave the row out where the count is not known'
        ) from None
    if not math.isfinite(value) or value > MOST:
        raise CountsError(f'{place}: count "{text}" is out of bounds; counts go up to {MOST:.0e}')
    if value < 0:
        raise CountsError(f'{place}: count "{text}" is negative; a count of tickets is 0 or more')
    if value != int(value):
        raise CountsError(f'{place}: count "{text}" is a fraction; a count of tickets is a whole number')
    return value


def lay_out(rows: CountRows, period: Period, zone: ZoneInfo, name: str) -> CountGrid:
    """Put rows on a grid without gaps, from the beginning of a day (of days: a week) on.

    An hour that is there again, when clocks go back, has a place of its own, whether there are rows or not.
    """
    places: dict[str, tuple[int, int]] = {}
    nodes: dict[str, int] = {}
    keys, node = np.zeros(len(rows.ts), dtype=np.int64), np.zeros(len(rows.ts), dtype=np.int64)
    for k, (series, ts) in enumerate(zip(rows.series, rows.ts, strict=True)):
        if ts not in places:
            places[ts] = place(ts, period, zone, f"{name}, line {rows.line[k]}")
        start, again = places[ts]
        keys[k] = 2 * start + again
        node[k] = nodes.setdefault(series, len(nodes))
    if not len(keys):
        return CountGrid(np.zeros((0, 0)), np.zeros(0, "datetime64[s]"), keys, node)
    refuse_ages(rows, keys, period, name)
    first, last = int(keys.min()) // 2, int(keys.max()) // 2
    first -= {"hour": first, "day": first - MONDAY, "week": 0}[period.name] % period.shortest
    columns = np.union1d(np.arange(first, last + 1) * 2, keys)
    if period.name == "hour":
        twice = hours_again(first // 24, last // 24, zone)
        columns = np.union1d(columns, twice[twice < keys.max()])
    step = np.searchsorted(columns, keys)
    refuse_twins(rows, step * len(nodes) + node, name)
    count = np.full((len(columns), len(nodes)), np.nan)
    count[step, node] = rows.count
    seconds = {"hour": HOUR, "day": DAY, "week": 7 * DAY}[period.name]
    offset = MONDAY * DAY if period.name == "week" else 0
    return CountGrid(count, (columns // 2 * seconds + offset).astype("datetime64[s]"), step, node)


def place(ts: str, period: Period, zone: ZoneInfo, where: str) -> tuple[int, int]:
    """Number of the local hour, day or week of a stamp since 1970, and 1 for an hour that is there again."""
    try:
        stamp = datetime.fromisoformat(ts.strip())
    except ValueError:
        example = {"hour": "2024-01-01T05", "day": "2024-01-01", "week": "2024-01-01"}[period.name]
        raise CountsError(
            f'{where}: ts "{ts}" is no time; ISO 8601 is needed, for example {example}'
        ) from None
    again = 0
    if stamp.tzinfo is not None:
        try:
            local = stamp.astimezone(zone)
        except OverflowError:
            raise CountsError(f'{where}: ts "{ts}" is out of bounds; years go from 1 to 9999') from None
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
        raise CountsError(
            f'{name}: from "{rows.ts[first]}" in line {rows.line[first]} to "{rows.ts[last]}" in line '
            f"{rows.line[last]} it is more than {LONGEST} years; mend the wrong one"
        )


def refuse_twins(rows: CountRows, cell: NDArray[np.int64], name: str) -> None:
    """No two rows may count the same series and step."""
    order = np.argsort(cell, kind="stable")
    twins = np.flatnonzero(np.diff(cell[order]) == 0)
    if len(twins):
        second = int(order[twins + 1].min())
        first = int(np.flatnonzero(cell == cell[second])[0])
        raise CountsError(
            f'{name}, line {rows.line[second]}: series "{rows.series[second]}" has a count for '
            f'"{rows.ts[second]}" already, in line {rows.line[first]}; add them up or remove one'
        )
