"""The incidents that are not over, as of the last step; those that others changed are read again."""

from __future__ import annotations

from alerts.incidents.book import Book
from alerts.incidents.branch import is_exact, node_of
from alerts.incidents.incident import Incident
from connectors.taxonomy import Taxonomy
from connectors.ticket import Path
from detectors.grouping import group_of
from detectors.step import Counts
from monitor.storage.store import Transaction


class OpenIncidents:
    """One book for each step: what is decided in it is stored with it, or forgotten."""

    def __init__(self) -> None:
        self._known: dict[int, Incident] = {}
        self._book: Book | None = None

    def forget(self) -> None:
        """A transaction failed; the next question reads the store."""
        self._known.clear()
        self._book = None

    def begin(self) -> None:
        """A step begins: people may have changed incidents since the last."""
        self._book = None

    def book(self, tx: Transaction) -> Book:
        """The incidents of this step."""
        if self._book is None:
            self._book = tx.incidents.book(self._known)
        return self._book

    def save(self, tx: Transaction) -> None:
        """Store what the step has decided so far."""
        if self._book is None:
            return
        changed = self._book.taken()
        tx.incidents.save(changed)
        self._known = {one.id: one for one in self._book.live}


def tickets_of(counts: Counts, taxonomy: Taxonomy, branch: Path, start: int, end: int) -> int:
    """Tickets of a branch that were created in [start, end) and have been seen."""
    number = taxonomy.find(node_of(branch))
    if number is None:
        return 0
    return counts.of("tickets", start, end).get(group_of(number, exact=is_exact(branch)), 0)
