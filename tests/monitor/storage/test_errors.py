"""What an operator reads when the database says no: the culprit, and the mend."""

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError
from storing import fed, stored_counts, ticket

from alerts.catalogue import in_language
from monitor.storage import Store, StoreBusyError, StoreError, bulk, database, errors
from monitor.storage.schema import SOURCES

NOBODY = 65534


@pytest.fixture
def folder():
    """A folder of our own that another user may enter."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def not_root():
    """Root may write everywhere; be somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("complaints.db", "'complaints.db' is no database address; write sqlite:///"),
        ("mysql://localhost/x", "a store cannot live in mysql; there are sqlite, postgresql"),
        ("sqlite://", "a store in memory forgets what it decided; name a file"),
        ("sqlite:///:memory:", "a store in memory forgets"),
        ("sqlite:///file:x.db?mode=ro&uri=true", "write a plain path"),
        ("sqlite:////dev/null/x/store.db", "its folder cannot be made: Not a directory"),
        ("sqlite+nodriver:///x.db", "no such kind of database, sqlite\\+nodriver"),
        ("postgresql://127.0.0.1:1/x", "no server answers there; start it, or check store.url"),
    ],
)
def test_an_address_that_holds_no_store_is_named(url, sentence):
    with pytest.raises(StoreError, match=sentence):
        Store.open(url)


def test_no_message_shows_the_password():
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql://li:hidden-word@127.0.0.1:1/x")
    assert "hidden-word" not in str(caught.value)
    assert "li:***@" in str(caught.value)


def test_the_folder_of_a_new_store_is_made(tmp_path):
    Store.open(f"sqlite:///{tmp_path}/a/b/store.db").close()
    assert (tmp_path / "a" / "b" / "store.db").exists()


def test_a_read_only_file_is_named(folder, sqlite_template, request):
    shutil.copy(sqlite_template, folder / "store.db")
    (folder / "store.db").chmod(0o444)
    request.getfixturevalue("not_root")
    with pytest.raises(StoreError, match=r"store /.*store\.db: the file or its folder is read-only"):
        fed(Store.open(f"sqlite:///{folder}/store.db"), ticket())


def test_a_folder_where_no_file_can_be_made_is_named(folder, request):
    folder.chmod(0o555)
    request.getfixturevalue("not_root")
    with pytest.raises(StoreError, match="cannot be opened; check the folder and its permissions"):
        Store.open(f"sqlite:///{folder}/store.db")


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "store.db").write_text("number,opened_at\n" * 1000)
    with pytest.raises(StoreError, match="is not a SQLite database"):
        Store.open(f"sqlite:///{tmp_path}/store.db")


def test_a_locked_database_waits_and_then_says_so(tmp_path, monkeypatch, sqlite_template):
    shutil.copy(sqlite_template, tmp_path / "store.db")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="another program holds the store's lock"):
        fed(store, ticket())
    other.execute("ROLLBACK")
    other.close()
    fed(store, ticket())
    assert stored_counts(store)[0].total() == 1
    store.close()


@pytest.fixture
def being_made(tmp_path):
    """A file that another program has just begun to make a database of."""
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_database_that_another_program_is_making_is_waited_for(tmp_path, monkeypatch, being_made):
    # The other program ends while we wait for the first time; nothing would wait in SQLite itself.
    monkeypatch.setattr(database.time, "sleep", lambda _: being_made.execute("COMMIT"))
    with contextlib.closing(Store.open(f"sqlite:///{tmp_path}/store.db")) as store:
        fed(store, ticket())
        assert stored_counts(store)[0].total() == 1


def test_a_database_that_is_never_made_is_not_waited_for_without_end(tmp_path, monkeypatch, being_made):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with pytest.raises(StoreBusyError, match="another program holds the store's lock"):
        Store.open(f"sqlite:///{tmp_path}/store.db")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_full_disk_loses_nothing_and_counting_goes_on_when_there_is_room(backend, store):
    fed(store, ticket("1"))
    before = stored_counts(store)

    def fill() -> None:
        with store.writing() as tx:
            tx.connection.exec_driver_sql("PRAGMA max_page_count = 1")
            tx.trend.sign([1] * 20_000, by="Li", remark="a long remark " * 20, at=0)

    with pytest.raises(StoreBusyError, match="the disk is full; make room, nothing that was stored is lost"):
        fill()
    assert stored_counts(store) == before
    with store.writing() as tx:
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    fed(store, ticket("2"))
    assert stored_counts(store)[0].total() == 2


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_named(postgres_url):
    url = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(
        StoreError, match=r"the server does not know this database.*\"nowhere\" does not exist"
    ):
        Store.open(url)


@pytest.mark.postgres
def test_a_wrong_password_is_named_but_not_shown(postgres_url):
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE ROLE careful LOGIN PASSWORD 'right'"))
        rules = Path(connection.execute(text("SHOW hba_file")).scalar_one())
        rules.write_text("local all careful scram-sha-256\n" + rules.read_text())
        connection.execute(text("SELECT pg_reload_conf()"))
        url = make_url(postgres_url).set(username="careful", password="wrong-word")
        with pytest.raises(StoreError, match="the server refuses user or password") as caught:
            Store.open(url.render_as_string(hide_password=False))
    engine.dispose()
    assert "wrong-word" not in str(caught.value)


@pytest.mark.parametrize("backend", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_server_that_ends_the_connection_is_met_by_the_next_tick(backend, store, postgres_url):
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")

    def cut_off() -> None:
        with store.writing() as tx:
            own = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
            tx.sources.id("desk")

    with pytest.raises(StoreBusyError):
        cut_off()
    engine.dispose()
    fed(store, ticket())
    assert stored_counts(store)[0].total() == 1


def test_readers_cannot_write(store):
    with pytest.raises(StoreError, match=r"read-only|only allows reading"), store.reading() as tx:
        tx.facts.close_hours(5)


def test_a_mistake_in_a_statement_stays_a_mistake(store):
    with pytest.raises((ProgrammingError, StoreError), match="nonsense"), store.reading() as tx:
        tx.connection.execute(text("SELECT nonsense"))


def test_errors_of_the_caller_come_out_as_they_are(store):
    with pytest.raises(BrokenPipeError), store.writing():
        raise BrokenPipeError


@pytest.mark.parametrize("fragment", [fragment for fragment, _, _ in errors.SENTENCES])
def test_what_a_driver_says_is_told_in_chinese_too(fragment):
    told = errors.sentence(make_url("sqlite:///store.db"), sqlite3.OperationalError(fragment)).args[0]
    said = in_language(told, "zh")
    assert said.startswith("存储 store.db：")
    assert said.endswith(f"（{fragment}）")
    assert re.search(
        r"[\u4e00-\u9fff]{3}", said.removeprefix("存储 store.db：").removesuffix(f"（{fragment}）")
    )


def test_rows_that_the_schema_forbids_fail_alike_on_both_databases_and_leave_nothing(store):
    for broken in (
        lambda tx: bulk.insert(tx.connection, SOURCES, {"id": [1, 1], "name": ["a", "b"]}),
        lambda tx: bulk.change(tx.connection, "UPDATE sources SET id = ?", 0),
        lambda tx: bulk.change_many(tx.connection, "UPDATE sources SET id = ? WHERE name = ?", [(0, "y")]),
    ):
        with pytest.raises(IntegrityError), store.writing() as tx:
            tx.sources.id("x")
            tx.sources.id("y")
            broken(tx)
        with store.reading() as tx:
            assert tx.sources.all() == []
