"""Tickets from a database at 5,000 a second: how much of one core it takes to keep up with them.

A table of SQLite with an index on its time grows by 5,000 rows for each second of a clock that the bench
moves. Every 30 s of it the production source polls, with its options as they are by default, and all it
brings is stored, counted, judged and committed; then a tick closes what is over. Each poll reads the five
minutes before its cursor again. Counted is the processor time of all threads, so that it doesn't matter who
else is at work; the writer's is left out. Below 1, one core keeps up; what is left over waits for the disk.
"""

import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.result import Figure
from connectors.ticket import to_us
from monitor.clock import ManualClock
from monitor.config import load
from monitor.engine.polling import poll_source
from monitor.privacy import preparing, stored_key
from monitor.storage import Store
from monitor.wiring import adopt_cut, engine_of

A_SECOND, EVERY, POLLS, QUICK_POLLS = 5_000, 30, 12, 2
# By then the five minutes are full.
LAST = 2
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CONFIG = """
timezone = "Asia/Shanghai"
language = "en"
store = { url = "sqlite:///complaints.db" }
taxonomy = { levels = ["business", "product"] }
[[sources]]
name = "desk"
kind = "sql"
url = "sqlite:///desk.db"
table = "tickets"
[sources.fields]
id = "id"
created_at = "created"
updated_at = "updated"
category = ["business", "product"]
[[rules]]
name = "volume"
kind = "daily_threshold"
depths = [1, 2]
thresholds = { low = 100000000 }
[[levels]]
name = "low"
notify = ["leader"]
"""


def measure(*, quick: bool) -> list[Figure]:
    polls = QUICK_POLLS if quick else POLLS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        with closing(sqlite3.connect(folder / "desk.db", isolation_level=None)) as desk:
            names = ("id", "created", "updated", "business", "product")
            desk.execute(f"CREATE TABLE tickets ({', '.join(f'{name} TEXT' for name in names)})")
            desk.execute("CREATE INDEX by_time ON tickets (updated, id)")
            shares, stored = _followed(desk, folder, polls)
    last = shares[-LAST:]
    wanted = A_SECOND * EVERY * (polls - 1)
    if stored < wanted:
        raise SystemExit(f"{stored:,} tickets are stored, and {wanted:,} have settled")
    note = f"{stored:,} tickets; mean of the last polls {sum(last) / len(last):.2f}"
    return [Figure("SQL at 5,000 tickets a second, share of a core, worst poll", max(last), 1.0, note=note)]


def _followed(desk: sqlite3.Connection, folder: Path, polls: int) -> tuple[list[float], int]:
    """For each poll, processor time by the time that passed; and how many tickets were stored in the end."""
    config, clock = load(folder / "config.toml"), ManualClock(NOON)
    shares, stored = [], 0
    with closing(Store.open(config.store.address())) as store:
        adopt_cut(config, store)
        engine, prepare = engine_of(config, store), preparing(config.privacy, stored_key(store))
        settings, source = config.sources[0].settings, config.sources[0].open()
        for number in range(polls):
            _write(desk, clock.now(), number)
            clock.advance(timedelta(seconds=EVERY))
            began = time.process_time()
            for done in poll_source(engine, settings, source, clock=clock, prepare=prepare):
                stored += done.versions
            engine.close(now=to_us(clock.now()))
            shares.append((time.process_time() - began) / EVERY)
    return shares, stored


def _write(desk: sqlite3.Connection, begin: datetime, number: int) -> None:
    rows = []
    for n in range(A_SECOND * EVERY):
        at = (begin + timedelta(seconds=n / A_SECOND)).isoformat()
        rows.append((f"T{number}-{n}", at, at, f"B{n % 20}", f"P{n % 500}"))
    desk.execute("BEGIN")
    desk.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?, ?)", rows)
    desk.execute("COMMIT")
