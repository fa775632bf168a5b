"""Where texts put the tickets whose source told no category: stored once, kept until the source tells one.

A placement is never computed again for a stored ticket, so that a recount, a restart and a version that is
read twice agree, whatever the classifier has learned since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.ticket import NEVER, Path, Ticket, TicketBatch, at_us, from_us
from monitor.storage import bulk
from monitor.storage.nodes import path_of
from monitor.storage.schema import PLACEMENTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

_UPSERT: Final = (
    "ON CONFLICT (source_id, ticket_id) DO UPDATE SET node_id = excluded.node_id, "
    "confidence = excluded.confidence, model = excluded.model, cluster = excluded.cluster, "
    "created = excluded.created, at = excluded.at, emerged_at = excluded.emerged_at, corrected_at = NULL"
)
_KNOWN: Final = """
    SELECT tickets.ticket_id, updated, told.path, nodes.path,
        CASE WHEN corrected_at IS NULL THEN 0 ELSE 1 END
    FROM tickets
    JOIN nodes AS told ON told.id = COALESCE(label_id, tickets.node_id)
    LEFT JOIN placements ON placements.source_id = tickets.source_id
        AND placements.ticket_id = tickets.ticket_id
    LEFT JOIN nodes ON nodes.id = placements.node_id
    WHERE tickets.source_id = ? AND tickets.ticket_id {among}
"""
# Adopted clusters teach too: their tickets are counted on the node that people gave them.
_LABELLED: Final = """
    SELECT text, path FROM tickets
    JOIN nodes ON nodes.id = tickets.node_id
    LEFT JOIN placements ON placements.source_id = tickets.source_id
        AND placements.ticket_id = tickets.ticket_id
    WHERE text IS NOT NULL AND NOT void AND path <> '[]'
        AND (placements.node_id IS NULL OR corrected_at IS NOT NULL
            OR (cluster IS NOT NULL AND placements.node_id <> tickets.node_id
                AND placements.emerged_at IS NOT NULL))
    ORDER BY tickets.created DESC, tickets.source_id, tickets.ticket_id LIMIT ?
"""
_MEMBERS: Final = """
    SELECT sources.name, placements.ticket_id, cluster, text, placements.created, path, emerged_at
    FROM placements
    JOIN nodes ON nodes.id = placements.node_id
    JOIN sources ON sources.id = placements.source_id
    JOIN tickets ON tickets.source_id = placements.source_id AND tickets.ticket_id = placements.ticket_id
    WHERE cluster IS NOT NULL AND corrected_at IS NULL AND placements.created >= ?
    ORDER BY placements.at, placements.created, placements.source_id, placements.ticket_id
"""
_WHOLE: Final = f"""
    SELECT ticket_id, created, updated, COALESCE(escalated, {NEVER}), COALESCE(closed, {NEVER}),
        CASE WHEN void THEN 1 ELSE 0 END, tags, complainant, text, region, channel
    FROM tickets WHERE source_id = ? AND ticket_id {{among}}
"""  # noqa: S608 - a number of ours
_FIGURES: Final = """
    SELECT COUNT(*), SUM(CASE WHEN corrected_at IS NULL THEN 0 ELSE 1 END) FROM placements
