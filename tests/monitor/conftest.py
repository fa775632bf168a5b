"""Databases that tests of the monitor share: the schema is made once, and one server is started."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import postgres_server

from monitor.storage import Store


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


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store of the test's own, on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()
