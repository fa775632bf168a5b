"""A world for a daemon, and the address of a store for it: on SQLite, or on either database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a store that does not exist yet, on each of the databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/complaints.db"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as address:
        yield address
