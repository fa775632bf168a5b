"""One engine over one store: batches are taken, hours are closed, and what follows is decided.

Each step is gather - decide - apply in a single transaction: a count, its signals and their pages become
durable together or not at all (law 5). A step that fails leaves nothing, and its source reads again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import Final

import numpy as np

from alerts.catalogue import Sentence
from alerts.desk import CarriedOut, Order, Quieten
from alerts.page import Page, TrendHour
from alerts.respond import Fold
from alerts.silences import Silence
from connectors.counting import ledger
from connectors.lineage import Lineage
from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, NEVER, Int64, Path, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.following import Followed
from detectors.judging import judge, revise
from detectors.signal import Signal
from detectors.step import Nothing, Place, Step
from monitor.engine.acting import act
from monitor.engine.following import StoredMoment
from monitor.engine.knowing import after_batch, complete_until, known_time
from monitor.engine.memory import Memory, StoredCounts
from monitor.engine.open_incidents import OpenIncidents, tickets_of
from monitor.engine.paging import READY, Trends, fold_of, missed, page, ready
from monitor.engine.quieting import end_silence, quieten
from monitor.engine.relocating import relocate_incidents
from monitor.engine.revising import signals_touched
from monitor.engine.rules import Rules
from monitor.engine.steps import again, arrival, closing
from monitor.engine.tending import tend_incidents
from monitor.engine.trend_writing import write_closed, write_revised
from monitor.known_time import KnownTime
from monitor.placement.placing import Placing
from monitor.storage.rearranging import rearrange
from monitor.storage.store import Store, Transaction
from monitor.storage.taxonomy_changes import lineage_of, whereabouts
from monitor.storage.trend_log import TrendLogRows

# Hours are closed in parts, each a transaction, so that a long history holds nobody up.
PART: Final = 31 * DAY
_NO_HOURS: Final = np.empty(0, dtype=np.int64)


@dataclass
class Done:
    """What a step did, for the log, the trend files and whoever watches."""

    versions: int = 0
    quarantined: int = 0
    hours: int = 0
    signals: list[Signal] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    trend: list[TrendLogRows] = field(default_factory=list)


@dataclass
class Rearranged(Done):
    """What a changed taxonomy brought: whether it changed, and how many tickets are counted elsewhere now."""

    changed: bool = False
    moved: int = 0


class Engine:
    """Takes polls and ticks, one at a time, from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        taxonomy: Taxonomy,
        calendar: Calendar,
        rules: Rules,
        lineage: Lineage | None = None,
        placing: Placing | None = None,
    ) -> None:
        self.store = store
        self.calendar = calendar
        self.rules = rules
        self.lineage = lineage or Lineage(depth=len(taxonomy.levels))
        self.placing = placing
        if placing is not None:
            placing.follow(self.lineage)
        self._memory = Memory(taxonomy, calendar)
        self._incidents = OpenIncidents()
        self._lock = RLock()

    @property
    def taxonomy(self) -> Taxonomy:
        """The category tree as far as it is known."""
        return self._memory.taxonomy

    def take(self, poll: Poll, *, now: int, imported: int = 0) -> Done:
        """Store and judge one part of a poll that arrived now.

        While the poll is a bulk import, of so many tickets so far, its signals are stored, and paged together
        when its last part has come.
        """
        done = Done(versions=len(poll.batch))
        with self._step() as tx:
            source = poll.batch.source
            number = tx.sources.id(source)
            known = first = None
            if len(poll.batch):
                first = int(poll.batch.created.min())
                known = self._book(
                    tx, poll.batch, number, done, now=now, awaiting=source if imported else None
                )
            done.quarantined = tx.quarantine.add(poll.quarantined, seen=now)
            complete_to = None if poll.complete_to is None else to_us(poll.complete_to)
            tx.sources.progress(
                number, polled_at=now, cursor=poll.cursor, complete_to=complete_to, first_created=first
            )
            sample = source in self.rules.samples
            if not imported:
                done.pages += self._page(tx, done.signals, now=now, sample=sample, known=known)
            if poll.complete_to is not None:
                # Their page waits for the hours of the import, which the next tick closes.
                tx.signals.hand_over(source, ready(source, imported))
        return done

    def prepare(self, *, now: int) -> None:
        """Let the detectors that follow the clock work out what the next `close` needs, and hold up no step.

        At midnight and at a start that is a model of all nodes, which may take seconds. Without this the step
        that needs it works it out.
        """
        if not any(isinstance(detector, Followed) for detector in self.rules.detectors.values()):
            return
        with self.store.reading() as tx:
            hour = tx.facts.closed_until()
            if hour is None:
                return
            moment = StoredMoment(
                tx, self.taxonomy, known_time(tx, self.calendar, self.rules), now, self.rules.sources
            )
            prepared = self._memory.following.prepared(self.rules.detectors, hour, moment)
        if prepared is not None:
            with self._lock:
                self._memory.following.adopt(prepared)

    def close(self, *, now: int) -> Done:
        """Close the hours that are over and complete, a part of them at a time: until it closes none."""
        done = Done()
        with self._step() as tx:
            complete = complete_until(tx, self.rules, now)
            hours = _NO_HOURS if complete is None else self._to_close(tx, complete)
            if complete is not None:
                reached = self.calendar.hour_end(int(hours[-1])) if len(hours) else complete
                self._close(tx, done, hours, reached=reached, now=now)
            if len(hours) == 0:
                self._look(tx, done, now=now)
                waiting = tx.signals.waiting(READY)
                fold = fold_of(stored.awaiting or "" for stored in waiting)
                signals = [stored.signal for stored in waiting]
                done.pages += self._page(tx, signals, now=now, sample=self.rules.only_samples, fold=fold)
                done.pages += tend_incidents(
                    tx,
                    self._incidents,
                    rules=self.rules,
                    taxonomy=self.taxonomy,
                    known=known_time(tx, self.calendar, self.rules),
                    now=now,
                )
        return done

    def _close(self, tx: Transaction, done: Done, hours: Int64, *, reached: int, now: int) -> None:
        """Close these hours, and judge what became due until the clock reached that instant."""
        clock = tx.facts.clock()
        if clock is None:
            # What was due before the first look was judged when its ticket arrived.
            clock = reached - DAY
        clock = min(clock, reached)
        if len(hours) == 0 and clock == reached:
            return
        known = known_time(tx, self.calendar, self.rules)
        step = closing(tx, self._memory, known, hours, clock=(clock, reached))
        done.hours = len(hours)
        moment = StoredMoment(tx, self.taxonomy, known, now, self.rules.sources)
        followed = self._memory.following.close(self.rules.detectors, hours, moment)
        done.signals = self._judge(tx, step, now=now, closed=True, followed=followed)
        prompt = [signal for signal in done.signals if not missed(signal, now)]
        done.pages = self._page(tx, prompt, now=now, sample=self.rules.only_samples)
        if len(hours):
            done.trend = [write_closed(tx, self.taxonomy, known, hours, now=now)]
            tx.facts.close_hours(reached)
        tx.facts.move_clock(reached)

    def _look(self, tx: Transaction, done: Done, *, now: int) -> None:
        """Judge the running hour, where something has arrived in it since the last look."""
        following, closed = self._memory.following, tx.facts.closed_until()
        if closed is None or closed >= now or not following.is_due(now):
            return
        known = known_time(tx, self.calendar, self.rules)
        moment = StoredMoment(tx, self.taxonomy, known, now, self.rules.sources)
        fired = following.look(self.rules.detectors, closed, moment)
        fresh = tx.signals.save(fired, fired_at=now)
        self._memory.fired.add(fresh)
        done.signals += fresh
        done.pages += self._page(tx, fresh, now=now, sample=self.rules.only_samples, known=known)

    def reconsider(self, rules: Rules, *, now: int) -> Done:
        """Judge by these rules from now on, and by them at once what is counted in the open windows.

        What has fired before does not fire again (law 2).
        """
        done = Done()
        with self._step() as tx, self._ruled_by(rules):
            self._reconsider(tx, done, now=now)
        return done

    def _reconsider(self, tx: Transaction, done: Done, *, now: int) -> None:
        """Judge what is counted in the open windows."""
        self._memory.forget()
        versions = tx.ticket_reads.versions(self.calendar.month(now))
        names = tuple(state.name for state in tx.sources.all())
        step = arrival(self._memory, names, versions, ledger(versions), before=Nothing(), now=now)
        fired = [s for s in judge(self.rules.detectors.values(), step) if s.window_end > now]
        done.signals = tx.signals.save(fired, fired_at=now)
        done.pages = self._page(tx, done.signals, now=now, sample=self.rules.only_samples)

    def rearrange(self, *, now: int) -> Rearranged:
        """Count by what people have changed in the taxonomy, and judge at once what is open.

        Signals follow their nodes, so that what has fired does not fire again under another name (law 2).
        """
        with self.store.reading() as tx:
            if not tx.taxonomy.is_pending():
                return Rearranged()
        done = Rearranged()
        # Nobody counts between the transaction and the new lineage.
        with self._lock:
            with self._step() as tx:
                changes = tx.taxonomy.all()
                lineage = lineage_of(changes, depth=len(self.taxonomy.levels))
                moved = whereabouts(changes, lineage)
                followed = rearrange(tx, self.taxonomy, lineage, calendar=self.calendar, moved=moved)
                done.moved = followed.tickets
                relocate_incidents(tx, moved, followed.signals, plan=self.rules.plan, now=now)
                tx.taxonomy.apply(at=now)
                self._reconsider(tx, done, now=now)
                signals = tx.signals.overlapping(self.calendar.month(now), NEVER)
                self._revise(tx, [stored.signal for stored in signals])
            self.lineage, done.changed = lineage, True
            if self.placing is not None:
                self.placing.follow(lineage)
        return done

    def place_by(self, placing: Placing) -> None:
        """Tickets without a category are placed by this from now on."""
        with self._lock:
            placing.follow(self.lineage)
            self.placing = placing

    def act(self, order: Order) -> CarriedOut | Sentence:
        """Do what a person asks, or say why not; what was done is stored."""
        with self._step() as tx:
            tickets = partial(tickets_of, StoredCounts(tx, self._memory), self.taxonomy)
            return act(tx, order, plan=self.rules.plan, tickets=tickets)

    def quieten(self, order: Quieten) -> Silence | Sentence:
        """Keep a node quiet, or say why not."""
        with self._step() as tx:
            tickets = partial(tickets_of, StoredCounts(tx, self._memory), self.taxonomy)
            return quieten(tx, order, plan=self.rules.plan, tickets=tickets)

    def end_silence(self, id: int, by: str, *, now: int) -> Silence | Sentence:
        """End a silence, or say why not; the next tick announces it."""
        with self._step() as tx:
            return end_silence(tx, id, by, plan=self.rules.plan, now=now)

    def hours(self, node: Path, *, now: int) -> tuple[TrendHour, ...]:
        """The last hours of a node up to the running one, oldest first; None where an hour is unknown."""
        with self._lock, self.store.reading() as tx:
            counts, known = StoredCounts(tx, self._memory), known_time(tx, self.calendar, self.rules)
            return Trends(counts, self.taxonomy, known, now)(node)

    def _to_close(self, tx: Transaction, complete: int) -> Int64:
        """The next hours to close, at most a part, from the last one closed or the first with a count."""
        until = self.calendar.hour(complete)
        start = tx.facts.closed_until()
        if start is None:
            span = tx.counts.span()
            if span is None:
                return _NO_HOURS
            earlier = [stored.signal.crossed_at for stored in tx.signals.open(0, span[0])]
            start = self.calendar.hour(min([span[0], *earlier]))
        return self.calendar.hours_between(start, min(until, start + PART))

    def _book(
        self, tx: Transaction, batch: TicketBatch, number: int, done: Done, *, now: int, awaiting: str | None
    ) -> KnownTime:
        """Store, count and judge the versions of a part of a poll: what is known of time with them."""
        again_told: tuple[TicketBatch, ...] = ()
        if self.placing is not None:
            settled = self.placing.settle(tx, batch, now=now)
            batch, again_told = settled.batch, settled.again
        before = known_time(tx, self.calendar, self.rules)
        nodes = labels = self.taxonomy.nodes(batch.paths)[batch.category]
        if self.lineage:
            paths, category = self.lineage.counted(batch.paths, batch.category, batch.created)
            nodes = self.taxonomy.nodes(paths)[category]
        tx.nodes.save(self.taxonomy)
        imported = awaiting is not None
        taken = tx.ingest(
            batch,
            nodes=nodes,
            labels=None if nodes is labels else labels,
            seen=now,
            calendar=self.calendar,
            imported=imported,
        )
        self._memory.following.arrived(imported=imported)
        names = self._memory.sources(tx, number)
        counts = StoredCounts(tx, self._memory, (taken.versions, taken.ledger))
        step = arrival(self._memory, names, taken.versions, taken.ledger, before=counts, now=now)
        known = after_batch(before, self.rules, batch.source, int(batch.created.min()))
        closed = tx.facts.closed_until()
        if closed is not None:
            step = again(tx, step, before, known, closed_until=closed, now=now)
        done.signals += self._judge(tx, step, now=now, awaiting=awaiting)
        if closed is not None:
            done.trend += write_revised(tx, before, known, step, closed_until=closed, now=now)
        for told in again_told:
            self._book(tx, told, tx.sources.id(told.source), done, now=now, awaiting=awaiting)
        return known

    def _judge(
        self,
        tx: Transaction,
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
        fresh = tx.signals.save(prompt, fired_at=now, awaiting=awaiting)
        fresh += tx.signals.save(late, fired_at=now, awaiting=ready())
        self._memory.apply(step.ledger, step.versions)
        self._memory.fired.add(fresh)
        self._revise(tx, signals_touched(tx, step, self._memory.fired, now=now))
        return fresh

    def _revise(self, tx: Transaction, touched: list[Signal]) -> None:
        """Mark those of the signals that no longer hold, or hold again."""
        if not touched:
            return
        place = Place(self.taxonomy, self.calendar)
        revised = revise(self.rules.detectors, touched, StoredCounts(tx, self._memory), place)
        changed = [
            signal
            for was, signal in zip(touched, revised, strict=True)
            if was.revised_to != signal.revised_to
        ]
        tx.signals.revise({signal.identity: signal.revised_to for signal in changed})
        self._memory.fired.add(changed)

    def _page(
        self,
        tx: Transaction,
        signals: list[Signal],
        *,
        now: int,
        sample: bool,
        fold: Fold | None = None,
        known: KnownTime | None = None,
    ) -> list[Page]:
        if not signals:
            return []
        return page(
            tx,
            signals,
            rules=self.rules,
            counts=StoredCounts(tx, self._memory),
            taxonomy=self.taxonomy,
            known=known or known_time(tx, self.calendar, self.rules),
            incidents=self._incidents,
            now=now,
            sample=sample,
            fold=fold,
        )

    @contextmanager
    def _ruled_by(self, rules: Rules) -> Iterator[None]:
        """By these rules from now on; by those of before where the step fails."""
        before, self.rules = self.rules, rules
        try:
            yield
        except BaseException:
            self.rules = before
            raise

    @contextmanager
    def _step(self) -> Iterator[Transaction]:
        """One step: a transaction, and a memory that follows it, or forgets when it failed."""
        with self._lock:
            try:
                with self.store.writing() as tx:
                    self._incidents.begin()
                    yield tx
            except BaseException:
                self._memory.forget()
                self._incidents.forget()
                if self.placing is not None:
                    self.placing.forget()
                raise
