"""Tickets in Parquet files, column by column: for replay and import in bulk.

No Python runs per row where a column's type says what it holds: integer ids, timestamps, dates, and names and
flags, which are looked at once per distinct value. Needs pyarrow, from the `columnar` extra.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from connectors.files.dropped import Files, Part
from connectors.files.lines import DamagedFileError, Position
from connectors.files.row_groups import ahead, tables_from
from connectors.options import option
from connectors.rows.judging import Columns, Rows
from connectors.rows.mapping import Reading
from connectors.rows.stamps import EARLIEST, EPOCH_UNITS, LATEST, UNREADABLE
from connectors.said import Said, of_source
from connectors.source import Flag, Poll, SourceError, SourceSettings
from connectors.ticket import NEVER, Bool, Int32, Int64, Objects, objects
from connectors.ticket import Path as CategoryPath

if TYPE_CHECKING:
    import pyarrow as pa

# Combinations of names are found in a table while they are few, and by sorting otherwise.
TABLE_SIZE: Final = 1 << 24

# The values of one row's category columns, as they were read.
Raw = tuple[Any, ...]
# A column: (n,) int32 index into its distinct values.
Coded = tuple[Int32, list[Any]]


@dataclass(frozen=True)
class Options:
    """What a parquet source can be told."""

    path: Path = option(doc="file, folder (its .parquet files) or glob")
    batch_rows: int = option(
        1_000_000, doc="most rows of one batch; row groups are cut, or read together, to that", at_least=1
    )
    settle: timedelta = option(
        timedelta(seconds=2), doc="a file is complete when it has not changed for this long", at_least=0
    )


class Source:
    """Parquet files as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.files = Files(
            settings.name, options.path, options.settle, form=Bulk(settings, options.batch_rows)
        )

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        return self.files.poll(cursor, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        return self.files.history(now)

    def examine(self, now: datetime) -> list[str]:
        return self.files.examine(now)


class Bulk:
    """How tickets stand in a Parquet file (a Format of connectors.files.dropped); an offset counts rows."""

    suffixes = (".parquet",)
    appendable = False

    def __init__(self, settings: SourceSettings, batch_rows: int) -> None:
        self.name = settings.name
        self.reading = Reading(settings)
        self.batch_rows = batch_rows
        self.digest = self.reading.digest()
        self._paths: dict[Raw, CategoryPath] = {}

    def read(self, path: Path, start: Position, *, final: bool, now: datetime) -> Iterator[Part]:
        """As Format.read."""
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError:
            needed = "kind parquet needs pyarrow; pip install 'complaint-monitor[columnar]'"
            raise SourceError(of_source(self.name, Said("parquet.pyarrow", needed))) from None
        if path.stat().st_size == 0:
            return
        # Only while one file is read: in another one the same value may be of another type.
        self._paths.clear()
        try:
            schema = parquet.read_schema(path)
            self.reading.require(schema.names, path.name)
            names = [
                name for name in self.reading.fields.category if pa.types.is_string(schema.field(name).type)
            ]
            with parquet.ParquetFile(path, read_dictionary=names, pre_buffer=False) as file:
                tables = tables_from(file, start.offset, size=self.batch_rows, names=self.reading.names)
                yield from ahead(self._parts(ahead(tables), path.name, start, now))
            # What was read is needed no more, and whoever works on the tickets needs room.
            pa.default_memory_pool().release_unused()
        except pa.ArrowException as error:
            torn = Said("parquet.torn", "it is no whole parquet file ({detail})", detail=str(error))
            raise DamagedFileError(torn) from error

    def _parts(
        self, tables: Iterator[pa.RecordBatch], name: str, start: Position, now: datetime
    ) -> Iterator[Part]:
        for table in tables:
            yield self._part(table, name, start, now)
            start = Position(start.offset + len(table), start.line + len(table))

    def _part(self, table: pa.RecordBatch, name: str, start: Position, now: datetime) -> Part:
        fields, reading, bad = self.reading.fields, self.reading, dict[int, str]()

        def instants(column: str | None) -> Int64 | None:
            return None if column is None else self._instants(table.column(column))

        def texts(column: str | None, *, trim: bool = True) -> Objects | None:
            if column is None:
                return None
            return objects(reading.texts(table.column(column).to_pylist(), column, bad, trim=trim))

        def flag(wanted: Flag | None) -> Bool | None:
            return None if wanted is None else self._flagged(table.column(wanted.column), wanted)

        category, paths = self._categories([table.column(column) for column in fields.category], len(table))
        columns = Columns(
            ids=self._ids(table.column(fields.id), bad),
            created=self._instants(table.column(fields.created_at)),
            category=category,
            paths=paths,
            updated=instants(fields.updated_at),
            escalated=instants(fields.escalated_at),
            closed=instants(fields.closed_at),
            escalating=flag(fields.escalated),
            void=flag(fields.void),
            complainant=texts(fields.complainant),
            tags=None if fields.tags is None else reading.tagged(table.column(fields.tags).to_pylist()),
            text=texts(fields.text, trim=False),
            region=texts(fields.region),
            channel=texts(fields.channel),
            bad=bad,
        )
        rows = Rows(
            place=lambda row: f"{name}, row {start.line + row}",
            raw=lambda row: json.dumps(table.slice(row, 1).to_pylist()[0], ensure_ascii=False, default=str),
            value=lambda column, row: table.column(column)[row].as_py(),
        )
        batch, refused = reading.judge(columns, rows, now)
        return Part(batch, refused, Position(start.offset + len(table), start.line + len(table)))

    def _ids(self, column: pa.Array, bad: dict[int, str]) -> Any:
        """(n,) int64 of integers, else object (str); the rows without one are bad."""
        import pyarrow as pa

        name = self.reading.fields.id
        if pa.types.is_integer(column.type):
            missing = np.asarray(column.is_null())
            whole = column.fill_null(0) if column.null_count else column
            ids: Any = whole.to_numpy().astype(np.int64, copy=False)
        else:
            texts = self.reading.texts(column.to_pylist(), name, bad)
            missing = np.array([text is None for text in texts], dtype=np.bool_)
            ids = objects(texts)
        for row in np.flatnonzero(missing).tolist():
            bad.setdefault(row, f"its id is empty (column {name})")
        return ids

    def _instants(self, column: pa.Array) -> Int64:
        """(n,) int64 instants, without Python per row for timestamps, dates and epoch numbers."""
        import pyarrow as pa

        stamps, kind = self.reading.stamps, column.type
        counted = pa.types.is_integer(kind) and stamps.layout in EPOCH_UNITS
        if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or counted):
            return self.reading.instants(column.to_pylist())
        missing = np.asarray(column.is_null())
        if counted:
            numbers = column.fill_null(0).to_numpy().astype(np.int64)
            unit = EPOCH_UNITS[stamps.layout or ""]
            far = (numbers < EARLIEST // unit) | (numbers > LATEST // unit)
            instants = np.where(far, UNREADABLE, np.where(far, 0, numbers) * unit)
        else:
            zone = getattr(kind, "tz", None)
            us = column.cast(pa.timestamp("us", zone), safe=False).view(pa.int64())
            us = (us.fill_null(0) if column.null_count else us).to_numpy()
            instants = us if zone is not None else stamps.from_wall(us)
            if len(instants) and (instants.min() < EARLIEST or instants.max() > LATEST):
                instants = np.where((instants < EARLIEST) | (instants > LATEST), UNREADABLE, instants)
        return np.where(missing, NEVER, instants) if column.null_count else instants

    def _flagged(self, column: pa.Array, flag: Flag) -> Bool:
        index, names = _distinct(column)
        return self.reading.flagged(names, flag).take(index)

    def _categories(self, columns: Sequence[pa.Array], size: int) -> tuple[Int32, tuple[CategoryPath, ...]]:
        """(n,) int32 codes into the distinct paths: one integer a row, one level after the other."""
        import pyarrow as pa

        if any(pa.types.is_nested(column.type) for column in columns):
            return self.reading.categories([column.to_pylist() for column in columns], size)
        coded = [_distinct(column) for column in columns]
        code, chosen = _by_last_name(coded) or _by_all_names(coded, size)
        # Of each combination of values: their path, or the one that a former batch found.
        distinct: dict[CategoryPath, int] = {}
        numbers = []
        for raw in chosen:
            path = self._paths.get(raw)
            if path is None:
                path = self._paths[raw] = self.reading.path(raw)
            numbers.append(distinct.setdefault(path, len(distinct)))
        return np.array(numbers, dtype=np.int32).take(code), tuple(distinct)


def _by_last_name(coded: Sequence[Coded]) -> tuple[Int32, list[Raw]] | None:
    """Codes of rows whose last name alone says the whole path, and the values that each code stands for.

    This is so in a tree whose names are not used twice. None where it is not.
    """
    if not coded:
        return None
    values = coded[-1][1]
    # numpy takes by indices of its own type in half the time.
    last = coded[-1][0].astype(np.intp)
    row = np.full(len(values), -1, dtype=np.int64)
    row[last] = np.arange(len(last))
    for index, _ in coded[:-1]:
        if not np.array_equal(index.take(row).take(last), index):
            return None
    present = np.flatnonzero(row >= 0)
    code = np.zeros(len(values), dtype=np.int32)
    code[present] = np.arange(len(present))
    names = [[values[i] for i in index.take(row[present]).tolist()] for index, values in coded]
    return code.take(last), list(zip(*names, strict=True))


def _by_all_names(coded: Sequence[Coded], size: int) -> tuple[Int64, list[Raw]]:
    """The same for any rows: one level after the other."""
    code = np.zeros(size, dtype=np.int64)
    chosen: list[Raw] = [()]
    for index, values in coded:
        code, present = _numbered(code * len(values) + index, len(chosen) * len(values))
        pairs = zip(*(part.tolist() for part in np.divmod(present, len(values))), strict=True)
        chosen = [(*chosen[parent], values[name]) for parent, name in pairs]
    return code, chosen


def _distinct(column: pa.Array) -> Coded:
    """(n,) int32 index into the distinct values, which are returned too; the last stands for null."""
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        indices, values = column.cast(pa.int32()), [False, True]
    else:
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        indices, values = coded.indices, coded.dictionary.to_pylist()
    if column.null_count:
        indices = indices.fill_null(len(values))
    return indices.to_numpy().astype(np.int32, copy=False), [*values, None]


def _numbered(values: Int64, limit: int) -> tuple[Int64, Int64]:
    """(n,) number of each value among the distinct ones, and (k,) those in order; all below `limit`."""
    if limit > TABLE_SIZE:
        present, number = np.unique(values, return_inverse=True)
        return number, present
    there = np.zeros(limit, dtype=np.bool_)
    there[values] = True
    present = np.flatnonzero(there)
    table = np.zeros(limit, dtype=np.int64)
    table[present] = np.arange(len(present))
    return table[values], present
