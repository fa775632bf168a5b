"""A table that a service desk writes."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from conformance import DATABASE
from reading import NOW, settings

from connectors.sql import Options, Source


class World:
    many = 12_000
    without = DATABASE

    def __init__(self, folder: Path) -> None:
        self.file = folder / "desk.db"
        self.now = NOW
        self._run("CREATE TABLE tickets (id TEXT, created TEXT, updated TEXT, a TEXT, b TEXT)", [()])

    def source(self) -> Source:
        return Source(settings("sql"), Options(url=f"sqlite:///{self.file}", table="tickets"))

    def tell(self, numbers) -> None:
        self.now += timedelta(minutes=30)
        # The desk works in the half hour that just passed, many tickets a second.
        rows = [
            (f"T{n}", *[(self.now - timedelta(seconds=1_700 - n % 1_600)).isoformat()] * 2) for n in numbers
        ]
        self._run("INSERT INTO tickets VALUES (?, ?, ?, 'A', 'B')", rows)

    def move(self, number, name) -> None:
        self.now += timedelta(minutes=30)
        at = (self.now - timedelta(minutes=5)).isoformat()
        self._run("UPDATE tickets SET a = ?, updated = ? WHERE id = ?", [(name, at, f"T{number}")])

    def spoil(self) -> None:
        self.now += timedelta(minutes=30)
        self._run(
            "INSERT INTO tickets VALUES ('', ?, ?, 'A', 'B')",
            [[(self.now - timedelta(minutes=1)).isoformat()] * 2],
        )

    def lose(self) -> None:
        self._run("ALTER TABLE tickets RENAME TO elsewhere", [()])

    def _run(self, statement: str, rows) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.executemany(statement, rows) if rows != [()] else connection.execute(statement)
