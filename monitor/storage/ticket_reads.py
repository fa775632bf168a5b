"""Questions about single tickets: whose, which, seen last. Void tickets are left out everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from connectors.counting import Versions
from connectors.ticket import NEVER, Int32, Int64, Objects, objects
from detectors.step import TicketRow
from monitor.storage import bulk

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ROW: Final = f"""
    SELECT sources.name, ticket_id, node_id, created, COALESCE(closed, {NEVER}), seen
    FROM tickets JOIN sources ON sources.id = source_id WHERE NOT void
"""  # noqa: S608 - a number of ours

_LAST_SEEN: Final = {
    "created": "SELECT seen, created FROM tickets WHERE NOT void AND created >= ? AND created < ?",
    "escalated": "SELECT seen, created FROM tickets WHERE NOT void AND escalated >= ? AND escalated < ?",
}

_TEXTS: Final = (
    "SELECT source_id, ticket_id, text, complainant, created FROM tickets "
    "WHERE NOT void AND text IS NOT NULL AND created >= ? AND created < ? AND {node} {among} "
    "ORDER BY created DESC, source_id, ticket_id LIMIT {most}"
)

# Texts of so many nodes are looked for node by node.
FEW_NODES: Final = 100

_COUNTED: Final = {
    by: f"SELECT node_id, COUNT(*) FROM tickets WHERE NOT void AND {by} >= ? AND {by} < ? GROUP BY node_id"  # noqa: S608
    for by in ("created", "escalated")
}

_VERSIONS: Final = f"""
    SELECT source_id, ticket_id, node_id, created, updated, COALESCE(escalated, {NEVER}),
        COALESCE(closed, {NEVER}), CASE WHEN void THEN 1 ELSE 0 END, seen, complainant, tags
    FROM tickets WHERE created >= ? OR escalated >= ? ORDER BY seen, created, ticket_id
"""  # noqa: S608 - a number of ours

_PARTICULARS: Final = (
    "SELECT created, node_id, complainant, region, channel FROM tickets "
    "WHERE NOT void AND created >= ? AND created < ?"
)
# What a source said at the first look is its past; what it says of later arrived as it was polled.
_POLLED: Final = """
    SELECT sources.name, ticket_id, updated, seen
    FROM tickets
    JOIN sources ON sources.id = tickets.source_id
    JOIN (SELECT source_id, MIN(seen) AS at FROM tickets GROUP BY source_id) AS first
        ON first.source_id = tickets.source_id
    WHERE updated >= first.at
