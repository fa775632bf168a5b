"""Whether a fix works (T10): every hour the volume, its change and ratio, against what is usual at that hour.

The baseline is of the days before the incident was opened, so that it does not poison it. An hour is back at
the baseline when its count is at most `b + 3 * sqrt(b)`, three standard deviations of a Poisson count above
what is usual. Where too few days are known for a baseline, at most a tenth of the worst hour counts as back.
Unknown hours say nothing, and never resolve an incident (law 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.incident_plan import IncidentSettings
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident, State
from connectors.ticket import HOUR, MICROSECOND

DEVIATIONS: Final = 3.0
OF_THE_WORST: Final = 0.1
# A fix gets the hour in which it was made and one more before it is said not to work.
PATIENCE: Final = 2


class Verdict(StrEnum):
    """What an hour says about the fix."""

    NORMAL = "back at the baseline"
    FALLING = "over the baseline, falling"
    NOT_FALLING = "over the baseline, not falling"
    CANT_SAY = "unknown"


@dataclass(frozen=True, slots=True)
class HourFigure:
    """One closed hour of an incident's branch; None where it is unknown.

    Attributes
    ----------
    baseline : what is usual at that hour, None where too little is known
    """

    hour: int
    count: int | None
    previous: int | None
    baseline: float | None

    @property
    def change(self) -> int | None:
        """Tickets more than in the hour before."""
        return None if self.count is None or self.previous is None else self.count - self.previous

    @property
    def ratio(self) -> float | None:
        """The change over the hour before (变动幅度比例); None where that had no ticket."""
        return None if self.change is None or not self.previous else self.change / self.previous


def limit(figure: HourFigure, worst: int) -> float:
    """The largest count that is back at the baseline."""
    if figure.baseline is None:
        return OF_THE_WORST * worst
    return figure.baseline + DEVIATIONS * math.sqrt(max(figure.baseline, 1.0))


def verdict(figure: HourFigure, worst: int) -> Verdict:
    """What the hour says."""
    if figure.count is None:
        return Verdict.CANT_SAY
    if figure.count <= limit(figure, worst):
        return Verdict.NORMAL
    return Verdict.FALLING if figure.change is not None and figure.change < 0 else Verdict.NOT_FALLING


def measured(incident: Incident, figures: Iterable[HourFigure]) -> list[Event]:
    """The hours as events; each once."""
    worst = max((n for n in map(_count, incident.events(Kind.MEASURED)) if n is not None), default=0)
    events = []
    for figure in figures:
        worst = max(worst, figure.count or 0)
        said = verdict(figure, worst)
        facts = (
            ("hour", str(figure.hour)),
            *_known("count", figure.count),
            *_known("previous", figure.previous),
            *_known("change", figure.change),
            *_known("ratio", None if figure.ratio is None else round(figure.ratio, 4)),
            *_known("baseline", None if figure.baseline is None else round(figure.baseline, 1)),
            ("verdict", str(said)),
        )
        key = event_key(incident.key, Kind.MEASURED, figure.hour)
        if not incident.took(key):
            events.append(Event(key, Kind.MEASURED, figure.hour + HOUR, facts=facts))
    return events


def next_hour(incident: Incident) -> int | None:
    """Start of the first hour that was not measured yet; None where none was."""
    hours = [hour for event in incident.events(Kind.MEASURED) if (hour := event.number("hour")) is not None]
    return max(hours) + HOUR if hours else None


def concluded(incident: Incident, settings: IncidentSettings, *, now: int) -> Event | None:
    """What the measured hours call for: a handled incident reopens, or any is resolved."""
    hours = _since(incident)
    if incident.state is State.HANDLED:
        if _failed(hours, incident.handled_at or 0):
            key = event_key(incident.key, Kind.REOPENED, hours[-1].key)
            return Event(key, Kind.REOPENED, now, why=Why.OVER_BASELINE, facts=hours[-1].facts)
        return _quiet(incident, hours, settings.quiet_for // MICROSECOND, Why.QUIET, now)
    return _quiet(incident, hours, settings.subsided_for // MICROSECOND, Why.SUBSIDED, now)


def _since(incident: Incident) -> list[Event]:
    """The hours that matter: since it was handled, or since its last signal."""
    start = incident.last_signal_at
    if incident.state is State.HANDLED:
        start = incident.handled_at or start
    elif incident.reopened_at is not None:
        start = max(start, incident.reopened_at)
    found = (event for event in incident.events(Kind.MEASURED) if event.at > start)
    return sorted(found, key=lambda event: event.number("hour") or 0)


def _failed(hours: Sequence[Event], handled_at: int) -> bool:
    """Back over the baseline after it had been there, or never there and not falling."""
    whole = [event for event in hours if (event.number("hour") or 0) >= handled_at]
    if not whole or _verdict(whole[-1]) is not Verdict.NOT_FALLING:
        return False
    was_normal = any(_verdict(event) is Verdict.NORMAL for event in whole)
    last = [_verdict(event) for event in whole[-PATIENCE:]]
    return was_normal or (len(last) == PATIENCE and set(last) == {Verdict.NOT_FALLING})


def _quiet(incident: Incident, hours: Sequence[Event], needed: int, why: Why, now: int) -> Event | None:
    """Resolved when the last hours, up to the one that closed last, were known and at the baseline."""
    quiet, following = 0, None
    for event in reversed(hours):
        hour = event.number("hour") or 0
        gap = following is not None and hour + HOUR != following
        if gap or _verdict(event) is not Verdict.NORMAL:
            break
        quiet, following = quiet + HOUR, hour
    if quiet < needed or not hours:
        return None
    key = event_key(incident.key, Kind.RESOLVED, hours[-1].key)
    return Event(key, Kind.RESOLVED, now, why=why)


def _verdict(event: Event) -> Verdict:
    return Verdict(event.fact("verdict", str(Verdict.CANT_SAY)))


def _count(event: Event) -> int | None:
    return event.number("count")


def _known(name: str, value: float | None) -> tuple[tuple[str, str], ...]:
    return () if value is None else ((name, str(value)),)
