"""A fresh store for each test, on SQLite and on PostgreSQL. The schema is made once and copied."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from databases import database, fresh_database, told

from connectors.taxonomy import Taxonomy
from monitor.storage import Store

NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A database with the newest schema, to be copied."""
    told(postgres_url, "CREATE DATABASE store_template")
    Store.open(database(postgres_url, "store_template")).close()
    return "store_template"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as fresh:
        yield fresh


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
        told(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('postgres_template')}")
        made.append(name)
        return database(server, name)

    yield make
    if made:
        told(
            request.getfixturevalue("postgres_url"), *(f"DROP DATABASE {name} WITH (FORCE)" for name in made)
        )


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that knows some nodes."""
    with store.writing() as tx:
        tx.nodes.save(Taxonomy(["business", "product"], [("mobile",), ("mobile", "bill"), ("net",)]))
    return store
