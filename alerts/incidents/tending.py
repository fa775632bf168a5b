"""What time alone calls for: one look at all incidents, event by event, and the pages that follow.

The engine asks again and again; what was decided before has its event, so that nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.incidents.book import Book
from alerts.incidents.clocks import rules_for, ticked
from alerts.incidents.escalation import Calls, due
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident, Refusal, State
from alerts.incidents.lapsing import lapsed
from alerts.incidents.pages import distinct, level_tells, named, page_of, paged, role_tells, together
from alerts.incidents.verification import HourFigure, concluded, measured
from alerts.page import Page, Reason, Told
from alerts.plan import ResponsePlan
from detectors.signal import Signal


def _nothing(_incident: Incident) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class World:
    """What the engine knows around the incidents, asked for when it is needed.

    Attributes
    ----------
    calls : who can be reached
    hours : the branch's hours that closed since the last one measured, oldest first
    tickets : tickets of the branch since the incident's `since`
    delivered : the first of its pages has arrived
    signals : the most important of its signals
    sample : the tickets are made by a sample source
    silenced : by what an incident is kept quiet, if it is
    """

    calls: Calls
    hours: Callable[[Incident], Sequence[HourFigure]] = _nothing
    tickets: Callable[[Incident], int | None] = lambda _incident: None
    delivered: Callable[[Incident], bool] = lambda _incident: False
    signals: Callable[[Incident], tuple[Signal, ...]] = _nothing
    silenced: Callable[[Incident], str | None] = lambda _incident: None
    sample: bool = False


def tend(book: Book, world: World, *, now: int) -> list[Page]:
    """Decide what is due for all incidents by now; the book holds what follows."""
    look = _Look(book, world, world.calls.plan, now)
    pages = [page for incident in book.live for page in look.at(incident.id)]
    pages = together([replace(page, sample=world.sample) for page in pages], world.calls.plan)
    for page in pages:
        paged(book, page)
    return pages


@dataclass(frozen=True)
class _Look:
    book: Book
    world: World
    plan: ResponsePlan
    now: int

    def at(self, id: int) -> list[Page]:
        if not self.book[id].state.over:
            self._delivered(id)
        pages = self._measured(id)
        if not self.book[id].state.over:
            pages += self._reopened(id)
            pages += self._lapsed(id)
            pages += self._escalated(id)
        return [*pages, *self._clocks(id)]

    def _delivered(self, id: int) -> None:
        incident = self.book[id]
        if incident.tickets_before_page is None and self.world.delivered(incident):
            tickets = self.world.tickets(incident)
            facts = () if tickets is None else (("tickets", str(tickets)),)
            key = event_key(incident.key, Kind.DELIVERED)
            self.book.tell(id, Event(key, Kind.DELIVERED, self.now, facts=facts))

    def _measured(self, id: int) -> list[Page]:
        incident = self.book[id]
        if incident.state.over:
            return []
        events = measured(incident, self.world.hours(incident))
        self.book.tell(id, *events)
        pages: list[Page] = []
        if incident.state is State.HANDLED and events:
            # Hours that were missed are on record; people want the last one.
            roles = self.plan.incidents.verify or self.plan.level(incident.level).notify
            told = (*named(self.plan, incident.assignee), *role_tells(self.plan, incident, roles))
            pages += self._page(id, events[-1], distinct(told))
        conclusion = concluded(self.book[id], self.plan.incidents, now=self.now) if events else None
        if conclusion is not None:
            self.book.tell(id, conclusion)
            reopens = conclusion.kind is Kind.REOPENED
            people = named(self.plan, incident.handled_by, incident.assignee) if reopens else ()
            pages += self._page(id, conclusion, distinct((*people, *level_tells(self.plan, incident))))
        return pages

    def _reopened(self, id: int) -> list[Page]:
        """Somebody has opened it again: whoever it concerns hears of it at once, but for that person."""
        incident = self.book[id]
        event = next((one for one in reversed(incident.events(Kind.REOPENED)) if one.by), None)
        if event is None or incident.handled_at is not None or incident.reopened_at != event.at:
            return []
        told_since = (one for one in incident.events(Kind.PAGED) if one.at >= event.at)
        if any(one.why == Reason.REOPENED for one in told_since) or self.world.silenced(incident) is not None:
            return []
        people = named(self.plan, incident.handled_by, incident.assignee)
        readers = distinct((*people, *level_tells(self.plan, incident)))
        pages = self._page(id, event, [one for one in readers if one.contact != event.by])
        return [replace(page, subject=(*page.subject, ("by", event.by))) for page in pages]

    def _lapsed(self, id: int) -> list[Page]:
        incident = self.book[id]
        if incident.state is not State.ACKNOWLEDGED:
            return []
        end = lapsed(incident, self.plan.incidents, now=self.now, tickets=self.world.tickets(incident))
        if end is None:
            return []
        self.book.tell(id, end)
        told = (*named(self.plan, incident.acknowledged_by), *level_tells(self.plan, incident))
        return self._page(id, end, distinct(told))

    def _escalated(self, id: int) -> list[Page]:
        incident = self.book[id]
        if not incident.state.unanswered or self.world.silenced(incident) is not None:
            return []
        pages: list[Page] = []
        for one in due(incident, self.world.calls, now=self.now):
            self.book.tell(id, one.event)
            if one.told or one.event.kind is Kind.EXHAUSTED:
                pages += self._page(id, one.event, one.told)
        return pages

    def _clocks(self, id: int) -> list[Page]:
        incident = self.book[id]
        rules = {rule.name: rule for rule in rules_for(self.plan, incident)}
        pages: list[Page] = []
        for event in ticked(incident, self.plan, self.world.calls.workdays, now=self.now):
            if isinstance(self.book.tell(id, event), Refusal) or event.kind not in _SPOKEN:
                continue
            rule = rules.get(event.fact("deadline"))
            if rule is None:
                continue
            missed = event.kind is Kind.MISSED
            roles = (rule.escalate if missed else ()) or rule.tell or self.plan.level(incident.level).notify
            told = (*named(self.plan, incident.assignee), *role_tells(self.plan, incident, roles))
            pages += self._page(id, event, distinct(told))
        incident = self.book[id]
        if incident.state.over and not any(clock.running for clock in incident.deadlines):
            key = event_key(incident.key, Kind.CLOSED, incident.resolved_at)
            self.book.tell(id, Event(key, Kind.CLOSED, self.now))
        return pages

    def _page(self, id: int, event: Event, told: Sequence[Told]) -> list[Page]:
        """The page of an event; what a level that tells nobody goes through is on record without one."""
        incident = self.book[id]
        if not told and event.kind is not Kind.EXHAUSTED:
            return []
        about = self.world.signals(incident)
        return [page_of(incident, event, plan=self.plan, now=self.now, told=told, about=about)]


_SPOKEN: Final = (Kind.REMINDED, Kind.MISSED)
