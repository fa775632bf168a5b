"""Tickets in a database: a table or a query, read in order of (updated, id) from where the last poll ended.

A poll reads [cursor - lookback, now - settle) with `>=`, because rows become visible later than their stamps
say; what was read before is recognised by its version. A page begins with the last row of the page before, so
that no row is lost between two pages, whatever stamp and id it has. Nothing is ever written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from connectors.databases.bounds import bounds_of
from connectors.databases.pages import CURSOR, IDENT, Row, Selection, origin_of, selections
from connectors.databases.session import session
from connectors.options import OptionError, Secret, option
from connectors.rows.judging import Rows
from connectors.rows.mapping import Reading
from connectors.rows.stamps import UNREADABLE
from connectors.rows.values import plain
from connectors.said import Said, of_error, of_source
from connectors.source import Poll, SourceError, SourceSettings
from connectors.ticket import MICROSECOND, NEVER, TicketBatch, to_us

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass(frozen=True)
class Options:
    """What an sql source can be told."""

    url: Secret | str = option(
        doc="SQLAlchemy address, sqlite:///file, mysql+pymysql://...; by reference if it has a password"
    )
    table: str | None = option(None, doc="table or view with a row per ticket or version; or schema.table")
    query: str | None = option(None, doc="a SELECT instead of a table")
    cursor_column: str | None = option(
        None,
        doc="column of the time of the last change; default: updated_at's, created_at's where that is null",
    )
    id_column: str | None = option(None, doc="column that orders rows of the same time; default: id's")
    page_size: int = option(5_000, doc="rows of one page", at_least=1)
    lookback: timedelta = option(
        timedelta(minutes=5), doc="read again before the cursor, as rows become visible late", at_least=0
    )
    settle: timedelta = option(
        timedelta(seconds=10), doc="rows younger than this are left for the next poll", at_least=0
    )

    def __post_init__(self) -> None:
        if (self.table is None) == (self.query is None):
            raise OptionError("table", Said("sql.either", "give either a table or a query"))


class Told:
    """Rows that the last whole poll told, so that those which the lookback reads again cost little.

    They are known by a hash of all that was read of them. What a poll told counts only when the poll has come
    to its end, which is when all of it is stored, and when the next one goes on from there.
    """

    def __init__(self) -> None:
        self._last: set[int] = set()
        self._now: set[int] = set()
        self._cursor: str | None = None

    def begin(self, cursor: str | None) -> None:
        """A poll begins, from this cursor."""
        if cursor is None or cursor != self._cursor:
            self._last = set()
        self._now, self._cursor = set(), None

    def fresh(self, rows: list[Row]) -> list[Row]:
        """Those of these rows that were not told."""
        try:
            marks = list(map(hash, rows))
        except TypeError:  # a column of lists or objects
            return rows
        self._now.update(marks)
        if self._last.issuperset(marks):
            return []
        if self._last.isdisjoint(marks):
            return rows
        return [row for row, mark in zip(rows, marks, strict=True) if mark not in self._last]

    def end(self, cursor: str) -> None:
        """All that this poll told is stored; the next one begins at this cursor."""
        self._last, self._now, self._cursor = self._now, set(), cursor


class Source:
    """A table or query as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self.settings = settings
        self.options = options
        self.reading = Reading(settings)
        self._digest = self.reading.digest(options.table, options.query, options.cursor_column)
        self._told = Told()

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        told = json.loads(cursor) if cursor else {}
        at = told.get("at") if told.get("reads") == self._digest else None
        until = now - self.options.settle
        self._told.begin(cursor)
        yield from self._read(at, to_us(until), now, complete_to=until)

    def history(self, now: datetime) -> Iterator[Poll]:
        self._told.begin(None)
        yield from self._read(None, None, now, complete_to=now)

    def examine(self, now: datetime) -> list[str]:
        """As TicketSource.examine; also says when a column's order is not that of time."""
        unsorted = (
            "column {column} does not sort as time does ({smallest} to {largest}), so that each poll reads "
            "everything; set cursor_column"
        )
        try:
            with self._session() as connection:
                return [
                    of_source(
                        self.settings.name,
                        Said(
                            "sql.unsorted",
                            unsorted,
                            column=rows.cursor,
                            smallest=plain(smallest),
                            largest=plain(largest),
                        ),
                    )
                    for rows in self._selections(connection)
                    for smallest, largest in (rows.extremes(connection),)
                    if smallest is not None and bounds_of(smallest, largest, self.reading.stamps) is None
                ]
        except SourceError as error:
            return [of_error(error)]

    def _read(
        self, at: int | None, until: int | None, now: datetime, *, complete_to: datetime
    ) -> Iterator[Poll]:
        """Everything that changed since `at` (less the lookback) and before `until`; None: without limit."""
        held: Poll | None = None
        reached = at
        with self._session() as connection:
            found = self._selections(connection)
            for rows in found:
                moved = at
                for page in self._pages(connection, rows, at, until, now=now):
                    if held is not None:
                        yield held
                    # What was told before lies before where this poll began.
                    fresh = self._told.fresh(page)
                    moved = self._moved(moved, fresh, until)
                    # Until the last selection is begun, resuming must begin where this poll began.
                    held = self._poll(fresh, moved if rows is found[-1] else at, now)
                reached = max((us for us in (reached, moved) if us is not None), default=None)
            for page in found[0].unplaced(connection):
                if held is not None:
                    yield held
                held = self._poll(self._told.fresh(page), reached, now)
        last = held or Poll(TicketBatch.empty(self.settings.name), (), "", None)
        cursor = self._cursor(reached)
        yield Poll(last.batch, last.quarantined, cursor, complete_to)
        self._told.end(cursor)

    def _pages(
        self, connection: sa.Connection, rows: Selection, at: int | None, until: int | None, *, now: datetime
    ) -> Iterator[list[Row]]:
        smallest, largest = rows.extremes(connection)
        if smallest is None:
            return iter(())
        bounds = bounds_of(smallest, largest, self.reading.stamps)
        if bounds is None:
            return rows.whole(connection)
        if until is None:
            return rows.pages(connection, None, None)
        since = until if at is None else at - self.options.lookback // MICROSECOND
        low = None if at is None else bounds.below(since, now=to_us(now))
        return rows.pages(connection, low, bounds.above(until, since=since))

    def _moved(self, at: int | None, page: list[Row], until: int | None) -> int | None:
        """The cursor after a page: its latest stamp, and never past what may still change."""
        stamps = self.reading.instants([row[CURSOR] for row in page])
        known = stamps[(stamps != NEVER) & (stamps != UNREADABLE)]
        latest = None if len(known) == 0 else int(np.max(known))
        if latest is not None and until is not None:
            latest = min(latest, until)
        if latest is None:
            return at
        return latest if at is None else max(at, latest)

    def _poll(self, page: list[Row], at: int | None, now: datetime) -> Poll:
        names = self.reading.names
        columns = {name: [row[i] for row in page] for i, name in enumerate(names)}
        place = self.options.table or "query"
        rows = Rows(
            place=lambda row: f"{place}, {self.reading.fields.id} {plain(page[row][IDENT])}",
            raw=lambda row: json.dumps(
                dict(zip(names, page[row], strict=False)), ensure_ascii=False, default=str
            ),
            value=lambda column, row: columns[column][row],
        )
        batch, bad = self.reading.batch(columns, rows, now)
        return Poll(batch, bad, self._cursor(at), None)

    def _cursor(self, at: int | None) -> str:
        return json.dumps({"reads": self._digest, "at": at})

    def _selections(self, connection: sa.Connection) -> list[Selection]:
        options, fields = self.options, self.reading.fields
        named = options.cursor_column or fields.updated_at or fields.created_at
        instead = None if options.cursor_column or named == fields.created_at else fields.created_at
        found = selections(
            origin_of(options.table, options.query, names=self.reading.names),
            self.reading.names,
            cursor=named,
            instead=instead,
            id_column=options.id_column or fields.id,
            page_size=options.page_size,
        )
        there = found[0].columns(connection)
        table = Said("sql.table", "table {name}", name=options.table or "")
        place = table if options.table else Said("sql.query", "the query")
        self.reading.require(there, place)
        for key, name in (("cursor_column", options.cursor_column), ("id_column", options.id_column)):
            if name is not None and name not in there:
                absent = '{place} has no column "{column}" (for {key}); it has: {there}'
                facts = {"place": place, "column": name, "key": key, "there": ", ".join(there)}
                raise SourceError(of_source(self.settings.name, Said("sql.column", absent, **facts)))
        return found

    def _session(self) -> AbstractContextManager[sa.Connection]:
        url = self.options.url
        return session(self.settings.name, url, limit=self.settings.timeout)