"""


@dataclass(frozen=True)
class KeptText:
    """The redacted text of a ticket; the complainant is a keyed hash."""

    source: int
    ticket: str
    text: str
    complainant: str | None
    created: int


class TicketReads:
    """Reads the table `tickets`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ticket(self, source: str, ticket: str) -> TicketRow | None:
        """One ticket; None where it is void or unknown."""
        found = self._rows("AND sources.name = ? AND ticket_id = ?", source, ticket)
        return found[0] if found else None

    def polled(self) -> list[tuple[str, str, int, int]]:
        """(source, ticket, updated, seen) of the versions that arrived by polling, not as history."""
        return [
            (str(source), str(ticket), int(updated), int(seen))
            for source, ticket, updated, seen in bulk.rows(self._connection, _POLLED)
        ]

    def created(self, start: int, end: int) -> list[TicketRow]:
        """Tickets created in [start, end), by (created, source, id)."""
        return self._rows(
            "AND created >= ? AND created < ? ORDER BY created, sources.name, ticket_id", start, end
        )

    def open(self, start: int, end: int, *, at: int) -> list[TicketRow]:
        """Those of them that are not closed at `at`."""
        return self._rows(
            "AND created >= ? AND created < ? AND (closed IS NULL OR closed > ?) "
            "ORDER BY created, sources.name, ticket_id",
            start,
            end,
            at,
        )

    def of_complainant(self, complainant: str, node: int) -> list[TicketRow]:
        """A complainant's tickets with exactly this path, by (created, source, id)."""
        return self._rows(
            "AND complainant = ? AND node_id = ? ORDER BY created, sources.name, ticket_id", complainant, node
        )

    def complainants(self, start: int, end: int) -> tuple[Int32, Objects, Int64]:
        """Tickets created in [start, end) that have a complainant.

        Returns
        -------
        (k,) int32 node of the whole path, (k,) complainant, (k,) int64 tickets
        """
        found = bulk.rows(
            self._connection,
            "SELECT node_id, complainant, COUNT(*) FROM tickets WHERE NOT void AND complainant <> '' "
            "AND created >= ? AND created < ? GROUP BY node_id, complainant",
            start,
            end,
        )
        node, complainant, tickets = zip(*found, strict=True) if found else ((), (), ())
        return np.array(node, np.int32), objects(complainant), np.array(tickets, np.int64)

    def last_seen(
        self, nodes: Iterable[int], start: int, end: int, *, by: Literal["created", "escalated"] = "created"
    ) -> tuple[int, int] | None:
        """(seen, created) of the ticket that was seen last, of those created, or escalated, in [start, end).

        `nodes` are the nodes of the whole paths that are meant.
        """
        found = bulk.rows_among(
            self._connection,
            _LAST_SEEN[by] + " AND node_id {among} ORDER BY seen DESC, created DESC LIMIT 1",
            start,
            end,
            keys=nodes,
        )
        return (int(found[0][0]), int(found[0][1])) if found else None

    def instants(self, start: int, end: int) -> tuple[Int64, Int32]:
        """Tickets created in [start, end): (k,) int64 created, (k,) int32 node of the whole path."""
        return self._created("node_id", start, end)

    def sources(self, start: int, end: int) -> tuple[Int64, Int32]:
        """Tickets created in [start, end): (k,) int64 created, (k,) int32 number of the source."""
        return self._created("source_id", start, end)

    def _created(self, column: Literal["node_id", "source_id"], start: int, end: int) -> tuple[Int64, Int32]:
        found = bulk.rows(
            self._connection,
            f"SELECT created, {column} FROM tickets WHERE NOT void AND created >= ? AND created < ?",  # noqa: S608 - one of two words
            start,
            end,
        )
        created, other = bulk.integers(found, 2)
        return created, other.astype(np.int32)

    def particulars(
        self, nodes: Iterable[int], start: int, end: int
    ) -> tuple[Int64, Int32, Objects, Objects, Objects]:
        """Tickets with one of these nodes as whole path that were created in [start, end).

        Returns
        -------
        (k,) int64 created, rising, (k,) int32 node, and (k,) complainant, region and channel
        """
        found = bulk.rows_among(
            self._connection, _PARTICULARS + " AND node_id {among} ORDER BY created", start, end, keys=nodes
        )
        created, node, *others = zip(*found, strict=True) if found else ((),) * 5
        who, region, channel = (objects(column) for column in others)
        return np.array(created, np.int64), np.array(node, np.int32), who, region, channel

    def counted(self, by: Literal["created", "escalated"], start: int, end: int) -> dict[int, int]:
        """Tickets created, or escalated, in [start, end), counted anew by the node of their whole path."""
        found = bulk.rows(self._connection, _COUNTED[by], start, end)
        return {int(node): int(count) for node, count in found}

    def texts(self, nodes: Iterable[int], start: int, end: int, *, most: int) -> list[KeptText]:
        """Kept texts of tickets created in [start, end), the latest `most`, in order of creation."""
        among = list(nodes)
        # The latest tickets of many nodes are soon found among the latest of all: `+` keeps the index of
        # texts by node out of it, which would bring every one of them to be sorted.
        node = "node_id" if len(among) <= FEW_NODES else "+node_id"
        statement = _TEXTS.format(node=node, most=most, among="{among}")
        found = bulk.rows_among(self._connection, statement, start, end, keys=among)
        return [KeptText(*row) for row in reversed(found)]

    def versions(self, since: int) -> Versions:
        """Latest versions of all tickets created or escalated since then, in the order they were seen."""
        found = bulk.rows(
            self._connection,
            _VERSIONS,
            since,
            since,
        )
        columns = list(zip(*found, strict=True)) if found else [()] * 11
        source, ids, node, created, updated, escalated, closed, void, seen, who, tags = columns
        return Versions(
            ticket=np.arange(len(found), dtype=np.int64),
            source=np.array(source, np.int32),
            node=np.array(node, np.int32),
            created=np.array(created, np.int64),
            updated=np.array(updated, np.int64),
            escalated=np.array(escalated, np.int64),
            closed=np.array(closed, np.int64),
            void=np.array(void, np.bool_),
            seen=np.array(seen, np.int64),
            complainant=objects(who),
            tags=objects([frozenset(json.loads(text)) if text else None for text in tags]),
            ids=objects(ids),
        )

    def _rows(self, condition: str, *arguments: int | str) -> list[TicketRow]:
        found: Sequence[bulk.Row] = bulk.rows(self._connection, _ROW + condition, *arguments)
        return [TicketRow(*row) for row in found]
