"""How good the pages of a replay are: how many a week, how late, after how many tickets, what they missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from alerts.incidents.branch import branch_of, is_exact, related
from alerts.page import Page
from connectors.ticket import DAY, Path
from detectors.step import Step
from monitor.analysis.labels import Label
from monitor.analysis.page_diff import readable, window

WEEK = 7 * DAY
# A page this long after the end of what a label tells of may still be about it: a day's count is of the day.
AFTERWARDS = DAY


@dataclass(frozen=True)
class Judged:
    """A page, and what had happened until then.

    Attributes
    ----------
    after_us : from the beginning of its window to the page
    tickets : tickets of its node that were created since then and had been received
    labels : numbers of the labels that it is about; empty where there are none
    """

    page: Page
    after_us: int
    tickets: int
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """A label, and the first page about it.

    Attributes
    ----------
    page : None where it was missed
    delay_us, tickets : from its start to the page, and tickets of its node received by then; 0 where missed
    """

    label: Label
    page: Page | None
    delay_us: int
    tickets: int


@dataclass(frozen=True)
class Backtest:
    """What a configuration would have done over [start, end).

    Attributes
    ----------
    found : labels of that time
    outside : how many labels are not of that time, and left out
    """

    start: int
    end: int
    pages: tuple[Judged, ...]
    found: tuple[Found, ...]
    outside: int = 0

    @property
    def pages_per_week(self) -> float:
        """Pages over weeks; 0 for an empty history."""
        return len(self.pages) * WEEK / (self.end - self.start) if self.end > self.start else 0.0

    @property
    def precision(self) -> float | None:
        """Share of pages that are about a label; None without pages or labels."""
        if not self.pages or not self.found:
            return None
        return sum(bool(page.labels) for page in self.pages) / len(self.pages)

    @property
    def recall(self) -> float | None:
        """Share of labels with a page; None without labels."""
        return sum(one.page is not None for one in self.found) / len(self.found) if self.found else None

    @property
    def delay_us(self) -> float | None:
        """In the middle, to the page from a found label's start, or without labels from its window's."""
        from_labels = [one.delay_us for one in self.found if one.page]
        delays = from_labels if self.found else [page.after_us for page in self.pages]
        return median(delays) if delays else None

    @property
    def tickets(self) -> float | None:
        """In the middle, tickets received before detection."""
        from_labels = [one.tickets for one in self.found if one.page]
        tickets = from_labels if self.found else [page.tickets for page in self.pages]
        return median(tickets) if tickets else None


def backtest(step: Step, pages: Iterable[Page], labels: Sequence[Label] = ()) -> Backtest:
    """Judge the pages of a replay; `step` is the replay's own."""
    received, given = _Received(step), len(labels)
    labels = [label for label in labels if label.start < step.clock_to and label.end > step.clock_from]
    read = sorted(filter(readable, pages), key=lambda page: (page.at, page.key))
    about = {page.key: tuple(i for i, label in enumerate(labels) if _about(page, label)) for page in read}
    judged = []
    for page in read:
        start = min(window(page)[0], page.at)
        branch = branch_of(page.signals) if {s.node for s in page.signals} == {page.node} else page.node
        tickets = received.count(branch, start, page.at)
        judged.append(Judged(page, page.at - start, tickets, about[page.key]))
    found = []
    for i, label in enumerate(labels):
        first = next((page for page in read if i in about[page.key]), None)
        if first is None:
            found.append(Found(label, None, 0, 0))
        else:
            tickets = received.count(label.node, label.start, first.at)
            found.append(Found(label, first, first.at - label.start, tickets))
    return Backtest(step.clock_from, step.clock_to, tuple(judged), tuple(found), given - len(labels))


def _about(page: Page, label: Label) -> bool:
    """The page is of the label's branch, in its time, and counts some of it."""
    first, last = window(page)
    timely = label.start <= page.at < label.end + AFTERWARDS
    return timely and first < label.end and label.start < last and related(page.node, label.node)


class _Received:
    """Counts tickets by when they were created and when they had been seen."""

    def __init__(self, step: Step) -> None:
        self._taxonomy, self._changes = step.taxonomy, step.ledger.tickets
        self._seen = step.versions.seen[step.versions.known + self._changes.order]

    def count(self, branch: Path, start: int, until: int) -> int:
        """Tickets of a branch that were created from `start` on and seen by `until`."""
        node = self._taxonomy.find(branch[:-1] if is_exact(branch) else branch)
        if node is None:
            return 0
        # Nothing is seen a day before it is created: it would have been set aside.
        low, high = np.searchsorted(self._seen, [start - DAY, until + 1])
        part = self._changes.part(int(low), int(high))
        inside = (part.at >= start) & (part.at <= until)
        if is_exact(branch):
            inside &= part.node == node
        else:
            inside &= self._taxonomy.ancestor[part.node, len(branch)] == node
        return int(part.sign[inside].sum())
