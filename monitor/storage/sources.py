"""How far each source has been read, whether it fails, and when it was blind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from alerts.catalogue import from_json as from_text
from alerts.catalogue import to_json as to_text
from connectors.ticket import NEVER
from monitor.storage import bulk
from monitor.storage.schema import BLIND_TIMES, SOURCES
from monitor.storage.texts import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Once a batch, so it is written out: building it anew would cost as much as a hundred tickets.
_PROGRESS: Final = """
    UPDATE sources SET polled_at = ?, failures = 0, failing_since = NULL, last_error = NULL, next_at = NULL,
        cursor = COALESCE(?, cursor),
        complete_to = CASE WHEN complete_to IS NULL OR complete_to < ? THEN ? ELSE complete_to END,
        first_created = CASE WHEN first_created IS NULL OR first_created > ? THEN ? ELSE first_created END
    WHERE id = ?
"""

# Both are asked for in each step.
_ALL: Final = f"SELECT {', '.join(SOURCES.c.keys())} FROM sources ORDER BY id"  # noqa: S608 - our own names
_BLIND: Final = """
    SELECT name, start_at, end_at FROM blind_times JOIN sources ON id = source_id
    WHERE end_at IS NULL OR end_at > ? ORDER BY start_at
"""


@dataclass(frozen=True)
class SourceState:
    """What the store knows of a source. Instants are int64 microseconds UTC, None for never.

    Attributes
    ----------
    id : number of the source, dense from 0
    complete_to : everything updated before has been read
    first_created : earliest created_at of its tickets
    polled_at : last poll that did not fail
    failures : failed polls in a row; failing_since, last_error, next_at tell about them
    last_error : in English; a `Sentence` where the catalogue knows it
    """

    id: int
    name: str
    cursor: str | None
    complete_to: int | None
    first_created: int | None
    polled_at: int | None
    failures: int
    failing_since: int | None
    last_error: str | None
    next_at: int | None
    blind_since: int | None


@dataclass(frozen=True)
class BlindTime:
    """A source told nothing in [start, end); end None while it still does not."""

    source: str
    start: int
    end: int | None


class Sources:
    """Reads and writes the tables `sources` and `blind_times`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def id(self, name: str) -> int:
        """Number of the source; a source not seen before gets the next one."""
        known = self.find(name)
        if known is not None:
            return known
        [(number,)] = bulk.rows(self._connection, "SELECT COALESCE(MAX(id) + 1, 0) FROM sources")
        bulk.insert(self._connection, SOURCES, {"id": [number], "name": [name]})
        return int(number)

    def find(self, name: str) -> int | None:
        """Number of the source; None for one not seen before."""
        found = bulk.rows(self._connection, "SELECT id FROM sources WHERE name = ?", name)
        return int(found[0][0]) if found else None

    def all(self) -> list[SourceState]:
        """Every source that the store has ever read; its place in the list is its number."""
        states = [SourceState(*row) for row in bulk.rows(self._connection, _ALL)]
        return [
            replace(one, last_error=None if one.last_error is None else from_text(one.last_error))
            for one in states
        ]

    def progress(
        self,
        source: int,
        *,
        polled_at: int,
        cursor: str | None = None,
        complete_to: int | None = None,
        first_created: int | None = None,
    ) -> None:
        """A part of a poll has been stored; the source does not fail any more.

        None leaves what is known; `complete_to` never goes back, `first_created` never forward.
        """
        bulk.change(
            self._connection,
            _PROGRESS,
            *(polled_at, cursor),
            *(complete_to, complete_to),
            *(first_created, first_created),
            source,
        )

    def failed(self, source: int, error: str, *, at: int, next_at: int | None = None) -> None:
        """A poll failed; the cursor stays."""
        columns = SOURCES.c
        self._connection.execute(
            SOURCES.update()
            .where(columns.id == source)
            .values(
                failures=columns.failures + 1,
                failing_since=func.coalesce(columns.failing_since, at),
                last_error=storable(to_text(error)),
                next_at=next_at,
            )
        )

    def blind(self, source: int, since: int) -> None:
        """The source has been blind since then; told again, it changes nothing."""
        state = select(SOURCES.c.blind_since).where(SOURCES.c.id == source)
        if self._connection.execute(state).scalar_one() is not None:
            return
        bulk.insert(
            self._connection,
            BLIND_TIMES,
            {"source_id": [source], "start_at": [since], "end_at": [None]},
            then="ON CONFLICT (source_id, start_at) DO UPDATE SET end_at = NULL",
        )
        self._connection.execute(SOURCES.update().where(SOURCES.c.id == source).values(blind_since=since))

    def sees(self, source: int, until: int) -> None:
        """The source's blind time ended then; nothing happens where it was not blind."""
        times = BLIND_TIMES.c
        open_time = (times.source_id == source) & times.end_at.is_(None)
        self._connection.execute(BLIND_TIMES.update().where(open_time).values(end_at=until))
        self._connection.execute(SOURCES.update().where(SOURCES.c.id == source).values(blind_since=None))

    def blind_times(self, start: int | None = None) -> list[BlindTime]:
        """All blind times that reach past `start`, the earliest first."""
        after = -NEVER if start is None else start
        return [BlindTime(*row) for row in bulk.rows(self._connection, _BLIND, after)]
