"""What an incident is, and a refusal of what does not fit. An incident is the fold of its events."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from alerts.incidents.event import Event, Kind
from alerts.incidents.keys import Keys
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
    keys: Keys = field(default=Keys(), repr=False, compare=False)

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
