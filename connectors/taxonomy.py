"""The category tree: paths of names become node numbers, and each node knows its ancestors.

Node 0 is the root, everything. Numbers are given in order of first sight and never change, so that stored
counts stay valid; a table of ancestors by depth makes the roll-up of a column of nodes one array look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from connectors.ticket import Int32, Path

ROOT = 0
MAX_DEPTH = 5


class Taxonomy:
    """A tree that grows as tickets name new nodes.

    Attributes
    ----------
    levels : names of the tree's levels, outermost first (1 to 5)
    paths : path of each node, by number; `paths[0] == ()`
    """

    def __init__(self, levels: Sequence[str], paths: Iterable[Path] = ()) -> None:
        if not 1 <= len(levels) <= MAX_DEPTH:
            raise ValueError(
                f"a taxonomy has 1 to {MAX_DEPTH} levels, not {len(levels)}: {', '.join(levels)}"
            )
        self.levels = tuple(levels)
        self.paths: list[Path] = [()]
        self._number: dict[Path, int] = {(): ROOT}
        self._depth = np.zeros(64, dtype=np.int32)
        self._ancestor = np.full((64, len(levels) + 1), -1, dtype=np.int32)
        self._ancestor[ROOT, 0] = ROOT
        for path in paths:
            self.node(path)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def depth(self) -> Int32:
        """(nodes,) int32 number of names in each node's path."""
        return self._depth[: len(self.paths)]

    @property
    def ancestor(self) -> Int32:
        """(nodes, levels + 1) int32: the node's ancestor at each depth, itself at its own, -1 below."""
        return self._ancestor[: len(self.paths)]

    def node(self, path: Path) -> int:
        """Number of the node with this path; a new one, and new ancestors, are added.

        Raises ValueError for a path with more names than the tree has levels.
        """
        known = self._number.get(path)
        if known is not None:
            return known
        if len(path) > len(self.levels):
            raise ValueError(
                f"category {' > '.join(path)} has {len(path)} names, "
                f"and the taxonomy has {len(self.levels)} levels: {', '.join(self.levels)}"
            )
        parent = self.node(path[:-1])
        number = len(self.paths)
        if number == len(self._depth):
            self._depth = np.concatenate((self._depth, np.zeros_like(self._depth)))
            self._ancestor = np.concatenate((self._ancestor, np.full_like(self._ancestor, -1)))
        self.paths.append(path)
        self._number[path] = number
        self._depth[number] = len(path)
        self._ancestor[number] = self._ancestor[parent]
        self._ancestor[number, len(path)] = number
        return number

    def nodes(self, paths: Iterable[Path]) -> Int32:
        """(n,) int32 numbers of several paths; new ones are added."""
        return np.array([self.node(path) for path in paths], dtype=np.int32)

    def find(self, path: Path) -> int | None:
        """Number of the node with this path, or None if no ticket has named it."""
        return self._number.get(path)

    def lineage(self, node: int) -> list[int]:
        """The node and its ancestors, from the root down."""
        return [int(n) for n in self.ancestor[node] if n >= 0]
