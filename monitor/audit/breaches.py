"""What the hard rules must have found, counted from raw tickets in a way of its own.

Nothing here uses the counts or the detectors: what they share would hide what they both get wrong. A ticket
and its signals are stored in one transaction, so that a breach without a signal is an error at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.ticket import NEVER, Path
from connectors.windows import Calendar
from detectors.signal import Signal

Group = tuple[Path, bool]
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RawTicket:
    """A ticket that counts, as it stands. Instants are int64 microseconds UTC, NEVER where there is none."""

    path: Path
    created: int
    escalated: int
    complainant: str


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


def daily(ticket: RawTicket) -> int:
    """The instant that puts a ticket into its window: when it was created."""
    return ticket.created


def escalated(ticket: RawTicket) -> int:
    """The same for escalations."""
    return ticket.escalated


# Kind of rule -> unit of its window, the instant that counts, whether people are counted and not tickets.
COUNTED: Final[dict[str, tuple[str, Callable[[RawTicket], int], bool]]] = {
    "daily_threshold": ("day", daily, False),
    "monthly_escalation": ("month", escalated, False),
    "distinct_complainants": ("month", daily, True),
}


def hard_rules(detectors: Iterable[Any]) -> tuple[HardRule, ...]:
    """Those of the configured detectors that count to thresholds."""
    found = []
    for detector in detectors:
        kind = type(detector).__module__.rpartition(".")[2]
        if kind in COUNTED:
            thresholds = tuple(sorted(detector.options.thresholds.items()))
            found.append(HardRule(detector.name, kind, tuple(detector.depths), thresholds))
    return tuple(found)


def breaches(
    tickets: Sequence[RawTicket], rules: Iterable[HardRule], calendar: Calendar, *, at: int
) -> list[Breach]:
    """Thresholds that are reached in the windows that hold the instant `at`."""
    return [breach for rule in rules for breach in _breaches(tickets, rule, calendar, at)]


def _breaches(tickets: Sequence[RawTicket], rule: HardRule, calendar: Calendar, at: int) -> Iterator[Breach]:
    unit, instant, people = COUNTED[rule.kind]
    start = calendar.day(at) if unit == "day" else calendar.month(at)
    end = calendar.day_end(start) if unit == "day" else calendar.month_end(start)
    seen: defaultdict[Group, int] = defaultdict(int)
    who: defaultdict[Group, set[str]] = defaultdict(set)
    for ticket in tickets:
        if not start <= instant(ticket) < end or instant(ticket) == NEVER:
            continue
        for group in groups_of(ticket.path, rule.depths):
            seen[group] += 1
            if ticket.complainant:
                who[group].add(ticket.complainant)
    counts = {group: len(names) for group, names in who.items()} if people else seen
    for (node, exact), count in counts.items():
        for level, threshold in rule.thresholds:
            if count >= threshold:
                identity = _identity(rule, node, exact, (start, end), level)
                yield Breach(rule.name, level, node, exact, (start, end), count, threshold, identity)


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
