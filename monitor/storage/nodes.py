"""The category tree in the store: which number has which path."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from connectors.taxonomy import Taxonomy
from connectors.ticket import Path
from monitor.storage import bulk
from monitor.storage.schema import NODES
from monitor.storage.texts import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Nodes:
    """Reads and writes the table `nodes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def paths(self) -> list[Path]:
        """Path of each node by number, as `Taxonomy(levels, paths)` takes them."""
        found = bulk.rows(self._connection, "SELECT path FROM nodes ORDER BY id")
        return [path_of(path) for (path,) in found]

    def save(self, taxonomy: Taxonomy) -> int:
        """Store the nodes that are new since the last time: how many.

        A transaction that is rolled back takes its nodes along; the next one stores them again.
        """
        [(stored,)] = bulk.rows(self._connection, "SELECT COALESCE(MAX(id) + 1, 0) FROM nodes")
        fresh = range(stored, len(taxonomy))
        if fresh:
            paths = [to_json(taxonomy.paths[node]) for node in fresh]
            bulk.insert(self._connection, NODES, {"id": list(fresh), "path": paths})
        return len(fresh)

    def numbers(self, paths: Iterable[Path]) -> dict[Path, int]:
        """Numbers of those of the paths that are stored."""
        texts = {to_json(path) for path in paths}
        found = bulk.rows_among(
            self._connection, "SELECT id, path FROM nodes WHERE path {among}", keys=sorted(texts)
        )
        return {path_of(path): number for number, path in found}


def path_of(text: str) -> Path:
    """The path that a stored JSON list tells."""
    return tuple(json.loads(text))
