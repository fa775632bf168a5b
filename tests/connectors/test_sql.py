# ruff: noqa: DTZ001 - readings of a source's clock have no zone

import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from databases import postgres_server
from reading import bad, ids, listen, only, settings, tickets

from connectors.databases import session
from connectors.options import Secret
from connectors.source import Fields, Flag, SourceError
from connectors.sql import Options, Source

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=10)
FIELDS = Fields(id="id", created_at="created", updated_at="updated", category=("a", "b"))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL of its own, from a wheel."""
    with postgres_server() as address:
        yield address


def fill(url, rows, *, stamp="TEXT", table="tickets"):
    """A table of (id, created, updated, a, b)."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        columns = f"id INTEGER, created {stamp}, updated {stamp}, a TEXT, b TEXT"
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        for row in rows:
            connection.execute(
                sa.text(f"INSERT INTO {table} VALUES (:id, :created, :updated, 'A', 'B')").bindparams(
                    *(sa.bindparam(key, value, type_=sa.types.NullType()) for key, value in row.items())
                )
            )


def at(number, moment, *, created=...):
    return {"id": number, "created": moment if created is ... else created, "updated": moment}


def text(minute, second=0):
    return (datetime(2026, 3, 10, 11) + timedelta(minutes=minute, seconds=second)).isoformat(" ")


def source(url, *, fields=FIELDS, zone="UTC", others=None, **options):
    options = {"table": "tickets"} | options
    return Source(settings("sql", fields=fields, zone=zone, **(others or {})), Options(url=url, **options))


