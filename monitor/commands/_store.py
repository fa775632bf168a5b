"""The configured store, for commands that look at it while a daemon runs: never made, never upgraded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.commands._refusing import refused_secret
from monitor.config import Config
from monitor.storage import Store
from monitor.storage.database import connect, parse, transaction
from monitor.storage.looking import NoStoreError, ask_version


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store of a configuration.

    Raises CommandError where its address cannot be had, NoStoreError where there is no store, and StoreError
    for one of another version or that cannot be reached.
    """
    try:
        url = parse(config.store.address())
    except LookupError as error:
        raise refused_secret("store.url", error) from error
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise NoStoreError(url)
    engine = connect(url)
    try:
        with transaction(engine, writing=False) as connection:
            ask_version(connection)
        yield Store(engine)
    finally:
        engine.dispose()
