"""What really happened, as an analyst knows it: a CSV file with the columns node, start, end.

A node is its names joined by " > ", `*` is everything; instants are ISO 8601, in the business zone where they
name no offset of their own. The end is not part of it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

from connectors.ticket import Path, to_us
from monitor.config.near import nearest, quoted
from monitor.trend_lines import ARROW, EVERYTHING

COLUMNS = ("node", "start", "end")


class LabelsError(ValueError):
    """The file cannot be read as labels. The message is a sentence with the place and the mend."""


@dataclass(frozen=True)
class Label:
    """Something happened at a node, with all below it, in [start, end). int64 microseconds UTC."""

    node: Path
    start: int
    end: int


def read_labels(file: FilePath, zone: ZoneInfo, known: Collection[Path]) -> tuple[Label, ...]:
    """The labels of a file, in its order; `known` are the nodes that tickets have named.

    Raises LabelsError, and OSError where the file cannot be opened.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        try:
            return tuple(_labels(csv.reader(stream), file.name, zone, set(known)))
        except UnicodeDecodeError as error:
            raise LabelsError(f"{file.name}: not UTF-8 ({error.reason}); save the file as UTF-8") from None
        except csv.Error as error:
            raise LabelsError(f"{file.name}: not CSV ({error}); node,start,end is needed") from None


def _labels(rows: Iterator[list[str]], name: str, zone: ZoneInfo, known: set[Path]) -> Iterator[Label]:
    head = [column.strip() for column in next(rows, [])]
    missing = [column for column in COLUMNS if column not in head]
    if missing:
        raise LabelsError(f'{name}, line 1: no column "{missing[0]}"; the first line names node,start,end')
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        place = f"{name}, line {number}"
        if len(row) != len(head):
            raise LabelsError(f"{place}: {len(row)} fields where the first line names {len(head)}")
        told = dict(zip(head, row, strict=True))
        start, end = (_instant(told[column], f"{place}, {column}", zone) for column in ("start", "end"))
        if end <= start:
            raise LabelsError(f"{place}: the end is not after the start; name a later one")
        yield Label(_node(told["node"], place, known), start, end)


def _node(text: str, place: str, known: set[Path]) -> Path:
    text = text.strip()
    if text == EVERYTHING:
        return ()
    for path in ((text,), tuple(name.strip() for name in text.split(ARROW.strip()))):
        if path in known:
            return path
    near = nearest(text, (ARROW.join(path) for path in known))
    mend = (
        f'; did you mean "{near}"?'
        if near
        else f'; write it like "A{ARROW}B", or {EVERYTHING} for everything'
    )
    raise LabelsError(f"{place}: no ticket has the category {quoted(text)}{mend}")


def _instant(text: str, place: str, zone: ZoneInfo) -> int:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise LabelsError(f"{place}: {quoted(text)} is no time; write it like 2026-05-09T10:00") from None
    return to_us(at if at.tzinfo else at.replace(tzinfo=zone))
