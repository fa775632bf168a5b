"""Which events an incident takes in which state, and what it is after them.

    open ──> acknowledged ──> handled ──> resolved
     ^  └────────┼──────────────^  │         │
     │           v                 v         │
     └── (acknowledgement ends)  reopened <──┘

An incident is the fold of its events: `after` takes one, or refuses it with a reason; an event that it has
taken already changes nothing. What is not in `TRANSITIONS` is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from alerts.incidents.changes import CHANGES, largest
from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import Incident, Refusal, Refused, State
from alerts.incidents.keys import Keys
from alerts.page import Facts

_UNRESOLVED: Final = (State.OPEN, State.ACKNOWLEDGED, State.HANDLED, State.REOPENED)
_ALWAYS: Final = (*_UNRESOLVED, State.RESOLVED)


def _staying(states: Iterable[State], *kinds: Kind) -> dict[tuple[State, Kind], State]:
    return {(state, kind): state for state in states for kind in kinds}


# (state, event) -> state. What is missing here is refused.
TRANSITIONS: Final[Mapping[tuple[State, Kind], State]] = {
    **_staying(
        _UNRESOLVED,
        *(Kind.ABSORBED, Kind.ROSE, Kind.SPREAD, Kind.NARROWED, Kind.SURGED, Kind.ASSIGNED, Kind.SILENCED),
        *(Kind.ESCALATED, Kind.EXHAUSTED),
    ),
    # Cause, measures and the report are written when it is over, and so are calls back.
    **_staying(
        _ALWAYS,
        *(Kind.PAGED, Kind.DELIVERED, Kind.WITHHELD, Kind.MEASURED, Kind.NOTED, Kind.FILLED),
        *(Kind.DUE, Kind.REMINDED, Kind.MET, Kind.MISSED, Kind.MOVED),
    ),
    (State.OPEN, Kind.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.REOPENED, Kind.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Kind.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Kind.LAPSED): State.OPEN,
    (State.OPEN, Kind.HANDLED): State.HANDLED,
    (State.ACKNOWLEDGED, Kind.HANDLED): State.HANDLED,
    (State.REOPENED, Kind.HANDLED): State.HANDLED,
    (State.HANDLED, Kind.REOPENED): State.REOPENED,
    (State.RESOLVED, Kind.REOPENED): State.REOPENED,
    (State.RESOLVED, Kind.CLOSED): State.RESOLVED,
    **{(state, Kind.RESOLVED): State.RESOLVED for state in _UNRESOLVED},
    **{(state, Kind.MERGED): State.RESOLVED for state in _UNRESOLVED},
    **{(state, Kind.EXEMPTED): State.RESOLVED for state in _UNRESOLVED},
}


def opened(event: Event, *, id: int) -> Incident:
    """The incident that begins with an event of kind OPENED, which names its node and level."""
    if event.kind is not Kind.OPENED or event.node is None or event.level is None:
        raise ValueError(f"an incident begins with an event that opens it, not with {event.kind}")
    return Incident(
        id=id,
        key=event.fact("incident", event.key),
        node=event.node,
        level=event.level,
        opened_at=event.at,
        since=event.number("since") or event.at,
        signals=event.signals,
        nodes=event.nodes or (event.node,),
        counts=largest((), event),
        hard=bool(event.fact("hard")),
        last_signal_at=event.at,
        tickets_before_detection=event.number("tickets"),
        log=(event,),
        keys=Keys().and_(event.key),
    )


def after(incident: Incident, event: Event) -> Incident | Refusal:
    """The incident after an event, or why it does not take it. One that it has taken changes nothing."""
    if incident.took(event.key):
        return incident
    state = TRANSITIONS.get((incident.state, event.kind))
    if state is None:
        return Refusal(_reason(incident, event), event, _named(incident))
    if event.kind is Kind.REOPENED and incident.merged_into is not None:
        return Refusal(Refused.MERGED, event, _named(incident))
    if event.kind is Kind.ACKNOWLEDGED and incident.acknowledged_by not in (None, event.by):
        return Refusal(Refused.TAKEN, event, _named(incident))
    change = CHANGES.get(event.kind)
    changed = incident if change is None else change(incident, event)
    return replace(changed, state=state, log=(*changed.log, event), keys=changed.keys.and_(event.key))


def apply(incident: Incident, events: Iterable[Event]) -> Incident:
    """The incident after events that are known to fit, as those of the store are; others are left out."""
    for event in events:
        changed = after(incident, event)
        if isinstance(changed, Incident):
            incident = changed
    return incident


def fold(id: int, events: Iterable[Event]) -> Incident:
    """The incident of its whole history, the first event first."""
    first, *others = events
    return apply(opened(first, id=id), others)


def _reason(incident: Incident, event: Event) -> Refused:
    if event.kind is Kind.OPENED:
        return Refused.OPENED_BEFORE
    if incident.state.over:
        return Refused.OVER
    if event.kind is Kind.REOPENED:
        return Refused.NOT_OVER
    if event.kind is Kind.LAPSED:
        return Refused.NOT_ACKNOWLEDGED
    return Refused.HANDLED


def _named(incident: Incident) -> Facts:
    return (
        ("incident", str(incident.id)),
        ("state", str(incident.state)),
        ("who", incident.acknowledged_by or incident.handled_by or ""),
        ("into", str(incident.merged_into or "")),
    )
