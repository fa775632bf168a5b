"""A store that has lived for weeks, and the production engine over it: what the live benches measure.

Shanghai, one source, the plan's three rules. Every day brings as many tickets, spread over the leaves by a
power law; all hours before NOW are closed. The trend log is empty: nothing that is measured reads its past.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from alerts.plan import ResponsePlan
from bench.rules import default_rules
from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, NEVER, Int64, TicketBatch, objects, to_us
from connectors.windows import Calendar
from monitor.config.implied import completed
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.storage import Store

LEVELS = ("business", "product", "stage", "problem", "detail")
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
# Half past nine in the evening of the 20th: a day and a month that are well filled.
AT = datetime(2026, 3, 20, 13, 30, tzinfo=UTC)
NOW = to_us(AT)
SOURCE = "desk"
URGENT = 0.03
PER_LEAF = (5, 8, 10, 10)


@dataclass
class Living:
    """A store's file, and the paths of its leaves."""

    url: str
    leaves: list[tuple[str, ...]]

    @classmethod
    def make(cls, folder: Path, *, leaves: int, days: int, a_day: int) -> "Living":
        """Let a new store live for so many days until now."""
        living = cls(f"sqlite:///{folder}/living.db", [_path(leaf) for leaf in range(leaves)])
        random = np.random.default_rng(3)
        taxonomy = Taxonomy(LEVELS, living.leaves)
        popular = (random.permutation(leaves) + 30.0) ** -0.8
        popular /= popular.sum()
        store = Store.open(living.url)
        with store.writing() as tx:
            tx.nodes.save(taxonomy)
            number = tx.sources.id(SOURCE)
        for day in range(days):
            # The last day ends now.
            start = NOW - (days - day) * DAY
            created = np.sort(start + random.integers(0, DAY, a_day))
            leaf = random.choice(leaves, a_day, p=popular)
            batch = living.batch(created, leaf, first_id=day * a_day, urgent=random.random(a_day) < URGENT)
            with store.writing() as tx:
                nodes = taxonomy.nodes(batch.paths)[batch.category]
                tx.ingest(batch, nodes=nodes, seen=start + DAY, calendar=CALENDAR)
                tx.sources.progress(number, polled_at=NOW, complete_to=NOW, first_created=int(created[0]))
                tx.facts.close_hours(CALENDAR.hour(NOW))
                tx.facts.move_clock(NOW)
        store.close()
        return living

    def batch(
        self, created: Int64, leaf: Int64, *, first_id: int, urgent: np.ndarray | None = None
    ) -> TicketBatch:
        """New tickets of these leaves."""
        distinct, category = np.unique(leaf, return_inverse=True)
        never = np.full(len(created), NEVER, dtype=np.int64)
        return TicketBatch(
            source=SOURCE,
            ids=objects([f"T{first_id + i:09}" for i in range(len(created))]),
            created=created,
            updated=created,
            category=category.astype(np.int32),
            paths=tuple(self.leaves[i] for i in distinct.tolist()),
            escalated=never if urgent is None else np.where(urgent, created, NEVER),
            closed=never,
            void=np.zeros(len(created), dtype=np.bool_),
        )

    def engine(self) -> Engine:
        """The engine, as the daemon opens it: rules are reconsidered."""
        store = Store.open(self.url)
        with store.reading() as tx:
            taxonomy = Taxonomy(LEVELS, tx.nodes.paths())
        empty = ResponsePlan(levels=(), roles=(), contacts=(), channels=(), departments=())
        plan = completed(empty, used_levels=["low", "high"], written=())
        rules = Rules(detectors=default_rules(len(LEVELS)), plan=plan, sources=(SOURCE,))
        engine = Engine(store, taxonomy=taxonomy, calendar=CALENDAR, rules=rules)
        engine.reconsider(rules, now=NOW)
        return engine


def poll(batch: TicketBatch) -> Poll:
    """A part of a poll that brings this batch and is not the last."""
    return Poll(batch, (), "", None)


def later(seconds: float) -> int:
    """So long after NOW."""
    return to_us(AT + timedelta(seconds=seconds))


def _path(leaf: int) -> tuple[str, ...]:
    names, number = [f"{LEVELS[-1]} {leaf}"], leaf
    for level, width in zip(LEVELS[-2::-1], PER_LEAF, strict=True):
        number //= width
        names.append(f"{level} {number}")
    return tuple(reversed(names))