def test_rows_come_in_pages_in_the_order_of_their_change(url):
    fill(url, [at(n, text(n // 10)) for n in range(95)])
    polls = listen(source(url, page_size=10), now=NOW)
    assert ids(polls) == [str(n) for n in range(95)]
    assert all(len(poll.batch) <= 10 for poll in polls)
    assert [poll.complete_to for poll in polls] == [None] * (len(polls) - 1) + [NOW - SETTLE]


@pytest.mark.promise("ties", of="sql")
def test_equal_stamps_and_ids_are_not_lost_between_two_pages(url):
    fill(url, [at(1, text(0), created=text(-n)) for n in range(25)] + [at(2, text(0)), at(3, text(1))])
    polls = listen(source(url, page_size=4), now=NOW)
    assert sorted(ids(polls)) == ["1"] * 25 + ["2", "3"]


def test_every_page_can_be_resumed(url):
    fill(url, [at(n, text(n // 10)) for n in range(95)])
    polls = listen(source(url, page_size=10, lookback=timedelta(0)), now=NOW)
    for i, poll in enumerate(polls):
        rest = listen(source(url), poll.cursor, now=NOW)
        assert set(ids(polls[: i + 1]) + ids(rest)) == {str(n) for n in range(95)}


def test_a_poll_reads_again_what_is_younger_than_the_lookback_and_nothing_older(url):
    fill(url, [at(1, text(0)), at(2, text(30)), at(3, text(34))])
    cursor = listen(source(url), now=NOW)[-1].cursor
    fill(url, [at(4, text(31)), at(5, text(40))])
    assert ids(listen(source(url), cursor, now=NOW)) == ["2", "4", "3", "5"]


def test_rows_that_are_too_young_wait_and_the_cursor_never_passes_them(url):
    fill(url, [at(1, text(59)), at(2, text(59, 55)), at(3, text(70))])
    polls = listen(source(url), now=NOW)
    assert ids(polls) == ["1"]
    later = NOW + timedelta(minutes=11)
    assert set(ids(listen(source(url), polls[-1].cursor, now=later))) >= {"2", "3"}


@pytest.mark.promise("late", of="sql")
def test_a_row_that_becomes_visible_late_is_found(url):
    fill(url, [at(1, text(50))])
    cursor = listen(source(url), now=NOW)[-1].cursor
    fill(url, [at(2, text(46))])
    assert "2" in ids(listen(source(url), cursor, now=NOW + timedelta(minutes=1)))


STAMPS = [
    ("TEXT", lambda moment: moment.isoformat(" ")),
    ("TEXT", lambda moment: moment.isoformat()),
    ("TEXT", lambda moment: moment.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC).isoformat()),
    ("TEXT", lambda moment: f"{moment:%Y-%m-%dT%H:%M}"),
    ("DATETIME", lambda moment: moment.isoformat(" ")),
]


@pytest.mark.promise("zone", of="sql")
@pytest.mark.parametrize(("stamp", "write"), STAMPS, ids=range(len(STAMPS)))
def test_text_stamps_are_read_in_the_zone_of_the_source(url, stamp, write):
    moments = [datetime(2026, 3, 10, 19, minute) for minute in range(0, 60, 10)]
    fill(url, [at(n, write(moment)) for n, moment in enumerate(moments)], stamp=stamp)
    reader = source(url, zone="Asia/Shanghai")
    polls = listen(source(url, zone="Asia/Shanghai"), now=NOW - timedelta(minutes=25))
    assert [t.updated_at for t in tickets(polls)] == [
        datetime(2026, 3, 10, 11, minute, tzinfo=UTC) for minute in (0, 10, 20, 30)
    ]
    assert ids(listen(reader, polls[-1].cursor, now=NOW)) == ["3", "4", "5"]
    assert reader.examine(NOW) == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("stamp", "zone"),
    [("TIMESTAMP", "Asia/Shanghai"), ("TIMESTAMPTZ", "Asia/Shanghai"), ("TIMESTAMPTZ", "America/New_York")],
)
def test_postgresql_stamps_with_and_without_zone_are_the_same_instants(postgres, stamp, zone):
    table = f"t_{stamp}_{zone[:4]}".lower()
    instants = [datetime(2026, 3, 10, 11, minute, tzinfo=UTC) for minute in range(0, 60, 10)]
    naive = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in instants]
    rows = [at(n, moment) for n, moment in enumerate(naive if stamp == "TIMESTAMP" else instants)]
    fill(postgres, rows, stamp=stamp, table=table)
    reader = source(postgres, zone=zone, table=f"public.{table}", page_size=2)
    polls = listen(reader, now=NOW - timedelta(minutes=25))
    assert [t.updated_at for t in tickets(polls)] == instants[:4]
    # The one that the lookback reads again was told already.
    assert ids(listen(reader, polls[-1].cursor, now=NOW)) == ["4", "5"]
    assert ids(reader.history(NOW)) == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.postgres
def test_a_postgresql_session_cannot_write_and_text_that_looks_like_a_parameter_is_none(postgres):
    fill(postgres, [at(1, datetime(2026, 3, 10, 11, tzinfo=UTC))], stamp="TIMESTAMPTZ", table="plain")
    query = "SELECT *, '10%' || ':x'::text AS more FROM plain WHERE a LIKE 'A%';"
    assert ids(listen(source(postgres, table=None, query=query), now=NOW)) == ["1"]
    writing = "WITH gone AS (DELETE FROM plain RETURNING *) SELECT * FROM gone"
    with pytest.raises(SourceError, match=r"read-only|data-modifying"):
        listen(source(postgres, table=None, query=writing), now=NOW)


@pytest.mark.promise("zone", of="sql")
def test_the_hour_that_occurs_twice_is_read_twice_over(url):
    rome = ZoneInfo("Europe/Rome")
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50, before the clock goes back
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10, after it

    def wall(instant):
        return instant.astimezone(rome).replace(tzinfo=None).isoformat(" ")

    fill(url, [at(1, wall(first))])
    reader = source(url, zone="Europe/Rome")
    cursor = listen(reader, now=first + timedelta(minutes=5))[-1].cursor
    fill(url, [at(2, wall(second))])
    assert "2" in ids(listen(reader, cursor, now=second + timedelta(minutes=5)))


def test_rows_without_an_update_are_found_by_their_creation(url):
    fill(url, [{"id": 1, "created": text(1), "updated": None}, at(2, text(0)), at(3, text(2))])
    polls = listen(source(url, page_size=1), now=NOW)
    assert ids(polls) == ["1", "2", "3"]
    rest = [ids(polls[: i + 1] + listen(source(url), poll.cursor, now=NOW)) for i, poll in enumerate(polls)]
    assert [set(heard) for heard in rest] == [{"1", "2", "3"}] * 3
    fill(url, [{"id": 4, "created": text(30), "updated": None}])
    assert "4" in ids(listen(source(url), polls[-1].cursor, now=NOW))


def test_rows_without_any_stamp_are_quarantined(url):
    fill(url, [{"id": 1, "created": None, "updated": None}, at(2, text(0))])
    polls = listen(source(url), now=NOW)
    assert ids(polls) == ["2"]
    assert only(bad(polls)).place == "tickets, id 1"
    assert "created_at (column created) is empty" in only(bad(polls)).reason


def test_a_column_that_does_not_sort_as_time_is_read_whole_each_time_and_examine_says_so(url):
    fill(url, [at(1, "31/01/2026 10:00"), at(2, "01/02/2026 10:00")])
    reader = source(url, others={"datetime_format": "%d/%m/%Y %H:%M"})
    polls = listen(reader, now=NOW)
    assert sorted(ids(polls)) == ["1", "2"]
    fill(url, [at(3, "15/01/2026 10:00")])
    assert ids(listen(reader, polls[-1].cursor, now=NOW)) == ["3"]
    assert "does not sort as time does" in only(reader.examine(NOW))


def test_dates_alone_are_read_to_the_end_of_today(url):
    fill(url, [at(1, "2026-03-09"), at(2, "2026-03-10")])
    polls = listen(source(url), now=NOW)
    assert ids(polls) == ["1", "2"]
    fill(url, [at(3, "2026-03-10")])
    assert "3" in ids(listen(source(url), polls[-1].cursor, now=NOW))


def test_history_is_everything_once_whatever_its_age(url):
    fill(url, [at(n, text(n)) for n in range(90)] + [at(91, None, created=text(-5))])
    polls = list(source(url, page_size=7).history(NOW + timedelta(hours=1)))
    assert sorted(map(int, ids(polls))) == [*range(90), 91]
    assert polls[-1].complete_to == NOW + timedelta(hours=1)


def test_an_empty_table_is_no_tickets(url):
    fill(url, [])
    poll = only(listen(source(url), now=NOW))
    assert (len(poll.batch), poll.complete_to) == (0, NOW - SETTLE)


def test_numbers_flags_and_nulls_are_read(url):
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("CREATE TABLE tickets (n INT, t INT, prio INT, cat INT, open BOOLEAN)")
        connection.execute(
            "INSERT INTO tickets VALUES (1, 1773140400, 1, 55, 0), (2, 1773140401, 3, NULL, 1)"
        )
    connection.close()
    fields = Fields(
        id="n", created_at="t", category=("cat",), escalated=Flag("prio", ("1",)), void=Flag("open", ("0",))
    )
    first, second = tickets(listen(source(url, fields=fields, others={"datetime_format": "unix"}), now=NOW))
    assert (first.id, first.path, first.void) == ("1", ("55",), True)
    assert first.escalated_at == first.created_at == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert (second.path, second.escalated_at, second.void) == ((), None, False)


def test_a_query_is_read_like_a_table(url):
    fill(url, [at(n, text(n)) for n in range(20)])
    query = "SELECT id AS nr, created, updated, a, b FROM tickets WHERE id % 2 = 0 AND a <> ':b'; "
    fields = Fields(id="nr", created_at="created", updated_at="updated", category=("a", "b"))
    polls = listen(source(url, fields=fields, table=None, query=query, page_size=3), now=NOW)
    assert ids(polls) == [str(n) for n in range(0, 20, 2)]


def test_a_missing_column_is_named_with_those_there_are(url):
    fill(url, [])
    fields = Fields(id="number", created_at="created")
    with pytest.raises(
        SourceError, match=r'table tickets has no column "number" \(for id\); it has: id, created'
    ):
        listen(source(url, fields=fields), now=NOW)
    with pytest.raises(SourceError, match=r'no column "changed" \(for cursor_column\)'):
        listen(source(url, cursor_column="changed"), now=NOW)


@pytest.mark.promise("broken", of="sql")
def test_a_locked_database_is_an_error_that_the_next_poll_gets_over(url, monkeypatch):
    monkeypatch.setattr(session, "LOCK_WAIT", 0.01)
    fill(url, [at(1, text(0))])
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match="database is locked"):
        listen(source(url), now=NOW)
    holder.execute("ROLLBACK")
    holder.close()
    assert ids(listen(source(url), now=NOW)) == ["1"]


def test_reading_neither_writes_nor_creates_a_database(url, tmp_path):
    with pytest.raises(SourceError, match="there is no database"):
        listen(source(url), now=NOW)
    assert list(tmp_path.iterdir()) == []
    fill(url, [at(1, text(0))])
    before = (tmp_path / "desk.db").read_bytes()
    listen(source(url), now=NOW)
    assert (tmp_path / "desk.db").read_bytes() == before


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("desk", "no address of a database"),
        ("oracul://me:secret@host/db", "SQLAlchemy knows no such database: oracul://me:"),
        ("mssql+pyodbc://me:secret@host/db", "needs the driver pyodbc"),
        (Secret("env:NO_SUCH_DESK"), "NO_SUCH_DESK is not set"),
    ],
)
def test_addresses_that_cannot_be_used_are_told_without_their_password(url, sentence):
    told = only(source(url).examine(NOW))
    assert sentence in told
    assert "secret" not in told


def test_an_address_may_be_a_secret(url, monkeypatch):
    fill(url, [at(1, text(0))])
    monkeypatch.setenv("DESK_URL", url)
    assert ids(listen(source(Secret("env:DESK_URL")), now=NOW)) == ["1"]


def test_either_a_table_or_a_query_is_given(url):
    for options in ({"table": None}, {"query": "SELECT 1"}):
        with pytest.raises(ValueError, match="either a table or a query"):
            source(url, **options)


def test_what_the_lookback_reads_again_is_told_again_only_if_it_has_changed(url):
    fill(url, [at(1, text(58)), at(2, text(58))])
    reader = source(url)
    cursor = listen(reader, now=NOW)[-1].cursor
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE tickets SET a = 'Z' WHERE id = 2")
    fill(url, [at(3, text(58))])
    polls = listen(reader, cursor, now=NOW)
    assert sorted(ids(polls)) == ["2", "3"]
    assert ids(listen(reader, polls[-1].cursor, now=NOW)) == []


def test_what_a_poll_told_that_was_not_stored_to_its_end_is_told_again(url):
    fill(url, [at(n, text(58)) for n in range(9)])
    reader = source(url, page_size=3)
    first = next(iter(reader.poll(None, NOW)))
    assert len(set(ids(listen(reader, first.cursor, now=NOW))) | set(ids([first]))) == 9
    whole = listen(reader, first.cursor, now=NOW)
    again = reader.poll(whole[-1].cursor, NOW)
    next(again)
    again.close()
    assert len(ids(listen(reader, whole[-1].cursor, now=NOW))) == 9


def test_another_cursor_than_the_last_one_is_told_all_it_asks_for(url):
    fill(url, [at(1, text(58))])
    reader = source(url)
    cursor = listen(reader, now=NOW)[-1].cursor
    listen(reader, cursor, now=NOW)
    assert ids(listen(reader, None, now=NOW)) == ["1"]
    assert ids(listen(reader, cursor, now=NOW + timedelta(minutes=1))) == []
    assert ids(listen(reader, cursor.replace("}", " }"), now=NOW)) == ["1"]
