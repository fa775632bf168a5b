"""Tickets in CSV files: exports, and files dropped into a folder; `.gz` as they are.

The first row names the columns. A row that is no row of the table (too few fields, a quote that is never
closed) is quarantined alone: reading goes on at the next line, so that one stray quote swallows no ticket.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from connectors.csv_reader import csv_reader
from connectors.files.dropped import Files, Part
from connectors.files.lines import DamagedFileError, Lines, Position, ascii_newlines, opened
from connectors.options import OptionError, option
from connectors.rows.judging import Rows, quarantined
from connectors.rows.mapping import Reading
from connectors.said import Said, of_source
from connectors.source import Poll, SourceError, SourceSettings

# Rows of one part: a chunk is converted column by column.
CHUNK: Final = 20_000

BOM: Final = "\ufeff"

LONGEST_ROW: Final = 1 << 20
"""Characters. A quote that is never closed takes all lines that follow into its row: it must be known for one
before much was read for nothing, and before a file that is being written has grown for hours."""

OPEN: Final = Said("csv.open", "a quote in it is never closed")


@dataclass(frozen=True)
class Options:
    """What a csv source can be told."""

    path: Path = option(doc="file, folder (its .csv, .tsv and .txt files, also with .gz) or glob")
    encoding: str = option("utf-8-sig", doc="of the files; exports of Chinese systems are often gb18030")
    delimiter: str = option(",", doc="between two fields, one character")
    settle: timedelta = option(
        timedelta(seconds=2), doc="a file is complete when it has not changed for this long", at_least=0
    )

    def __post_init__(self) -> None:
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            unknown = "there is no encoding {given}; try utf-8 or gb18030"
            raise OptionError("encoding", Said("csv.encoding", unknown, given=repr(self.encoding))) from error
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            long = "{given} is not one character that may part two fields"
            raise OptionError("delimiter", Said("csv.delimiter", long, given=repr(self.delimiter)))


class Source:
    """CSV files as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.files = Files(settings.name, options.path, options.settle, form=Table(settings, options))

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        return self.files.poll(cursor, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        return self.files.history(now)

    def examine(self, now: datetime) -> list[str]:
        return self.files.examine(now)


@dataclass
class Chunk:
    """Rows of a file, and those that are none: (line, reason, row as read).

    `done` counts the lines of finished rows among Lines.taken.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    done: int = 0


class _EndlessRowError(csv.Error):
    """A row has no end within LONGEST_ROW."""


class Table:
    """How tickets stand in a CSV file (a Format of connectors.files.dropped)."""

    suffixes = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.name = settings.name
        self.reading = Reading(settings)
        self.options = options
        self.appendable = ascii_newlines(options.encoding)
        self.digest = self.reading.digest(options.encoding, options.delimiter)
        # Offsets count bytes, so the mark at the beginning is taken off by hand.
        marked = codecs.lookup(options.encoding).name == "utf-8-sig" or not self.appendable
        self._encoding = "utf-8" if marked else options.encoding

    def read(self, path: Path, start: Position, *, final: bool, now: datetime) -> Iterator[Part]:
        """As Format.read."""
        with opened(path, self.options.encoding) as file:
            head = Lines(file, Position(), final=final)
            header = self._header(head, path.name)
            if head.damage:
                raise DamagedFileError(head.damage)
            if header is None:
                return
            self.reading.require(header, path.name, hint=self._hint(header))
            head.accept(len(head.taken))
            lines = head
            if start.offset > 0:
                file.seek(start.offset)
                lines = Lines(file, start, final=final)
            while True:
                chunk = self._chunk(lines, len(header))
                if chunk.rows or chunk.bad:
                    yield self._part(chunk, header, path.name, lines.resume, now)
                if len(chunk.rows) < CHUNK:
                    break
            if lines.damage:
                raise DamagedFileError(lines.damage)

    def _header(self, lines: Lines, name: str) -> list[str] | None:
        """The names of the columns; None where the file ends before them."""
        rows = csv_reader(self._bounded(lines, Chunk()), **self._dialect)
        try:
            return next((row for row in rows if row), None)
        except csv.Error as error:
            first = "{file}: its first row names no columns: {reason}"
            said = Said("csv.no_header", first, file=name, reason=_fault(error))
            raise SourceError(of_source(self.name, said)) from error

    def _chunk(self, lines: Lines, width: int) -> Chunk:
        """The next rows; `lines` is moved on past them."""
        chunk = Chunk()
        last = 0  # of lines.taken: where the last row begins
        anew = True
        while anew and len(chunk.rows) < CHUNK:
            anew = False
            reader = csv_reader(self._bounded(lines, chunk), **self._dialect)
            while len(chunk.rows) < CHUNK:
                row, fault = self._next(reader, lines, chunk.done, width)
                if row is None and not fault:
                    break
                number = lines.position.line + chunk.done
                last = chunk.done
                if not fault:
                    chunk.done = len(lines.taken)
                    if row:
                        chunk.rows.append(row)
                        chunk.lines.append(number)
                    continue
                if fault == OPEN or lines.unterminated:
                    lines.mark_open(chunk.done)
                chunk.bad.append((number, fault, self._text(lines.taken[chunk.done])))
                chunk.done += 1
                if lines.put_back(chunk.done) or row is None:
                    anew = True
                    break
        lines.accept(last if lines.unterminated else chunk.done)
        return chunk

    def _next(
        self, reader: Iterator[list[str]], lines: Lines, begin: int, width: int
    ) -> tuple[list[str] | None, str]:
        """The next row and what is wrong with it; (None, "") at the end, or before a row that may grow."""
        try:
            row = next(reader, None)
        except csv.Error as error:
            return None, _fault(error)
        if row is None:
            return None, ""
        if row and (lines.ended or lines.unterminated) and self._is_open(lines.taken[begin:]):
            return (row, OPEN) if lines.final else (None, "")
        if row and len(row) != width:
            other = "it has {given} fields, and the header has {named}"
            return row, Said("csv.fields", other, given=str(len(row)), named=str(width))
        return row, ""

    def _is_open(self, raw: Sequence[bytes]) -> bool:
        """Whether these lines of one row end within quotes."""
        try:
            list(csv_reader(map(self._text, raw), strict=True, **self._dialect))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False

    def _part(self, chunk: Chunk, header: Sequence[str], name: str, end: Position, now: datetime) -> Part:
        at = {column: header.index(column) for column in self.reading.names}
        columns = {column: [row[i] for row in chunk.rows] for column, i in at.items()}
        rows = Rows(
            place=lambda row: f"{name}, line {chunk.lines[row]}",
            raw=lambda row: self._written(chunk.rows[row]),
            value=lambda column, row: columns[column][row],
        )
        batch, bad = self.reading.batch(columns, rows, now)
        no_rows = tuple(
            quarantined(self.name, f"{name}, line {line}", reason, row) for line, reason, row in chunk.bad
        )
        return Part(batch, bad + no_rows, end)

    @property
    def _dialect(self) -> dict[str, Any]:
        return {"delimiter": self.options.delimiter}

    def _decoded(self, lines: Lines) -> Iterator[str]:
        raw = iter(lines)
        decoded = map(self._text, raw)
        if lines.position.offset > 0:
            return decoded
        return chain((line.removeprefix(BOM) for line in islice(decoded, 1)), decoded)

    def _bounded(self, lines: Lines, chunk: Chunk) -> Iterator[str]:
        """The lines, decoded, for as long as one row is not longer than it may be."""
        begun = length = 0
        for text in self._decoded(lines):
            if chunk.done != begun:
                begun, length = chunk.done, 0
            length += len(text)
            if length > LONGEST_ROW:
                raise _EndlessRowError
            yield text

    def _text(self, raw: bytes) -> str:
        return raw.decode(self._encoding, "surrogateescape")

    def _written(self, row: Sequence[str]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="", **self._dialect).writerow(row)
        return text.getvalue()

    def _hint(self, header: Sequence[str]) -> str:
        if len(header) > 1:
            return ""
        single = " (a single column when parted by {given}: is `delimiter` right?)"
        return Said("csv.single", single, given=repr(self.options.delimiter))


def _fault(error: csv.Error) -> Said:
    if isinstance(error, _EndlessRowError):
        endless = "it is longer than {most} characters; is a quote in it never closed?"
        return Said("csv.endless", endless, most=f"{LONGEST_ROW:,}")
    return Said("csv.no_row", "it is no row of a csv file: {detail}", detail=str(error))
