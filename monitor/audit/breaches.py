"""What the hard rules must have found, counted from raw tickets in a way of its own.

Nothing here uses the stored counts or the detectors: what they share would hide what they both get wrong. A
ticket and its signals are stored in one transaction, so that a breach without a signal is an error at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from connectors.ticket import NEVER, Path
from connectors.windows import Calendar
from detectors.signal import Signal

Group = tuple[Path, bool]
Window = tuple[int, int]


class RawTickets(Protocol):
    """Tickets that are not void, as they stand; by the whole path of each."""

    def created(self, window: Window) -> Mapping[Path, int]:
        """How many were created in the window."""
        ...

    def escalated(self, window: Window) -> Mapping[Path, int]:
        """How many were escalated in the window."""
        ...

    def complainants(self, window: Window) -> Iterable[tuple[Path, str]]:
        """Path and complainant of those created in the window that have one; pairs may come again."""
        ...


@dataclass(frozen=True, slots=True)
class HardRule:
    """A rule that counts to thresholds, as it is configured."""

    name: str
    kind: str
    depths: tuple[int, ...]
    thresholds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """A threshold that a group has reached in a window: a signal must say so.

    Attributes
    ----------
    identity : that of the signal
    count : of the window now
    """

    rule: str
    level: str
    node: Path
    exact: bool
    window: Window
    count: int
    threshold: int
    identity: str


# The rules that count to thresholds, and the unit of their windows.
UNITS: Final = {"daily_threshold": "day", "monthly_escalation": "month", "distinct_complainants": "month"}


def hard_rules(detectors: Iterable[Any]) -> tuple[HardRule, ...]:
    """Those of the configured detectors that count to thresholds."""
    found = []
    for detector in detectors:
        kind = type(detector).__module__.rpartition(".")[2]
        if kind in UNITS:
            thresholds = tuple(sorted(detector.options.thresholds.items()))
            found.append(HardRule(detector.name, kind, tuple(detector.depths), thresholds))
    return tuple(found)


def breaches(tickets: RawTickets, rules: Iterable[HardRule], calendar: Calendar, *, at: int) -> list[Breach]:
    """Thresholds that are reached in the windows that hold the instant `at`."""
    return [breach for rule in rules for breach in _breaches(tickets, rule, calendar, at)]


def _breaches(tickets: RawTickets, rule: HardRule, calendar: Calendar, at: int) -> Iterator[Breach]:
    if UNITS[rule.kind] == "day":
        start = calendar.day(at)
        window = (start, calendar.day_end(start))
    else:
        start = calendar.month(at)
        window = (start, calendar.month_end(start))
    for (node, exact), count in _counts(tickets, rule, window).items():
        for level, threshold in rule.thresholds:
            if count >= threshold:
                identity = _identity(rule, node, exact, window, level)
                yield Breach(rule.name, level, node, exact, window, count, threshold, identity)


def _counts(tickets: RawTickets, rule: HardRule, window: Window) -> Mapping[Group, int]:
    if rule.kind == "distinct_complainants":
        who: defaultdict[Group, set[str]] = defaultdict(set)
        for path, complainant in tickets.complainants(window):
            for group in groups_of(path, rule.depths):
                who[group].add(complainant)
        return {group: len(names) for group, names in who.items()}
    counted = tickets.created(window) if rule.kind == "daily_threshold" else tickets.escalated(window)
    counts: defaultdict[Group, int] = defaultdict(int)
    for path, count in counted.items():
        for group in groups_of(path, rule.depths):
            counts[group] += count
    return counts


def groups_of(path: Path, depths: Iterable[int]) -> set[Group]:
    """Which groups a ticket of this path is counted in, by the rule's depths."""
    return {(path[:depth], False) if len(path) >= depth else (path, True) for depth in depths}


def _identity(rule: HardRule, node: Path, exact: bool, window: Window, level: str) -> str:  # noqa: FBT001
    return Signal(
        rule=rule.name,
        kind=rule.kind,
        node=node,
        exact=exact,
        window_start=window[0],
        window_end=window[1],
        level=level,
        observed=0,
        threshold=0,
        crossed_at=0,
        created_at=NEVER,
    ).identity
