"""Rows that could not become tickets: kept with their reason, counted once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from connectors.source import Quarantined
from monitor.storage import bulk
from monitor.storage.schema import QUARANTINE, SOURCES
from monitor.storage.sources import Sources
from monitor.storage.texts import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class QuarantinedRow:
    """A quarantined row with when it was read first and last, and how often."""

    row: Quarantined
    first_seen: int
    last_seen: int
    times: int


@dataclass(frozen=True)
class QuarantineSummary:
    """How many different rows of a source are quarantined, and when one was last read."""

    source: str
    rows: int
    last_seen: int


class Quarantine:
    """Reads and writes the table `quarantine`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[Quarantined], *, seen: int) -> int:
        """Keep the rows: how many of them are new."""
        if not rows:
            return 0
        before = self._number()
        sources = Sources(self._connection)
        number = {name: sources.id(name) for name in {row.source for row in rows}}
        times: dict[tuple[int, str], int] = {}
        last: dict[tuple[int, str], Quarantined] = {}
        for row in rows:
            key = (number[row.source], storable(row.key))
            times[key] = times.get(key, 0) + 1
            last[key] = row
        columns: dict[str, list[Any]] = {
            "source_id": [source for source, _ in times],
            "key": [key for _, key in times],
            "place": [storable(row.place) for row in last.values()],
            "reason": [storable(row.reason) for row in last.values()],
            "row": [storable(row.row) for row in last.values()],
            "first_seen": [seen] * len(times),
            "last_seen": [seen] * len(times),
            "times": list(times.values()),
        }
        then = (
            "ON CONFLICT (source_id, key) DO UPDATE SET last_seen = excluded.last_seen, "
            "reason = excluded.reason, place = excluded.place, times = quarantine.times + excluded.times"
        )
        bulk.insert(self._connection, QUARANTINE, columns, then=then)
        return self._number() - before

    def summary(self) -> list[QuarantineSummary]:
        """One line for each source that has quarantined rows."""
        chosen = (
            select(SOURCES.c.name, func.count(), func.max(QUARANTINE.c.last_seen))
            .join_from(QUARANTINE, SOURCES)
            .group_by(SOURCES.c.name)
            .order_by(SOURCES.c.name)
        )
        return [QuarantineSummary(*row) for row in self._connection.execute(chosen)]

    def rows(self, source: str | None = None, *, limit: int = 20) -> list[QuarantinedRow]:
        """The rows that were read last."""
        columns = QUARANTINE.c
        chosen = (
            select(SOURCES.c.name, columns.place, columns.reason, columns.row, columns.key)
            .add_columns(columns.first_seen, columns.last_seen, columns.times)
            .join_from(QUARANTINE, SOURCES)
            .order_by(columns.last_seen.desc(), columns.key)
            .limit(limit)
        )
        if source is not None:
            chosen = chosen.where(SOURCES.c.name == source)
        return [QuarantinedRow(Quarantined(*row[:5]), *row[5:]) for row in self._connection.execute(chosen)]

    def _number(self) -> int:
        return self._connection.execute(select(func.count()).select_from(QUARANTINE)).scalar_one()
