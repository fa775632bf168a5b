"""The shape of the tree: who is above whom, and whose child is who."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np

from detectors.precision import Bools, Indices, Int32


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
        self._at_depth: dict[int, Indices] = {}
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

    @cached_property
    def spans(self) -> tuple[Indices, Indices]:
        """(nodes,) places [first, last) of each branch in an order of all nodes in which it lies together.

        A node's own place is the first one of its branch.

        Examples
        --------
        >>> first, last = Branches(np.array([-1, 0, 0, 1], np.int32)).spans
        >>> first.tolist(), last.tolist()
        ([0, 1, 3, 2], [4, 3, 4, 3])
        """
        size, levels = np.ones(len(self), np.intp), range(int(self.depth.max(initial=0)) + 1)
        for depth in reversed(levels[1:]):
            nodes = np.flatnonzero(self.depth == depth)
            size += np.bincount(self.parents[nodes], size[nodes], len(self)).astype(np.intp)
        first = np.zeros(len(self), np.intp)
        for depth in levels:
            nodes = np.flatnonzero(self.depth == depth)
            nodes = nodes[np.argsort(self.parents[nodes], kind="stable")]
            above, before = self.parents[nodes], np.cumsum(size[nodes]) - size[nodes]
            eldest = np.searchsorted(above, above)
            first[nodes] = np.where(above >= 0, first[above] + 1, 0) + before - before[eldest]
        return first, first + size

    def at_depth(self, depth: int) -> Indices:
        """(nodes,) the node above each that lies at a depth; itself where it does not lie deeper."""
        found = self._at_depth.get(depth)
        if found is None:
            found = np.arange(len(self))
            while (deeper := self.depth[found] > depth).any():
                found = np.where(deeper, self.parents[found], found)
            self._at_depth[depth] = found
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

    def children_of(self, nodes: Indices) -> tuple[Indices, Indices]:
        """Children of several nodes, and of each the place of its parent among them.

        Examples
        --------
        >>> below, of = Branches(np.array([-1, 0, 0, 1, 2, 1], np.int32)).children_of(np.array([2, 1]))
        >>> below.tolist(), of.tolist()
        ([4, 3, 5], [0, 1, 1])
        """
        order, first = self._first_child
        many = first[nodes + 1] - first[nodes]
        of = np.repeat(np.arange(len(nodes)), many)
        place = np.arange(len(of)) - (np.cumsum(many) - many)[of]
        return order[first[nodes][of] + place], of

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
