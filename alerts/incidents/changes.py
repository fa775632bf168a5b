"""What each event changes of an incident, beside its state. Pure; `transitions` applies it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import Deadline, Incident

Item = TypeVar("Item")

# A set of what is known costs more than to look for so many of them one after the other.
FEW: Final = 4


def _absorbed(incident: Incident, event: Event) -> Incident:
    return replace(
        incident,
        signals=_with(incident.signals, event.signals),
        nodes=_with(incident.nodes, event.nodes),
        counts=largest(incident.counts, event),
        hard=incident.hard or bool(event.fact("hard")),
        last_signal_at=event.at,
    )


def _with(known: tuple[Item, ...], more: tuple[Item, ...]) -> tuple[Item, ...]:
    """What is known and what is new, each once. Thousands may be known, where mostly one comes."""
    before = known if len(more) <= FEW else frozenset(known)
    return (*known, *(one for one in dict.fromkeys(more) if one not in before))


def largest(counts: tuple[tuple[str, int], ...], event: Event) -> tuple[tuple[str, int], ...]:
    """Counts stand in an event's facts as `count.<kind of rule>`."""
    largest = dict(counts)
    for name, text in event.facts:
        prefix, _, kind = name.partition(".")
        if prefix == "count" and kind:
            largest[kind] = max(largest.get(kind, 0), int(text))
    return tuple(sorted(largest.items()))


def _rose(incident: Incident, event: Event) -> Incident:
    return replace(incident, level=event.level or incident.level)


def _moved(incident: Incident, event: Event) -> Incident:
    nodes = _with(incident.nodes, event.nodes)
    return replace(incident, node=incident.node if event.node is None else event.node, nodes=nodes)


def _renamed(incident: Incident, event: Event) -> Incident:
    """The tree has changed: everything that the incident names has the names of now."""
    node = incident.node if event.node is None else event.node
    return replace(incident, node=node, nodes=event.nodes, signals=event.signals)


def _delivered(incident: Incident, event: Event) -> Incident:
    if incident.tickets_before_page is not None:
        return incident
    return replace(incident, tickets_before_page=event.number("tickets"))


def _acknowledged(incident: Incident, event: Event) -> Incident:
    first = incident.tickets_before_acknowledgement
    return replace(
        incident,
        acknowledged_by=event.by,
        acknowledged_at=event.at,
        acknowledged_count=event.number("tickets"),
        assignee=incident.assignee or event.by,
        tickets_before_acknowledgement=event.number("tickets") if first is None else first,
    )


def _unacknowledged(incident: Incident, _event: Event) -> Incident:
    return replace(incident, acknowledged_by=None, acknowledged_at=None, acknowledged_count=None)


def _assigned(incident: Incident, event: Event) -> Incident:
    return replace(incident, assignee=event.fact("assignee") or None)


def _handled(incident: Incident, event: Event) -> Incident:
    return replace(incident, handled_at=event.at, handled_by=event.by)


def _reopened(incident: Incident, event: Event) -> Incident:
    back = replace(incident, handled_at=None, resolved_at=None, reopened_at=event.at, closed=False)
    return _unacknowledged(back, event)


def _resolved(incident: Incident, event: Event) -> Incident:
    return replace(incident, resolved_at=event.at)


def _merged(incident: Incident, event: Event) -> Incident:
    # Its signals belong to the wider incident now: each is explained by one incident.
    over = replace(incident, resolved_at=event.at, closed=True)
    return replace(over, merged_into=event.number("into"), signals=())


def _exempted(incident: Incident, event: Event) -> Incident:
    return replace(incident, resolved_at=event.at, closed=True)


def _closed(incident: Incident, _event: Event) -> Incident:
    return replace(incident, closed=True)


def _filled(incident: Incident, event: Event) -> Incident:
    fields = {**dict(incident.fields), event.fact("field"): event.fact("value")}
    return replace(incident, fields=tuple(fields.items()))


def _due(incident: Incident, event: Event) -> Incident:
    name, due_at, start = event.fact("deadline"), event.number("due_at"), event.number("start")
    clock = Deadline(name, event.at if due_at is None else due_at, event.at if start is None else start)
    others = tuple(one for one in incident.deadlines if one.name != name)
    return replace(incident, deadlines=(*others, clock))


def _clock(incident: Incident, event: Event) -> Incident:
    name = event.fact("deadline")
    clocks = (one.stamped(event.kind, event.at) if one.name == name else one for one in incident.deadlines)
    return replace(incident, deadlines=tuple(clocks))


CHANGES: Final[Mapping[Kind, Callable[[Incident, Event], Incident]]] = {
    Kind.ABSORBED: _absorbed,
    Kind.ROSE: _rose,
    Kind.SPREAD: _moved,
    Kind.NARROWED: _moved,
    Kind.DELIVERED: _delivered,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.LAPSED: _unacknowledged,
    Kind.ASSIGNED: _assigned,
    Kind.HANDLED: _handled,
    Kind.REOPENED: _reopened,
    Kind.RESOLVED: _resolved,
    Kind.MERGED: _merged,
    Kind.MOVED: _renamed,
    Kind.EXEMPTED: _exempted,
    Kind.CLOSED: _closed,
    Kind.FILLED: _filled,
    Kind.DUE: _due,
    Kind.REMINDED: _clock,
    Kind.MET: _clock,
    Kind.MISSED: _clock,
}
