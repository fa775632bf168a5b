"""Counts as somebody wrote them down: the rows `series,ts,count` of a CSV file, checked one by one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST = 1e12
"""Counts above this are no counts (and beyond the precision of the tail)."""


class CountsError(ValueError):
    """The counts cannot be read; says where, and what to mend."""


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
