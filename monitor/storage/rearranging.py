"""Stored tickets, counts and signals follow the taxonomy when its table or its lineage changes.

A ticket keeps the path that it was told with, so every change is exact, also one that is taken back: tickets
are counted where their label is counted now, at their own hours, by signed changes as ever (law 1). Hours
behind the seal have no tickets any more; their counts move as whole nodes, where these moved as a whole.
Rows of the trend log stay as they were written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from connectors.counting import Changes
from connectors.lineage import Lineage
from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER, Int64, Path
from connectors.windows import Calendar
from monitor.storage import bulk
from monitor.storage.facts import NOTHING

if TYPE_CHECKING:
    from monitor.storage.store import Transaction

PAGE: Final = 50_000
"""Tickets in memory at once."""

_PLACES: Final = "SELECT DISTINCT COALESCE(label_id, node_id), node_id FROM tickets"
_TICKETS: Final = f"""
    SELECT source_id, ticket_id, COALESCE(label_id, node_id), node_id, created, COALESCE(escalated, {NEVER}),
        CASE WHEN void THEN 1 ELSE 0 END
    FROM tickets WHERE (source_id, ticket_id) > (?, ?) AND COALESCE(label_id, node_id) {{among}}
    ORDER BY source_id, ticket_id LIMIT {PAGE}
"""  # noqa: S608 - numbers of ours
_MOVE: Final = "UPDATE tickets SET node_id = ?, label_id = ? WHERE source_id = ? AND ticket_id = ?"
_SEALED: Final = "SELECT hour, node_id, tickets, escalated FROM counts WHERE hour < ? AND node_id {among}"


@dataclass(frozen=True)
class Followed:
    """What followed a change: how many tickets, and identities of signals that are others now."""

    tickets: int
    signals: Mapping[str, str]


def rearrange(
    tx: Transaction,
    taxonomy: Taxonomy,
    lineage: Lineage,
    *,
    calendar: Calendar,
    moved: Callable[[Path], Path],
) -> Followed:
    """Count every stored ticket where its label is counted now; `moved` says where a node as a whole is."""
    moved_whole = _moved_whole(taxonomy, moved)
    labels = _labels_that_move(tx, taxonomy, lineage)
    tx.nodes.save(taxonomy)
    _move_sealed(tx, moved_whole)
    tickets = 0
    for page in _pages(tx, labels):
        tickets += _move(tx, page, taxonomy, lineage, calendar)
    if tickets or moved_whole:
        # What was late on one node may be counted on another now.
        tx.counts.forget_late()
    paths = {taxonomy.paths[old]: taxonomy.paths[new] for old, new in moved_whole.items()}
    return Followed(tickets, tx.signals.move(paths))


def _moved_whole(taxonomy: Taxonomy, moved: Callable[[Path], Path]) -> dict[int, int]:
    """Nodes that are elsewhere now."""
    return {
        node: taxonomy.node(now)
        for node, path in enumerate(list(taxonomy.paths))
        if (now := moved(path)) != path
    }


def _labels_that_move(tx: Transaction, taxonomy: Taxonomy, lineage: Lineage) -> list[int]:
    """Labels of tickets of which some may be counted elsewhere now; their nodes are added."""
    found = set()
    for label, node in bulk.rows(tx.connection, _PLACES):
        stations = lineage.stations(taxonomy.paths[label])
        targets = {taxonomy.node(path) for _, path in stations}
        if targets != {node}:
            found.add(int(label))
    return sorted(found)


def _pages(tx: Transaction, labels: list[int]) -> Iterator[list[bulk.Row]]:
    after: tuple[int, str] = (-1, "")
    while labels:
        page = bulk.rows_among(tx.connection, _TICKETS, *after, keys=labels)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1][0], page[-1][1]


def _move(
    tx: Transaction, page: list[bulk.Row], taxonomy: Taxonomy, lineage: Lineage, calendar: Calendar
) -> int:
    sources, ids, *columns = zip(*page, strict=True)
    label, node, created, escalated, void = (np.array(column, np.int64) for column in columns)
    labels, code = np.unique(label, return_inverse=True)
    paths = [taxonomy.paths[number] for number in labels.tolist()]
    counted_on, place = lineage.counted(paths, code.astype(np.int32), created)
    new = taxonomy.nodes(counted_on)[place].astype(np.int64)
    moves = np.flatnonzero(new != node)
    rows = [
        (int(new[i]), None if label[i] == new[i] else int(label[i]), sources[i], ids[i])
        for i in moves.tolist()
    ]
    bulk.change_many(tx.connection, _MOVE, rows)
    sealed = tx.facts.sealed_until()
    counted = moves[void[moves] == 0]

    def changes(at: Int64, of: Int64) -> Changes:
        of = of[(at[of] >= sealed) & (at[of] != NEVER)]
        both = np.concatenate((of, of))
        order = np.arange(len(both), dtype=np.int64)
        nodes = np.concatenate((node[of], new[of])).astype(np.int32)
        return Changes(order, both, nodes, at[both], np.repeat(np.array([-1, 1]), len(of)))

    tx.counts.add(changes(created, counted), changes(escalated, counted), calendar)
    return len(moves)


def _move_sealed(tx: Transaction, moved: dict[int, int]) -> None:
    sealed = tx.facts.sealed_until()
    if sealed == NOTHING or not moved:
        return
    found = bulk.integers(bulk.rows_among(tx.connection, _SEALED, sealed, keys=sorted(moved)), 4)
    hour, node, tickets, escalated = found
    new = np.array([moved[number] for number in node.tolist()], dtype=np.int64)
    tx.counts.add_cells(
        np.concatenate((hour, hour)),
        np.concatenate((node, new)),
        np.concatenate((-tickets, tickets)),
        np.concatenate((-escalated, escalated)),
    )
