"""Groups: which tickets a rule judges together.

At each of a rule's depths `d`, a ticket whose path has at least `d` names belongs to the node of the first
`d` of them (with all its descendants); one whose path is shorter belongs to the group of its full path
alone, exactly, and that is one and the same group for every such `d`. A group's number is twice its node's,
plus one where it is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64

Group = int

# Stands for a depth: only tickets whose whole path the node is.
EXACT = -1


def group_of(node: int, *, exact: bool) -> Group:
    """Number of the group of a node."""
    return 2 * node + exact


def node_of(group: Group) -> tuple[int, bool]:
    """Node of a group, and whether the group is exact."""
    return group // 2, bool(group % 2)


@dataclass(frozen=True)
class GroupColumn:
    """One way to group: at most one group for each node.

    Attributes
    ----------
    groups : (m,) int64 the groups, rising; their index is their code
    code : (nodes,) int32 code of each node's group, -1 for none
    """

    groups: Int64
    code: Int32


def group_columns(taxonomy: Taxonomy, depths: Sequence[int]) -> list[GroupColumn]:
    """All ways to group tickets by these depths; a ticket's groups in two columns are never the same.

    A way that groups no node is left out.
    """
    columns = []
    for depth in sorted(set(depths)):
        ancestor = taxonomy.ancestor[:, depth].astype(np.int64)
        columns.append(_column(np.where(ancestor >= 0, 2 * ancestor, -1)))
    too_short = taxonomy.depth < max(depths, default=0)
    if too_short.any():
        node = np.arange(len(taxonomy), dtype=np.int64)
        columns.append(_column(np.where(too_short, 2 * node + 1, -1)))
    return [column for column in columns if len(column.groups)]


def _column(group: Int64) -> GroupColumn:
    groups = np.unique(group[group >= 0])
    code = np.where(group >= 0, np.searchsorted(groups, group), -1).astype(np.int32)
    return GroupColumn(groups, code)


class Groups(Mapping[Group, int]):
    """Counts of every group, rolled up only as far as they are asked for."""

    def __init__(self, taxonomy: Taxonomy, nodes: Int32, counts: Int64) -> None:
        self._taxonomy, self._nodes, self._counts = taxonomy, nodes, counts
        self._of_depth: dict[int, Int64] = {}

    def __getitem__(self, group: Group) -> int:
        node, exact = node_of(group)
        count = int(self._column(EXACT if exact else int(self._taxonomy.depth[node]))[node])
        if count == 0:
            raise KeyError(group)
        return count

    def __iter__(self) -> Iterator[Group]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> Mapping[Group, int]:
        return roll_up(self._taxonomy, self._nodes, self._counts)

    def _column(self, depth: int) -> Int64:
        """(nodes,) int64 counts of the nodes of one depth, or of whole paths."""
        if depth not in self._of_depth:
            nodes = self._nodes if depth == EXACT else self._taxonomy.ancestor[self._nodes, depth]
            inside = nodes >= 0
            sums = np.bincount(nodes[inside], weights=self._counts[inside], minlength=len(self._taxonomy))
            self._of_depth[depth] = sums.astype(np.int64)
        return self._of_depth[depth]


def roll_up(taxonomy: Taxonomy, nodes: Int32, counts: Int64) -> dict[Group, int]:
    """Counts of every group from the counts of whole paths: all depths, and exact."""
    size = len(taxonomy)
    exact = np.bincount(nodes, weights=counts, minlength=size).astype(np.int64)
    present = np.flatnonzero(exact)
    total = np.zeros(size, dtype=np.int64)
    for depth in range(len(taxonomy.levels) + 1):
        ancestor = taxonomy.ancestor[present, depth]
        inside = ancestor >= 0
        total += np.bincount(ancestor[inside], weights=exact[present[inside]], minlength=size).astype(
            np.int64
        )
    filled = np.flatnonzero(total)
    groups = dict(zip((2 * filled).tolist(), total[filled].tolist(), strict=True))
    groups.update(zip((2 * present + 1).tolist(), exact[present].tolist(), strict=True))
    return groups
