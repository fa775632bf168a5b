"""Which pages another configuration makes of the same history: the same cause, later, lost or new. Pure.

Two pages are about the same cause when one's node lies at or below the other's and their windows overlap.
Each page has at most one counterpart: first pages of the very same signals are paired, then the likest
others. What is muted is no page here: nobody would have read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from alerts.incidents.branch import branch_of
from alerts.incidents.weighing import statistical
from alerts.page import Page
from connectors.ticket import Path
from detectors.signal import Signal

# What is counted together by one kind of rule: kind, node, exact, and the ticket or complainant it is about.
Group = tuple[str, Path, bool, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Pair:
    """A page and its counterpart in the other configuration."""

    old: Page
    new: Page

    @property
    def later_us(self) -> int:
        """Microseconds by which the new page is later; negative where it is earlier."""
        return self.new.at - self.old.at

    @property
    def is_same(self) -> bool:
        """Nobody would notice a difference: same time, level, node and roles."""
        old, new = self.old, self.new
        return (old.at, old.level, old.node, _roles(old)) == (new.at, new.level, new.node, _roles(new))


@dataclass(frozen=True)
class PageDiff:
    """From the old pages to the new ones, each in order of time.

    Attributes
    ----------
    added, gone : pages without a counterpart
    pairs : pages with one
    lost : old pages of a hard rule that nobody would be told of any more, or not everybody who was
    """

    added: tuple[Page, ...]
    gone: tuple[Page, ...]
    pairs: tuple[Pair, ...]
    lost: tuple[Page, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """Counterparts that somebody would notice to differ."""
        return tuple(pair for pair in self.pairs if not pair.is_same)


def compare(old: Iterable[Page], new: Iterable[Page]) -> PageDiff:
    """Pair the pages of two configurations over the same history."""
    before, after = _readable(old), _readable(new)
    pairs = list(_identical(before, after))
    rest_old = _without(before, {pair.old.key for pair in pairs})
    rest_new = _without(after, {pair.new.key for pair in pairs})
    pairs += _likest(rest_old, rest_new)
    gone = _without(rest_old, {pair.old.key for pair in pairs})
    added = _without(rest_new, {pair.new.key for pair in pairs})
    pairs.sort(key=lambda pair: (pair.old.at, pair.new.at, pair.old.key))
    counterpart = {pair.old.key: pair.new for pair in pairs}
    telling = _Telling(after)
    lost = [page for page in before if telling.loses(page, counterpart.get(page.key))]
    return PageDiff(tuple(added), tuple(gone), tuple(pairs), tuple(lost))


def window(page: Page) -> tuple[int, int]:
    """From the first start to the last end of the windows of its signals."""
    return min(s.window_start for s in page.signals), max(s.window_end for s in page.signals)


def readable(page: Page) -> bool:
    """It is about signals, and nothing mutes it."""
    return bool(page.signals) and page.muted_by is None


def _readable(pages: Iterable[Page]) -> list[Page]:
    return sorted(filter(readable, pages), key=lambda page: (page.at, page.key))


def _without(pages: Iterable[Page], keys: set[str]) -> list[Page]:
    return [page for page in pages if page.key not in keys]


def _identical(old: Sequence[Page], new: Sequence[Page]) -> Iterator[Pair]:
    """Pages of the very same signals."""
    keys = {page.key: page for page in new}
    return (Pair(page, keys[page.key]) for page in old if page.key in keys)


def _likest(old: Sequence[Page], new: Sequence[Page]) -> list[Pair]:
    """The other pages of a cause, the likest first."""
    at: dict[Path, list[Page]] = {}
    below: dict[Path, list[Page]] = {}
    for page in new:
        branch = _branch(page)
        at.setdefault(branch, []).append(page)
        for depth in range(len(branch) + 1):
            below.setdefault(branch[:depth], []).append(page)
    windows = {page.key: window(page) for page in new}
    candidates = []
    for one in old:
        branch, (start, end) = _branch(one), window(one)
        above = (page for depth in range(len(branch)) for page in at.get(branch[:depth], ()))
        for page in chain(above, below.get(branch, ())):
            first, last = windows[page.key]
            if first < end and start < last and _subjects(one) == _subjects(page):
                candidates.append((_unlikeness(one, page), one, page))
    pairs: list[Pair] = []
    taken: set[tuple[str, str]] = set()
    for _, one, page in sorted(candidates, key=lambda found: found[0]):
        if ("old", one.key) not in taken and ("new", page.key) not in taken:
            taken |= {("old", one.key), ("new", page.key)}
            pairs.append(Pair(one, page))
    return pairs


def _unlikeness(one: Page, other: Page) -> tuple[object, ...]:
    """Smaller is more alike; kind and group, then the tree, then time."""
    shared = {_group(signal) for signal in one.signals} & {_group(signal) for signal in other.signals}
    kinds = {signal.kind for signal in one.signals} & {signal.kind for signal in other.signals}
    apart = abs(len(one.node) - len(other.node))
    return (
        not shared,
        not kinds,
        apart,
        one.level != other.level,
        abs(one.at - other.at),
        one.key,
        other.key,
    )


class _Telling:
    """Which pages tell of a group by a hard rule."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._by_group: dict[Group, list[tuple[Signal, Page]]] = {}
        for page in pages:
            for signal in _hard(page):
                self._by_group.setdefault(_group(signal), []).append((signal, page))

    def loses(self, old: Page, counterpart: Page | None) -> bool:
        """A hard signal of the page would not be told any more, or not to everybody who was told."""
        hard, kinds = _hard(old), {signal.kind for signal in _hard(counterpart)} if counterpart else set()
        told: set[str] = set()
        for signal in hard:
            pages = self._of(signal)
            if counterpart and signal.kind in kinds:
                pages.append(counterpart)
            if not pages:
                return True
            told.update(*map(_roles, pages))
        return bool(hard) and not _roles(old) <= told

    def _of(self, signal: Signal) -> list[Page]:
        """Pages that name the signal's group in a window that overlaps its own."""
        return [
            page
            for other, page in self._by_group.get(_group(signal), ())
            if other.window_start < signal.window_end and signal.window_start < other.window_end
        ]


def _hard(page: Page) -> list[Signal]:
    return [signal for signal in page.signals if not statistical(signal)]


def _group(signal: Signal) -> Group:
    return signal.kind, signal.node, signal.exact, signal.subject


def _subjects(page: Page) -> set[tuple[tuple[str, str], ...]]:
    """The tickets and complainants it is about: one ticket's page is no other's."""
    return {signal.subject for signal in page.signals if signal.subject}


def _branch(page: Page) -> Path:
    """Where in the tree the page lies; a folded page where all its signals do."""
    return branch_of(page.signals) if {s.node for s in page.signals} == {page.node} else page.node


def _roles(page: Page) -> frozenset[str]:
    return frozenset(told.role for told in page.told)
