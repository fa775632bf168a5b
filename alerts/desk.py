"""What people ask of the monitor from a channel - a button, a command - and who may ask it.

The app in a channel knows nothing of stores and engines: it hands an `Order` to a `Desk` and prints what
the desk says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.incidents.event import Event
from alerts.incidents.incident import Incident
from alerts.page import Page, TrendHour
from alerts.plan import Contact, ResponsePlan
from alerts.silences import Silence
from connectors.ticket import Path


class Deed(StrEnum):
    """What can be done to an incident."""

    ACKNOWLEDGE = "acknowledge"
    HANDLED = "handled"
    REOPEN = "reopen"
    ASSIGN = "assign"
    SILENCE = "silence"
    EXEMPT = "exempt"
    FILL = "fill"


@dataclass(frozen=True)
class Order:
    """What a person wants done to an incident.

    Attributes
    ----------
    key : the same for the same click, however often the channel repeats it
    by : name of the contact
    at : when it was asked, int64 microseconds UTC
    why : the person's words; of FILL, what the field is to say
    to : who is to handle it
    until : when a silence ends
    field : which field of the report is filled in
    """

    key: str
    deed: Deed
    incident: int
    by: str
    at: int
    why: str = ""
    to: str = ""
    until: int | None = None
    field: str = ""


@dataclass(frozen=True)
class CarriedOut:
    """An order was carried out: the incident after it, and its event; `repeated`: it had been before."""

    incident: Incident
    event: Event
    repeated: bool = False


@dataclass(frozen=True)
class Quieten:
    """What a person wants kept quiet: a node with all below it, until a time or until its tickets doubled.

    Attributes
    ----------
    key : the same for the same form, however often the channel repeats it
    by : name of the contact
    at, until : from when to when, int64 microseconds UTC
    since : its tickets are counted from then on
    hard : hard rules too; whoever asks for it must be an approver
    """

    key: str
    node: Path
    by: str
    at: int
    until: int
    why: str
    since: int
    hard: bool = False


@dataclass(frozen=True)
class Preview:
    """What a silence of a node would have muted in the last day.

    Attributes
    ----------
    pages, hard : the pages that told somebody of it, and those of them that a hard rule made
    latest : the last of these pages
    incidents : open ones at or below the node
    """

    pages: int
    hard: int
    latest: tuple[Page, ...]
    incidents: int


@dataclass(frozen=True)
class Condition:
    """How the monitor stands, for whoever asks.

    Attributes
    ----------
    incidents : those that are not over, the most important first
    blind : sources that are blind, so that counts may be higher
    waiting, undeliverable : pages that did not arrive yet, or will not
    complete_to : until when everything is known; None before the first hour was judged
    """

    incidents: tuple[Incident, ...]
    blind: tuple[str, ...] = ()
    waiting: int = 0
    undeliverable: int = 0
    complete_to: int | None = None


@dataclass(frozen=True)
class Manner:
    """How whoever has no language of their own is answered, and in which zone."""

    language: str
    zone: ZoneInfo


class Desk(Protocol):
    """Answers people. Used by several threads at a time.

    Promises: what it says was done is stored; an order that is repeated is done once.
    """

    @property
    def plan(self) -> ResponsePlan:
        """The response plan of now."""
        ...

    def now(self) -> int:
        """The time, int64 microseconds UTC."""
        ...

    def carry_out(self, order: Order) -> CarriedOut | Sentence:
        """Do it, or say why not."""
        ...

    def condition(self) -> Condition:
        """How everything stands."""
        ...

    def incident(self, id: int) -> Incident | None:
        """One incident, whatever its state."""
        ...

    def trend(self, node: Path) -> tuple[TrendHour, ...]:
        """The last hours of a node, oldest first."""
        ...

    def nodes(self, words: str) -> Sequence[Path]:
        """Nodes whose path has these words, the broadest first."""
        ...

    def node(self, key: str) -> Path | None:
        """The node whose path has this key (`alerts.page.key_of`); None where it is gone."""
        ...

    def silences(self) -> Sequence[Silence]:
        """Those that hold now."""
        ...

    def preview(self, node: Path) -> Preview:
        """What a silence of a node would have muted."""
        ...

    def quieten(self, order: Quieten) -> Silence | Sentence:
        """Keep a node quiet, or say why not; the same order makes one silence."""
        ...

    def end_silence(self, id: int, by: str) -> Silence | Sentence:
        """End a silence now, or say why not."""
        ...

    def report(self, id: int, language: str, *, by: str) -> tuple[str, bytes] | None:
        """The special report of an incident for a contact: name and bytes of a file, or None."""
        ...

    def on_call(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """Who is on call by which schedule, or fills which role: names of the plan."""
        ...


def person(plan: ResponsePlan, channel: str, address: str) -> Contact | None:
    """The contact with that address of their own on a channel."""
    return next((one for one in plan.contacts if one.addresses.get(channel) == address), None)
