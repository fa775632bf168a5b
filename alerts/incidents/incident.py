"""What an incident is, and which events it takes in which state.

    open ──> acknowledged ──> handled ──> resolved
     ^  └────────┼──────────────^  │         │
     │           v                 v         │
     └── (acknowledgement ends)  reopened <──┘

An incident is the fold of its events: `after` takes one, or refuses it with a reason; an event that it has
taken already changes nothing. What is not in `TRANSITIONS` is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from alerts.incidents.event import Event, Kind
from alerts.page import Facts
from connectors.ticket import Path


class State(StrEnum):
    """How far people are with an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    HANDLED = "handled"
    RESOLVED = "resolved"
    REOPENED = "reopened"

    @property
    def unanswered(self) -> bool:
        """Nobody has taken it: it escalates."""
        return self in {State.OPEN, State.REOPENED}

    @property
    def over(self) -> bool:
        """It absorbs nothing any more."""
        return self is State.RESOLVED


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


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock that runs on an incident: its name in the plan, end and beginning, and what became of it."""

    name: str
    due_at: int
    started_at: int = 0
    reminded_at: int | None = None
    met_at: int | None = None
    missed_at: int | None = None

    @property
    def running(self) -> bool:
        """It is neither met nor missed."""
        return self.met_at is None and self.missed_at is None

    def stamped(self, kind: Kind, at: int) -> Deadline:
        """The clock after it was reminded of, met or missed."""
        if kind is Kind.REMINDED:
            return replace(self, reminded_at=at)
        return replace(self, met_at=at) if kind is Kind.MET else replace(self, missed_at=at)


@dataclass(frozen=True, slots=True)
class Incident:
    """What people own: signals of one cause, from the first to the end.

    Attributes
    ----------
    id : number by which people name it, from 1
    key : the same for the same opening decision, in every process and for ever
    node : the branch it stands for: no other incident that is not over is at, above or below it
    level : the highest warning level of its signals
    signals : identities of its signals, in the order in which they came; no other incident has them
    nodes : nodes of its signals that are at or below `node`, each once
    since : start of the opening signal's window, from which tickets are counted
    tickets_before_detection, tickets_before_page, tickets_before_acknowledgement : tickets of the node
        from `since` until the signal, the first delivered page and the first acknowledgement
    counts : the largest count of its signals, by kind of rule; none where all are of single tickets
    hard : a hard rule has fired, which only a named approver may silence
    acknowledged_by, acknowledged_at, acknowledged_count : the acknowledgement that holds now
    assignee : who is to handle it; the one who acknowledged it where nobody else was named
    fields : what people filled in: cause, measures, wording, ...
    merged_into : number of the wider incident that has its signals now
    closed : it is over, and no deadline runs on it any more
    log : all events, in order
    """

    id: int
    key: str
    node: Path
    level: str
    opened_at: int
    since: int
    state: State = State.OPEN
    signals: tuple[str, ...] = ()
    nodes: tuple[Path, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    hard: bool = False
    last_signal_at: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    acknowledged_count: int | None = None
    assignee: str | None = None
    handled_at: int | None = None
    handled_by: str | None = None
    reopened_at: int | None = None
    resolved_at: int | None = None
    merged_into: int | None = None
    closed: bool = False
    tickets_before_detection: int | None = None
    tickets_before_page: int | None = None
    tickets_before_acknowledgement: int | None = None
    deadlines: tuple[Deadline, ...] = ()
    fields: Facts = ()
    log: tuple[Event, ...] = ()
    keys: frozenset[str] = field(default=frozenset(), repr=False)

    def filled(self, name: str) -> str:
        """What people filled in under a name, or nothing."""
        return dict(self.fields).get(name, "")

    def deadline(self, name: str) -> Deadline | None:
        """The clock of that name."""
        return next((one for one in self.deadlines if one.name == name), None)

    def took(self, key: str) -> bool:
        """The event with that key has happened."""
        return key in self.keys

    def events(self, *kinds: Kind) -> tuple[Event, ...]:
        """Its events of these kinds, in order."""
        return tuple(event for event in self.log if event.kind in kinds)

    @property
    def count(self) -> int:
        """The largest count of any rule."""
        return max((n for _, n in self.counts), default=0)

    @property
    def calling_since(self) -> int:
        """Since when people are called by its level's policy: it waits, and its level rose last."""
        rises = (event.at for event in self.events(Kind.ROSE))
        return max(self.waiting_since, max(rises, default=self.opened_at))

    @property
    def waiting_since(self) -> int:
        """Since when nobody has answered: opened, reopened, or the last acknowledgement ended."""
        ended = (event.at for event in self.events(Kind.LAPSED, Kind.REOPENED))
        return max(ended, default=self.opened_at)


class Refused(StrEnum):
    """Why an incident does not take an event; the catalogue has a sentence for each."""

    NOT_OPENED = "not opened"
    OPENED_BEFORE = "opened before"
    OVER = "over"
    NOT_OVER = "not over"
    NOT_ACKNOWLEDGED = "not acknowledged"
    TAKEN = "taken"
    HANDLED = "handled"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not taken: nothing has changed. `facts` fill the catalogue's sentence."""

    why: Refused
    event: Event
    facts: Facts = ()


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
        counts=_largest((), event),
        hard=bool(event.fact("hard")),
        last_signal_at=event.at,
        tickets_before_detection=event.number("tickets"),
        log=(event,),
        keys=frozenset((event.key,)),
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
    change = _CHANGES.get(event.kind)
    changed = incident if change is None else change(incident, event)
    return replace(changed, state=state, log=(*changed.log, event), keys=changed.keys | {event.key})


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


# -- what each event changes beside the state ------------------------------------------------------------


def _absorbed(incident: Incident, event: Event) -> Incident:
    known = set(incident.signals)
    signals = (*incident.signals, *(one for one in event.signals if one not in known))
    nodes = tuple(dict.fromkeys((*incident.nodes, *event.nodes)))
    counts = _largest(incident.counts, event)
    hard = incident.hard or bool(event.fact("hard"))
    return replace(incident, signals=signals, nodes=nodes, counts=counts, hard=hard, last_signal_at=event.at)


def _largest(counts: tuple[tuple[str, int], ...], event: Event) -> tuple[tuple[str, int], ...]:
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
    nodes = tuple(dict.fromkeys((*incident.nodes, *event.nodes)))
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


_CHANGES: Final = {
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
