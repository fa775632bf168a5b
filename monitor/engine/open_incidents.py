"""The incidents that are not over, as of the last step; those that others changed are read again."""

from __future__ import annotations

from alerts.incidents.book import Book
from alerts.incidents.branch import is_exact, node_of
from connectors.taxonomy import Taxonomy
from connectors.ticket import Path
from detectors.grouping import group_of
from detectors.step import Counts
from monitor.storage.store import Transaction


class OpenIncidents:
    """What is decided in a step is stored with it, or forgotten."""

    def __init__(self) -> None:
        self._book: Book | None = None
        self._asked = False

    def forget(self) -> None:
        """A transaction failed; the next question reads the store."""
        self._book = None

    def begin(self) -> None:
        """A step begins: people may have changed incidents since the last."""
        self._asked = False

    def book(self, tx: Transaction) -> Book:
        """The incidents of this step."""
        if self._book is None or not self._asked:
            self._book, self._asked = tx.incidents.book(self._book), True
        return self._book

    def save(self, tx: Transaction) -> None:
        """Store what the step has decided so far."""
        if self._book is not None and self._asked:
            tx.incidents.save(self._book.taken())


def tickets_of(counts: Counts, taxonomy: Taxonomy, branch: Path, start: int, end: int) -> int:
    """Tickets of a branch that were created in [start, end) and have been seen."""
    number = taxonomy.find(node_of(branch))
    if number is None:
        return 0
    return counts.of("tickets", start, end).get(group_of(number, exact=is_exact(branch)), 0)
