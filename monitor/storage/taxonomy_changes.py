"""The category table and what became of nodes since, in the order in which people asked for it.

A change is asked for by any command, in a small transaction, and applied by the one instance that counts:
until then tickets go on being counted as before. Nothing is rewritten; a change is undone by another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.labels import Entry
from connectors.lineage import ALWAYS, Change, Lineage
from connectors.ticket import Path
from monitor.storage import bulk
from monitor.storage.schema import TAXONOMY_CHANGES
from monitor.storage.texts import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

Moves = Sequence[tuple[Path, Path]]


@dataclass(frozen=True)
class TaxonomyChange:
    """One change, with who asked for it and when. Instants are int64 microseconds UTC.

    Attributes
    ----------
    kind : "table", "rename", "merge", "split", "adopt" or "undo"
    body : `moves`, pairs of path and new path; `since` of a split; `entries` and `file` of a table; `of`, the
        number of the change that an undo takes back
    applied_at : since when tickets are counted by it; None: not yet
    """

    id: int
    at: int
    author: str
    kind: str
    body: Mapping[str, Any]
    applied_at: int | None

    @property
    def moves(self) -> tuple[tuple[Path, Path], ...]:
        """Pairs of path and new path."""
        return tuple((tuple(old), tuple(new)) for old, new in self.body.get("moves", ()))

    @property
    def since(self) -> int:
        """Only tickets created from then on; ALWAYS but for a split."""
        return int(self.body.get("since", ALWAYS))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Rows of a table; their lines are those of its file."""
        rows = self.body.get("entries", ())
        return tuple(Entry(tuple(path), code, tuple(aliases), line) for path, code, aliases, line in rows)


class TaxonomyChanges:
    """Reads and writes the table `taxonomy_changes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[TaxonomyChange]:
        """Every change, the first first."""
        found = bulk.rows(
            self._connection,
            "SELECT id, at, author, kind, body, applied_at FROM taxonomy_changes ORDER BY id",
        )
        return [
            TaxonomyChange(id, at, author, kind, json.loads(body), applied_at)
            for id, at, author, kind, body, applied_at in found
        ]

    def ask(self, kind: str, body: Mapping[str, Any], *, author: str, at: int) -> int:
        """Ask for a change; its number."""
        [(number,)] = bulk.rows(self._connection, "SELECT COALESCE(MAX(id), 0) + 1 FROM taxonomy_changes")
        columns = {"id": [number], "at": [at], "author": [author], "kind": [kind], "body": [to_json(body)]}
        bulk.insert(self._connection, TAXONOMY_CHANGES, columns)
        return int(number)

    def is_pending(self) -> bool:
        """Whether a change has been asked for and not been applied."""
        found = bulk.rows(self._connection, "SELECT 1 FROM taxonomy_changes WHERE applied_at IS NULL LIMIT 1")
        return bool(found)

    def apply(self, *, at: int) -> None:
        """All changes are applied from now on."""
        bulk.change(
            self._connection, "UPDATE taxonomy_changes SET applied_at = ? WHERE applied_at IS NULL", at
        )


def standing(changes: Iterable[TaxonomyChange]) -> list[TaxonomyChange]:
    """The changes that no later one takes back; neither are those that take back."""
    kept: dict[int, TaxonomyChange] = {}
    for change in changes:
        if change.kind == "undo":
            kept.pop(int(change.body["of"]), None)
        else:
            kept[change.id] = change
    return list(kept.values())


def table_of(changes: Iterable[TaxonomyChange]) -> TaxonomyChange | None:
    """The table that holds: the last one."""
    tables = [change for change in standing(changes) if change.kind == "table"]
    return tables[-1] if tables else None


def lineage_of(changes: Iterable[TaxonomyChange], *, depth: int) -> Lineage:
    """Where labels are counted by these changes, in a tree of so many levels."""
    changes = standing(changes)
    table = table_of(changes)
    moved = [Change(change.moves, change.since) for change in changes if change.moves]
    return Lineage(table.entries if table else (), moved, depth=depth)


def whereabouts(changes: Sequence[TaxonomyChange], lineage: Lineage) -> Callable[[Path], Path]:
    """Where a node as a whole is by these changes, of which some have not been applied yet.

    A node that got a new name gives it back when that is undone; what a merge has made one stays one. A split
    leaves a node where it was.
    """
    by_id = {change.id: change for change in changes}
    undone = [by_id.get(int(c.body["of"])) for c in changes if c.kind == "undo" and c.applied_at is None]
    named = [
        one for one in reversed(undone) if one is not None and one.kind != "merge" and one.since == ALWAYS
    ]
    back = Lineage(
        (), [Change(tuple((new, old) for old, new in one.moves)) for one in named], depth=lineage.depth
    )
    return lambda path: lineage.stations(back.stations(path)[0][1])[0][1]


def body_of_table(entries: Iterable[Entry], *, file: str, moves: Moves = ()) -> dict[str, Any]:
    """What is stored of a table: its rows, and the nodes that it renames."""
    rows = [[list(e.path), e.code, list(e.aliases), e.line] for e in entries]
    return {"file": file, "entries": rows, "moves": [[list(old), list(new)] for old, new in moves]}
