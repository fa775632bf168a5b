"""Target 2, as far as the hard rules go: a tick over 100,000 nodes, beside one river object for each node.

The tick is `detectors.judging.judge` over one step: an hour has closed in which each node had tickets, as it
had in the hour before, and a thousand tickets have just arrived in days that are nearly full. The leaf counts
of both hours are rolled up within the measured time; the running day and month are in memory, as they are in
the daemon. The test of an hour is exact everywhere: there is no gate that an alarm could be lost to.

River: `anomaly.GaussianScorer`, one a node, that scores and learns the node's count; measured on 2,000 of the
nodes and multiplied.
"""

import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from bench.result import Figure
from bench.rules import DAY_TICKETS, default_rules
from connectors.counting import Versions, ledger
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, NEVER, to_us
from connectors.windows import Calendar
from detectors.group_counts import GroupCounts, roll_up
from detectors.grouping import Group
from detectors.judging import judge
from detectors.step import Column, Step

LEAVES, ARRIVED, SAMPLE, ROUNDS = 86_000, 1_000, 2_000, 30
QUICK = (500, 50, 50, 3)
LEVELS = ("business", "product", "stage", "problem", "detail")
PER_LEAF = (5, 8, 10, 10)
MILLISECONDS, TIMES = 5, 20
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
HOUR_START = to_us(datetime(2026, 3, 20, 12, tzinfo=UTC))


class Counted:
    """What the three rules ask of the counts before the step, from arrays of leaf counts."""

    def __init__(self, taxonomy: Taxonomy, hours: Mapping[int, np.ndarray], leaves: np.ndarray) -> None:
        self.taxonomy, self.hours, self.leaves = taxonomy, hours, leaves
        self.tables: dict[int, GroupCounts] = {}
        day = np.full(len(leaves), DAY_TICKETS - 1, dtype=np.int64)
        self.window = roll_up(taxonomy, leaves, day)

    def of(self, column: Column, start: int, end: int) -> Mapping[Group, int]:
        if column == "tickets" and start in self.hours and end - start == HOUR:
            if start not in self.tables:
                self.tables[start] = GroupCounts(self.taxonomy, self.leaves, self.hours[start])
            return self.tables[start]
        return self.window if column == "tickets" else {}

    def last_seen(self, group: Group, start: int, end: int) -> None:
        return None


def measure(*, quick: bool) -> list[Figure]:
    leaves, arrived, sample, rounds = QUICK if quick else (LEAVES, ARRIVED, SAMPLE, ROUNDS)
    random = np.random.default_rng(2)
    taxonomy = Taxonomy(LEVELS, [_path(leaf) for leaf in range(leaves)])
    nodes = np.flatnonzero(taxonomy.depth == len(LEVELS)).astype(np.int32)
    counts = {HOUR_START + i * HOUR: random.poisson(2.0, leaves) + 0 for i in (-1, 0)}
    step = _step(taxonomy, Counted(taxonomy, counts, nodes), random.choice(nodes, arrived, replace=False))
    rules = default_rules(len(LEVELS)).values()
    times, signals = [], []
    for _ in range(rounds + 3):
        step.before.tables.clear()
        start = time.perf_counter()
        signals = judge(rules, step)
        times.append(time.perf_counter() - start)
    tick = statistics.median(times[3:])
    quiet = _step(taxonomy, step.before, nodes[:0])
    closing = []
    for _ in range(rounds + 3):
        step.before.tables.clear()
        start = time.perf_counter()
        judge(rules, quiet)
        closing.append(time.perf_counter() - start)
    close = statistics.median(closing[3:])
    river = _river(counts[HOUR_START][:sample].tolist()) * len(taxonomy) / sample
    note = (
        f"{len(taxonomy):,} nodes, every one judged; with {arrived:,} arrivals and {len(signals):,} signals "
    )
    return [
        Figure(
            "2 tick of the hard rules", 1_000 * close, MILLISECONDS, "ms", note=f"{note}{1_000 * tick:.1f} ms"
        ),
        Figure(
            "2 river GaussianScorer / tick",
            river / close,
            TIMES,
            at_least=True,
            note=f"{1_000 * river:.0f} ms, from {sample:,} nodes",
        ),
    ]


def _step(taxonomy: Taxonomy, before: Counted, leaves: np.ndarray) -> Step:
    n, now = len(leaves), HOUR_START + HOUR + 1
    at = np.full(n, now, dtype=np.int64)
    never = np.full(n, NEVER, dtype=np.int64)
    versions = Versions(
        ticket=np.arange(n, dtype=np.int64),
        source=np.zeros(n, dtype=np.int32),
        node=leaves,
        created=at,
        updated=at,
        escalated=never,
        closed=never,
        void=np.zeros(n, dtype=np.bool_),
        seen=at,
    )
    return Step(
        taxonomy=taxonomy,
        calendar=CALENDAR,
        sources=("desk",),
        versions=versions,
        ledger=ledger(versions),
        before=before,
        hours=np.array([HOUR_START]),
        judged_from=np.zeros(1, dtype=np.int64),
        ready_at=np.array([HOUR_START + HOUR]),
        clock_from=HOUR_START + HOUR,
        clock_to=now,
    )


def _river(counts: list[int]) -> float:
    """Seconds in which one scorer a node scores and learns its count; each has a past already."""
    from river.anomaly import GaussianScorer

    scorers = [GaussianScorer() for _ in counts]
    for scorer in scorers:
        for past in (1, 2, 3):
            scorer.learn_one(None, past)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for scorer, count in zip(scorers, counts, strict=True):
            scorer.score_one(None, count)
            scorer.learn_one(None, count)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _path(leaf: int) -> tuple[str, ...]:
    names, number = [f"{LEVELS[-1]} {leaf}"], leaf
    for level, width in zip(LEVELS[-2::-1], PER_LEAF, strict=True):
        number //= width
        names.append(f"{level} {number}")
    return tuple(reversed(names))
