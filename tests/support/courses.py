"""A history by the moments of a replay, and followers that are led through its last hours."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from histories import SHANGHAI

from connectors.taxonomy import Taxonomy
from connectors.ticket import Ticket, TicketBatch, to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.known_time import Missing
from monitor.replay.following import Course, HistoryMoment
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

HOUR = timedelta(hours=1)


def steady(start: datetime, end: datetime, path: str, *, an_hour: float, source: str = "s") -> list[Ticket]:
    """So many tickets an hour, evenly, each in the middle of its part of it."""
    every = HOUR / an_hour
    at = [start + (n + 0.5) * every for n in range(round((end - start) / every))]
    return [
        Ticket(source=source, id="", created_at=one, updated_at=one, path=tuple(path.split("/")))
        for one in at
    ]


def course(
    tickets: Iterable[Ticket], *, missing: Sequence[Missing] = (), zone: str = SHANGHAI, levels: int = 2
) -> Course:
    """The history of these, seen when they are updated; each without an id is a ticket of its own."""
    named = [replace(one, id=one.id or f"t{n}") for n, one in enumerate(tickets)]
    sources = {
        name: list(those)
        for name, those in groupby(sorted(named, key=attrgetter("source")), attrgetter("source"))
    }
    taxonomy = Taxonomy([f"level {n}" for n in range(levels)])
    found = replay(
        versions_of([(n, TicketBatch.of(name, sources[name])) for n, name in enumerate(sources)], taxonomy),
        taxonomy=taxonomy, calendar=Calendar(ZoneInfo(zone)), sources=list(sources), detectors={},
        missing=missing,
    )  # fmt: skip
    return Course(found.step, tuple(missing))


def closing(of: Course, hour: datetime) -> tuple[int, HistoryMoment]:
    """An hour and the moment at which it closes."""
    _, moment = of.hour(of.step.hours.tolist().index(to_us(hour)))
    return moment.hour, moment


def led(follower: Any, of: Course, since: datetime, hours: int) -> list[Signal]:
    """What it tells of so many hours as they close."""
    return [signal for n in range(hours) for signal in follower.close(*closing(of, since + n * HOUR))]
