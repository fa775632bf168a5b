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

from alerts.catalogue import Sentence

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

# Texts of drivers' messages, whether waiting can help, and what they mean: keys of `store` in the catalogue.
SENTENCES: tuple[tuple[str, bool, str], ...] = (
    ("database is locked", True, "locked"),
    ("database table is locked", True, "locked"),
    ("lock timeout", True, "locked"),
    ("disk is full", True, "full"),
    ("no space left", True, "full"),
    ("attempt to write a readonly database", False, "read_only_file"),
    ("read-only transaction", False, "read_only_server"),
    (
        "unable to open database file",
        False,
        "unopened",
    ),
    ("file is not a database", False, "no_database"),
    ("malformed", False, "damaged"),
    ("disk i/o error", True, "disk"),
    ("password authentication failed", False, "password"),
    ("no password supplied", False, "no_password"),
    (
        "does not exist",
        False,
        "unknown",
    ),
    ("could not translate host name", True, "host"),
    ("failed to resolve host", True, "host"),
    ("connection refused", True, "nobody"),
    ("timeout expired", True, "late"),
    ("permission denied", False, "rights"),
    ("server closed the connection", True, "closed"),
    ("connection", True, "connection"),
)


class StoreError(Exception):
    """The store cannot be used as it is. The message is a sentence with the mend."""


class StoreBusyError(StoreError):
    """The store cannot be used now; nothing was changed, and the next tick may try again."""


class LeaseLostError(StoreError):
    """Another instance writes to this store now; this one must stop."""


class LeaseTakenError(StoreError):
    """Another instance holds the store's lease; only one may write."""


def named(url: URL) -> Sentence:
    """How messages name a store: its file, or its address without the password."""
    file = url.get_backend_name() == "sqlite"
    where = str(url.database) if file else url.render_as_string(hide_password=True)
    return Sentence("store.place", where=where)


def sentence(url: URL, error: Exception) -> StoreError:
    """The error that tells what a driver's error means for this store."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    lowered = said.lower()
    for fragment, passes, meaning in SENTENCES:
        if fragment in lowered:
            facts = {
                "place": named(url),
                "meaning": Sentence(f"store.{meaning}"),
                "detail": _first_line(said),
            }
            return (StoreBusyError if passes else StoreError)(Sentence("store.trouble", **facts))
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return (StoreBusyError if lost else StoreError)(
        Sentence("store.other", place=named(url), detail=_first_line(said))
    )


@contextmanager
def told_as_sentences(url: URL) -> Iterator[None]:
    """Errors of drivers come out as StoreError; programming errors stay what they are."""
    try:
        yield
    except NoSuchModuleError as error:
        raise StoreError(Sentence("store.address.driver", driver=url.drivername)) from error
    except DBAPIError as error:
        if not _is_outside(error):
            raise
        raise sentence(url, error) from error
    except sqlite3.OperationalError as error:
        raise sentence(url, error) from error
    except SQLAlchemyError as error:
        if "QueuePool limit" not in str(error):
            raise
        raise StoreBusyError(Sentence("store.in_use", place=named(url))) from error


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
