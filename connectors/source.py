"""The seam to ticket systems: what a source promises, and what every source can be told.

`kind = "zendesk"` in config.toml is `connectors/zendesk.py`; a dotted kind is somebody else's module. The
module holds two names: `Options`, a frozen dataclass of its own keys, and `Source`, built as
`Source(settings, options)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from connectors.options import option
from connectors.ticket import TicketBatch


@dataclass(frozen=True)
class Cause:
    """What an error is, for readers of another language than its message: a word of ours, and its facts."""

    word: str
    facts: Mapping[str, str] = field(default_factory=dict)


def cause(word: str, **facts: str) -> Cause:
    """A cause in one line."""
    return Cause(word, facts)


class SourceError(Exception):
    """The source cannot be read now; the next poll tries again. The message is a sentence with the mend.

    `cause` says the same to readers of other languages, for what happens to a source that once worked.
    """

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, cause: Cause | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not become a ticket: where it is, why, and the row as read.

    `key` is the same whenever the same bad row is read again, so that it is counted once.
    """

    source: str
    place: str
    reason: str
    row: str
    key: str


@dataclass(frozen=True)
class Poll:
    """One part of what a poll brought; it can be committed on its own.

    Attributes
    ----------
    cursor : opaque text that resumes right after this part
    complete_to : everything the source updated before this instant has been yielded; None while more is
        to come or while it cannot be said
    """

    batch: TicketBatch
    quarantined: tuple[Quarantined, ...]
    cursor: str
    complete_to: datetime | None


@dataclass(frozen=True)
class Flag:
    """A yes-or-no read from a column: yes where its value is one of `is`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """Known missing time [start, end) of a source: unknown, not zero."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Fields:
    """Which column, or dotted field, of a source holds what."""

    id: str
    created_at: str
    updated_at: str | None = None
    category: tuple[str, ...] = ()
    escalated: Flag | None = None
    escalated_at: str | None = None
    closed_at: str | None = None
    void: Flag | None = None
    tags: str | None = None
    complainant: str | None = None
    text: str | None = None
    region: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class SourceSettings:
    """What every source can be told, whatever its kind."""

    name: str = option(doc="name of the source; tickets are identified by (source, id)")
    kind: str = option(doc="the connector: a module of `connectors/`, or a dotted module of your own")
    timezone: ZoneInfo = option(doc="zone of stamps that carry none; default: the business zone")
    fields: Fields | None = option(None, doc="which column holds what")
    datetime_format: str | None = option(None, doc="strptime format of stamps that are not ISO 8601")
    empty: tuple[str, ...] = option(
        (), doc="values that are read as nothing; a path ends at its first empty name"
    )
    every: timedelta = option(timedelta(seconds=30), doc="time between two polls")
    timeout: timedelta = option(
        timedelta(seconds=60), doc="a poll that brings nothing for this long has failed"
    )
    blind_after: timedelta = option(timedelta(minutes=15), doc="without a complete poll for this long, blind")
    clock_tolerance: timedelta = option(
        timedelta(hours=1), doc="a created_at later than the wall clock by more is quarantined"
    )
    gaps: tuple[Gap, ...] = option((), doc="known missing time")
    deleted_every: timedelta = option(
        timedelta(minutes=15),
        doc="how often a source that only stops to list what is deleted is asked which of the month's "
        "tickets are gone; once a day also which of the month before",
        above=0,
    )
    levels: int = option(5, doc="depth of the taxonomy; a path with more names is quarantined")


class TicketSource(Protocol):
    """What the monitor asks of a ticket system. May repeat what it said, in any order; may not forget."""

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        """What is new since `cursor`, in parts of at most some ten thousand versions.

        At least one Poll is yielded, the last one with `complete_to`, even when nothing is new. With no
        cursor it starts from the beginning. Raises SourceError.
        """
        ...

    def history(self, now: datetime) -> Iterator[Poll]:
        """Every version the source holds, once; for replay and import in bulk. Raises SourceError."""
        ...

    def examine(self, now: datetime) -> list[str]:
        """Try the connection for `complaint-monitor check`: one sentence for each thing that is wrong.

        Where the system tells its clock, one that differs much from `now` is such a thing.
        """
        ...


@runtime_checkable
class PushSource(TicketSource, Protocol):
    """A source to which tickets are brought, so that the daemon need not wait for its next poll."""

    def listen(self, wake: Callable[[], None], clock: Callable[[], datetime]) -> None:
        """Take, from the next poll on, what is brought, and call `wake` when something is there to be read.

        What cannot be listened to is a SourceError of that poll. `wake` may be called on any thread.
        """
        ...

    def close(self) -> None:
        """Take nothing more; what was accepted is read by a later poll."""
        ...


@runtime_checkable
class ListingSource(TicketSource, Protocol):
    """A source that tells nothing of a ticket that was deleted: it is listed no more."""

    def gone(self, ids: Sequence[str]) -> Iterator[set[str]]:
        """Those of these tickets that are there no more, in parts, each as soon as it is known.

        Raises SourceError.
        """
        ...
