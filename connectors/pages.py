"""Rows of a table or query in pages: what a poll asks a database, in SQL that every database understands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NullType


@dataclass(frozen=True)
class Row:
    """One row: the columns asked for, what orders it, and its id."""

    values: tuple[Any, ...]
    cursor: Any
    id: Any

    @property
    def key(self) -> tuple[Any, Any]:
        """What rows are ordered by."""
        return self.cursor, self.id


@dataclass(frozen=True)
class Selection:
    """What is read, and in which order.

    Attributes
    ----------
    names : the columns to read
    cursor : the column that tells when a row changed
    instead : the column that tells it where that is null
    """

    origin: sa.FromClause
    names: tuple[str, ...]
    cursor: str
    instead: str | None
    id_column: str
    page_size: int

    def columns(self, connection: sa.Connection) -> list[str]:
        """Names of all columns there are."""
        nothing = sa.select(sa.text("*")).select_from(self.origin).where(sa.text("1 = 0"))
        return list(connection.execute(nothing).keys())

    def extremes(self, connection: sa.Connection) -> tuple[Any, Any]:
        """The smallest and the largest cursor; None and None where there is no row."""
        column: sa.ColumnElement[Any] = sa.column(self.cursor)
        found = connection.execute(
            sa.select(sa.func.min(column), sa.func.max(column)).select_from(self.origin)
        )
        smallest, largest = found.one()
        if smallest is None and self.instead is not None:
            column = sa.column(self.instead)
            query = sa.select(sa.func.min(column), sa.func.max(column)).select_from(self.origin)
            smallest, largest = connection.execute(query).one()
        return smallest, largest

    def pages(
        self, connection: sa.Connection, low: object | None, high: object | None
    ) -> Iterator[list[Row]]:
        """Rows with low <= cursor < high in order of (cursor, id), each once."""
        order = self._order()
        ident: sa.ColumnElement[Any] = sa.column(self.id_column)
        size, last, seen = self.page_size, None, list[Row]()
        while True:
            query = self._select().where(self._between(low, high)).order_by(order, ident).limit(size)
            if last is not None:
                query = query.where(_from(order, ident, last))
            rows = _rows(connection, query)
            fresh = [row for row in rows if row not in seen] if seen else rows
            if fresh:
                yield fresh
            if len(rows) < size:
                return
            if rows[-1].key == last:
                size *= 2  # a whole page of one time and id: take more at once
            last = rows[-1].key
            seen = [row for row in rows if row.key == last]

    def without_cursor(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """Rows that have no place in the order."""
        query = self._select().where(self._order().is_(None))
        return self._streamed(connection, query)

    def whole(self, connection: sa.Connection) -> Iterator[list[Row]]:
        """All rows, as the database gives them."""
        return self._streamed(connection, self._select())

    def _streamed(self, connection: sa.Connection, query: sa.Select[Any]) -> Iterator[list[Row]]:
        for part in connection.execute(query).partitions(self.page_size):
            yield [_row(row) for row in part]

    def _select(self) -> sa.Select[Any]:
        wanted: list[sa.ColumnElement[Any]] = [sa.column(name) for name in self.names]
        return sa.select(
            *wanted, self._order().label("cursor_"), sa.column(self.id_column).label("id_")
        ).select_from(self.origin)

    def _order(self) -> sa.ColumnElement[Any]:
        if self.instead is None:
            return sa.column(self.cursor)
        return sa.func.coalesce(sa.column(self.cursor), sa.column(self.instead), type_=NullType())

    def _between(self, low: object | None, high: object | None) -> sa.ColumnElement[bool]:
        """The bounds on the bare columns, so that their indexes can serve."""
        named = _within(sa.column(self.cursor), low, high)
        if self.instead is None:
            return named
        return sa.or_(
            named, sa.and_(sa.column(self.cursor).is_(None), _within(sa.column(self.instead), low, high))
        )


def selection(
    table: str | None,
    query: str | None,
    *,
    names: Sequence[str],
    cursor: str,
    instead: str | None,
    id_column: str,
    page_size: int,
) -> Selection:
    """The rows of a table, `schema.table` too, or of a query."""
    origin: sa.FromClause
    if query is not None:
        # A colon in it is no parameter of ours; and a subquery ends without a semicolon.
        text = sa.text(query.strip().rstrip(";").replace(":", r"\:"))
        origin = text.columns(*(sa.column(name) for name in names)).subquery("tickets")
    else:
        schema, _, name = (table or "").rpartition(".")
        origin = sa.table(name, schema=schema or None)
    return Selection(origin, tuple(names), cursor, instead, id_column, page_size)


def _within(column: sa.ColumnElement[Any], low: object | None, high: object | None) -> sa.ColumnElement[bool]:
    wanted: list[sa.ColumnElement[bool]] = [column.is_not(None)]
    if low is not None:
        wanted.append(column >= _raw(low))
    if high is not None:
        wanted.append(column < _raw(high))
    return sa.and_(*wanted)


def _from(
    order: sa.ColumnElement[Any], ident: sa.ColumnElement[Any], last: tuple[Any, Any]
) -> sa.ColumnElement[bool]:
    """Rows from this key on, itself included."""
    cursor, row_id = last
    if row_id is None:
        return order >= _raw(cursor)
    return sa.or_(order > _raw(cursor), sa.and_(order == _raw(cursor), ident >= _raw(row_id)))


def _raw(value: object) -> sa.BindParameter[Any]:
    """A value that the driver writes itself; with a type, an aware datetime would be cast to a naive one."""
    return sa.bindparam(None, value, type_=NullType())


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [_row(row) for row in connection.execute(query)]


def _row(row: Sequence[Any]) -> Row:
    return Row(tuple(row[:-2]), row[-2], row[-1])
