"""Incidents: their events, kept whole as long as `store.keep` says; an incident is the fold of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from alerts.incidents.book import Book, Changed
from alerts.incidents.event import Event, event_from_json, event_to_json
from alerts.incidents.incident import Incident, State
from alerts.incidents.transitions import fold
from monitor.storage import bulk
from monitor.storage.schema_told import INCIDENT_EVENTS, INCIDENTS
from monitor.storage.texts import storable, to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

_UPSERT: Final = (
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, node = excluded.node, level = excluded.level, "
    "resolved_at = excluded.resolved_at, events = excluded.events, clocks = excluded.clocks"
)
_EVENTS: Final = (
    "SELECT incident_id, body FROM incident_events WHERE incident_id {among} ORDER BY incident_id, seq"
)
# Both are asked for with each page.
_LIVE: Final = "SELECT id, events FROM incidents WHERE state <> 'resolved' OR clocks"
_LAST: Final = "SELECT COALESCE(MAX(id), 0) FROM incidents"


class Incidents:
    """Reads and writes the tables `incidents` and `incident_events`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def book(self, before: Book | None = None) -> Book:
        """The incidents that are not over, or on which deadlines run, for a decision.

        It is the book of a decision before, which has been stored, if nothing else has changed since. If
        something has, that alone is read.
        """
        found: dict[int, int] = dict(bulk.rows(self._connection, _LIVE))
        known = {} if before is None else {one.id: one for one in before.all}
        same = {id: one for id, one in known.items() if len(one.log) == found.get(id)}
        if before is not None and len(same) == len(known) == len(found):
            before.next_id = self._last() + 1
            return before
        read = self._read([id for id in found if id not in same])
        return Book([*same.values(), *read], next_id=self._last() + 1)

    def whole(self) -> Book:
        """Every incident there has been, for a change that concerns them all."""
        return Book(self.find(), next_id=self._last() + 1)

    def save(self, changed: Sequence[Changed]) -> None:
        """Store what a decision did: the new events of each incident, and how it stands."""
        if not changed:
            return
        incidents = [one.incident for one in changed]
        columns: dict[str, list[Any]] = {
            "id": [one.id for one in incidents],
            "key": [one.key for one in incidents],
            "state": [str(one.state) for one in incidents],
            "node": [to_json(one.node) for one in incidents],
            "level": [one.level for one in incidents],
            "opened_at": [one.opened_at for one in incidents],
            "resolved_at": [one.resolved_at for one in incidents],
            "events": [len(one.log) for one in incidents],
            "clocks": [not one.closed for one in incidents],
        }
        bulk.insert(self._connection, INCIDENTS, columns, then=_UPSERT)
        rows = [
            (one.incident.id, len(one.incident.log) - len(one.events) + i, event)
            for one in changed
            for i, event in enumerate(one.events)
        ]
        events: dict[str, list[Any]] = {
            "incident_id": [id for id, _, _ in rows],
            "seq": [seq for _, seq, _ in rows],
            "key": [event.key for _, _, event in rows],
            "kind": [str(event.kind) for _, _, event in rows],
            "at": [event.at for _, _, event in rows],
            "body": [_body(event) for _, _, event in rows],
        }
        bulk.insert(self._connection, INCIDENT_EVENTS, events)

    def get(self, id: int) -> Incident | None:
        """One incident, whatever its state."""
        return next(iter(self._read([id])), None)

    def find(
        self, *, start: int | None = None, end: int | None = None, only_open: bool = False
    ) -> list[Incident]:
        """Incidents that were opened in [start, end), the earliest first."""
        columns = INCIDENTS.c
        chosen = select(columns.id)
        if start is not None:
            chosen = chosen.where(columns.opened_at >= start)
        if end is not None:
            chosen = chosen.where(columns.opened_at < end)
        if only_open:
            chosen = chosen.where(columns.state != State.RESOLVED)
        return self._read(self._connection.execute(chosen).scalars().all())

    def _read(self, ids: Iterable[int]) -> list[Incident]:
        histories: defaultdict[int, list[Event]] = defaultdict(list)
        for id, body in bulk.rows_among(self._connection, _EVENTS, keys=list(ids)):
            histories[id].append(event_from_json(body))
        return [fold(id, events) for id, events in sorted(histories.items())]

    def _last(self) -> int:
        [(last,)] = bulk.rows(self._connection, _LAST)
        return int(last)


def _body(event: Event) -> str:
    """The event as JSON; names in it may hold what no database takes, and JSON can escape it."""
    text = event_to_json(event)
    return text if storable(text) == text else json.dumps(json.loads(text))
