"""Tickets in files of one JSON object a line; `.gz` as they are.

A field inside another is named with dots (`fields.category.name`), an element of a list by its number. The
category may be several fields, or one that holds a list of names.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from connectors.files.dropped import Files, Part
from connectors.files.folder import Folder
from connectors.files.lines import DamagedFileError, Lines, Position, opened
from connectors.options import option
from connectors.rows.judging import Rows, quarantined
from connectors.rows.mapping import Reading
from connectors.rows.records import inside, leaves
from connectors.said import Said, of_error, of_source
from connectors.source import Poll, Quarantined, SourceSettings

# Lines of one part: a chunk is converted column by column.
CHUNK: Final = 20_000

# Records in which `examine` looks for each field.
EXAMINED: Final = 1_000


@dataclass(frozen=True)
class Options:
    """What a jsonl source can be told."""

    path: Path = option(doc="file, folder (its .jsonl, .ndjson and .json files, also with .gz) or glob")
    settle: timedelta = option(
        timedelta(seconds=2), doc="a file is complete when it has not changed for this long", at_least=0
    )


class Source:
    """Files of JSON lines as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.records = Records(settings)
        self.files = Files(settings.name, options.path, options.settle, form=self.records)

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        return self.files.poll(cursor, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        return self.files.history(now)

    def examine(self, now: datetime) -> list[str]:
        """Also names the fields that no recent record has: in JSON a missing field is no error."""
        return self.files.examine(now) or self.records.absent(self.files.folder)


class Records:
    """How tickets stand in a file of JSON lines (a Format of connectors.files.dropped)."""

    suffixes = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz")
    appendable = True

    def __init__(self, settings: SourceSettings) -> None:
        self.name = settings.name
        self.reading = Reading(settings)
        self.digest = self.reading.digest()
        self._inside = {name: inside(name) for name in self.reading.names}

    def read(self, path: Path, start: Position, *, final: bool, now: datetime) -> Iterator[Part]:
        """As Format.read."""
        with opened(path) as file:
            file.seek(start.offset)
            lines = Lines(file, start, final=final)
            while raws := list(islice(lines, CHUNK)):
                first = lines.position.line
                # A last line without newline is read now, and again if the file grows.
                lines.accept(len(raws) - lines.unterminated)
                yield self._part(raws, first, path.name, lines.position, now)
            if lines.damage:
                raise DamagedFileError(lines.damage)

    def absent(self, folder: Folder) -> list[str]:
        """A sentence for each field that not one of the newest file's first records has."""
        looks = folder.look()
        if not looks:
            return []
        absent = (
            "not one of {n} records of {file} has a field {field}; is it named right in [sources.fields]?"
        )
        with opened(looks[-1].path) as file:
            records = [parsed(line) for line in islice(file, EXAMINED) if line.strip()]
        return [
            of_source(
                self.name,
                Said("jsonl.absent", absent, n=f"{len(records):,}", file=looks[-1].key, field=name),
            )
            for name, look in self._inside.items()
            if records and all(look(record) is None for record in records)
        ]

    def _part(self, raws: list[bytes], first: int, name: str, end: Position, now: datetime) -> Part:
        records: list[dict[str, Any]] = []
        numbers: list[int] = []
        bad: list[Quarantined] = []
        for number, raw in enumerate(raws, first):
            line = (raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw).strip()
            if not line:
                continue
            try:
                records.append(parsed(line))
                numbers.append(number)
            except ValueError as error:
                place, text = f"{name}, line {number}", line.decode("utf-8", "surrogateescape")
                bad.append(quarantined(self.name, place, of_error(error), text))
        columns = {key: [look(record) for record in records] for key, look in self._inside.items()}
        if first == 1:
            self._require(columns, records, name)
        rows = Rows(
            place=lambda row: f"{name}, line {numbers[row]}",
            raw=lambda row: raws[numbers[row] - first].decode("utf-8", "surrogateescape").strip(),
            value=lambda column, row: columns[column][row],
        )
        batch, refused = self.reading.batch(columns, rows, now)
        return Part(batch, (*refused, *bad), end)

    def _require(self, columns: dict[str, list[Any]], records: list[dict[str, Any]], name: str) -> None:
        """Raise SourceError when no record at the start of a file has an id or a creation: misnamed."""
        fields = self.reading.fields
        for column in (fields.id, fields.created_at):
            if records and all(value is None for value in columns[column]):
                self.reading.require(
                    dict.fromkeys(leaf for record in records for leaf in leaves(record)), name
                )


def parsed(line: bytes) -> dict[str, Any]:
    """The object on a line; ValueError, with a sentence, when there is none."""
    try:
        record = json.loads(line)
    except UnicodeDecodeError:
        raise ValueError(Said("jsonl.encoding", "it is not utf-8")) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(Said("jsonl.no_json", "it is no JSON: {detail}", detail=str(error))) from None
    if not isinstance(record, dict):
        other = Said("jsonl.no_object", "it is JSON, and no object with fields")
        raise ValueError(other)  # noqa: TRY004 - the line is wrong, not a type
    return record
