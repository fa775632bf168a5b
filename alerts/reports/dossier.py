"""All that is known of an incident when its report is written, as values."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.charts.volume import ExpectedHour
from alerts.incidents.incident import Incident
from alerts.page import Duty, NearbyChange
from detectors.signal import Signal


@dataclass(frozen=True, slots=True)
class Telling:
    """One message to one address. Instants are int64 microseconds UTC.

    Attributes
    ----------
    at : when it was decided
    roles : titles of the roles that it told, as printed
    contact, channel : who, and on which channel
    delivered_at : None while it is on its way, and where it never arrived
    trouble : why it has not arrived
    """

    at: int
    roles: tuple[str, ...]
    contact: str
    channel: str
    delivered_at: int | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Dossier:
    """An incident and everything around it.

    Attributes
    ----------
    hours : of its node, oldest first, from some hours before it until its end or now
    signals : all that it explains, in the order in which they fired
    tellings : messages about it, in order
    duties : the responsible departments
    changes : planned changes that touched its node
    complainants, largest : different complainants, and tickets of the one with most; None where none is told
    written_at : now
    sample : its tickets are made up
    """

    incident: Incident
    hours: tuple[ExpectedHour, ...]
    signals: tuple[Signal, ...] = ()
    tellings: tuple[Telling, ...] = ()
    duties: tuple[Duty, ...] = ()
    changes: tuple[NearbyChange, ...] = ()
    complainants: int | None = None
    largest: int | None = None
    written_at: int = 0
    sample: bool = False
