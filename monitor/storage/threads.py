"""Where each incident was told first, by channel and address, and how much of its story is known there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from monitor.storage import bulk
from monitor.storage.schema_told import INCIDENT_THREADS, INCIDENTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COLUMNS: Final = INCIDENT_THREADS.c
# The first message stays the first; the page is the last one.
_AGAIN: Final = (
    "ON CONFLICT (incident_id, channel, address) DO UPDATE SET page_key = excluded.page_key, "
    "next_at = CASE WHEN incident_threads.attempts = 0 THEN excluded.next_at "
    "ELSE incident_threads.next_at END"
)


@dataclass(frozen=True)
class Thread:
    """One incident at one address.

    Attributes
    ----------
    reference : the receipt of the first message about it there
    page_key : the last page about it there
    seen : so many of its events are told there
    attempts : failed ones since something was told
    """

    incident: int
    channel: str
    address: str
    reference: str
    page_key: str
    language: str
    seen: int
    attempts: int


class Threads:
    """Reads and writes the table `incident_threads`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, incident: int, channel: str, address: str) -> Thread | None:
        """Where an incident was told on a channel, at an address."""
        rows = self._connection.execute(
            select(INCIDENT_THREADS).where(
                _COLUMNS.incident_id == incident, _COLUMNS.channel == channel, _COLUMNS.address == address
            )
        )
        return next((_thread(row) for row in rows), None)

    def told(self, thread: Thread, *, at: int) -> None:
        """A page about an incident has arrived; from then on it is followed there."""
        columns: dict[str, list[object]] = {
            "incident_id": [thread.incident],
            "channel": [thread.channel],
            "address": [thread.address],
            "reference": [thread.reference],
            "page_key": [thread.page_key],
            "language": [thread.language],
            "seen": [thread.seen],
            "next_at": [at],
        }
        bulk.insert(self._connection, INCIDENT_THREADS, columns, then=_AGAIN)

    def due(self, channel: str, now: int) -> Thread | None:
        """The one that has waited longest of those of which there is something new to tell."""
        rows = self._connection.execute(
            select(INCIDENT_THREADS)
            .join(INCIDENTS, INCIDENTS.c.id == _COLUMNS.incident_id)
            .where(_COLUMNS.channel == channel, INCIDENTS.c.events > _COLUMNS.seen, _COLUMNS.next_at <= now)
            .order_by(_COLUMNS.next_at, _COLUMNS.incident_id, _COLUMNS.address)
            .limit(1)
        )
        return next((_thread(row) for row in rows), None)

    def next_due(self, channel: str) -> int | None:
        """When there is something to tell again; None where all is told."""
        soonest: int | None = self._connection.execute(
            select(func.min(_COLUMNS.next_at))
            .join(INCIDENTS, INCIDENTS.c.id == _COLUMNS.incident_id)
            .where(_COLUMNS.channel == channel, INCIDENTS.c.events > _COLUMNS.seen)
        ).scalar_one()
        return soonest

    def shown(self, thread: Thread, *, seen: int, next_at: int) -> None:
        """So many of the incident's events are told there now."""
        self._change(thread, seen=seen, next_at=next_at, attempts=0)

    def wait(self, thread: Thread, *, seen: int, until: int) -> None:
        """So many of the incident's events are told there; the next not before then."""
        self._change(thread, seen=seen, next_at=until)

    def failed(self, thread: Thread, *, next_at: int) -> None:
        """It was not told, and is tried again then."""
        self._change(thread, attempts=thread.attempts + 1, next_at=next_at)

    def _change(self, thread: Thread, **values: int) -> None:
        self._connection.execute(
            INCIDENT_THREADS.update()
            .where(
                _COLUMNS.incident_id == thread.incident,
                _COLUMNS.channel == thread.channel,
                _COLUMNS.address == thread.address,
            )
            .values(**values)
        )


def _thread(row: object) -> Thread:
    names = ("channel", "address", "reference", "page_key", "language", "seen", "attempts")
    return Thread(incident=getattr(row, "incident_id"), **{name: getattr(row, name) for name in names})  # noqa: B009
