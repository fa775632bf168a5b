"""Counts as somebody wrote them down: the rows `series,ts,count` of a CSV file, checked one by one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alerts.catalogue import Sentence
from connectors.csv_reader import csv_reader

COLUMNS = ("series", "ts", "count")
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
            for line, (series, ts, count) in fields(csv_reader(file), path.name):
                rows.series.append(series)
                rows.ts.append(ts)
                rows.count.append(whole(count, path.name, line))
                rows.line.append(line)
        except UnicodeDecodeError as error:
            encoded = Sentence("refused.csv.encoding", file=path.name, detail=error.reason)
            raise CountsError(encoded) from None
        except csv.Error as error:
            facts = {"file": path.name, "detail": str(error), "columns": ",".join(COLUMNS)}
            raise CountsError(Sentence("refused.csv.no_csv", **facts)) from None
    return rows


def fields(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Line number and the three fields of each row."""
    head = [column.strip() for column in next(reader, [])]
    missing = [column for column in COLUMNS if column not in head]
    if missing:
        facts = {"file": name, "column": missing[0], "columns": ",".join(COLUMNS)}
        raise CountsError(Sentence("refused.csv.no_column", **facts))
    twice = [column for column in COLUMNS if head.count(column) > 1]
    if twice:
        raise CountsError(Sentence("refused.counts.column_twice", file=name, column=twice[0]))
    at = [head.index(column) for column in COLUMNS]
    for row in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not row:
            continue
        if len(row) != len(head):
            found = {"given": len(row), "named": len(head)}
            raise CountsError(Sentence("refused.csv.fields", file=name, line=line, **found))
        yield line, (row[at[0]], row[at[1]], row[at[2]])


def whole(text: str, file: str, line: int) -> float:
    """A count: a whole number, not negative."""
    at = {"file": file, "line": line, "given": text}
    try:
        # Python would read 1_0 as ten.
        value = float(text.replace("_", "?"))
    except ValueError:
        raise CountsError(Sentence("refused.counts.no_number", **at)) from None
    if not math.isfinite(value) or value > MOST:
        raise CountsError(Sentence("refused.counts.high", **at, most=f"{MOST:.0e}"))
    if value < 0:
        raise CountsError(Sentence("refused.counts.negative", **at))
    if value != int(value):
        raise CountsError(Sentence("refused.counts.fraction", **at))
    return value
