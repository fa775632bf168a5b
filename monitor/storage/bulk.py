"""Many rows in one statement, in each database's own fast way.

SQLite takes rows one after the other through one prepared statement (executemany), and looks for many keys
by one JSON array. PostgreSQL takes whole columns as arrays (unnest). The texts are made once for each kind
of statement; everything else in the package writes its statements once, for both.

A step of one ticket has some thirty statements, and what SQLAlchemy does around each takes as long as SQLite.
So plain statements go to SQLite's driver directly; its errors come out as SQLAlchemy's, as all others do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.exc import DBAPIError

from connectors.ticket import NEVER, Int64

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

Row = tuple[Any, ...]


def is_sqlite(connection: Connection) -> bool:
    """The connection leads to SQLite, not to PostgreSQL."""
    return connection.dialect.name == "sqlite"


def insert(
    connection: Connection,
    table: Table,
    columns: Mapping[str, Sequence[Any]],
    *,
    never: Collection[str] = (),
    then: str = "",
) -> None:
    """Insert rows given as columns of plain Python values.

    Parameters
    ----------
    never : columns in which NEVER stands for null
    then : what follows the values: an ON CONFLICT clause, understood by both databases; `{is_not}` in it is
        the comparison that takes two nulls as equal
    """
    if not next(iter(columns.values())):
        return
    if is_sqlite(connection):
        statement = _sqlite_insert(table, tuple(columns), frozenset(never), then)
        _sqlite(connection, statement, list(zip(*columns.values(), strict=True)), many=True)
    else:
        statement = _postgresql_insert(table, tuple(columns), frozenset(never), then)
        connection.exec_driver_sql(statement, tuple(list(column) for column in columns.values()))


def rows(connection: Connection, statement: str, *arguments: Any) -> list[Row]:
    """All rows of a statement with `?` for each argument."""
    return _asked(connection, _text(connection, statement), arguments)


def chunks(connection: Connection, statement: str, *arguments: Any, size: int) -> Iterator[list[Row]]:
    """The same rows, `size` at a time; also PostgreSQL holds no more of them in memory."""
    text = _text(connection, statement)
    result = connection.exec_driver_sql(
        text, arguments, execution_options={"stream_results": True, "max_row_buffer": size}
    )
    for found in result.partitions(size):
        yield [tuple(row) for row in found]


def change(connection: Connection, statement: str, *arguments: Any) -> int:
    """Change rows by a statement with `?` for each argument: how many."""
    return _changed(connection, _text(connection, statement), arguments)


def change_many(connection: Connection, statement: str, arguments: Sequence[Row]) -> None:
    """Change rows by a statement with `?` for each argument, once for each row of arguments."""
    if arguments and is_sqlite(connection):
        _sqlite(connection, statement, arguments, many=True)
    elif arguments:
        connection.exec_driver_sql(_postgresql_text(statement), list(arguments))


def rows_among(connection: Connection, statement: str, *arguments: Any, keys: Iterable[Any]) -> list[Row]:
    """All rows of a statement in which `{among}`, after all `?`, stands for "is one of these keys"."""
    return _asked(connection, *_among(connection, statement, arguments, list(keys)))


def change_among(connection: Connection, statement: str, *arguments: Any, keys: Iterable[Any]) -> int:
    """The same for a statement that changes rows: how many."""
    return _changed(connection, *_among(connection, statement, arguments, list(keys)))


def integers(rows: Sequence[Row], width: int) -> tuple[Int64, ...]:
    """Rows of `width` whole numbers each, as (n,) int64 columns."""
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width)
    return tuple(np.ascontiguousarray(flat[i::width]) for i in range(width))


def _text(connection: Connection, statement: str) -> str:
    return statement if is_sqlite(connection) else _postgresql_text(statement)


def _among(connection: Connection, statement: str, arguments: Row, keys: list[Any]) -> tuple[str, Row]:
    if is_sqlite(connection):
        return _sqlite_among(statement), (*arguments, json.dumps(keys))
    return _postgresql_among(statement), (*arguments, keys)


def _asked(connection: Connection, text: str, arguments: Row) -> list[Row]:
    """The driver's own tuples: a million rows need no wrapping."""
    if is_sqlite(connection):
        return _sqlite(connection, text, arguments)[0]
    result = connection.exec_driver_sql(text, arguments)
    fetched = list(result.cursor.fetchall())
    result.close()
    return fetched


def _changed(connection: Connection, text: str, arguments: Row) -> int:
    if is_sqlite(connection):
        return _sqlite(connection, text, arguments)[1]
    return connection.exec_driver_sql(text, arguments).rowcount


def _sqlite(
    connection: Connection, text: str, arguments: Sequence[Any], *, many: bool = False
) -> tuple[list[Row], int]:
    """The rows of a statement, and how many it changed; with `many`, once for each row of arguments."""
    driver: Any = connection.connection.driver_connection
    try:
        cursor = (driver.executemany if many else driver.execute)(text, arguments)
        return cursor.fetchall(), cursor.rowcount
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, list(arguments), error, sqlite3.Error) from error


@lru_cache(maxsize=64)
def _sqlite_insert(table: Table, names: tuple[str, ...], never: frozenset[str], then: str) -> str:
    values = ", ".join(f"NULLIF(?, {NEVER})" if name in never else "?" for name in names)
    then = then.format(is_not="IS NOT")
    return f"INSERT INTO {table.name} ({_list(names)}) VALUES ({values}) {then}"  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _postgresql_insert(table: Table, names: tuple[str, ...], never: frozenset[str], then: str) -> str:
    arrays = ", ".join(f"%s::{table.c[name].type}[]" for name in names)
    fields = ", ".join(f"NULLIF({_quoted(n)}, {NEVER})" if n in never else _quoted(n) for n in names)
    given = f"unnest({arrays}) AS given ({_list(names)})"
    then = then.format(is_not="IS DISTINCT FROM")
    return f"INSERT INTO {table.name} ({_list(names)}) SELECT {fields} FROM {given} {then}"  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _sqlite_among(statement: str) -> str:
    return statement.format(among="IN (SELECT value FROM json_each(?))")


@lru_cache(maxsize=64)
def _postgresql_among(statement: str) -> str:
    return _postgresql_text(statement).format(among="= ANY(%s)")


@lru_cache(maxsize=64)
def _postgresql_text(statement: str) -> str:
    return statement.replace("?", "%s")


def _quoted(name: str) -> str:
    return f'"{name}"'


def _list(names: Sequence[str]) -> str:
    return ", ".join(_quoted(name) for name in names)
