"""What a poll asks a database, in the words of each; Oracle and SQL Server are tried nowhere else."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from connectors.databases.pages import origin_of, selections

DIALECTS = {
    "oracle": oracle.dialect(),
    "mssql": mssql.dialect(),
    "mysql": mysql.dialect(),
    "postgresql": postgresql.dialect(),
    "sqlite": sqlite.dialect(),
}
BEGIN, END = datetime(2026, 3, 10), datetime(2026, 3, 11)  # noqa: DTZ001 - readings of a clock


class Listening:
    """A connection that answers nothing, and keeps what it was asked."""

    def __init__(self, name):
        self.dialect, self.asked = DIALECTS[name], []

    def scalar(self, query):
        self.execute(query)

    def execute(self, query):
        compiled = query.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        self.asked.append(" ".join(str(compiled).split()))
        return _Nothing()


class _Nothing:
    def __iter__(self):
        return iter(())

    def keys(self):
        return ()

    def partitions(self, size):
        return iter(())


def asked(name, *, table="crm.tickets", query=None):
    """All statements about rows with two columns that may tell when they changed."""
    connection = Listening(name)
    origin = origin_of(None if query else table, query, names=("id", "changed"))
    for rows in selections(
        origin, ("id",), cursor="changed", instead="created", id_column="id", page_size=50
    ):
        rows.columns(connection)
        rows.extremes(connection)
        list(rows.pages(connection, BEGIN, END))
        list(rows.unplaced(connection))
    return connection.asked


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("oracle", "SELECT ", "FETCH FIRST 50 ROWS ONLY"),
        ("mssql", "SELECT TOP 50 ", "ORDER BY changed, id"),
        ("mysql", "SELECT ", "LIMIT %s"),
        ("postgresql", "SELECT ", "LIMIT %(param_3)s::INTEGER"),
        ("sqlite", "SELECT ", "LIMIT ? OFFSET ?"),
    ],
)
def test_a_page_is_asked_for_as_the_database_wants_it(name, first, last):
    [page] = [one for one in asked(name) if "changed >= " in one]
    assert page.startswith(
        f"{first}id AS column_0, changed AS column_1, id AS column_2 FROM crm.tickets WHERE"
    )
    assert "ORDER BY changed, id" in page
    assert page.endswith(last)


@pytest.mark.parametrize("name", DIALECTS)
def test_no_statement_says_what_only_some_databases_understand(name):
    for statement in asked(name):
        # A bare true, 1 or 0 is no condition to Oracle and SQL Server.
        assert not any(statement.endswith(f"WHERE {word}") for word in ("1", "0", "true", "false"))
        assert "true" not in statement
        assert statement.count("WHERE") <= 1


@pytest.mark.parametrize("name", DIALECTS)
def test_a_query_is_asked_as_a_table_of_its_own(name):
    statements = asked(name, query="SELECT * FROM a JOIN b ON a.id = b.id;")
    mark = " " if name == "oracle" else " AS "
    assert all(f"(SELECT * FROM a JOIN b ON a.id = b.id){mark}tickets" in one for one in statements)


@pytest.fixture
def indexed():
    """A connection to rows of SQLite with an index on their time, and what counts a question's steps."""
    with sa.create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE tickets (id TEXT, changed TEXT)")
        connection.exec_driver_sql("CREATE INDEX by_time ON tickets (changed, id)")
        rows = [(f"T{n}", f"2026-03-10 {n:06d}") for n in range(5_000)]
        connection.exec_driver_sql("INSERT INTO tickets VALUES (?, ?)", rows)
        steps = []
        connection.connection.driver_connection.set_progress_handler(lambda: steps.append(1), 1)
        yield connection, lambda ask: (steps.clear(), ask(), len(steps))[2]


def _rows(page_size):
    origin = origin_of("tickets", None, names=("id", "changed"))
    [rows] = selections(origin, ("id",), cursor="changed", instead=None, id_column="id", page_size=page_size)
    return rows


def test_the_last_page_of_a_window_takes_what_the_second_does(indexed):
    connection, steps = indexed
    pages = _rows(100).pages(connection, "2026-03-10", "2026-03-11")
    taken = [steps(lambda: next(pages)) for _ in range(50)]
    assert taken[-1] < 1.2 * taken[1]


