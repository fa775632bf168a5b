"""An incident from its page to its end: a book, a plan and a clock that the test moves."""

from datetime import timedelta

from alerting import NOW, SHANGHAI, plan, signal

from alerts.incident_plan import EscalationPolicy, Step
from alerts.incidents.book import Book
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.tending import World, tend
from alerts.incidents.verification import HourFigure
from alerts.respond import respond
from alerts.workdays import Workdays
from connectors.ticket import HOUR, at_us, to_us

MINUTE = 60_000_000
START = to_us(NOW)
ESCALATION = (EscalationPolicy("default", steps=(Step(after=timedelta(minutes=10), roles=("supervisor",)),)),)


class Day:
    """A book, a plan and a clock."""

    def __init__(self, *signals, **changes):
        self.plan = plan(**{"escalation": ESCALATION, **changes})
        self.book, self.now = Book(), START
        self.counts, self.usual, self.tickets = {}, 5.0, None
        self.quiet = None
        respond(signals or (signal(),), plan=self.plan, now=NOW, book=self.book)

    def look(self, minutes):
        """So many minutes after the first page."""
        self.now = START + int(minutes * MINUTE)
        world = World(
            Calls(self.plan, Workdays(self.plan.workdays, SHANGHAI)),
            hours=self.figures,
            tickets=lambda _incident: self.tickets,
            delivered=lambda _incident: True,
            silenced=lambda _incident: self.quiet,
        )
        return tend(self.book, world, now=self.now)

    def click(self, kind, by="李娜", id=1, **facts):
        said = tuple((name, str(value)) for name, value in facts.items())
        key = event_key(self.book[id].key, kind, self.now)
        return self.book.tell(id, Event(key, kind, self.now, by=by, facts=said))

    def come(self, one, minutes):
        """Another signal, so many minutes after the first page: what it makes."""
        self.now = START + int(minutes * MINUTE)
        return respond([one], plan=self.plan, now=at_us(self.now), book=self.book).pages

    def rise(self, level, minutes):
        """A signal of a higher level comes."""
        self.come(signal(level=level), minutes)
        self.look(minutes + 1)

    def figures(self, incident):
        measured = [event.number("hour") for event in incident.events(Kind.MEASURED)]
        start = max(measured) + HOUR if measured else START // HOUR * HOUR
        return [
            HourFigure(hour, self.counts.get(hour, 0), self.counts.get(hour - HOUR, 0), self.usual)
            for hour in range(start, self.now // HOUR * HOUR, HOUR)
        ]

    def count(self, *counts):
        """Tickets of the hours from the first page's on."""
        self.counts = {START // HOUR * HOUR + i * HOUR: n for i, n in enumerate(counts)}

    @property
    def incident(self):
        return self.book[1]


def reasons(pages):
    return [page.reason for page in pages]
