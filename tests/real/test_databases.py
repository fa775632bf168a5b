"""A real MariaDB, in the ways in which it differs from the databases of the other tests."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from reading import NOW, ids, listen, only, settings, tickets
from servers.others import mariadb

from connectors.source import Fields, SourceError
from connectors.sql import Options, Source

pytestmark = pytest.mark.real
FIELDS = Fields(id="id", created_at="created", updated_at="updated", category=("a",))


@pytest.fixture(scope="module")
def url(open_folder):
    folder = open_folder / "mariadb"
    folder.mkdir()
    address, server = mariadb(folder)
    yield address
    server.stop()


def said(url, *statements, **values):
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), values or None)


def source(url, table, zone="UTC", **options):
    told = {"url": url, "table": table, "lookback": timedelta(0)} | options
    return Source(settings("sql", fields=FIELDS, zone=zone), Options(**told))


@pytest.mark.parametrize("kind", ["DATETIME", "DATETIME(6)", "TIMESTAMP(6)"])
def test_stamps_of_each_kind_are_told_by_their_window_and_page_by_page(url, kind):
    table = f"t_{kind[:4]}_{kind[-2:-1]}".lower()
    said(
        url,
        f"CREATE TABLE {table} (id INT, created {kind} NULL, updated {kind} NULL, a TEXT)",
        f"INSERT INTO {table} SELECT seq, NOW(), '2026-03-10 11:00:00' + INTERVAL seq DIV 7 MINUTE, '断网' "
        "FROM seq_0_to_99",
        f"UPDATE {table} SET created = '2026-03-10 10:00:00'",
    )
    reader = source(url, table, page_size=3)
    first = listen(reader, now=NOW - timedelta(minutes=52))
    assert sorted(map(int, ids(first))) == list(range(56))
    rest = listen(reader, first[-1].cursor, now=NOW)
    assert sorted(map(int, {*ids(first), *ids(rest)})) == list(range(100))
    one = tickets(first)[0]
    assert (one.path, one.created_at) == (("断网",), datetime(2026, 3, 10, 10, tzinfo=UTC))
    assert one.updated_at == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert reader.examine(NOW) == []


def test_ids_that_the_database_holds_for_equal_are_told_all(url):
    said(url, "CREATE TABLE alike (id VARCHAR(9), created DATETIME, updated DATETIME, a TEXT)")
    stamp = "'2026-03-10 11:00:00'"
    for ident in ("a", "A", "á", "b", "B", "a ", "c"):
        said(url, f"INSERT INTO alike VALUES ('{ident}', {stamp}, {stamp}, 'x')")
    told = ids(listen(source(url, "alike", page_size=3), now=NOW))
    assert set(told) == {"a", "A", "á", "b", "B", "c"}


def test_a_query_that_writes_is_refused_by_the_database(url):
    said(url, "CREATE TABLE IF NOT EXISTS safe (id INT, created DATETIME, updated DATETIME, a TEXT)")
    reader = source(url, "safe")
    with (
        pytest.raises(SourceError, match=r"READ ONLY"),
        reader._session() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO safe VALUES (1, NOW(), NOW(), 'x')")


def test_a_table_that_is_not_there_and_a_wrong_password_are_sentences(url):
    assert "doesn't exist" in only(source(url, "nowhere").examine(NOW))
    wrong = sa.make_url(url).set(password="wrong").render_as_string(hide_password=False)
    sentence = only(source(wrong, "safe").examine(NOW))
    assert "Access denied" in sentence
    assert ":wrong@" not in sentence
