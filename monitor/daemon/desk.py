"""The desk over the engine and its store: what apps in channels ask, and have done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from alerts.catalogue import Sentence
from alerts.desk import CarriedOut, Condition, Order, Preview, Quieten
from alerts.incidents.branch import covers, node_of
from alerts.incidents.escalation import Calls
from alerts.incidents.incident import Incident
from alerts.incidents.weighing import statistical
from alerts.page import TrendHour, key_of
from alerts.plan import ResponsePlan
from alerts.silences import Silence
from alerts.workdays import Workdays
from connectors.ticket import DAY, Path, to_us
from monitor.clock import Clock
from monitor.engine.engine import Engine
from monitor.storage.outbox import State

log = structlog.get_logger()

# A word that many categories have is answered with so many of them.
MOST_NODES = 20
# A preview names so many pages.
MOST_PREVIEWED = 3


Write = Callable[[Incident, str, str], bytes]


class EngineDesk:
    """Answers from the store, and lets the engine do what is asked.

    `changed` is told after each deed; `write` makes the special report of an incident in a language for a
    contact, as PDF.
    """

    def __init__(
        self, engine: Engine, clock: Clock, *, changed: Callable[[], None], write: Write | None = None
    ) -> None:
        self._write = write
        self._engine = engine
        self._clock = clock
        self._changed = changed

    @property
    def plan(self) -> ResponsePlan:
        return self._engine.rules.plan

    def now(self) -> int:
        return to_us(self._clock.now())

    def carry_out(self, order: Order) -> CarriedOut | Sentence:
        result = self._engine.act(order)
        if isinstance(result, CarriedOut):
            told = log.bind(incident=order.incident, deed=str(order.deed), by=order.by)
            told.info("order_repeated" if result.repeated else "order_done", state=str(result.incident.state))
            self._changed()
        else:
            log.info(
                "order_refused", incident=order.incident, deed=str(order.deed), by=order.by, why=str(result)
            )
        return result

    def condition(self) -> Condition:
        plan = self.plan
        with self._engine.store.reading() as tx:
            incidents = tx.incidents.find(only_open=True)
            figures, closed = tx.outbox.figures(), tx.facts.closed_until()
            blind = tuple(
                state.name
                for state in tx.sources.all()
                if state.blind_since is not None and state.name in self._engine.rules.sources
            )
        incidents.sort(key=lambda one: (-plan.rank(one.level), -one.count, one.id))
        return Condition(
            tuple(incidents), blind, figures[State.PENDING], figures[State.UNDELIVERABLE], closed
        )

    def incident(self, id: int) -> Incident | None:
        with self._engine.store.reading() as tx:
            return tx.incidents.get(id)

    def trend(self, node: Path) -> tuple[TrendHour, ...]:
        return self._engine.hours(node, now=self.now())

    def nodes(self, words: str) -> Sequence[Path]:
        wanted = words.casefold().replace(">", " ").split()
        if not wanted:
            return [()]
        found = [
            path
            for path in list(self._engine.taxonomy.paths)
            if path and all(word in " ".join(path).casefold() for word in wanted)
        ]
        # A node that is meant by its own name comes before those below it and those that only contain it.
        found.sort(key=lambda path: (path[-1].casefold() != wanted[-1], len(path), path))
        return found[:MOST_NODES]

    def node(self, key: str) -> Path | None:
        return next((path for path in list(self._engine.taxonomy.paths) if key_of(*path) == key), None)

    def silences(self) -> Sequence[Silence]:
        now = self.now()
        with self._engine.store.reading() as tx:
            return [one for one in tx.silences.open() if one.holds(now)]

    def preview(self, node: Path) -> Preview:
        now = self.now()
        with self._engine.store.reading() as tx:
            pages = tx.outbox.pages(now - DAY, now + 1)
            incidents = tx.incidents.find(only_open=True)
        told = [page for page in pages if page.told and page.signals and covers(node, page.node)]
        hard = [page for page in told if not all(statistical(signal) for signal in page.signals)]
        found = sum(covers(node, node_of(one.node)) for one in incidents)
        return Preview(len(told), len(hard), tuple(told[: -MOST_PREVIEWED - 1 : -1]), found)

    def quieten(self, order: Quieten) -> Silence | Sentence:
        day = self._engine.calendar.day(order.at)
        return self._told(self._engine.quieten(replace(order, since=day)), order.by)

    def end_silence(self, id: int, by: str) -> Silence | Sentence:
        return self._told(self._engine.end_silence(id, by, now=self.now()), by)

    def _told(self, result: Silence | Sentence, by: str) -> Silence | Sentence:
        if isinstance(result, Silence):
            log.info("silence_changed", silence=result.id, by=by, until=result.until)
            self._changed()
        else:
            log.info("order_refused", deed="silence", by=by, why=str(result))
        return result

    def report(self, id: int, language: str, *, by: str) -> tuple[str, bytes] | None:
        incident = self.incident(id)
        if incident is None or self._write is None:
            return None
        return f"incident-{id}.pdf", self._write(incident, language, by)

    def on_call(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        plan, now = self.plan, self._clock.now()
        if plan.schedules:
            with self._engine.store.reading() as tx:
                overrides = tx.oncall.overrides(to_us(now))
            calls = Calls(plan, Workdays(plan.workdays, self._engine.calendar.zone), overrides)
            return [(schedule.name, calls.on_call(schedule.name, now)) for schedule in plan.schedules]
        # Without schedules: those whom the highest level tells, and the operators.
        roles = plan.levels[-1].notify if plan.levels else ()
        names = dict.fromkeys((*roles, *plan.operators))
        return [(name, plan.role(name).contacts) for name in names if plan.role(name).contacts]
