"""Tickets of branches of the tree over spans of closed and running hours, each span read once."""

from __future__ import annotations

from alerts.incidents.branch import is_exact, node_of
from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64, Path
from monitor.storage.store import Transaction


class BranchTickets:
    """Counts of one transaction."""

    def __init__(self, tx: Transaction, taxonomy: Taxonomy) -> None:
        self._tx, self._taxonomy = tx, taxonomy
        self._leaves: dict[tuple[int, int], tuple[Int32, Int64]] = {}

    def of(self, branch: Path, start: int, end: int) -> int:
        """Tickets of the branch in the hours that begin in [start, end)."""
        number = self._taxonomy.find(node_of(branch))
        if number is None:
            return 0
        if (start, end) not in self._leaves:
            self._leaves[start, end] = self._tx.counts.leaf("tickets", start, end)
        leaf, count = self._leaves[start, end]
        if is_exact(branch):
            mine = leaf == number
        else:
            mine = self._taxonomy.ancestor[leaf, self._taxonomy.depth[number]] == number
        return int(count[mine].sum())
