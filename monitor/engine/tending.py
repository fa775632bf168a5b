"""What time calls for on incidents: their closed hours, tickets and deliveries, gathered from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

import numpy as np

from alerts.incidents.escalation import Calls
from alerts.incidents.event import Kind
from alerts.incidents.incident import Incident
from alerts.incidents.tending import World, tend
from alerts.incidents.verification import HourFigure, next_hour
from alerts.page import Page
from alerts.silences import Silence
from alerts.workdays import Workdays
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, HOUR
from detectors.signal import Signal
from monitor.engine.flood import save_capped, summaries
from monitor.engine.open_incidents import OpenIncidents
from monitor.engine.rules import Rules
from monitor.engine.silencing import end_silences, holding
from monitor.engine.tickets import BranchTickets
from monitor.known_time import KnownTime
from monitor.storage.store import Transaction

# What is usual at an hour of the day is the median of so many days before the incident, if so many are known.
BASELINE_DAYS: Final = 14
LEAST_DAYS: Final = 3
# Hours that closed during a long absence are measured so many at a time.
MOST_HOURS: Final = 48
# Signals that a page about an incident names.
NAMED: Final = 1


def tend_incidents(
    tx: Transaction,
    incidents: OpenIncidents,
    *,
    rules: Rules,
    taxonomy: Taxonomy,
    known: KnownTime,
    now: int,
) -> list[Page]:
    """Decide and store what is due for incidents by now: pages that are new."""
    ended = [
        *end_silences(tx, taxonomy, rules.plan, now=now),
        *summaries(tx, plan=rules.plan, now=now),
    ]
    book = incidents.book(tx)
    if not book.live:
        return tx.outbox.save(ended)
    look = _Look(tx, rules, taxonomy, known, now)
    workdays = Workdays(rules.plan.workdays, known.calendar.zone)
    calls = Calls(rules.plan, workdays, tx.oncall.overrides(now) if rules.plan.schedules else ())
    world = World(
        calls=calls,
        hours=look.hours,
        tickets=look.tickets,
        delivered=look.delivered,
        signals=look.signals,
        sample=rules.only_samples,
        silenced=partial(_silenced, holding(tx, taxonomy, now), now),
    )
    pages = tend(book, world, now=now)
    incidents.save(tx)
    return [*tx.outbox.save(ended), *save_capped(tx, pages, plan=rules.plan, now=now)]


def _silenced(silences: Sequence[Silence], now: int, incident: Incident) -> str | None:
    return next((silence.told for silence in silences if silence.quiets(incident, now)), None)


@dataclass
class _Look:
    tx: Transaction
    rules: Rules
    taxonomy: Taxonomy
    known: KnownTime
    now: int

    def __post_init__(self) -> None:
        self._tickets = BranchTickets(self.tx, self.taxonomy)

    def hours(self, incident: Incident) -> Sequence[HourFigure]:
        """The branch's hours that closed since the last one measured, the hour of its opening first."""
        closed = self.tx.facts.closed_until()
        calendar = self.known.calendar
        start = next_hour(incident) or calendar.hour(incident.opened_at)
        if closed is None or start >= closed:
            return ()
        hours = calendar.hours_between(start, closed)[:MOST_HOURS]
        sure = self.known.hours(hours)
        before = self.known.hours(calendar.previous_hours(hours))
        return [
            HourFigure(
                hour=hour,
                count=self._count(incident, hour, hour + HOUR) if is_known else None,
                previous=self._count(incident, hour - HOUR, hour) if was_known else None,
                baseline=self._baseline(incident, hour),
            )
            for hour, is_known, was_known in zip(hours.tolist(), sure.tolist(), before.tolist(), strict=True)
        ]

    def tickets(self, incident: Incident) -> int:
        """Tickets of the branch since the window of its first signal began."""
        return self._count(incident, incident.since, self.now + 1)

    def delivered(self, incident: Incident) -> bool:
        """One of its pages has arrived somewhere."""
        keys = [event.fact("page") for event in incident.events(Kind.PAGED)]
        return self.tx.outbox.arrived(keys)

    def signals(self, incident: Incident) -> tuple[Signal, ...]:
        """The most important of its signals: the highest level, then the last."""
        found = [stored.signal for stored in self.tx.signals.with_ids(incident.signals)]
        rank = self.rules.plan.rank
        found.sort(key=lambda signal: (-rank(signal.level), -signal.crossed_at, signal.identity))
        return tuple(found[:NAMED])

    def _baseline(self, incident: Incident, hour: int) -> float | None:
        """What is usual at this hour of the day, by the days before the incident."""
        calendar = self.known.calendar
        days = (hour - calendar.hour(incident.since) + DAY - 1) // DAY
        hours = np.array([hour - (max(days, 1) + i) * DAY for i in range(BASELINE_DAYS)], dtype=np.int64)
        sure = self.known.hours(calendar.hours(hours))
        counts = [self._count(incident, h, h + HOUR) for h in hours[sure].tolist()]
        return float(median(counts)) if len(counts) >= LEAST_DAYS else None

    def _count(self, incident: Incident, start: int, end: int) -> int:
        return self._tickets.of(incident.node, start, end)
