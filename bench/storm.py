"""2,000 nodes at the edge of the plan's hundred, and one poll that brings the last ticket of each.

The plan is the shipped one of a telecom company. The decision alone (`alerts.respond`) is given the
signals, an empty book, and nothing to read; the whole step is `Engine.take` on SQLite: tickets stored and
counted, signals judged, trends gathered, incidents opened, pages decided and stored, and all of it is one
commit. Medians of new books, and of new stores.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from alerts.incidents.book import Book
from alerts.plan import ResponsePlan
from alerts.respond import Context, respond
from bench.living import AT, CALENDAR, LEVELS, NOW, SOURCE, Living, later, poll
from bench.result import Figure
from bench.rules import DAY_TICKETS
from connectors.taxonomy import Taxonomy
from detectors.rules import daily_threshold
from detectors.signal import Signal
from monitor.config import load
from monitor.engine.done import Done
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.storage import Store

SIGNALS, STORES, BOOKS = 2_000, 3, 5
QUICK = (100, 1, 1)
WANTED = 1.0
PLAN = Path(__file__).parents[1] / "alerts/plans/telecom.toml"
LEVEL = "三级预警"

Spent = tuple[float, float]
"""Seconds by the clock, and of the processor."""


def measure(*, quick: bool) -> list[Figure]:
    size, stores, books = QUICK if quick else (SIGNALS, STORES, BOOKS)
    plan = load(PLAN).plan
    steps = []
    for _ in range(stores):
        with tempfile.TemporaryDirectory() as folder:
            spent, done = storm(Path(folder), plan, size)
            steps.append(spent)
    told = sum(bool(page.told) for page in done.pages)
    if len(done.signals) != size:
        raise SystemExit(f"{len(done.signals)} signals fired, not {size}")
    alone = [decision(done.signals, plan) for _ in range(books)]
    return [
        figure(f"{size:,} signals judged and grouped, the decision alone", alone, ""),
        figure(f"{size:,} signals, the whole step on SQLite", steps, f"; {told} pages that somebody is told"),
    ]


def figure(target: str, spent: list[Spent], more: str) -> Figure:
    """Medians of the seconds by the clock and of the processor."""
    clock, processor = (statistics.median(part) for part in zip(*spent, strict=True))
    return Figure(target, clock, WANTED, "s", note=f"{processor:.2f} s of processor time{more}")


def decision(signals: list[Signal], plan: ResponsePlan) -> Spent:
    """What the pure decision takes."""
    book, now = Book(), AT + timedelta(minutes=1)
    # What a signal has worked out of itself is worked out anew.
    signals = [replace(signal) for signal in signals]
    start = _now()
    respond(signals, plan=plan, now=now, context=Context(capped=True), book=book)
    return _since(start)


def storm(folder: Path, plan: ResponsePlan, size: int) -> tuple[Spent, Done]:
    """What the step takes in which all of them fire, and what it did."""
    living = Living.make(folder, leaves=size, days=1, a_day=size)
    store = Store.open(living.url)
    with store.reading() as tx:
        taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        node, count = tx.counts.leaf("tickets", CALENDAR.day(NOW), CALENDAR.hour_end(CALENDAR.hour(NOW)))
    options = daily_threshold.Options(thresholds={LEVEL: DAY_TICKETS})
    rule = daily_threshold.Detector("day", (len(LEVELS),), options)
    rules = Rules(detectors={"day": rule}, plan=plan, sources=(SOURCE,))
    engine = Engine(store, taxonomy=taxonomy, calendar=CALENDAR, rules=rules)
    engine.reconsider(rules, now=NOW)
    known = dict(zip(node.tolist(), count.tolist(), strict=True))
    leaves = np.arange(size)
    missing = [DAY_TICKETS - 1 - known.get(taxonomy.find(path), 0) for path in living.leaves]
    room = np.repeat(leaves, missing)
    engine.take(poll(living.batch(np.full(len(room), NOW), room, first_id=10_000_000)), now=later(0))
    last = living.batch(np.full(size, later(60)), leaves, first_id=20_000_000)
    start = _now()
    done = engine.take(poll(last), now=later(60))
    spent = _since(start)
    store.close()
    return spent, done


def _now() -> Spent:
    return time.perf_counter(), time.process_time()


def _since(start: Spent) -> Spent:
    clock, processor = _now()
    return clock - start[0], processor - start[1]
