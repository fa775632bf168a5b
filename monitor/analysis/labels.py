"""What really happened, as an analyst knows it: a CSV file with the columns node, start, end.

A node is its names joined by " > ", `*` is everything; instants are ISO 8601, in the business zone where they
name no offset of their own. The end is not part of it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from connectors.csv_reader import csv_reader
from connectors.ticket import Path, to_us
from monitor.config.near import guess, quoted
from monitor.trend.lines import ARROW, EVERYTHING

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
            return tuple(_labels(csv_reader(stream), file.name, zone, set(known)))
        except UnicodeDecodeError as error:
            encoded = Sentence("refused.csv.encoding", file=file.name, detail=error.reason)
            raise LabelsError(encoded) from None
        except csv.Error as error:
            facts = {"file": file.name, "detail": str(error), "columns": ",".join(COLUMNS)}
            raise LabelsError(Sentence("refused.csv.no_csv", **facts)) from None


def _labels(rows: Iterator[list[str]], name: str, zone: ZoneInfo, known: set[Path]) -> Iterator[Label]:
    head = [column.strip() for column in next(rows, [])]
    missing = [column for column in COLUMNS if column not in head]
    if missing:
        facts = {"file": name, "column": missing[0], "columns": ",".join(COLUMNS)}
        raise LabelsError(Sentence("refused.csv.no_column", **facts))
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        at = {"file": name, "line": number}
        if len(row) != len(head):
            raise LabelsError(Sentence("refused.csv.fields", **at, given=len(row), named=len(head)))
        told = dict(zip(head, row, strict=True))
        start, end = (_instant(told[column], column, zone, at) for column in ("start", "end"))
        if end <= start:
            raise LabelsError(Sentence("refused.labels.backwards", **at))
        yield Label(_node(told["node"], known, at), start, end)


def _node(text: str, known: set[Path], at: Mapping[str, Any]) -> Path:
    text = text.strip()
    if text == EVERYTHING:
        return ()
    for path in ((text,), tuple(name.strip() for name in text.split(ARROW.strip()))):
        if path in known:
            return path
    mend = guess(text, (ARROW.join(path) for path in known)) or Sentence("refused.labels.node_like")
    raise LabelsError(Sentence("refused.labels.node", **at, given=quoted(text), mend=mend))


def _instant(text: str, column: str, zone: ZoneInfo, at: Mapping[str, Any]) -> int:
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        said = Sentence("refused.labels.time", **at, column=column, given=quoted(text))
        raise LabelsError(said) from None
    return to_us(read if read.tzinfo else read.replace(tzinfo=zone))
