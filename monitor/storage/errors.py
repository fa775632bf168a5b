"""What can go wrong with a store, as sentences with the culprit and the mend.

One class per reaction: StoreError stops the program, StoreBusyError waits for the next tick, LeaseLostError
stops the writer because another instance took over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

# Texts of drivers' messages, what they mean here, and whether waiting can help.
SENTENCES: tuple[tuple[str, bool, str], ...] = (
    ("database is locked", True, "another program holds the store's lock; end it, or try again later"),
    ("database table is locked", True, "another program holds the store's lock; end it, or try again later"),
    ("lock timeout", True, "another program holds the store's lock; end it, or try again later"),
    ("disk is full", True, "the disk is full; make room, nothing that was stored is lost"),
    ("no space left", True, "the disk is full; make room, nothing that was stored is lost"),
    ("attempt to write a readonly database", False, "the file or its folder is read-only; allow writing"),
    ("read-only transaction", False, "the server only allows reading (a standby?); name the primary"),
    (
        "unable to open database file",
        False,
        "the file cannot be opened; check the folder and its permissions",
    ),
    ("file is not a database", False, "this file is not a SQLite database; name another one in store.url"),
    ("malformed", False, "the file is damaged; restore it from a backup"),
    ("disk i/o error", True, "the disk answers with errors; check it, and the folder's permissions"),
    ("password authentication failed", False, "the server refuses user or password; check store.url"),
    ("no password supplied", False, "the server wants a password; give it in store.url"),
    (
        "does not exist",
        False,
        "the server does not know this database, user or schema; create it, or change store.url",
    ),
    ("could not translate host name", True, "the host name is unknown; check store.url and the network"),
    ("failed to resolve host", True, "the host name is unknown; check store.url and the network"),
    ("connection refused", True, "no server answers there; start it, or check store.url"),
    ("timeout expired", True, "the server does not answer in time; check it and the network"),
    ("permission denied", False, "the user may not do this; grant it the right to create and write tables"),
    ("server closed the connection", True, "the server closed the connection; trying again"),
    ("connection", True, "the connection failed; check the server and the network"),
)


class StoreError(Exception):
    """The store cannot be used as it is. The message is a sentence with the mend."""


class StoreBusyError(StoreError):
    """The store cannot be used now; nothing was changed, and the next tick may try again."""


class LeaseLostError(StoreError):
    """Another instance writes to this store now; this one must stop."""


class LeaseTakenError(StoreError):
    """Another instance holds the store's lease; only one may write."""


def named(url: URL) -> str:
    """How messages name a store: its file, or its address without the password."""
    if url.get_backend_name() == "sqlite":
        return f"store {url.database}"
    return f"store {url.render_as_string(hide_password=True)}"


def sentence(url: URL, error: Exception) -> StoreError:
    """The error that tells what a driver's error means for this store."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    lowered = said.lower()
    for fragment, passes, meaning in SENTENCES:
        if fragment in lowered:
            return (StoreBusyError if passes else StoreError)(
                f"{named(url)}: {meaning} ({_first_line(said)})"
            )
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return (StoreBusyError if lost else StoreError)(f"{named(url)}: {_first_line(said)}")


@contextmanager
def told_as_sentences(url: URL) -> Iterator[None]:
    """Errors of drivers come out as StoreError; programming errors stay what they are."""
    try:
        yield
    except NoSuchModuleError as error:
        raise StoreError(
            f"store.url: no such kind of database, {url.drivername}; "
            "there are sqlite:///file.db and postgresql+psycopg://user@host/name"
        ) from error
    except DBAPIError as error:
        if not _is_outside(error):
            raise
        raise sentence(url, error) from error
    except sqlite3.OperationalError as error:
        raise sentence(url, error) from error
    except SQLAlchemyError as error:
        if "QueuePool limit" not in str(error):
            raise
        raise StoreBusyError(f"{named(url)}: all connections are in use; try again") from error


def _is_outside(error: DBAPIError) -> bool:
    """The database or the network failed, not the statement."""
    kind = type(error.orig).__name__
    return error.connection_invalidated or kind in {
        "OperationalError",
        "DatabaseError",
        "InterfaceError",
        "InvalidPassword",
        "InsufficientPrivilege",
        "ReadOnlySqlTransaction",
        "DiskFull",
        "LockNotAvailable",
        "AdminShutdown",
        "InvalidCatalogName",
        "ConnectionTimeout",
    }


def _first_line(said: str) -> str:
    return said.splitlines()[0] if said else "no reason given"
