"""The chart of an incident as channels show it: its hours until now against what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alerts.charts.volume import Mark, volume_chart
from alerts.incidents.branch import is_exact, node_of
from alerts.incidents.incident import Incident, State
from alerts.rendering.phrases import last_names
from alerts.rendering.telling import state_name
from monitor.config import Config
from monitor.reports.dossier import AFTER, BEFORE, expected_hours

# Columns of a title above a chart of this size.
TITLE_ROOM: Final = 80


def incident_chart(incident: Incident, config: Config, language: str, *, now: int) -> bytes | None:
    """A PNG; None where no hour is known."""
    node = node_of(incident.node)
    until = min(now, (incident.resolved_at or now) + AFTER)
    hours = expected_hours(config, node, incident.since - BEFORE, until)
    if not hours:
        return None
    where = last_names(node, language, room=TITLE_ROOM, exact=is_exact(incident.node))
    marks = _marks(incident, language)
    return volume_chart(
        hours, marks, title=f"#{incident.id} {where}", language=language, zone=config.timezone
    )


def _marks(incident: Incident, language: str) -> Iterator[Mark]:
    for state, at in (
        (State.OPEN, incident.opened_at),
        (State.ACKNOWLEDGED, incident.acknowledged_at),
        (State.HANDLED, incident.handled_at),
        (State.RESOLVED, incident.resolved_at),
    ):
        if at is not None:
            yield Mark(at, state_name(state, language))
