"""The production engine over a real store, fed version by version, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine import detector_of, ticket_of, trend_records
from oracle import OracleRule, OracleTicket  # noqa: TC002 - a module of ours

from alerts.plan import Level, ResponsePlan
from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, at_us, to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.config.implied import completed
from monitor.engine.engine import Engine
from monitor.engine.rules import Rules
from monitor.known_time import Missing
from monitor.storage import Store
from monitor.storage.taxonomy_changes import lineage_of


def plan_of(levels: Iterable[str]) -> ResponsePlan:
    """A plan whose levels each tell one role on the console."""
    names = list(dict.fromkeys(levels))
    written = tuple(Level(name=name, notify=("watch",)) for name in names)
    plan = ResponsePlan(levels=written, roles=(), contacts=(), channels=(), departments=())
    return completed(plan, used_levels=names, written=())


class Live:
    """An engine with its store and clock."""

    def __init__(
        self,
        url: str,
        rules: Sequence[OracleRule],
        *,
        zone: str,
        levels: int,
        sources: Sequence[str],
        gaps: Mapping[str, Sequence[tuple[datetime, datetime]]],
    ) -> None:
        self.url, self.sources = url, list(sources)
        self.levels = levels
        self.calendar = Calendar(ZoneInfo(zone))
        names = [level for rule in rules for level in (*rule.thresholds, rule.level)]
        self.rules = Rules(
            detectors={rule.name: detector_of(rule, levels) for rule in rules},
            plan=plan_of(names),
            sources=tuple(sources),
            gaps=tuple(Missing(to_us(a), to_us(b)) for spans in gaps.values() for a, b in spans),
        )
        self.pages: list[Any] = []
        self.open()

    def open(self) -> None:
        """Start, or start again, from what the store holds."""
        self.store = Store.open(self.url)
        with self.store.reading() as tx:
            taxonomy = Taxonomy([f"level {i}" for i in range(self.levels)], tx.nodes.paths())
            applied = [change for change in tx.taxonomy.all() if change.applied_at is not None]
        self.engine = Engine(
            self.store,
            taxonomy=taxonomy,
            calendar=self.calendar,
            rules=self.rules,
            lineage=lineage_of(applied, depth=self.levels),
        )

    def restart(self) -> None:
        """Forget all that is only in memory."""
        self.store.close()
        self.open()

    def reach(self, now: datetime) -> None:
        """The clock is there: all sources are complete until then, and what is over is closed."""
        for source in self.sources:
            self.engine.take(Poll(TicketBatch.empty(source), (), "", now), now=to_us(now))
        while True:
            self.engine.prepare(now=to_us(now))
            done = self.engine.close(now=to_us(now))
            self.pages += done.pages
            if not done.hours:
                break

    def arrive(self, versions: Sequence[OracleTicket], now: datetime, *, imported: int = 0) -> None:
        """These versions of one source arrive together."""
        source = versions[0].source
        batch = TicketBatch.of(source, map(ticket_of, versions))
        done = self.engine.take(Poll(batch, (), "", None), now=to_us(now), imported=imported)
        self.pages += done.pages

    def run(self, versions: Iterable[OracleTicket]) -> None:
        """All versions, each at its `updated_at`, with hours closing between them."""
        in_order = sorted(versions, key=lambda version: version.updated_at)
        for now, together in groupby(in_order, key=lambda version: version.updated_at):
            self.reach(now)
            for _, of_source in groupby(together, key=lambda version: version.source):
                self.arrive(list(of_source), now)

    def finish(self, versions: Sequence[OracleTicket]) -> None:
        """Let the clock close the last day of what was created or seen."""
        last = max(max(to_us(v.created_at), to_us(v.updated_at)) for v in versions)
        self.reach(at_us(self.calendar.day_end(self.calendar.day(last))))

    def signals(self) -> list[Signal]:
        """All stored signals."""
        with self.store.reading() as tx:
            return [stored.signal for stored in tx.signals.find()]

    def trend(self) -> list[dict[str, Any]]:
        """Last revisions of all rows of the trend log."""
        with self.store.reading() as tx:
            rows = tx.trend.between(-(2**62), 2**62).rows
        return trend_records(rows, self.engine.taxonomy)


def sqlite(folder: Path) -> str:
    """Address of a new SQLite store."""
    return f"sqlite:///{folder / 'complaints.db'}"
