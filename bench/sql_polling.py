"""Tickets from a database at 5,000 a second: whether one core keeps up, with all that belongs to it.

A writer commits 1,000 rows five times a second into a table of SQLite (WAL) that has an index on its time,
and `complaint-monitor run`, bound to one core, reads them with the options as they are by default, but every
5 s: each poll reads the five minutes before its cursor again. It keeps up if the tickets that are stored stay
as far behind those that are written as the settling time and some polls, to the end.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from bench.result import Figure

A_SECOND, SECONDS, QUICK_SECONDS = 5_000, 120, 40
TIMES_A_SECOND = 5
SETTLE, EVERY = 10, 5
# Behind by no more than what has to settle, two polls and a moment.
BEHIND_S = SETTLE + 2 * EVERY + 2
CONFIG = f"""
timezone = "UTC"
language = "en"
store = {{ url = "sqlite:///complaints.db" }}
taxonomy = {{ levels = ["business", "product"] }}
web = {{ port = 0 }}
[[sources]]
name = "desk"
kind = "sql"
url = "sqlite:///desk.db"
table = "tickets"
every = "{EVERY}s"
[sources.fields]
id = "id"
created_at = "created"
updated_at = "updated"
category = ["business", "product"]
[[rules]]
name = "volume"
kind = "daily_threshold"
depths = [2]
thresholds = {{ low = 1000000 }}
[[levels]]
name = "low"
notify = ["leader"]
"""


def measure(*, quick: bool) -> list[Figure]:
    seconds = QUICK_SECONDS if quick else SECONDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        with closing(sqlite3.connect(folder / "desk.db", isolation_level=None)) as desk:
            desk.execute("PRAGMA journal_mode = WAL").fetchall()
            names = ("id", "created", "updated", "business", "product")
            desk.execute(f"CREATE TABLE tickets ({', '.join(f'{name} TEXT' for name in names)})")
            desk.execute("CREATE INDEX by_time ON tickets (updated, id)")
            with (folder / "log").open("wb") as log:
                command = [Path(sys.executable).with_name("complaint-monitor"), "run"]
                with subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as daemon:
                    os.sched_setaffinity(daemon.pid, {0})
                    try:
                        return _run(desk, folder, daemon.pid, seconds)
                    finally:
                        daemon.terminate()


def _run(desk: sqlite3.Connection, folder: Path, daemon: int, seconds: int) -> list[Figure]:
    store = folder / "complaints.db"
    while not store.exists() or not _stored(store, "SELECT 1 FROM sqlite_master WHERE name = 'tickets'"):
        time.sleep(0.1)
    began, written, behind, spent = time.time(), 0, 0.0, 0.0
    part = A_SECOND // TIMES_A_SECOND
    for step in range(seconds * TIMES_A_SECOND):
        time.sleep(max(0.0, began + step / TIMES_A_SECOND - time.time()))
        now = datetime.now(UTC).isoformat()
        desk.execute("BEGIN")
        desk.executemany(
            "INSERT INTO tickets VALUES (?, ?, ?, ?, ?)",
            ((f"T{written + n}", now, now, f"B{n % 20}", f"P{n % 500}") for n in range(part)),
        )
        desk.execute("COMMIT")
        written += part
        if step % TIMES_A_SECOND == 0 and step > BEHIND_S * TIMES_A_SECOND:
            behind = max(behind, (written - _stored(store, "SELECT count(*) FROM tickets")) / A_SECOND)
        if step == seconds * TIMES_A_SECOND // 2:
            spent, halfway = _cpu(daemon), time.time()
    used = (_cpu(daemon) - spent) / (time.time() - halfway)
    deadline = time.time() + 2 * BEHIND_S
    while _stored(store, "SELECT count(*) FROM tickets") < written:
        if time.time() > deadline:
            raise SystemExit("not all tickets that were written are stored")
        time.sleep(0.5)
    note = f"{written:,} tickets, all stored; in the second half {used:.0%} of the core"
    return [Figure("tickets from SQL at 5,000 a second, most behind", behind, BEHIND_S, "s", note=note)]


def _stored(store: Path, question: str) -> int:
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as read,
    ):
        row = read.execute(question).fetchone()
        return 0 if row is None else int(row[0])
    return 0


def _cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