"""


@dataclass(frozen=True)
class Known:
    """What is stored of a ticket.

    Attributes
    ----------
    updated : of its latest version
    label : the path that it was told with, or where its text put it
    placed : where its text put it; None where it was never placed, or the source has told a category since
    """

    updated: int
    label: Path
    placed: Path | None


@dataclass(frozen=True)
class Placed:
    """A placement to be stored.

    Attributes
    ----------
    model : texts that the classifier had learned from
    cluster : number of the group that the text joined, if any
    emerged : the path is that of the group's own node
    """

    ticket: str
    created: int
    path: Path
    confidence: float
    model: int
    cluster: int | None
    emerged: bool = False


@dataclass(frozen=True)
class Member:
    """A ticket of a group of texts that fit nowhere; `emerged` names the node once the group has one."""

    source: str
    ticket: str
    cluster: int
    text: str | None
    created: int
    emerged: Path | None


class Placements:
    """Reads and writes the table `placements`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source: int | None, ids: Iterable[str]) -> dict[str, Known]:
        """What is stored of those of these tickets that are known."""
        if source is None:
            return {}
        found = bulk.rows_among(self._connection, _KNOWN, source, keys=list(ids))
        return {
            ticket: Known(updated, path_of(label), None if path is None or corrected else path_of(path))
            for ticket, updated, label, path, corrected in found
        }

    def save(self, source: int, placed: Sequence[Placed], *, nodes: Sequence[int], at: int) -> None:
        """Store placements, one a ticket; `nodes` are those of their paths."""
        columns: dict[str, Sequence[Any]] = {
            "source_id": [source] * len(placed),
            "ticket_id": [one.ticket for one in placed],
            "node_id": list(nodes),
            "confidence": [one.confidence for one in placed],
            "model": [one.model for one in placed],
            "cluster": [one.cluster for one in placed],
            "created": [one.created for one in placed],
            "at": [at] * len(placed),
            "emerged_at": [at if one.emerged else None for one in placed],
        }
        bulk.insert(self._connection, PLACEMENTS, columns, then=_UPSERT)

    def correct(self, source: int, ids: Sequence[str], *, at: int) -> None:
        """The source has told a category for these tickets, which holds from now on."""
        if not ids:
            return
        bulk.change_among(
            self._connection,
            "UPDATE placements SET corrected_at = ? WHERE source_id = ? AND ticket_id {among}",
            at,
            source,
            keys=ids,
        )

    def absorb(self, gone: int, cluster: int) -> None:
        """A group has become part of another one."""
        bulk.change(self._connection, "UPDATE placements SET cluster = ? WHERE cluster = ?", cluster, gone)

    def emerge(self, cluster: int, node: int, *, at: int) -> dict[str, list[str]]:
        """The tickets of this group are placed on its own node, but for those that were corrected.

        Returns those that were not on it yet, by the name of their source.
        """
        moving = "cluster = ? AND emerged_at IS NULL AND corrected_at IS NULL"
        found: dict[str, list[str]] = {}
        for name, ticket in bulk.rows(
            self._connection,
            "SELECT name, ticket_id FROM placements JOIN sources ON sources.id = source_id "  # noqa: S608 - ours
            f"WHERE {moving} ORDER BY 1, 2",
            cluster,
        ):
            found.setdefault(name, []).append(ticket)
        bulk.change(
            self._connection,
            f"UPDATE placements SET node_id = ?, emerged_at = ? WHERE {moving}",  # noqa: S608 - ours
            node,
            at,
            cluster,
        )
        return found

    def any_of(self, source: int) -> bool:
        """Whether any ticket of the source was ever placed."""
        found = bulk.rows(self._connection, "SELECT 1 FROM placements WHERE source_id = ? LIMIT 1", source)
        return bool(found)

    def labelled(self, most: int) -> list[tuple[str, Path]]:
        """Stored texts whose category a person told, with the node they are counted on; the latest last."""
        found = bulk.rows(self._connection, _LABELLED, most)
        return [(text, path_of(path)) for text, path in reversed(found)]

    def members(self, since: int) -> list[Member]:
        """Tickets created since then of groups of texts that fit nowhere, in the order they were placed."""
        return [
            Member(source, ticket, cluster, text, created, path_of(path) if emerged else None)
            for source, ticket, cluster, text, created, path, emerged in bulk.rows(
                self._connection, _MEMBERS, since
            )
        ]

    def last_cluster(self) -> int:
        """The highest number that a group has had; -1 where there was none."""
        [(number,)] = bulk.rows(self._connection, "SELECT COALESCE(MAX(cluster), -1) FROM placements")
        return int(number)

    def tickets(self, source: int, name: str, ids: Sequence[str]) -> TicketBatch:
        """The latest versions of these tickets, told again as their source told them: without a category."""
        found = bulk.rows_among(self._connection, _WHOLE, source, keys=ids)
        return TicketBatch.of(
            name,
            [
                Ticket(
                    source=name,
                    id=id,
                    created_at=at_us(created),
                    updated_at=at_us(updated),
                    escalated_at=from_us(escalated),
                    closed_at=from_us(closed),
                    void=bool(void),
                    tags=frozenset(json.loads(tags)) if tags else frozenset(),
                    complainant=who,
                    text=text,
                    region=region,
                    channel=channel,
                )
                for id, created, updated, escalated, closed, void, tags, who, text, region, channel in found
            ],
        )

    def figures(self) -> tuple[int, int]:
        """How many tickets were placed by their text, and how many of them the source has corrected."""
        [(placed, corrected)] = bulk.rows(self._connection, _FIGURES)
        return int(placed), int(corrected or 0)
