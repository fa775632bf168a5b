"""One engine over one store: batches are taken, hours are closed, and what follows is decided.

Each step is gather - decide - apply in a single transaction: a count, its signals and their pages become
durable together or not at all (law 5). A step that fails leaves nothing, and its source reads again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import RLock

from alerts.catalogue import Sentence
from alerts.desk import CarriedOut, Order, Quieten
from alerts.page import TrendHour
from alerts.silences import Silence
from connectors.lineage import Lineage
from connectors.source import Poll
from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER, Path, to_us
from connectors.windows import Calendar
from detectors.following import Followed
from monitor.engine.acting import act
from monitor.engine.done import Done, Rearranged
from monitor.engine.following import StoredMoment
from monitor.engine.knowing import complete_until, known_time
from monitor.engine.memory import Memory, StoredCounts
from monitor.engine.open_incidents import OpenIncidents, tickets_of
from monitor.engine.paging import READY, Trends, fold_of, ready
from monitor.engine.quieting import end_silence, quieten
from monitor.engine.relocating import relocate_incidents
from monitor.engine.rules import Rules
from monitor.engine.tending import tend_incidents
from monitor.engine.work import NO_HOURS, Work
from monitor.placement.placing import Placing
from monitor.storage.rearranging import rearrange
from monitor.storage.store import Store
from monitor.storage.taxonomy_changes import lineage_of, whereabouts


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
        with self._step() as work:
            tx, source = work.tx, poll.batch.source
            number = tx.sources.id(source)
            known = first = None
            if len(poll.batch):
                first = int(poll.batch.created.min())
                awaiting = source if imported else None
                known = work.book(poll.batch, number, done, now=now, awaiting=awaiting)
            done.quarantined = tx.quarantine.add(poll.quarantined, seen=now)
            complete_to = None if poll.complete_to is None else to_us(poll.complete_to)
            tx.sources.progress(
                number, polled_at=now, cursor=poll.cursor, complete_to=complete_to, first_created=first
            )
            sample = source in self.rules.samples
            if not imported:
                done.pages += work.page(done.signals, now=now, sample=sample, known=known)
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
        with self._step() as work:
            tx = work.tx
            complete = complete_until(tx, self.rules, now)
            hours = NO_HOURS if complete is None else work.to_close(complete)
            if complete is not None:
                reached = self.calendar.hour_end(int(hours[-1])) if len(hours) else complete
                work.close(done, hours, reached=reached, now=now)
            if len(hours) == 0:
                work.look(done, now=now)
                waiting = tx.signals.waiting(READY)
                fold = fold_of(stored.awaiting or "" for stored in waiting)
                signals = [stored.signal for stored in waiting]
                done.pages += work.page(signals, now=now, sample=self.rules.only_samples, fold=fold)
                done.pages += tend_incidents(
                    tx,
                    self._incidents,
                    rules=self.rules,
                    taxonomy=self.taxonomy,
                    known=work.known(),
                    now=now,
                )
        return done

    def reconsider(self, rules: Rules, *, now: int) -> Done:
        """Judge by these rules from now on, and by them at once what is counted in the open windows.

        What has fired before does not fire again (law 2).
        """
        done = Done()
        with self._lock, self._ruled_by(rules), self._step() as work:
            work.reconsider(done, now=now)
        return done

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
            with self._step() as work:
                tx = work.tx
                changes = tx.taxonomy.all()
                lineage = lineage_of(changes, depth=len(self.taxonomy.levels))
                moved = whereabouts(changes, lineage)
                followed = rearrange(tx, self.taxonomy, lineage, calendar=self.calendar, moved=moved)
                done.moved = followed.tickets
                relocate_incidents(tx, moved, followed.signals, plan=self.rules.plan, now=now)
                tx.taxonomy.apply(at=now)
                work.reconsider(done, now=now)
                signals = tx.signals.overlapping(self.calendar.month(now), NEVER)
                work.revise([stored.signal for stored in signals])
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
        with self._step() as work:
            tickets = partial(tickets_of, work.counts, self.taxonomy)
            return act(work.tx, order, plan=self.rules.plan, tickets=tickets)

    def quieten(self, order: Quieten) -> Silence | Sentence:
        """Keep a node quiet, or say why not."""
        with self._step() as work:
            tickets = partial(tickets_of, work.counts, self.taxonomy)
            return quieten(work.tx, order, plan=self.rules.plan, tickets=tickets)

    def end_silence(self, id: int, by: str, *, now: int) -> Silence | Sentence:
        """End a silence, or say why not; the next tick announces it."""
        with self._step() as work:
            return end_silence(work.tx, id, by, plan=self.rules.plan, now=now)

    def hours(self, node: Path, *, now: int) -> tuple[TrendHour, ...]:
        """The last hours of a node up to the running one, oldest first; None where an hour is unknown."""
        with self._lock, self.store.reading() as tx:
            counts, known = StoredCounts(tx, self._memory), known_time(tx, self.calendar, self.rules)
            shown = self.rules.plan.alerts.trend_hours
            return Trends(counts, self.taxonomy, known, now, hours=shown)(node)

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
    def _step(self) -> Iterator[Work]:
        """One step: a transaction, and a memory that follows it, or forgets when it failed."""
        with self._lock:
            try:
                with self.store.writing() as tx:
                    self._incidents.begin()
                    yield Work(
                        tx,
                        self._memory,
                        self._incidents,
                        self.calendar,
                        self.rules,
                        self.lineage,
                        self.placing,
                    )
            except BaseException:
                self._memory.forget()
                self._incidents.forget()
                if self.placing is not None:
                    self.placing.forget()
                raise
