"""Counts by group, rolled up from those of whole paths.

Most steps ask for a few groups, or for those of one depth that have many tickets. So sums are worked out when
they are asked for, depth by depth, and never for all groups unless all are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64
from detectors.columns import look_up, sum_by
from detectors.grouping import Group, GroupColumn, belong


class GroupCounts(Mapping[Group, int]):
    """Counts of every group, rolled up from those of whole paths when they are asked for.

    `nodes` (n,) may name a node several times; `counts` (n,) are added.
    """

    def __init__(self, taxonomy: Taxonomy, nodes: Int32, counts: Int64) -> None:
        self._taxonomy, self._nodes, self._counts = taxonomy, nodes, counts

    def __getitem__(self, group: Group) -> int:
        count = int(self.of(np.array([group]))[0])
        if count == 0:
            raise KeyError(group)
        return count

    def __bool__(self) -> bool:
        return bool(self._counts.any())

    def __iter__(self) -> Iterator[Group]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of(self, groups: Int64) -> Int64:
        """(k,) int64 counts of these groups."""
        if len(groups) * len(self._nodes) < len(self._taxonomy):
            # Looking at them again costs less than a table of nodes.
            among = [self._counts[belong(self._taxonomy, self._nodes, group)] for group in groups.tolist()]
            return np.array([counts.sum() for counts in among], dtype=np.int64)
        node = groups >> 1
        own = (groups & 1 == 1) | (self._taxonomy.depth.take(node) == len(self._taxonomy.levels))
        if own.all():
            return look_up(*self._own, node)
        counts = self._above.take(_shape(self._taxonomy).inner.take(node))
        counts[own] = look_up(*self._own, node[own])
        return counts

    def at_least(self, column: GroupColumn, least: int) -> tuple[Int64, Int64]:
        """(k,) int64 codes of a column's groups that have so many tickets, and (k,) int64 their counts."""
        depth = int(self._taxonomy.depth[column.nodes[0]])
        if column.exact or depth == len(self._taxonomy.levels):
            nodes, counts = self._own
            mine = np.flatnonzero(counts >= least)
            code = column.code[nodes[mine]]
            return code[code >= 0].astype(np.int64), counts[mine[code >= 0]]
        first = _shape(self._taxonomy).first
        total = self._above[first[depth] : first[depth + 1]]
        found = np.flatnonzero(total >= least)
        return found, total[found]

    @cached_property
    def _all(self) -> Mapping[Group, int]:
        return roll_up(self._taxonomy, self._nodes, self._counts)

    @cached_property
    def _own(self) -> tuple[Int64, Int64]:
        """Distinct nodes, rising, and the counts of these whole paths."""
        if (self._nodes[1:] > self._nodes[:-1]).all():
            return self._nodes.astype(np.int64), self._counts
        return _summed(self._nodes, self._counts)

    @cached_property
    def _above(self) -> Int64:
        """Counts with all descendants of the nodes above the last depth, by rank.

        Each depth is added to the one above it.
        """
        shape, (nodes, counts) = _shape(self._taxonomy), self._own
        first = shape.first
        total = np.zeros(first[-2], dtype=np.int64)
        np.add.at(total, shape.inner.take(nodes), counts)
        for depth in range(len(shape.parents), 0, -1):
            above, here, below = first[depth - 1 : depth + 2]
            np.add.at(total[above:here], shape.parents[depth - 1], total[here:below])
        return total


def counts_at_least(known: Mapping[Group, int], column: GroupColumn, least: int) -> tuple[Int64, Int64]:
    """(k,) int64 codes of a column's groups that have at least so many tickets, and their counts."""
    if isinstance(known, GroupCounts):
        return known.at_least(column, least)
    counts = counts_among(known, column.groups)
    found = np.flatnonzero(counts >= least)
    return found, counts[found]


def counts_among(known: Mapping[Group, int], groups: Int64) -> Int64:
    """(k,) int64 counts of these groups, 0 for those that have none."""
    if isinstance(known, GroupCounts):
        return known.of(groups)
    if len(groups) <= len(known):
        return np.fromiter((known.get(group, 0) for group in groups.tolist()), np.int64, len(groups))
    there = np.fromiter(known.keys(), np.int64, len(known))
    counts = np.fromiter(known.values(), np.int64, len(known))
    in_order = np.argsort(there)
    return look_up(there[in_order], counts[in_order], groups)


def roll_up(taxonomy: Taxonomy, nodes: Int32, counts: Int64) -> dict[Group, int]:
    """Counts of every group, all depths and exact, from (n,) counts of whole paths on (n,) nodes."""
    leaves, exact = _summed(nodes, counts)
    lineage = taxonomy.ancestor[leaves]
    inside = lineage >= 0
    present, total = _summed(lineage[inside], np.broadcast_to(exact[:, None], lineage.shape)[inside])
    groups = dict(zip((2 * present).tolist(), total.tolist(), strict=True))
    groups.update(zip((2 * leaves + 1).tolist(), exact.tolist(), strict=True))
    return groups


def _summed(nodes: Int32, counts: Int64) -> tuple[Int64, Int64]:
    """Distinct nodes whose counts do not cancel, and their sums."""
    distinct, sums = sum_by(nodes, counts)
    return distinct[sums != 0], sums[sums != 0]


@dataclass(frozen=True)
class _Shape:
    """In which order counts are rolled up; worked out once for a tree of this size.

    Attributes
    ----------
    size : number of nodes
    first : (depths + 1,) where each depth begins when nodes are ranked by depth, then by number
    parents : for each depth from 1 to the last but one, (m,) int64 place of each node's parent in its depth
    inner : (nodes,) int64 rank of the node itself, or of its parent if it is of the last depth
    """

    size: int
    first: Int64
    parents: list[Int64]
    inner: Int64


_SHAPES: Final[WeakKeyDictionary[Taxonomy, _Shape]] = WeakKeyDictionary()


def _shape(taxonomy: Taxonomy) -> _Shape:
    known = _SHAPES.get(taxonomy)
    if known is None or known.size != len(taxonomy):
        last = len(taxonomy.levels)
        first = np.concatenate(([0], np.cumsum(np.bincount(taxonomy.depth, minlength=last + 1))))
        rank = np.empty(len(taxonomy), dtype=np.int64)
        rank[np.argsort(taxonomy.depth, kind="stable")] = np.arange(len(rank))
        parents = []
        for depth in range(1, last):
            nodes = np.flatnonzero(taxonomy.depth == depth)
            parents.append(rank[taxonomy.ancestor[nodes, depth - 1]] - first[depth - 1])
        inner = np.where(taxonomy.depth == last, rank[taxonomy.ancestor[:, last - 1]], rank)
        known = _SHAPES[taxonomy] = _Shape(len(taxonomy), first, parents, inner)
    return known
