"""Is the schema the one this program knows? If not, it is created or upgraded, in one transaction.

The usual case, nothing to do, is one look at one row and does not import Alembic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from alerts.catalogue import Sentence
from monitor.storage.database import transaction
from monitor.storage.errors import StoreError, named

HEAD: Final = "0008"
MIGRATIONS: Final = Path(__file__).parent / "migrations"

# Any number that no other program uses on the same PostgreSQL server.
UPGRADE_LOCK: Final = 0x636F6D70


def ensure_schema(engine: Engine) -> None:
    """Create or upgrade the schema. Raises StoreError where a newer program made it."""
    with transaction(engine, writing=False) as connection:
        if revision(connection) == HEAD:
            return
    with transaction(engine, writing=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        # Another process may have done it while we waited for the lock.
        if revision(connection) != HEAD:
            upgrade(connection)


def revision(connection: Connection) -> str | None:
    """Revision of the schema, or None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Run the revisions up to `to` inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = revision(connection)
    if found is not None and found not in known:
        facts = {"place": named(connection.engine.url), "found": found, "known": HEAD}
        raise StoreError(Sentence("store.newer", **facts))
    if found is None and inspect(connection).has_table("tickets"):
        raise StoreError(Sentence("store.not_ours", place=named(connection.engine.url)))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
