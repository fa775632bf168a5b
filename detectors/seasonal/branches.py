"""The shape of the tree: who is above whom, and whose child is who."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.tail import Bools

Int32 = NDArray[np.int32]
Indices = NDArray[np.intp]


class TreeShapeError(ValueError):
    """The parents are those of no tree; says which node is wrong."""


class Branches:
    """A forest of nodes, each numbered after its parent.

    Parameters
    ----------
    parents : (nodes,) int32, -1 at a root

    Raises
    ------
    TreeShapeError
        A node comes before its parent.

    Examples
    --------
    >>> tree = Branches(np.array([-1, 0, 0, 1], np.int32))
    >>> tree.depth.tolist(), tree.children(0).tolist(), tree.above(3), tree.nested(1, 3), tree.nested(2, 3)
    ([0, 1, 1, 2], [1, 2], (1, 0), True, False)
    """

    def __init__(self, parents: Int32) -> None:
        self.parents = np.asarray(parents, np.int32)
        self._above: dict[int, tuple[int, ...]] = {}
        late = np.flatnonzero(self.parents >= np.arange(len(self.parents)))
        if len(late):
            raise TreeShapeError(f"node {late[0]} has the parent {self.parents[late[0]]}, which comes later")

    def __len__(self) -> int:
        return len(self.parents)

    @cached_property
    def depth(self) -> Int32:
        """(nodes,) int32, 0 at roots."""
        found = np.zeros(len(self), np.int32)
        above = self.parents
        while (above >= 0).any():
            found += above >= 0
            above = np.where(above >= 0, self.parents[above], -1)
        return found

    def at(self, depths: Collection[int]) -> Bools:
        """(nodes,) bool, which lie at these depths; none named = all."""
        return np.isin(self.depth, list(depths)) if depths else np.ones(len(self), bool)

    @cached_property
    def _first_child(self) -> tuple[Indices, Indices]:
        order = np.argsort(self.parents, kind="stable")
        return order, np.searchsorted(self.parents[order], np.arange(len(self) + 1))

    def children(self, node: int) -> Indices:
        """Numbers of a node's children, rising."""
        order, first = self._first_child
        return order[first[node] : first[node + 1]]

    def above(self, node: int) -> tuple[int, ...]:
        """All ancestors of a node, the nearest first."""
        known = self._above.get(node)
        if known is None:
            parent = int(self.parents[node])
            known = self._above[node] = () if parent < 0 else (parent, *self.above(parent))
        return known

    def nested(self, one: int, other: int) -> bool:
        """One of the two is the other, or above it."""
        return one == other or one in self.above(other) or other in self.above(one)

    def topmost(self, nodes: Indices) -> list[int]:
        """Those of some nodes that have none of the others above them."""
        among = set(nodes.tolist())
        return [node for node in nodes.tolist() if among.isdisjoint(self.above(node))]

    def within(self, top: int, nodes: Indices) -> Indices:
        """Those of some nodes that are `top` or below it."""
        inside = [node for node in nodes.tolist() if node == top or top in self.above(node)]
        return np.array(inside, np.intp)
