"""Single tickets of a history, as they were known when so many of its versions had been seen."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Objects
from detectors.particulars import Numbering, Particulars, Values
from detectors.step import Step


class HistoryTickets:
    """The versions of a replay that were the state of a ticket that counts, in order of creation.

    Each is numbered, sorted and looked up once for the whole history; what is asked for is cut out of it.

    Parameters
    ----------
    step : the one step of the replay
    """

    def __init__(self, step: Step) -> None:
        versions = step.versions
        news = np.flatnonzero(step.ledger.news)
        # Of two states of a ticket the earlier one stands until the later one is seen.
        by_ticket = news[np.argsort(versions.ticket[news], kind="stable")]
        until = np.full(len(versions), len(versions), np.int32)
        again = versions.ticket[by_ticket[1:]] == versions.ticket[by_ticket[:-1]]
        until[by_ticket[:-1][again]] = by_ticket[1:][again]
        rows = news[~versions.void[news]]
        rows = rows[np.argsort(versions.created[rows], kind="stable")]
        self._versions, self._tree = versions, step.taxonomy
        self._since, self._until = rows.astype(np.int32), until[rows]
        self._created, self._node = versions.created[rows], versions.node[rows]
        self._branches: dict[int, OneDepth] = {}

    def standing(self, node: int, window: tuple[int, int], seen: int) -> Particulars:
        """Those at or below a node that were created in a window, when so many versions had been seen."""
        rows = self._below(node)
        low, high = np.searchsorted(rows, np.searchsorted(self._created, window))
        rows = rows[low:high]
        rows = rows[(self._since[rows] < seen) & (self._until[rows] >= seen)]
        who, region, channel = (Values(number[rows], names) for number, names in self._columns)
        return Particulars(self._created[rows], self._node[rows], who, region, channel)

    @cached_property
    def _columns(self) -> list[tuple[Int32, list[str]]]:
        versions = self._versions
        return [
            self._numbered(column) for column in (versions.complainant, versions.region, versions.channel)
        ]

    def _numbered(self, column: Objects | None) -> tuple[Int32, list[str]]:
        if column is None:
            return np.broadcast_to(np.int32(-1), len(self._since)), []
        to = Numbering()
        return to.of(column[self._since].tolist()), to.names

    def _below(self, node: int) -> Int32:
        depth = int(self._tree.depth[node])
        found = self._branches.get(depth)
        if found is None:
            found = self._branches[depth] = OneDepth(self._tree, self._node, depth)
        return found.of(node)


class OneDepth:
    """Rows by their nodes of one depth.

    Parameters
    ----------
    node : (n,) int32 node of the whole path of each row
    """

    def __init__(self, tree: Taxonomy, node: Int32, depth: int) -> None:
        above = tree.ancestor[node, depth]
        self._rows = np.argsort(above, kind="stable").astype(np.int32)
        self._first = np.searchsorted(above[self._rows], np.arange(len(tree) + 1))

    def of(self, node: int) -> Int32:
        """Rows at or below a node of this depth, rising."""
        return self._rows[self._first[node] : self._first[node + 1]]
