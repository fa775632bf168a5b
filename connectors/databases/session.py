"""A session of a database that only reads, and ends what nobody waits for any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.options import Secret
from connectors.said import Said, of_source
from connectors.source import SourceError, cause

# How a session is kept from writing, and ends a statement that nobody waits for any more, by dialect.
SESSION: Final = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET statement_timeout = {milliseconds}",
    ),
    "mysql": (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION max_execution_time = {milliseconds}",
    ),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_statement_time = {seconds}"),
}

# Seconds to wait for a locked SQLite database; the next poll comes soon.
LOCK_WAIT: Final = 2.0


@contextmanager
def session(source: str, address: Secret | str, *, limit: timedelta) -> Iterator[sa.Connection]:
    """A connection to the database of a source; a statement has so much time where the database knows limits.

    Whatever fails within becomes a SourceError.
    """
    url = _url(source, address)
    shown = url.render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": LOCK_WAIT} if url.get_backend_name() == "sqlite" else {},
        )
        with engine.connect() as connection:
            seconds = limit.total_seconds()
            for statement in SESSION.get(_database(engine.dialect), ()):
                limits = {"seconds": seconds, "milliseconds": int(1_000 * seconds)}
                connection.exec_driver_sql(statement.format(**limits))
            yield connection
    except NoSuchModuleError as error:
        unknown = "SQLAlchemy knows no such database: {address} ({detail})"
        said = Said("sql.unknown", unknown, address=shown, detail=str(error))
        raise SourceError(of_source(source, said)) from error
    except ImportError as error:
        needs = "{address} needs the driver {driver}; pip install it"
        said = Said("sql.driver", needs, address=shown, driver=str(error.name))
        raise SourceError(of_source(source, said)) from error
    except SQLAlchemyError as error:
        detail = error.orig if isinstance(error, DBAPIError) else error
        raise SourceError(
            f"source {source}: {shown} cannot be read: {_first_line(detail)}",
            cause=cause("database", address=shown),
        ) from error


def _url(source: str, address: Secret | str) -> sa.URL:
    """The address of a database that is there. Raises SourceError."""
    try:
        url = sa.make_url(address.reveal() if isinstance(address, Secret) else address)
    except ArgumentError:
        no_url = Said("sql.no_url", "its url is no address of a database, like sqlite:///a.db")
        raise SourceError(of_source(source, no_url)) from None
    except LookupError as error:
        lost = cause("secret", reference=address.reference if isinstance(address, Secret) else "")
        raise SourceError(f"source {source}: {error}", cause=lost) from error
    file = url.database if url.get_backend_name() == "sqlite" else None
    if file and not file.startswith("file:") and not Path(file).exists():
        raise SourceError(
            f"source {source}: there is no database {file}; change its url, or create it",
            cause=cause("no_file", path=file),
        )
    return url


def _database(dialect: sa.Dialect) -> str:
    """Which database it is; one of MariaDB may be called one of MySQL in its address."""
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def _first_line(error: BaseException | None) -> str:
    text: str = next(iter(str(error).splitlines()), type(error).__name__)
    return text
