"""What happens within one step: versions are counted and judged, hours closed, and what fired is paged.

Each piece is gather - decide - apply. Nothing of it lasts unless the whole step does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.page import Page
from alerts.respond import Fold
from connectors.counting import ledger
from connectors.lineage import Lineage
from connectors.ticket import DAY, Int64, TicketBatch
from connectors.windows import Calendar
from detectors.judging import judge, revise
from detectors.signal import Signal
from detectors.step import Nothing, Place, Step
from monitor.engine.done import Done
from monitor.engine.following import StoredMoment
from monitor.engine.knowing import after_batch, known_time
from monitor.engine.memory import Memory, StoredCounts
from monitor.engine.open_incidents import OpenIncidents
from monitor.engine.paging import missed, page, ready
from monitor.engine.revising import signals_touched
from monitor.engine.rules import Rules
from monitor.engine.steps import again, arrival, closing
from monitor.engine.trend_writing import write_closed, write_revised
from monitor.known_time import KnownTime
from monitor.placement.placing import Placing
from monitor.storage.store import Transaction

# Hours are closed in parts, each a transaction, so that a long history holds nobody up.
PART: Final = 31 * DAY
NO_HOURS: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Work:
    """One step over the store, and what the engine remembers beside it."""

    tx: Transaction
    memory: Memory
    incidents: OpenIncidents
    calendar: Calendar
    rules: Rules
    lineage: Lineage
    placing: Placing | None

    @property
    def counts(self) -> StoredCounts:
        """What is counted."""
        return StoredCounts(self.tx, self.memory)

    def known(self) -> KnownTime:
        """Which hours are known now."""
        return known_time(self.tx, self.calendar, self.rules)

    def book(
        self, batch: TicketBatch, number: int, done: Done, *, now: int, awaiting: str | None
    ) -> KnownTime:
        """Store, count and judge the versions of a part of a poll: what is known of time with them."""
        again_told: tuple[TicketBatch, ...] = ()
        if self.placing is not None:
            settled = self.placing.settle(self.tx, batch, now=now)
            batch, again_told = settled.batch, settled.again
        before = self.known()
        nodes = labels = self.memory.taxonomy.nodes(batch.paths)[batch.category]
        if self.lineage:
            paths, category = self.lineage.counted(batch.paths, batch.category, batch.created)
            nodes = self.memory.taxonomy.nodes(paths)[category]
        self.tx.nodes.save(self.memory.taxonomy)
        imported = awaiting is not None
        taken = self.tx.ingest(
            batch,
            nodes=nodes,
            labels=None if nodes is labels else labels,
            seen=now,
            calendar=self.calendar,
            imported=imported,
        )
        self.memory.following.arrived(imported=imported)
        names = self.memory.sources(self.tx, number)
        counts = StoredCounts(self.tx, self.memory, (taken.versions, taken.ledger))
        step = arrival(self.memory, names, taken.versions, taken.ledger, before=counts, now=now)
        known = after_batch(before, self.rules, batch.source, int(batch.created.min()))
        closed = self.tx.facts.closed_until()
        if closed is not None:
            step = again(self.tx, step, before, known, closed_until=closed, now=now)
        done.signals += self.judge(step, now=now, awaiting=awaiting)
        if closed is not None:
            done.trend += write_revised(self.tx, before, known, step, closed_until=closed, now=now)
        for told in again_told:
            self.book(told, self.tx.sources.id(told.source), done, now=now, awaiting=awaiting)
        return known

    def to_close(self, complete: int) -> Int64:
        """The next hours to close, at most a part, from the last one closed or the first with a count.

        Hours without a count up to the next one are no work, however many they are.
        """
        until = self.calendar.hour(complete)
        start = self.tx.facts.closed_until()
        if start is None:
            span = self.tx.counts.span()
            if span is None:
                return NO_HOURS
            earlier = [stored.signal.crossed_at for stored in self.tx.signals.open(0, span[0])]
            start = self.calendar.hour(min([span[0], *earlier]))
        counted = self.tx.counts.first_hour(start)
        ahead = start + PART if counted is None else max(counted, start + PART)
        return self.calendar.hours_between(start, min(until, ahead))

    def close(self, done: Done, hours: Int64, *, reached: int, now: int) -> None:
        """Close these hours, and judge what became due until the clock reached that instant."""
        clock = self.tx.facts.clock()
        if clock is None:
            # What was due before the first look was judged when its ticket arrived.
            clock = reached - DAY
        clock = min(clock, reached)
        if len(hours) == 0 and clock == reached:
            return
        known = self.known()
        step = closing(self.tx, self.memory, known, hours, clock=(clock, reached))
        done.hours = len(hours)
        moment = StoredMoment(self.tx, self.memory.taxonomy, known, now, self.rules.sources)
        followed = self.memory.following.close(self.rules.detectors, hours, moment)
        done.signals = self.judge(step, now=now, closed=True, followed=followed)
        prompt = [signal for signal in done.signals if not missed(signal, now)]
        done.pages = self.page(prompt, now=now, sample=self.rules.only_samples)
        if len(hours):
            done.trend = [write_closed(self.tx, self.memory.taxonomy, known, hours, now=now)]
            self.tx.facts.close_hours(reached)
        self.tx.facts.move_clock(reached)

    def look(self, done: Done, *, now: int) -> None:
        """Judge the running hour, where something has arrived in it since the last look."""
        following, closed = self.memory.following, self.tx.facts.closed_until()
        if closed is None or closed >= now or not following.is_due(now):
            return
        known = self.known()
        moment = StoredMoment(self.tx, self.memory.taxonomy, known, now, self.rules.sources)
        fired = following.look(self.rules.detectors, closed, moment)
        fresh = self.tx.signals.save(fired, fired_at=now)
        self.memory.fired.add(fresh)
        done.signals += fresh
        done.pages += self.page(fresh, now=now, sample=self.rules.only_samples, known=known)

    def reconsider(self, done: Done, *, now: int) -> None:
        """Judge what is counted in the open windows."""
        self.memory.forget()
        versions = self.tx.ticket_reads.versions(self.calendar.month(now))
        names = tuple(state.name for state in self.tx.sources.all())
        step = arrival(self.memory, names, versions, ledger(versions), before=Nothing(), now=now)
        fired = [s for s in judge(self.rules.detectors.values(), step) if s.window_end > now]
        done.signals = self.tx.signals.save(fired, fired_at=now)
        done.pages = self.page(done.signals, now=now, sample=self.rules.only_samples)

    def judge(
        self,
        step: Step,
        *,
        now: int,
        awaiting: str | None = None,
        closed: bool = False,
        followed: Sequence[Signal] = (),
    ) -> list[Signal]:
        """Judge a step: what fired for the first time, stored. What no longer holds is marked.

        Signals of hours that closed long after their end await the page that they share. `followed` are
        those of detectors that follow the clock.
        """
        fired = [*judge(self.rules.detectors.values(), step), *followed]
        late = [signal for signal in fired if closed and missed(signal, now)]
        prompt = [signal for signal in fired if not (closed and missed(signal, now))]
        fresh = self.tx.signals.save(prompt, fired_at=now, awaiting=awaiting)
        fresh += self.tx.signals.save(late, fired_at=now, awaiting=ready())
        self.memory.apply(step.ledger, step.versions)
        self.memory.fired.add(fresh)
        self.revise(signals_touched(self.tx, step, self.memory.fired, now=now))
        return fresh

    def revise(self, touched: list[Signal]) -> None:
        """Mark those of the signals that no longer hold, or hold again."""
        if not touched:
            return
        place = Place(self.memory.taxonomy, self.calendar)
        revised = revise(self.rules.detectors, touched, self.counts, place)
        changed = [
            signal
            for was, signal in zip(touched, revised, strict=True)
            if was.revised_to != signal.revised_to
        ]
        self.tx.signals.revise({signal.identity: signal.revised_to for signal in changed})
        self.memory.fired.add(changed)

    def page(
        self,
        signals: list[Signal],
        *,
        now: int,
        sample: bool,
        fold: Fold | None = None,
        known: KnownTime | None = None,
    ) -> list[Page]:
        """Decide and store the pages of signals that fired together; those that are new."""
        if not signals:
            return []
        return page(
            self.tx,
            signals,
            rules=self.rules,
            counts=self.counts,
            taxonomy=self.memory.taxonomy,
            known=known or self.known(),
            incidents=self.incidents,
            now=now,
            sample=sample,
            fold=fold,
        )
