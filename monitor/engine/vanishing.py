"""Tickets that were deleted where a deletion leaves no trace: they are listed no more, so we ask for them.

Asked for are the month's tickets, which the rules' windows still count, and once a day those of the month
before as well, whose statistics are still read. What is gone becomes void, by a version that is as old as the
last one: should it be told again, it counts again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from connectors.source import ListingSource, Poll, SourceError, SourceSettings, cause
from connectors.ticket import TicketBatch, objects, to_us
from monitor.clock import Clock
from monitor.engine.done import Done
from monitor.engine.engine import Engine

# So many may be gone at once. More, if they are more than half, look like a lost permission.
FEW: Final = 20


class Vanishing:
    """When a source was last asked for what is gone, and asks it again when it is time."""

    def __init__(self, engine: Engine, settings: SourceSettings, source: ListingSource, clock: Clock) -> None:
        self._engine, self._settings, self._source, self._clock = engine, settings, source, clock
        self._next_at = clock.now()
        self._looked_back_on: int | None = None

    def look(self, alive: Callable[[], bool]) -> Done | None:
        """What became of tickets that are gone; None where it is not time, or none is.

        `alive` is told of each answer, and says whether more are awaited. Raises SourceError.
        """
        now = self._clock.now()
        if now < self._next_at:
            return None
        self._next_at = now + self._settings.deleted_every
        today = self._engine.calendar.day(to_us(now))
        since = self._engine.calendar.month(to_us(now))
        known = self._known(
            since if today == self._looked_back_on else self._engine.calendar.month(since - 1)
        )
        gone = set[str]()
        asked = [str(ident) for ident in known.ids]
        for found in self._source.gone(asked) if asked else ():
            gone |= found
            if not alive():
                return None
        self._looked_back_on = today
        if not gone:
            return None
        if len(gone) > FEW and 2 * len(gone) > len(known):
            raise SourceError(
                f"source {self._settings.name}: {len(gone):,} of the {len(known):,} tickets that were "
                "asked for are not shown any more, and so many are hardly deleted at once; was a "
                "permission taken from the account? They still count",
                cause=cause("vanished", gone=f"{len(gone):,}", known=f"{len(known):,}"),
            )
        voided = _void(known, gone)
        with self._engine.store.reading() as tx:
            states = {state.name: state for state in tx.sources.all()}
        cursor = states[self._settings.name].cursor or ""
        return self._engine.take(Poll(voided, (), cursor, None), now=to_us(self._clock.now()))

    def _known(self, since: int) -> TicketBatch:
        """The source's tickets created since then that count, by their last versions."""
        engine, name = self._engine, self._settings.name
        with engine.store.reading() as tx:
            numbers = {state.name: tx.sources.id(state.name) for state in tx.sources.all()}
            versions = tx.ticket_reads.versions(since)
        if name not in numbers:
            return TicketBatch.empty(name)
        paths = engine.taxonomy.paths
        nodes, category = np.unique(versions.node, return_inverse=True)
        found = TicketBatch(
            source=name,
            ids=objects(versions.ids.tolist() if versions.ids is not None else []),
            created=versions.created,
            updated=versions.updated,
            category=category.astype(np.int32),
            paths=tuple(paths[node] for node in nodes.tolist()),
            escalated=versions.escalated,
            closed=versions.closed,
            void=versions.void,
            complainant=versions.complainant,
            tags=versions.tags,
        )
        return found.take((versions.source == numbers[name]) & ~versions.void)


def _void(known: TicketBatch, gone: set[str]) -> TicketBatch:
    """The last versions of these tickets, as void."""
    batch = known.take(np.array([str(ident) in gone for ident in known.ids], dtype=np.bool_))
    return replace(batch, void=np.ones(len(batch), dtype=np.bool_))
