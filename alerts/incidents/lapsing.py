"""When an acknowledgement ends by itself: its time is up, or the tickets have doubled since.

A rise in level and a spread end it too; `alerts.incidents.absorption` sees those.
"""

from __future__ import annotations

from typing import Final

from alerts.incident_plan import IncidentSettings
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident, State
from connectors.ticket import MICROSECOND

# Two tickets instead of one are twice as many, and no news.
LEAST_MORE: Final = 10


def lapsed(incident: Incident, settings: IncidentSettings, *, now: int, tickets: int | None) -> Event | None:
    """The end of an acknowledgement, with its reason, where it has come.

    `tickets` are those of the branch since the incident's `since`.
    """
    if incident.state is not State.ACKNOWLEDGED or incident.acknowledged_at is None:
        return None
    then = incident.acknowledged_count
    if now - incident.acknowledged_at >= settings.acknowledged_for // MICROSECOND:
        why = Why.TIME_UP
    elif (
        then is not None
        and tickets is not None
        and tickets >= max(settings.acknowledged_factor * then, then + LEAST_MORE)
    ):
        why = Why.COUNT_DOUBLED
    else:
        return None
    facts = (
        ("who", incident.acknowledged_by or ""),
        ("acknowledged_at", str(incident.acknowledged_at)),
        *((("then", str(then)),) if then is not None else ()),
        *((("tickets", str(tickets)),) if tickets is not None else ()),
    )
    key = event_key(incident.key, Kind.LAPSED, incident.acknowledged_at)
    return Event(key, Kind.LAPSED, now, why=why, facts=facts)
