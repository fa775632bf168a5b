"""How a row of the trend log is written as a line of CSV, so that tail, pandas and Excel all read it well.

A node is its names joined by " > ", everything is "*". What could end the line, be taken for a separator or
be calculated by a spreadsheet is escaped; `path_of` reads any node back.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from connectors.csv_reader import csv_reader
from connectors.ticket import Path, to_us
from connectors.windows import Calendar
from monitor.trend.rows import TrendLogRows

COLUMNS: Final = (
    "hour",
    "node",
    "depth",
    "count",
    "previous",
    "change",
    "ratio",
    "day_to_date",
    "month_escalated",
    "complete",
    "revision",
    "written_at",
)
HEADER: Final = ",".join(COLUMNS) + "\n"

EVERYTHING: Final = "*"
ARROW: Final = " > "
# A cell that begins like this is a formula to a spreadsheet, in full width too; an apostrophe makes it text.
FORMULA: Final = frozenset("=+-@＝＋－＠'")
# Categories of signs that end lines, reverse them, or cannot be encoded.
UNRULY: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

Key = tuple[str, str, str]
"""What makes a line the only one of its kind: hour, node and revision, as they are written."""

_ESCAPED: Final = re.compile(r"\\(U[0-9a-f]{8}|.)")


def lines(rows: TrendLogRows, paths: Sequence[Path], calendar: Calendar) -> list[tuple[Key, str]]:
    """The rows as lines with their keys, by when they were written, then by hour and path."""
    table, iso = rows.rows, _Stamps(calendar)
    columns = (
        rows.written_at,
        table.hour,
        table.node,
        rows.revision,
        table.count,
        table.previous,
        table.previous_known,
        table.day_to_date,
        table.month_escalated,
        table.complete,
    )
    cells = zip(*(column.tolist() for column in columns), strict=True)
    ordered = sorted(cells, key=lambda row: (row[0], row[1], paths[row[2]], row[3]))
    made = []
    for written_at, hour, node, revision, count, previous, known, to_date, escalated, complete in ordered:
        key = (iso[hour], node_text(paths[node]), str(revision))
        change = count - previous
        cells_of_line = (
            *key[:2],
            len(paths[node]),
            count,
            previous if known else "",
            change if known else "",
            _ratio(change / previous) if known and previous else "",
            to_date,
            escalated,
            "true" if complete else "false",
            revision,
            iso[written_at],
        )
        made.append((key, _line(cells_of_line)))
    return made


def keys(text: Iterable[str]) -> set[Key]:
    """Keys of the lines of a file, its header left out."""
    place = [COLUMNS.index(name) for name in ("hour", "node", "revision")]
    found = csv_reader(text)
    next(found, None)
    return {(row[place[0]], row[place[1]], row[place[2]]) for row in found if len(row) == len(COLUMNS)}


def written_at(line: str) -> int | None:
    """When the row of a line was written, in microseconds UTC; None for the header or a damaged line."""
    try:
        return to_us(datetime.fromisoformat(line.rpartition(",")[2].strip()))
    except (ValueError, TypeError):
        return None


def node_text(path: Path) -> str:
    """A node in one cell: `移动业务 > 5G套餐`."""
    if not path:
        return EVERYTHING
    text = ARROW.join(map(_escaped, path))
    if text == EVERYTHING:
        return "\\" + EVERYTHING
    return "'" + text if text[:1] in FORMULA else text


def path_of(text: str) -> Path:
    """The node of `node_text`."""
    if text == EVERYTHING:
        return ()
    return tuple(_ESCAPED.sub(_meant, name) for name in text.removeprefix("'").split(ARROW))


def _escaped(name: str) -> str:
    return "".join(_sign(sign) for sign in name)


def _sign(sign: str) -> str:
    if sign in {"\\", ">"}:
        return "\\" + sign
    return f"\\U{ord(sign):08x}" if unicodedata.category(sign) in UNRULY else sign


def _meant(escape: re.Match[str]) -> str:
    sign = escape[1]
    return chr(int(sign[1:], 16)) if len(sign) > 1 else sign


def _ratio(ratio: float) -> str:
    return f"{ratio:.4f}".rstrip("0").rstrip(".")


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


class _Stamps(dict[int, str]):
    """ISO 8601 of instants, each made once: a thousand rows share an hour."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__()
        self._calendar = calendar

    def __missing__(self, us: int) -> str:
        self[us] = self._calendar.iso(us)
        return self[us]
