"""How each kind of database is opened, and what a transaction is there.

SQLite: write-ahead log, every commit on disk before it counts, one writer who takes the lock at once
(`BEGIN IMMEDIATE`), readers on a snapshot who cannot write. PostgreSQL: writers queue up at the lease's row,
readers have a read-only snapshot. The rest of the package does not know which one it talks to.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from alerts.catalogue import Sentence
from monitor.storage.errors import StoreError, named, told_as_sentences

BUSY_SECONDS: Final = 10
"""A writer waits this long for another's lock; a transaction here takes milliseconds."""

BUSY_PAUSE: Final = 0.01
"""Seconds between two attempts where the driver does not wait itself; making the schema takes some 50 ms."""

CACHE_KIBIBYTES: Final = 64 * 1024
"""SQLite's page cache: the upper pages of the tickets' tree of some ten million tickets."""

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

WRITING: Final = "complaint_monitor_writing"
BACKENDS: Final = ("sqlite", "postgresql")


def parse(url: str) -> URL:
    """The store's address. Raises StoreError for one that cannot hold a store."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(Sentence("store.address.other", given=repr(url))) from error
    backend = parsed.get_backend_name()
    if backend not in BACKENDS:
        raise StoreError(Sentence("store.address.backend", backend=backend, known=BACKENDS))
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError(Sentence("store.address.memory"))
    if backend == "sqlite" and str(parsed.database).startswith("file:"):
        raise StoreError(Sentence("store.address.file"))
    if backend == "postgresql" and "+" not in parsed.drivername:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def connect(url: URL) -> Engine:
    """An engine whose transactions keep the promises above. Makes the folder of a SQLite file."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url)


@contextlib.contextmanager
def transaction(engine: Engine, *, writing: bool) -> Iterator[Connection]:
    """One transaction: all of it or nothing. Reading ones see one moment and cannot write."""
    with told_as_sentences(engine.url), engine.connect() as connected:
        connection = connected.execution_options(**{WRITING: writing})
        with connection.begin():
            yield connection


def _sqlite(url: URL) -> Engine:
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        facts = {"place": named(url), "folder": str(folder), "detail": error.strerror}
        raise StoreError(Sentence("store.no_folder", **facts)) from error
    with told_as_sentences(url):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=5, max_overflow=20)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
        # Python's driver begins transactions by its own rules; here we do it ourselves.
        dbapi.isolation_level = None
        _log_ahead(dbapi)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{CACHE_KIBIBYTES}",
        ):
            dbapi.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _log_ahead(dbapi: sqlite3.Connection) -> None:
    """Switches the file to the write-ahead log, which it then keeps.

    A fresh file that another program is just making refuses this at once, whatever the driver's timeout: two
    that each held a read lock and wanted the other's would wait for ever. So the waiting is done here.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            dbapi.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return


def _postgresql(url: URL) -> Engine:
    with told_as_sentences(url):
        engine = create_engine(
            url,
            connect_args={"connect_timeout": BUSY_SECONDS, "options": f"-c lock_timeout={BUSY_SECONDS}s"},
            pool_size=5,
            max_overflow=20,
            pool_pre_ping=True,
        )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITING, False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    return engine
