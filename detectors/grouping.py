"""Groups: which tickets a rule judges together.

At each of a rule's depths `d`, a ticket whose path has at least `d` names belongs to the node of the first
`d` of them (with all its descendants); one whose path is shorter belongs to the group of its full path
alone, exactly, and that is one and the same group for every such `d`. A group's number is twice its node's,
plus one where it is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import Bool, Int32, Int64

Group = int


def group_of(node: int, *, exact: bool) -> Group:
    """Number of the group of a node."""
    return 2 * node + exact


def node_of(group: Group) -> tuple[int, bool]:
    """Node of a group, and whether the group is exact."""
    return group // 2, bool(group % 2)


def belong(taxonomy: Taxonomy, leaves: Int32, group: Group) -> Bool:
    """(k,) bool, which whole paths are of a group."""
    node, exact = node_of(group)
    depth = int(taxonomy.depth[node])
    if not exact and depth < len(taxonomy.levels):
        leaves = taxonomy.ancestor[leaves, depth]
    found: Bool = leaves == node
    return found


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

    @cached_property
    def nodes(self) -> Int64:
        """(m,) int64 node of each group; kept, as each tick asks for them."""
        return self.groups >> 1

    @property
    def exact(self) -> bool:
        """The groups are exact; those of a column all are, or none is."""
        return bool(self.groups[0] & 1)


_Ways = dict[tuple[int, ...], list[GroupColumn]]

_WAYS: Final[WeakKeyDictionary[Taxonomy, tuple[int, _Ways]]] = WeakKeyDictionary()
"""Ways to group by depths, of each tree as long as it has so many nodes."""


def group_columns(taxonomy: Taxonomy, depths: Sequence[int]) -> list[GroupColumn]:
    """All ways to group tickets by these depths; a ticket's groups in two columns are never the same.

    A way that groups no node is left out. They are kept until the tree grows: each rule asks in each step.
    """
    size, ways = _WAYS.get(taxonomy, (0, {}))
    if size != len(taxonomy):
        _, ways = _WAYS[taxonomy] = (len(taxonomy), {})
    wanted = tuple(sorted(set(depths)))
    if wanted not in ways:
        ways[wanted] = _group_columns(taxonomy, wanted)
    return ways[wanted]


def _group_columns(taxonomy: Taxonomy, depths: Sequence[int]) -> list[GroupColumn]:
    columns = [_column(taxonomy.ancestor[:, depth], exact=False) for depth in depths]
    node = np.arange(len(taxonomy), dtype=np.int32)
    too_short = taxonomy.depth < max(depths, default=0)
    columns.append(_column(np.where(too_short, node, np.int32(-1)), exact=True))
    return [column for column in columns if len(column.groups)]


def _column(node: Int32, *, exact: bool) -> GroupColumn:
    """The groups of these nodes, one for each node of the tree, -1 for none."""
    inside = node >= 0
    present = np.flatnonzero(np.bincount(node[inside], minlength=len(node)))
    code_of = np.full(len(node), -1, dtype=np.int32)
    code_of[present] = np.arange(len(present), dtype=np.int32)
    return GroupColumn(2 * present + exact, np.where(inside, code_of[node], np.int32(-1)))
