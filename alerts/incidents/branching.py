"""What becomes of an incident's branch: it narrows to a part, widens, or goes to another incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.incidents.book import Book
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident
from alerts.incidents.weighing import MOST
from alerts.plan import ResponsePlan
from connectors.ticket import Path


def settle_nested(id: int, book: Book, *, plan: ResponsePlan, now: int) -> None:
    """An incident has moved: where another lies at, above or below it now, the wider one has both."""
    branches = Branches(book, plan, now)
    while (other := book.nests(book[id])) is not None:
        wide, narrow = sorted((book[id], other), key=lambda one: (len(one.node), one.id))
        branches.merge(narrow, wide.id)
        if narrow.id == id:
            return


@dataclass(frozen=True)
class Branches:
    """The branches of a book's incidents, none of which lies at, above or below another's."""

    book: Book
    plan: ResponsePlan
    now: int

    def narrowed(self, incident: Incident, branch: Path, counts: Mapping[str, int]) -> Incident:
        """An incident that knew its branch as a whole alone goes to the one part that holds most of it."""
        before = dict(incident.counts)
        only_whole = incident.nodes == (incident.node,) and branch != incident.node
        most = any(n >= MOST * before[kind] for kind, n in counts.items() if kind in before)
        if not (only_whole and most):
            return incident
        event = self.event(incident, Kind.NARROWED, Why.FOCUS, branch, node=branch, nodes=(branch,))
        self.book.tell(incident.id, event)
        return self.book[incident.id]

    def widened(self, incident: Incident, branch: Path, why: Why, *, also: Path | None = None) -> Incident:
        """The incident stands for a wider branch from now on, and has all that lies in it."""
        for other in self.book.within(branch):
            if other.id != incident.id:
                self.merge(other, incident.id)
        nodes = () if also is None else (also,)
        event = self.event(self.book[incident.id], Kind.SPREAD, why, branch, node=branch, nodes=nodes)
        self.book.tell(incident.id, event)
        return self.book[incident.id]

    def merge(self, other: Incident, into: int) -> None:
        """All that an incident has is another's from now on."""
        incident = self.book[into]
        facts = tuple((f"count.{kind}", str(n)) for kind, n in other.counts)
        events = [
            self.event(
                incident,
                Kind.ABSORBED,
                Why.NESTED,
                other.key,
                signals=other.signals,
                nodes=other.nodes,
                facts=(("from", str(other.id)), ("hard", "yes" if other.hard else ""), *facts),
            )
        ]
        if self.plan.rank(other.level) > self.plan.rank(incident.level):
            events.append(self.rose(incident, Why.NESTED, other.key, other.level))
        self.book.tell(
            other.id, self.event(other, Kind.MERGED, Why.NESTED, into, facts=(("into", str(into)),))
        )
        self.book.tell(into, *events)

    def rose(self, incident: Incident, why: Why, what: object, level: str) -> Event:
        """The event by which an incident has a higher level."""
        return self.event(incident, Kind.ROSE, why, what, level=level, facts=self.plan.level(level).facts)

    def event(self, incident: Incident, kind: Kind, why: Why, what: object, **said: object) -> Event:
        """An event of this incident, now, for this reason; `what` tells it from others."""
        key = event_key(incident.key, kind, what, self.now)
        return Event(key, kind, self.now, why=why, **said)  # type: ignore[arg-type]
