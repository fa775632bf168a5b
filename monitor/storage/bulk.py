"""Many rows in one statement, in each database's own fast way.

SQLite takes rows one after the other through one prepared statement (executemany), and looks for many keys
by one JSON array. PostgreSQL takes whole columns as arrays (unnest). The texts are made once for each kind
of statement; everything else in the package writes its statements once, for both.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from connectors.ticket import NEVER, Int64

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Table

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
        connection.exec_driver_sql(statement, list(zip(*columns.values(), strict=True)))
    else:
        statement = _postgresql_insert(table, tuple(columns), frozenset(never), then)
        connection.exec_driver_sql(statement, tuple(list(column) for column in columns.values()))


def rows(connection: Connection, statement: str, *arguments: Any) -> list[Row]:
    """All rows of a statement with `?` for each argument."""
    text = statement if is_sqlite(connection) else _postgresql_text(statement)
    return _fetched(connection.exec_driver_sql(text, arguments))


def chunks(connection: Connection, statement: str, *arguments: Any, size: int) -> Iterator[list[Row]]:
    """The same rows, `size` at a time; also PostgreSQL holds no more of them in memory."""
    text = statement if is_sqlite(connection) else _postgresql_text(statement)
    result = connection.exec_driver_sql(
        text, arguments, execution_options={"stream_results": True, "max_row_buffer": size}
    )
    for found in result.partitions(size):
        yield [tuple(row) for row in found]


def change(connection: Connection, statement: str, *arguments: Any) -> int:
    """Change rows by a statement with `?` for each argument: how many."""
    text = statement if is_sqlite(connection) else _postgresql_text(statement)
    return connection.exec_driver_sql(text, arguments).rowcount


def change_many(connection: Connection, statement: str, arguments: Sequence[Row]) -> None:
    """Change rows by a statement with `?` for each argument, once for each row of arguments."""
    if arguments:
        text = statement if is_sqlite(connection) else _postgresql_text(statement)
        connection.exec_driver_sql(text, list(arguments))


def rows_among(connection: Connection, statement: str, *arguments: Any, keys: Iterable[Any]) -> list[Row]:
    """All rows of a statement in which `{among}`, after all `?`, stands for "is one of these keys"."""
    return _fetched(_execute_among(connection, statement, arguments, list(keys)))


def change_among(connection: Connection, statement: str, *arguments: Any, keys: Iterable[Any]) -> int:
    """The same for a statement that changes rows: how many."""
    return _execute_among(connection, statement, arguments, list(keys)).rowcount


def integers(rows: Sequence[Row], width: int) -> tuple[Int64, ...]:
    """Rows of `width` whole numbers each, as (n,) int64 columns."""
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width)
    return tuple(np.ascontiguousarray(flat[i::width]) for i in range(width))


def _execute_among(
    connection: Connection, statement: str, arguments: Row, keys: list[Any]
) -> CursorResult[Any]:
    if is_sqlite(connection):
        return connection.exec_driver_sql(_sqlite_among(statement), (*arguments, json.dumps(keys)))
    return connection.exec_driver_sql(_postgresql_among(statement), (*arguments, keys))


def _fetched(result: CursorResult[Any]) -> list[Row]:
    """The driver's own tuples: a million rows need no wrapping."""
    fetched = list(result.cursor.fetchall())
    result.close()
    return fetched


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
