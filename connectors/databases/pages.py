"""Rows of a table or query in pages: what a poll asks a database, in SQL that every database understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import NullType

# One row as the database gives it: the columns asked for, what orders it, and its id. Those that are read
# again and again are too many to make more of them.
Row = tuple[Any, ...]
CURSOR: Final = -2
IDENT: Final = -1

# Where rows of a time that was shown begin, by dialect, if not at that time. SQL Server shows the thirds of
# its 10 ms as .000, .003 and .007, and since 2016 compares what they are (mkleehammer/pyodbc#1399); a driver
# of Oracle writes a datetime as a DATE, without its fraction (oracle/python-cx_Oracle#161).
Begin = Callable[[datetime], datetime]
BEGINS: Final[Mapping[str, Begin]] = {
    "mssql": lambda at: at - timedelta(milliseconds=4),
    "oracle": lambda at: at.replace(microsecond=0),
}


@dataclass(frozen=True)
class Selection:
    """Rows that have one column that tells when they changed.

    Attributes
    ----------
    origin : the table or query
    names : the columns to read
    cursor : the column that tells when a row changed
    id_column : orders rows that changed at the same time
    null : a column that must be null
    """

    origin: sa.FromClause
    names: tuple[str, ...]
    cursor: str
    id_column: str
    page_size: int
    null: str | None = None

    def columns(self, connection: sa.Connection) -> list[str]:
        """Names of all columns there are."""
        nothing = sa.select(sa.text("*")).select_from(self.origin).where(sa.text("1 = 0"))
        return list(connection.execute(nothing).keys())

    def extremes(self, connection: sa.Connection) -> tuple[Any, Any]:
        """The smallest and the largest cursor; None and None where there is no row."""
        column: sa.ColumnElement[Any] = sa.column(self.cursor)
        # One after the other: an index tells each at once, but for both together SQLite reads all of it.
        smallest, largest = (
            connection.scalar(sa.select(one).select_from(self.origin).where(*self._ours()))
            for one in (sa.func.min(column), sa.func.max(column))
        )
        return (None, None) if largest is None else (smallest, largest)

    def pages(
        self, connection: sa.Connection, low: object | None, high: object | None
    ) -> Iterator[list[Row]]:
        """Rows with low <= cursor < high in order of (cursor, id), each once."""
        order: sa.ColumnElement[Any] = sa.column(self.cursor)
        ident: sa.ColumnElement[Any] = sa.column(self.id_column)
        begins = BEGINS.get(connection.dialect.name, _itself)
        size, last = self.page_size, None
        # Rows that a page may bring again, by what they are ordered by.
        seen: dict[tuple[Any, Any], list[Row]] = {}
        while True:
            # One lower bound only: of two, SQLite begins at the first, and reads all up to the page again.
            begin = None if last is not None else _begin(low, begins)
            query = self._select().where(_within(order, begin, high)).order_by(order, ident).limit(size)
            if last is not None:
                query = query.where(_from(order, ident, last, begins))
            rows = [tuple(row) for row in connection.execute(query)]
            fresh = [row for row in rows if row not in seen.get(_key(row), ())] if seen else rows
            if fresh:
                yield fresh
            if len(rows) < size:
                return
            if last is not None and rows[-1] in seen.get(_key(rows[-1]), ()):
                size *= 2  # a whole page of what was read: take more at once
            else:
                last = _key(rows[-1])
            seen = {key: some for key, some in seen.items() if _again(key[0], last[0], begins)}
            for row in reversed(fresh):
                if not _again(row[CURSOR], last[0], begins):
                    break
                seen.setdefault(_key(row), []).append(row)

    def unplaced(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """Rows that have no place in the order, as nothing tells when they changed."""
        return self._streamed(connection, self._select().where(sa.column(self.cursor).is_(None)))

    def whole(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """All rows, as the database gives them."""
        return self._streamed(connection, self._select())

    def _streamed(self, connection: sa.Connection, query: sa.Select[Any]) -> Iterator[list[Row]]:
        for part in connection.execute(query).partitions(self.page_size):
            yield [tuple(row) for row in part]

    def _select(self) -> sa.Select[Any]:
        wanted = (*self.names, self.cursor, self.id_column)
        columns: list[sa.ColumnElement[Any]] = [
            sa.column(name).label(f"column_{i}") for i, name in enumerate(wanted)
        ]
        return sa.select(*columns).select_from(self.origin).where(*self._ours())

    def _ours(self) -> list[sa.ColumnElement[bool]]:
        # Not `true`: Oracle knows no such condition.
        return [] if self.null is None else [sa.column(self.null).is_(None)]


def selections(
    origin: sa.FromClause,
    names: Sequence[str],
    *,
    cursor: str,
    instead: str | None,
    id_column: str,
    page_size: int,
) -> list[Selection]:
    """All rows: first those that say when they changed `instead`, where `cursor` is null; then the others.

    They are not ordered by one expression over both columns, as no index could serve that.
    """
    others = Selection(origin, tuple(names), cursor, id_column, page_size)
    if instead is None:
        return [others]
    return [Selection(origin, tuple(names), instead, id_column, page_size, null=cursor), others]


def origin_of(table: str | None, query: str | None, *, names: Sequence[str]) -> sa.FromClause:
    """A table, `schema.table` too, or a query, as something to select from."""
    if query is None:
        schema, _, name = (table or "").rpartition(".")
        return sa.table(name, schema=schema or None)
    # A colon in it is no parameter of ours; and a subquery ends without a semicolon.
    text = sa.text(query.strip().rstrip(";").replace(":", r"\:"))
    return text.columns(*(sa.column(name) for name in names)).subquery("tickets")


def _within(column: sa.ColumnElement[Any], low: object | None, high: object | None) -> sa.ColumnElement[bool]:
    wanted: list[sa.ColumnElement[bool]] = [column.is_not(None)]
    if low is not None:
        wanted.append(column >= _raw(low))
    if high is not None:
        wanted.append(column < _raw(high))
    return sa.and_(*wanted)


def _from(
    order: sa.ColumnElement[Any], ident: sa.ColumnElement[Any], last: tuple[Any, Any], begins: Begin
) -> sa.ColumnElement[bool]:
    """Rows from this key on, itself included; from somewhat before it where times are blurred."""
    cursor, row_id = last
    begin = _begin(cursor, begins)
    # By itself the first condition says too much; it is there for an index to begin at.
    begun = order >= _raw(begin)
    if row_id is None or begin != cursor:
        return begun
    return sa.and_(begun, sa.or_(order > _raw(cursor), ident >= _raw(row_id)))


def _again(time: Any, last: Any, begins: Begin) -> bool:
    """Whether a page that begins at the last time may bring rows of this one again."""
    since = _begin(last, begins)
    # Only times that are blurred are compared here; text has an order of the database's own.
    return bool(time == last or (since != last and time >= since))


def _begin(value: Any, begins: Begin) -> Any:
    return begins(value) if isinstance(value, datetime) else value


def _itself(at: datetime) -> datetime:
    return at


def _raw(value: object) -> sa.BindParameter[Any]:
    """A value that the driver writes itself; with a type, an aware datetime would be cast to a naive one.

    An aware one is written in UTC, as the driver of SQL Server leaves its offset out.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    return sa.bindparam(None, value, type_=NullType())


def _key(row: Row) -> tuple[Any, Any]:
    """What rows are ordered by."""
    return row[CURSOR], row[IDENT]
