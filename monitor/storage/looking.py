"""Reading a store without leaving a trace: no file is made, no schema upgraded, no lease taken.

A SQLite file that nobody has open is read as if it could not change. SQLite's read-only mode alone would put
`-wal` and `-shm` beside it, in the name of whoever looks, and a daemon of another user could then not write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event

from alerts.catalogue import Sentence
from monitor.storage.database import BUSY_SECONDS, CACHE_KIBIBYTES, connect, parse, transaction
from monitor.storage.errors import StoreBusyError, StoreError, named
from monitor.storage.store import Transaction
from monitor.storage.upgrade import HEAD, revision

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL
    from sqlalchemy.pool import ConnectionPoolEntry


class NoStoreError(StoreError):
    """There is no store yet."""

    def __init__(self, url: URL) -> None:
        super().__init__(Sentence("store.none", place=named(url)))


@contextmanager
def looking(address: str) -> Iterator[Transaction]:
    """One reading transaction over the store at an address of SQLAlchemy.

    Raises NoStoreError where there is none, StoreError for one of another version, and StoreBusyError where a
    monitor was started while its file was read.
    """
    url = parse(address)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    if file is not None and not file.exists():
        raise NoStoreError(url)
    still = file is not None and not _journal(file).exists()
    engine = connect(url) if file is None else _sqlite(url, file, still=still)
    try:
        with transaction(engine, writing=False) as connection:
            ask_version(connection)
            yield Transaction(connection)
        if file is not None and still and _journal(file).exists():
            raise StoreBusyError(Sentence("store.began", place=named(url)))
    finally:
        engine.dispose()


def ask_version(connection: Connection) -> None:
    """See that there is a store, of the schema that this program knows. Raises NoStoreError, StoreError."""
    url, found = connection.engine.url, revision(connection)
    if found is None:
        raise NoStoreError(url)
    if found != HEAD:
        raise StoreError(Sentence("store.version", place=named(url), found=found, known=HEAD))


def _journal(file: Path) -> Path:
    """Beside the file while somebody has it open."""
    return file.with_name(f"{file.name}-wal")


def _sqlite(url: URL, file: Path, *, still: bool) -> Engine:
    import sqlite3

    address = f"file:{quote(str(file.absolute()))}?mode=ro{'&immutable=1' if still else ''}"
    engine = create_engine(url, creator=lambda: sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS))

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None
        for pragma in ("query_only = ON", "temp_store = MEMORY", f"cache_size = -{CACHE_KIBIBYTES}"):
            dbapi.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
