"""Looking at a store leaves no trace, whatever it is and whoever uses it."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text
from storing import NOON, fed, ticket

from connectors.ticket import to_us
from monitor.storage import Store, StoreBusyError, StoreError
from monitor.storage.looking import looking


def look(url):
    with looking(url) as tx:
        return sum(int(tickets.sum()) for _, _, tickets, _ in tx.counts.by_hour(0, 1 << 62))


def test_what_was_stored_is_seen(url):
    store = Store.open(url)
    fed(store, ticket("1"), ticket("2"))
    store.close()
    assert look(url) == 2


def test_a_writer_is_not_held_up_and_what_it_has_not_finished_is_not_seen(url):
    store = Store.open(url)
    store.acquire("a daemon", ttl=timedelta(minutes=1), now=to_us(NOON))
    fed(store, ticket("1"))
    with store.writing() as tx:
        tx.facts.save("a fact", "x")
        assert look(url) == 1
    with looking(url) as seen:
        fed(store, ticket("2"))
        assert sum(int(tickets.sum()) for _, _, tickets, _ in seen.counts.by_hour(0, 1 << 62)) == 1
        assert store.holding().holder == "a daemon"
    assert look(url) == 2
    store.close()


def test_nothing_can_be_written(url):
    with looking(url) as tx, pytest.raises(Exception, match=r"(?i)read.?only"):
        tx.connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))


def test_a_file_that_nobody_has_open_stays_as_it_is_and_alone(tmp_path):
    file = tmp_path / "store.db"
    store = Store.open(f"sqlite:///{file}")
    fed(store, ticket("1"))
    store.close()
    before = hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns
    assert look(f"sqlite:///{file}") == 1
    assert (hashlib.sha256(file.read_bytes()).digest(), file.stat().st_mtime_ns) == before
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


def test_a_monitor_that_begins_to_write_meanwhile_is_told(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    Store.open(url).close()
    with pytest.raises(StoreBusyError, match="began to write while it was read"), looking(url):
        store = Store.open(url)
        fed(store, ticket("1"))
    store.close()


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match="there is no store there yet"):
        look(f"sqlite:///{tmp_path}/var/none.db")
    assert not (tmp_path / "var").exists()


def test_an_empty_database_is_left_empty(empty_url):
    if empty_url.startswith("sqlite"):
        import sqlite3

        sqlite3.connect(empty_url.removeprefix("sqlite:///")).execute("CREATE TABLE mine (a)")
    for _ in range(2):
        with pytest.raises(StoreError, match="there is no store there yet"):
            look(empty_url)


def test_a_store_of_another_version_is_not_upgraded(url):
    store = Store.open(url)
    with store.writing() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    store.close()
    for _ in range(2):
        with pytest.raises(StoreError, match="its schema is revision 0001"):
            look(url)
