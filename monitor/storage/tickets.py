"""The latest state of every ticket: what was known of these ids, what is the state now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from connectors.ticket import NEVER, Bool, Int32, Int64, Objects, TicketBatch, objects
from monitor.storage import bulk
from monitor.storage.schema import TICKETS
from monitor.storage.texts import storables, to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

_STATE: Final = (
    *("created", "updated", "node_id", "escalated", "closed", "void"),
    *("complainant", "tags", "text", "region", "channel", "label_id"),
)
_TOLD: Final = (*_STATE, "seen")

# A version that was read before changes nothing, not even when it was seen: polls overlap.
_UPSERT: Final = (
    "ON CONFLICT (source_id, ticket_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _TOLD)
    + " WHERE ("
    + ", ".join(f"tickets.{name}" for name in _STATE)
    + ") {is_not} ("
    + ", ".join(f"excluded.{name}" for name in _STATE)
    + ")"
)

_KNOWN: Final = f"""
    SELECT ticket_id, created, updated, node_id, COALESCE(escalated, {NEVER}), COALESCE(closed, {NEVER}),
        void, complainant, tags
    FROM tickets WHERE source_id = ? AND ticket_id {{among}}
"""  # noqa: S608 - a number of ours


@dataclass(frozen=True)
class KnownStates:
    """States in which tickets are stored. All columns are (k,), as in `Versions`.

    Attributes
    ----------
    ticket : int64, index into the ids that were asked for
    """

    ticket: Int64
    node: Int32
    created: Int64
    updated: Int64
    escalated: Int64
    closed: Int64
    void: Bool
    complainant: Objects
    tags: Objects

    def __len__(self) -> int:
        return len(self.ticket)


class Tickets:
    """Reads and writes the table `tickets`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source: int, ids: Sequence[str]) -> KnownStates:
        """The stored states of those of these distinct ids that are known."""
        found = bulk.rows_among(self._connection, _KNOWN, source, keys=ids)
        place = {id: i for i, id in enumerate(ids)} if found else {}
        id, created, updated, node, escalated, closed, void, complainant, tags = (
            zip(*found, strict=True) if found else [()] * 9
        )
        return KnownStates(
            ticket=np.array([place[one] for one in id], dtype=np.int64),
            node=np.array(node, dtype=np.int32),
            created=np.array(created, dtype=np.int64),
            updated=np.array(updated, dtype=np.int64),
            escalated=np.array(escalated, dtype=np.int64),
            closed=np.array(closed, dtype=np.int64),
            void=np.array(void, dtype=np.bool_),
            complainant=objects(complainant),
            tags=objects([frozenset(json.loads(one)) if one else frozenset() for one in tags]),
        )

    def labels(self) -> list[tuple[int, int, int, int]]:
        """(node of the path as told, node counted on, tickets, last created); void ones left out."""
        found = bulk.rows(
            self._connection,
            "SELECT COALESCE(label_id, node_id), node_id, COUNT(*), MAX(created) FROM tickets "
            "WHERE NOT void GROUP BY 1, 2",
        )
        return [(int(label), int(node), int(n), int(last)) for label, node, n, last in found]

    def save(
        self,
        batch: TicketBatch,
        ids: Sequence[str],
        *,
        source: int,
        node: Int32,
        label: Int32 | None = None,
        escalated: Int64,
        seen: int,
    ) -> None:
        """The tickets' state is now what these versions say; one version a ticket.

        Parameters
        ----------
        ids : (n,) ids as they are stored
        node : (n,) node that each version is counted on
        label : (n,) node of each version's path as it was told; None where that is the same
        escalated : (n,) earliest over all versions seen
        """
        n = len(batch)
        columns: dict[str, Sequence[Any]] = {
            "source_id": [source] * n,
            "ticket_id": ids,
            "created": batch.created.tolist(),
            "updated": batch.updated.tolist(),
            "node_id": node.tolist(),
            "escalated": escalated.tolist(),
            "closed": batch.closed.tolist(),
            "void": batch.void.tolist(),
            "seen": [seen] * n,
        }
        if batch.tags is not None:
            columns["tags"] = [to_json(sorted(tags)) if tags else None for tags in batch.tags.tolist()]
        if label is not None:
            columns["label_id"] = [
                None if told == counted else told
                for told, counted in zip(label.tolist(), node.tolist(), strict=True)
            ]
        # A column that is left out is null, and costs nothing.
        texts = {"complainant": batch.complainant, "text": batch.text}
        texts |= {"region": batch.region, "channel": batch.channel}
        for name, column in texts.items():
            if column is not None:
                columns[name] = storables(column.tolist())
        bulk.insert(self._connection, TICKETS, columns, never=("escalated", "closed"), then=_UPSERT)

    def save_escalated(self, source: int, ids: Sequence[str], escalated: Int64) -> None:
        """An older version arrived late and says that these tickets were escalated earlier."""
        for id, at in zip(ids, escalated.tolist(), strict=True):
            self._connection.execute(
                TICKETS.update()
                .where(TICKETS.c.source_id == source, TICKETS.c.ticket_id == id)
                .values(escalated=at)
            )
