"""What can happen to an incident, as values that are kept for ever: its history is the list of them.

The monitor's reasons are codes (`Why`), which `alerts.rendering.telling` says in both languages; people's
reasons are their own words. Instants are int64 microseconds UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alerts.page import Facts, key_of
from connectors.ticket import Path


class Kind(StrEnum):
    """What happened."""

    # The monitor saw something.
    OPENED = "opened"
    ABSORBED = "absorbed"
    ROSE = "rose"
    SPREAD = "spread"
    NARROWED = "narrowed"
    SURGED = "surged"
    MEASURED = "measured"
    MERGED = "merged"
    MOVED = "moved"
    # Somebody was told, or could not be.
    PAGED = "paged"
    DELIVERED = "delivered"
    ESCALATED = "escalated"
    EXHAUSTED = "exhausted"
    WITHHELD = "withheld"
    # Somebody did something, or time ended what somebody did.
    ACKNOWLEDGED = "acknowledged"
    LAPSED = "lapsed"
    ASSIGNED = "assigned"
    HANDLED = "handled"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    EXEMPTED = "exempted"
    SILENCED = "silenced"
    NOTED = "noted"
    FILLED = "filled"
    # Clocks.
    DUE = "due"
    REMINDED = "reminded"
    MET = "met"
    MISSED = "missed"
    CLOSED = "closed"


class Why(StrEnum):
    """The monitor's reasons."""

    FIRST_SIGNAL = "first signal of its branch"
    SAME_BRANCH = "signal of its branch"
    SIBLING = "signal of a sibling"
    BROADER = "most of the count lies outside its node"
    FOCUS = "most of the count lies in one branch"
    LEVEL_ROSE = "level rose"
    COUNT_DOUBLED = "count doubled"
    AFTER_A_PAUSE = "signal after a pause"
    NEW_SURGE = "new surge"
    TIME_UP = "acknowledgement ran out"
    SPREAD = "spread"
    NESTED = "lies in a wider incident"
    OVER_BASELINE = "back over the baseline"
    QUIET = "quiet on complete data"
    SUBSIDED = "quiet on complete data, never handled"
    EMPTY_STEP = "the step reaches nobody"
    SILENCE_OVER = "the silence is over"
    OUTSIDE_HOURS = "outside the step's hours"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an incident.

    Attributes
    ----------
    key : the same for the same thing: a click that is repeated is the same event
    by : who did it; "" is the monitor
    why : a person's words, or a `Why` of the monitor's
    level, node : those of the incident from then on, where the event changes them
    nodes : nodes whose signals came in
    signals : identities of the signals that came in
    facts : what else there is to know, by name, as text
    """

    key: str
    kind: Kind
    at: int
    by: str = ""
    why: str = ""
    level: str | None = None
    node: Path | None = None
    nodes: tuple[Path, ...] = ()
    signals: tuple[str, ...] = ()
    facts: Facts = ()

    def fact(self, name: str, default: str = "") -> str:
        """One of the facts, or the default."""
        return dict(self.facts).get(name, default)

    def number(self, name: str) -> int | None:
        """One of the facts as a whole number, None where it is not told."""
        text = self.fact(name)
        return int(text) if text else None


def event_key(incident: str, kind: Kind, *what: object) -> str:
    """Key of an event of the incident with this key: `what` tells it from others of its kind.

    For a click, what the channel repeats with it; for a step its number; for an hour its start.
    """
    return key_of("event", incident, str(kind), *map(str, what))


def event_to_json(event: Event) -> str:
    """The event as JSON text; what says nothing is left out."""
    data = {
        "key": event.key,
        "kind": str(event.kind),
        "at": event.at,
        "by": event.by,
        "why": str(event.why),
        "level": event.level,
        "node": event.node,
        "nodes": event.nodes,
        "signals": event.signals,
        "facts": event.facts,
    }
    # The root's path is empty, and says something.
    root: dict[str, list[str]] = {"node": []} if event.node == () else {}
    said = {**{name: value for name, value in data.items() if value}, **root}
    return json.dumps(said, ensure_ascii=False)


def event_from_json(text: str) -> Event:
    """The event of `event_to_json`'s text."""
    data: Mapping[str, Any] = json.loads(text)
    node = data.get("node")
    return Event(
        key=data["key"],
        kind=Kind(data["kind"]),
        at=data.get("at", 0),
        by=data.get("by", ""),
        why=data.get("why", ""),
        level=data.get("level"),
        node=None if node is None else tuple(node),
        nodes=tuple(tuple(one) for one in data.get("nodes", ())),
        signals=tuple(data.get("signals", ())),
        facts=tuple((name, value) for name, value in data.get("facts", ())),
    )
