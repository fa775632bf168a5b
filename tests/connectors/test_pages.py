"""What a poll asks a database, in the words of each; Oracle and SQL Server are tried nowhere else."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from connectors.pages import origin_of, selections

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


def test_the_smallest_and_the_largest_are_found_without_reading_all(indexed):
    connection, steps = indexed
    assert steps(lambda: _rows(100).extremes(connection)) < 100
