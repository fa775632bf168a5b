"""The configured store, for commands that look at it while a daemon runs: never made, never upgraded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands import CommandError, Exit
from monitor.config import Config
from monitor.storage import Store
from monitor.storage.database import connect, parse, transaction
from monitor.storage.errors import named
from monitor.storage.upgrade import HEAD, revision

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import URL


class NoStoreError(CommandError):
    """There is no store yet."""


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store of a configuration.

    Raises NoStoreError where there is none, CommandError for one of another version, StoreError where it
    cannot be reached.
    """
    try:
        url = parse(config.store.address())
    except LookupError as error:
        raise CommandError(f"store.url: {error}", Exit.USAGE) from error
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise _none_yet(url)
    engine = connect(url)
    try:
        _ask_version(engine)
        store = Store(engine)
        yield store
    finally:
        engine.dispose()


def _ask_version(engine: Engine) -> None:
    with transaction(engine, writing=False) as connection:
        found = revision(connection)
    if found is None:
        raise _none_yet(engine.url)
    if found != HEAD:
        raise CommandError(
            f"{named(engine.url)}: its schema is revision {found}, and this program works with {HEAD}; "
            "`complaint-monitor run` of the newer of both versions upgrades it",
            Exit.UNREACHABLE,
        )


def _none_yet(url: URL) -> NoStoreError:
    return NoStoreError(
        f"{named(url)}: there is no store there yet; `complaint-monitor run` makes it, "
        "or store.url names another place",
        Exit.UNREACHABLE,
    )
