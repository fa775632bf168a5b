"""Incidents and their events for tests."""

from typing import Any

from alerting import NO_SIGNAL, us

from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident, Refusal
from alerts.incidents.transitions import after, opened

OPENED_AT = us("2026-11-22 15:04:30")


def event(kind: Kind, minute: float = 1, **changes: Any) -> Event:
    """Something that happened so many minutes after the incident was opened."""
    at = OPENED_AT + int(minute * 60_000_000)
    return Event(**{"key": event_key("incident", kind, minute), "kind": kind, "at": at, **changes})


def opening(**changes: Any) -> Event:
    """The hundredth ticket of a day opens an incident."""
    facts = (("tickets", "104"), ("count.daily_threshold", "104"), ("since", str(us("2026-11-22 00:00"))))
    base = {"node": NO_SIGNAL, "level": "三级预警", "signals": ("s1",), "facts": facts}
    return event(Kind.OPENED, 0, **{**base, **changes})


def incident(*events: Event, **changes: Any) -> Incident:
    """An incident after events that it must take."""
    found = opened(opening(**changes), id=1)
    for one in events:
        changed = after(found, one)
        assert not isinstance(changed, Refusal), changed
        found = changed
    return found


def acknowledgement(minute: float = 5, **changes: Any) -> Event:
    """Li Na takes it."""
    return event(Kind.ACKNOWLEDGED, minute, **{"by": "李娜", "facts": (("tickets", "130"),), **changes})
