"""Which nodes of the category tree are followed, and their counts as columns, descendants included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64
from detectors.following import Cells
from detectors.precision import Bools, Kept, Stored


class Nodes:
    """Nodes that have had tickets, by path, so that the order depends on nothing but the tree.

    Parameters
    ----------
    deepest : nodes below this depth are left out
    leaves : (k,) nodes of the whole paths that have had tickets

    Attributes
    ----------
    numbers : the taxonomy's number of each column
    parents : (n,) int32 column of each node's parent, -1 for the root
    """

    def __init__(self, taxonomy: Taxonomy, *, deepest: int, leaves: NDArray[np.integer]) -> None:
        self._taxonomy, self._deepest = taxonomy, deepest
        self.numbers: list[int] = []
        self.parents = np.empty(0, dtype=np.int32)
        self._column = np.full(len(taxonomy), -1, dtype=np.int64)
        self._deepest_of = np.empty(0, dtype=np.int32)
        self.add(leaves)

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, leaves: NDArray[np.integer]) -> None:
        """Add the columns that these leaves, and what is above them, still lack; behind the others."""
        tree = self._taxonomy
        if len(tree) > len(self._column):
            more = np.full(len(tree) - len(self._column), -1, dtype=np.int64)
            self._column = np.concatenate((self._column, more))
        touched = tree.ancestor[leaves][:, : self._deepest + 1]
        lacking = touched[(touched >= 0) & (self._column[touched] < 0)]
        if not len(lacking):
            return
        self._deepest_of = np.empty(0, dtype=np.int32)
        new = sorted(set(lacking.tolist()), key=tree.paths.__getitem__)
        for number in new:
            self._column[number] = len(self.numbers)
            self.numbers.append(number)
        self.parents = np.concatenate((self.parents, self._parents(new)))

    def lack(self, leaves: NDArray[np.integer]) -> Bools:
        """(k,) bool: the leaf, or what is above it, has no column yet."""
        lineage = self._taxonomy.ancestor[leaves][:, : self._deepest + 1]
        if len(self._taxonomy) > len(self._column):
            return np.ones(len(leaves), bool)
        found: Bools = ((lineage >= 0) & (self._column[lineage] < 0)).any(axis=1)
        return found

    def column(self, path: Iterable[str]) -> int | None:
        """The column of a path, None where it is not followed."""
        number = self._taxonomy.find(tuple(path))
        if number is None or number >= len(self._column) or self._column[number] < 0:
            return None
        return int(self._column[number])

    def by_path(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """These rows, fit for JSON: the "node" of each is its path, and no longer its column."""
        paths = self._taxonomy.paths
        return [{**row, "node": list(paths[self.numbers[row["node"]]])} for row in rows]

    def by_column(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The same back; rows of nodes without a ticket for weeks are left out."""
        columns = [(row, self.column(row["node"])) for row in rows]
        return [{**row, "node": column} for row, column in columns if column is not None]

    def columns(self, leaves: Int32) -> Int64:
        """(k, deepest + 1) columns of the leaves and all above them, -1 for none."""
        lineage = self._taxonomy.ancestor[leaves][:, : self._deepest + 1]
        return np.where(lineage >= 0, self._column[lineage], -1)

    def deepest(self, leaves: Int32) -> Int32:
        """(k,) columns of the leaves, or of the nearest nodes above them that are followed."""
        tree = self._taxonomy
        if len(self._deepest_of) < len(tree):
            found = np.full(len(tree), -1, np.int32)
            for above in tree.ancestor[:, : self._deepest + 1].T:
                # The tree may have grown since: what is new there is followed once it counts.
                known = (above >= 0) & (above < len(self._column))
                column = np.where(known, self._column[np.where(known, above, 0)], -1)
                found = np.where(column >= 0, column, found).astype(np.int32)
            self._deepest_of = found
        return self._deepest_of[leaves]

    def count(self, leaves: Int32, tickets: Int64) -> Kept:
        """(n,) float32 tickets of each node."""
        found: Kept = self.counts(np.zeros(len(leaves), np.int64), leaves, tickets, rows=1)[0]
        return found

    def counts(self, row: Int64, leaves: Int32, tickets: Int64, *, rows: int) -> Kept:
        """(rows, n) float32 tickets of each node, of leaves that belong to different rows."""
        columns, size = self.columns(leaves), len(self) + 1
        # What has no column is counted in a last one.
        columns += row[:, None] * size + np.where(columns < 0, size, 0)
        weights = np.broadcast_to(tickets[:, None], columns.shape)
        found = np.bincount(columns.ravel(), weights.ravel(), rows * size)
        return found.reshape(rows, size)[:, :-1].astype(Stored)

    def table(self, hours: Int64, cells: Cells) -> Kept:
        """(hours, n) float32 tickets of each node in each of these rising hours."""
        table = np.zeros((len(hours), len(self)), Stored)
        row = np.searchsorted(hours, cells.hour) * len(self)
        for column in self.columns(cells.node).T:
            inside = column >= 0
            # By one index numpy adds several times as fast as by two.
            np.add.at(table.ravel(), row[inside] + column[inside], cells.count[inside].astype(Stored))
        return table

    def _parents(self, numbers: list[int]) -> Int32:
        tree = self._taxonomy
        depth = tree.depth[numbers] if numbers else np.empty(0, dtype=np.int32)
        above = tree.ancestor[numbers, depth - 1] if numbers else np.empty(0, dtype=np.int32)
        return np.where(depth > 0, self._column[above], -1).astype(np.int32)
