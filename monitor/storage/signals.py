"""Signals: stored once per identity, marked when later versions bring the count back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from connectors.ticket import NEVER, Path
from detectors.signal import Signal
from monitor.storage import bulk
from monitor.storage.nodes import Nodes, path_of
from monitor.storage.schema import NODES
from monitor.storage.schema_told import SIGNALS
from monitor.storage.texts import to_json
from monitor.trend.rows import OPEN_FOR

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

_KNOWN: Final = "SELECT id FROM signals WHERE id {among}"
# No database takes endless lists of keys.
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class StoredSignal:
    """A signal with what became of it.

    Attributes
    ----------
    fired_at : when it was stored
    page_key : key of the page it is in, None while it is in none
    awaiting : name of the source whose bulk import will fold it into one page
    """

    signal: Signal
    fired_at: int
    page_key: str | None
    awaiting: str | None


class Signals:
    """Reads and writes the table `signals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, signals: Sequence[Signal], *, fired_at: int, awaiting: str | None = None) -> list[Signal]:
        """Store the signals whose identity is not stored yet, and give them back in their order.

        The nodes of the signals must be stored.
        """
        fresh: dict[str, Signal] = {}
        for signal in signals:
            fresh.setdefault(signal.identity, signal)
        if not fresh:
            return []
        for (identity,) in bulk.rows_among(self._connection, _KNOWN, keys=fresh):
            del fresh[identity]
        nodes = Nodes(self._connection).numbers({signal.node for signal in fresh.values()})
        rows = [_row(signal, identity, nodes[signal.node]) for identity, signal in fresh.items()]
        for row in rows:
            row |= {"fired_at": fired_at, "awaiting": awaiting}
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ["id"])}
        bulk.insert(self._connection, SIGNALS, columns, never=("created_at",))
        return list(fresh.values())

    def revise(self, counts: Mapping[str, int | None]) -> None:
        """Mark signals, by identity, with the count now; None takes the mark away."""
        for identity, count in counts.items():
            self._connection.execute(
                SIGNALS.update().where(SIGNALS.c.id == identity).values(revised_to=count)
            )

    def move(self, paths: Mapping[Path, Path]) -> dict[str, str]:
        """Signals of nodes that are counted elsewhere now are signals of the new node.

        Where the new node has fired for the same window and level itself, the old signal stays where it is.
        Answers which identities have changed, by what they were.
        """
        changed: dict[str, str] = {}
        if not paths:
            return changed
        old = Nodes(self._connection).numbers(paths)
        new = Nodes(self._connection).numbers(paths.values())
        moving = {
            stored.signal.identity: replace(stored.signal, node=paths[stored.signal.node])
            for stored in self._stored(SIGNALS.c.node_id.in_(old.values()))
        }
        taken = {
            identity
            for (identity,) in bulk.rows_among(
                self._connection, _KNOWN, keys=[signal.identity for signal in moving.values()]
            )
        }
        for was, signal in moving.items():
            # A signal about a ticket keeps its identity wherever the ticket is counted.
            if signal.identity == was or signal.identity not in taken:
                taken.add(signal.identity)
                values = {"id": signal.identity, "node_id": new[signal.node]}
                self._connection.execute(SIGNALS.update().where(SIGNALS.c.id == was).values(**values))
                changed[was] = signal.identity
        return changed

    def find(
        self,
        *,
        rule: str | None = None,
        node: Path | None = None,
        level: str | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int | None = None,
    ) -> list[StoredSignal]:
        """Signals that crossed in [start, end), the earliest first; with a limit, the last ones."""
        columns = SIGNALS.c
        wanted: list[ColumnElement[bool]] = []
        if rule is not None:
            wanted.append(columns.rule == rule)
        if node is not None:
            wanted.append(NODES.c.path == to_json(node))
        if level is not None:
            wanted.append(columns.level == level)
        if start is not None:
            wanted.append(columns.crossed_at >= start)
        if end is not None:
            wanted.append(columns.crossed_at < end)
        return self._stored(*wanted, limit=limit)

    def overlapping(self, start: int, end: int) -> list[StoredSignal]:
        """Signals whose window shares an instant with [start, end)."""
        columns = SIGNALS.c
        return self._stored(columns.window_start < end, columns.window_end > start)

    def open(self, start: int, end: int) -> list[StoredSignal]:
        """Signals that are open in [start, end): since they crossed, to a day after their window."""
        columns = SIGNALS.c
        return self._stored(columns.crossed_at < end, columns.window_end > start - OPEN_FOR)

    def awaiting(self, source: str) -> list[StoredSignal]:
        """Signals that wait to be folded into the one page of a source's bulk import."""
        return self._stored(SIGNALS.c.awaiting == source)

    def hand_over(self, source: str, to: str) -> None:
        """What waited for the end of a source's bulk import waits for something else now."""
        self._connection.execute(SIGNALS.update().where(SIGNALS.c.awaiting == source).values(awaiting=to))

    def waiting(self, prefix: str) -> list[StoredSignal]:
        """Signals that wait for something whose name begins like this."""
        return self._stored(SIGNALS.c.awaiting.startswith(prefix, autoescape=True))

    def unpaged(self, start: int) -> list[StoredSignal]:
        """Signals stored since `start` that are in no page and wait for none."""
        columns = SIGNALS.c
        return self._stored(columns.fired_at >= start, columns.page_key.is_(None), columns.awaiting.is_(None))

    def about(self, subjects: Collection[tuple[tuple[str, str], ...]]) -> list[StoredSignal]:
        """Signals about one of these subjects."""
        if not subjects:
            return []
        found = bulk.rows_among(
            self._connection,
            "SELECT id FROM signals WHERE subject <> '[]' AND subject {among}",
            keys=[to_json(subject) for subject in subjects],
        )
        return self._stored(SIGNALS.c.id.in_([identity for (identity,) in found])) if found else []

    def with_ids(self, identities: Collection[str]) -> list[StoredSignal]:
        """Signals of these identities, the earliest first."""
        found: list[StoredSignal] = []
        wanted = sorted(identities)
        for start in range(0, len(wanted), _AT_ONCE):
            found += self._stored(SIGNALS.c.id.in_(wanted[start : start + _AT_ONCE]))
        return sorted(found, key=lambda one: (one.signal.crossed_at, one.signal.rule, one.signal.identity))

    def number(self) -> int:
        """How many there are."""
        return self._connection.execute(select(func.count()).select_from(SIGNALS)).scalar_one()

    def _stored(self, *wanted: ColumnElement[bool], limit: int | None = None) -> list[StoredSignal]:
        columns = SIGNALS.c
        order = (columns.crossed_at, columns.rule, columns.id)
        chosen = select(SIGNALS, NODES.c.path).join_from(SIGNALS, NODES).where(*wanted)
        if limit is None:
            return [_stored(row) for row in self._connection.execute(chosen.order_by(*order))]
        last_first = chosen.order_by(*(column.desc() for column in order)).limit(limit)
        return [_stored(row) for row in reversed(self._connection.execute(last_first).all())]


def _row(signal: Signal, identity: str, node: int) -> dict[str, Any]:
    return {
        "id": identity,
        "rule": signal.rule,
        "kind": signal.kind,
        "node_id": node,
        "exact": signal.exact,
        "window_start": signal.window_start,
        "window_end": signal.window_end,
        "level": signal.level,
        "observed": signal.observed,
        "threshold": signal.threshold,
        "crossed_at": signal.crossed_at,
        "created_at": signal.created_at,
        "subject": to_json(signal.subject),
        "revised_to": signal.revised_to,
        "detail": to_json(dict(signal.detail)),
    }


def _stored(row: Row[Any]) -> StoredSignal:
    signal = Signal(
        rule=row.rule,
        kind=row.kind,
        node=path_of(row.path),
        exact=row.exact,
        window_start=row.window_start,
        window_end=row.window_end,
        level=row.level,
        observed=row.observed,
        threshold=row.threshold,
        crossed_at=row.crossed_at,
        created_at=NEVER if row.created_at is None else row.created_at,
        subject=tuple((name, value) for name, value in json.loads(row.subject)),
        revised_to=row.revised_to,
        detail=json.loads(row.detail),
    )
    return StoredSignal(signal, row.fired_at, row.page_key, row.awaiting)
