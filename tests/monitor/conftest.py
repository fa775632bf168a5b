"""Databases that tests of the monitor share: the schema is made once, and one server is started."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import postgres_server
from sqlalchemy import Connection

from monitor.storage import Store, upgrade


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the session; the address is of its maintenance database."""
    with postgres_server() as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session", autouse=True)
def schema_at_once(sqlite_template: Path) -> Iterator[None]:
    """An empty SQLite file gets what the revisions make of one, in a twentieth of the time they take."""
    with closing(sqlite3.connect(sqlite_template)) as template:
        _, *statements, _ = template.iterdump()  # without BEGIN and COMMIT
    revisions = upgrade.upgrade

    def at_once(connection: Connection) -> None:
        empty = connection.dialect.name == "sqlite" and not upgrade.inspect(connection).get_table_names()
        if not empty:
            return revisions(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
        return None

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(upgrade, "upgrade", at_once)
        yield


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store of the test's own, on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()
