"""The schema: made, upgraded with what is in it, refused where a newer program made it."""

import sqlite3
import warnings
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from storing import NOON, fed, stored_counts, ticket

from connectors.ticket import to_us
from monitor.storage import Store, StoreError
from monitor.storage import upgrade as upgrading
from monitor.storage.database import connect, parse, transaction
from monitor.storage.schema import METADATA
from monitor.storage.upgrade import HEAD, MIGRATIONS, revision, upgrade


@pytest.fixture
def at_once():
    """How other tests make the schema."""
    return upgrading.upgrade


@pytest.fixture(autouse=True)
def by_revisions(at_once, monkeypatch):
    """Here it is made as it is outside of tests."""
    monkeypatch.setattr(upgrading, "upgrade", upgrade)


def differences(url: str) -> list[object]:
    engine = connect(parse(url))
    with transaction(engine, writing=False) as connection, warnings.catch_warnings():
        # SQLite cannot tell the expression of a partial index; its name and columns are compared.
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, METADATA)
    engine.dispose()
    return found


def test_the_newest_revision_is_the_one_the_program_knows():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_empty_database_becomes_the_schema_that_the_code_describes(empty_url):
    Store.open(empty_url).close()
    assert differences(empty_url) == []


def test_what_other_tests_start_from_is_what_the_revisions_make(at_once, tmp_path, monkeypatch):
    def made(name: str) -> list[str]:
        Store.open(f"sqlite:///{tmp_path}/{name}").close()
        with closing(sqlite3.connect(tmp_path / name)) as made:
            return list(made.iterdump())

    by_revisions = made("a.db")
    monkeypatch.setattr(upgrading, "upgrade", at_once)
    assert at_once is not upgrade
    assert made("b.db") == by_revisions


def test_opening_twice_changes_nothing(empty_url):
    Store.open(empty_url).close()
    Store.open(empty_url).close()
    assert differences(empty_url) == []


BEFORE = f"""
INSERT INTO nodes (id, path) VALUES (0, '[]'), (1, '["mobile"]');
INSERT INTO sources (id, name, cursor) VALUES (0, 'desk', 'c7');
INSERT INTO tickets (source_id, ticket_id, created, updated, node_id, void, seen, complainant)
    VALUES (0, 'a', {to_us(NOON)}, {to_us(NOON)}, 1, false, {to_us(NOON)}, 'hash');
INSERT INTO counts (hour, node_id, tickets, escalated) VALUES ({to_us(NOON)}, 1, 1, 0);
INSERT INTO pages ("key", at, level, reason, body) VALUES ('k', 5, 'L', 'level reached', '{{}}');
INSERT INTO outbox (page_key, role, contact, channel, address, state, next_at)
    VALUES ('k', 'duty', 'Li', 'console', '-', 'pending', 5)
"""


def test_a_store_of_the_previous_schema_is_upgraded_with_all_that_is_in_it(empty_url):
    engine = connect(parse(empty_url))
    with transaction(engine, writing=True) as connection:
        upgrade(connection, to="0001")
        for statement in BEFORE.split(";"):
            connection.execute(text(statement))
        assert revision(connection) == "0001"
    engine.dispose()

    store = Store.open(empty_url)
    assert differences(empty_url) == []
    assert stored_counts(store)[0].total() == 1
    fed(store, ticket("a", path=("mobile",)), ticket("b", path=("mobile",)))
    assert stored_counts(store)[0].total() == 2
    with store.reading() as tx:
        assert tx.sources.all()[0].cursor == "c7"
        [due] = tx.outbox.due(5, limit=9)
        assert (due.told.contact, due.told.language) == ("Li", None)
        assert len(tx.ticket_reads.of_complainant("hash", 1)) == 0
    with store.writing() as tx:
        tx.trend.sign([to_us(NOON)], by="Li", remark="read", at=to_us(NOON))
    store.close()


def test_an_upgrade_that_fails_leaves_the_old_schema(empty_url, monkeypatch):
    engine = connect(parse(empty_url))
    with transaction(engine, writing=True) as connection:
        upgrade(connection, to="0001")
        # Something in the way of the next revision's last statement.
        connection.execute(text("CREATE INDEX ix_tickets_complainant ON tickets (complainant)"))
    with pytest.raises(Exception, match="ix_tickets_complainant"):
        Store.open(empty_url)
    with transaction(engine, writing=False) as connection:
        assert revision(connection) == "0001"
        columns = connection.execute(text("SELECT * FROM outbox")).keys()
    assert "language" not in columns
    engine.dispose()


def test_a_store_that_a_newer_program_made_is_refused(store, url):
    with store.writing() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(
        StoreError, match=rf"schema is revision 0999, and this program knows up to {HEAD}; a newer"
    ):
        Store.open(url)


def test_tables_of_somebody_else_are_not_touched(empty_url):
    engine = connect(parse(empty_url))
    with transaction(engine, writing=True) as connection:
        connection.execute(text("CREATE TABLE tickets (id INTEGER)"))
    with pytest.raises(StoreError, match="already a table tickets that is not ours"):
        Store.open(empty_url)
    engine.dispose()
