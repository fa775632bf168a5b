"""A fresh store for each test, on SQLite and on PostgreSQL. The schema is made once and copied."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from databases import postgres_server, told
from sqlalchemy.engine import make_url

from monitor.storage import Store

NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the session; the address is of its maintenance database."""
    with postgres_server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A database with the newest schema, to be copied."""
    create_database(postgres_url, "store_template")
    Store.open(database(postgres_url, "store_template")).close()
    return "store_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"empty_{next(NUMBERS)}"
    create_database(server, name)
    yield database(server, name)
    drop_databases(server, [name])


@pytest.fixture
def new_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes addresses of fresh stores."""
    made: list[str] = []

    def make() -> str:
        name = f"store_{next(NUMBERS)}"
        if backend == "sqlite":
            path = tmp_path / f"{name}.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server = request.getfixturevalue("postgres_url")
        create_database(server, name, template=request.getfixturevalue("postgres_template"))
        made.append(name)
        return database(server, name)

    yield make
    if made:
        drop_databases(request.getfixturevalue("postgres_url"), made)


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


def create_database(server: str, name: str, *, template: str | None = None) -> None:
    told(server, f"CREATE DATABASE {name}{f' TEMPLATE {template}' if template else ''}")


def drop_databases(server: str, names: list[str]) -> None:
    told(server, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


def database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