# One third of a microsecond is one; SQL Server keeps whole 10,000 of them, Oracle writes whole 3,000,000.
THIRDS, TICK, SECOND = 3, 10_000, 3_000_000


def _shown(kept):
    """A time as drivers show it: SQL Server's to the nearest millisecond."""
    ticks, part = divmod(int(kept), TICK)
    microseconds = (ticks * 10 + 1) // 3 * 1_000 if part == 0 else int(kept) // THIRDS
    return BEGIN + timedelta(microseconds=microseconds)


sqlite3.register_converter("BLURRED", _shown)


@pytest.fixture(params=["mssql", "oracle", "sqlite"])
def blurred(request):
    """200 rows of a database that compares times as this one does; how its times are apart."""
    step = TICK if request.param == "mssql" else 601_003 * THIRDS
    written = SECOND if request.param == "oracle" else 1
    engine = sa.create_engine("sqlite://", connect_args={"detect_types": sqlite3.PARSE_DECLTYPES})
    engine.dialect.name = request.param

    @sa.event.listens_for(engine, "before_cursor_execute", retval=True)
    def compared(connection, cursor, statement, parameters, *others):
        kept = [
            (one - BEGIN) // timedelta(microseconds=1) * THIRDS // written * written
            if isinstance(one, datetime)
            else one
            for one in parameters
        ]
        return statement, tuple(kept)

    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE tickets (id INTEGER, changed BLURRED)")
        for number in range(200):
            connection.exec_driver_sql(f"INSERT INTO tickets VALUES ({number}, {number // 20 * step})")
        yield connection


@pytest.mark.parametrize("page_size", [1, 7, 20, 33, 500])
def test_each_row_is_told_once_where_a_time_is_compared_otherwise_than_shown(blurred, page_size):
    pages = _rows(page_size).pages(blurred, BEGIN, END)
    told = [ident for page in pages for *_, ident in page]
    assert sorted(told) == list(range(200))


def test_rows_of_a_time_of_sql_server_are_sought_from_somewhat_before_it():
    [first, second] = _asked_after("mssql", BEGIN.replace(microsecond=7_000))
    assert "id >= " not in second[0]
    assert second[1] == [BEGIN.replace(microsecond=3_000)]
    assert "TOP" in first[0]


def test_rows_of_a_time_of_oracle_are_sought_from_its_second_and_of_a_date_by_their_ids():
    [_, second] = _asked_after("oracle", BEGIN.replace(microsecond=7_000))
    assert ("id >= " in second[0], second[1]) == (False, [BEGIN])
    [_, second] = _asked_after("oracle", BEGIN)
    assert ("id >= " in second[0], second[1][:1]) == (True, [BEGIN])


def test_an_aware_time_is_written_in_utc_as_drivers_leave_its_offset_out():
    [_, second] = _asked_after("mssql", datetime(2026, 3, 10, 8, tzinfo=timezone(timedelta(hours=8))))
    [begin] = second[1]
    assert (begin.tzinfo, begin) == (UTC, datetime(2026, 3, 9, 23, 59, 59, 996_000, tzinfo=UTC))


def _asked_after(name, changed):
    """The first two questions for pages of one row, which changed then, and the times in them."""
    questions = []

    class Answering(Listening):
        def execute(self, query):
            compiled = query.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
            questions.append(
                (str(compiled), [one for one in compiled.params.values() if isinstance(one, datetime)])
            )
            return [("T1", changed, "T1")] if len(questions) == 1 else []

    list(_rows(1).pages(Answering(name), None, None))
    return questions


@pytest.mark.parametrize(
    ("name", "table", "origin"),
    [
        ("mssql", "crm.dbo.tickets", "FROM crm.dbo.tickets"),
        ("mssql", "my tickets", "FROM [my tickets]"),
        ("oracle", "crm.tickets", "FROM crm.tickets"),
        ("oracle", "order", 'FROM "order"'),
    ],
)
def test_names_are_quoted_as_the_database_wants_it(name, table, origin):
    assert all(origin in one for one in asked(name, table=table))


def test_the_smallest_and_the_largest_are_found_without_reading_all(indexed):
    connection, steps = indexed
    assert steps(lambda: _rows(100).extremes(connection)) < 100
