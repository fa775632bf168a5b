"""Target 4: one ticket from its arrival to the stored signal, on SQLite with synchronous=FULL.

A store with 20,000 leaves and four weeks of counts. Each measured ticket is the hundredth of its leaf's day:
it is stored, counted and judged, its signal and its page are stored, and all of it is one commit, so that
the time of `Engine.take` is the whole way. Between the takes a bare transaction with one row is committed by
sqlite3 on the same disk, which nobody can be faster than.

The wait for the next poll comes before, and the sending of the page after it; neither is measured here.
"""

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.living import NOW, Living, later, poll
from bench.result import Figure
from bench.rules import DAY_TICKETS

LEAVES, DAYS, A_DAY, TICKETS = 20_000, 28, 10_000, 200
QUICK = (500, 2, 500, 5)
P50_MS = 5


def measure(*, quick: bool) -> list[Figure]:
    leaves, days, a_day, tickets = QUICK if quick else (LEAVES, DAYS, A_DAY, TICKETS)
    takes, commits, quiet = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        living = Living.make(Path(folder), leaves=leaves, days=days, a_day=a_day)
        engine = living.engine()
        bare = _bare(Path(folder))
        # All but the last ticket of each day's hundred.
        missing = DAY_TICKETS - 1 - np.array(_today(engine, living, tickets))
        room = np.repeat(np.arange(tickets), missing)
        engine.take(poll(living.batch(np.full(len(room), NOW), room, first_id=10_000_000)), now=later(0))
        for i in range(tickets):
            at = later(1 + i)
            for leaf, times in ((i, takes), (tickets + i, quiet)):
                batch = living.batch(
                    np.array([at]), np.array([leaf]), first_id=20_000_000 + 2 * i + (leaf != i)
                )
                start = time.perf_counter()
                done = engine.take(poll(batch), now=at)
                times.append(1_000 * (time.perf_counter() - start))
                if len(done.signals) != (leaf == i):
                    raise SystemExit(f"ticket {i} should{'' if leaf == i else ' not'} have fired")
            start = time.perf_counter()
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO tickets VALUES (?, ?)", (f"T{i}", at))
            bare.execute("COMMIT")
            commits.append(1_000 * (time.perf_counter() - start))
    p50, p99 = statistics.median(takes), sorted(takes)[int(0.99 * len(takes))]
    commit = statistics.median(commits)
    note = f"p99 {p99:.1f} ms; without a signal p50 {statistics.median(quiet):.1f} ms"
    return [
        Figure("4 one ticket to stored signal, p50", p50, P50_MS, "ms", note=note),
        Figure("4 the same / bare commit", p50 / commit, None, note=f"bare commit p50 {commit:.1f} ms"),
    ]


def _today(engine, living: Living, leaves: int) -> list[int]:
    """Tickets that the first leaves have had today."""
    calendar, tree = engine.calendar, engine.taxonomy
    with engine.store.reading() as tx:
        node, count = tx.counts.leaf("tickets", calendar.day(NOW), calendar.hour_end(calendar.hour(NOW)))
    known = dict(zip(node.tolist(), count.tolist(), strict=True))
    return [known.get(tree.find(path), 0) for path in living.leaves[:leaves]]


def _bare(folder: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        bare.execute(f"PRAGMA {pragma}").fetchall()
    bare.execute("CREATE TABLE tickets (id TEXT PRIMARY KEY, at INTEGER)")
    return bare
