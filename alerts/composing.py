"""What the page of some signals says: who is told, who answers for it, by when, and what happened nearby.

One composer serves a whole decision. Who is told follows from a level and the departments of a node, and in a
storm thousands of signals ask the same: each answer is found once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from alerts import routing
from alerts.incidents.absorption import Tickets
from alerts.page import Duty, Facts, NearbyChange, Page, Reason, Told, TrendHour, key_of_signals
from alerts.plan import Department, Level, PlannedChange, ResponsePlan
from alerts.silences import Silence
from connectors.ticket import MICROSECOND, Path, to_us
from detectors.signal import Signal


@dataclass(frozen=True)
class Context:
    """What the engine knows around the signals, asked for when a page needs it.

    Attributes
    ----------
    trend : the last hours of a node, oldest first
    sample : the tickets are made by a sample source
    blind : sources that are blind now
    silences : those that hold now
    capped : very many pages at once become few, by the plan's `[flood]`; a replay folds nothing
    copies : facts of near-duplicates among the tickets of signals of one node
    tickets : counts tickets of a branch that were created in [start, end)
    """

    trend: Callable[[Path], tuple[TrendHour, ...]] = lambda _node: ()
    sample: bool = False
    blind: tuple[str, ...] = ()
    silences: tuple[Silence, ...] = ()
    capped: bool = False
    copies: Callable[[Sequence[Signal]], Facts] = lambda _signals: ()
    tickets: Tickets = lambda _branch, _start, _end: None


@dataclass(frozen=True)
class Fold:
    """All pages become one: why, and facts to print, such as ("source", "crm"), ("tickets", "5200")."""

    reason: Literal[Reason.BULK_IMPORT, Reason.CAUGHT_UP, Reason.STORM]
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Muted:
    """Why nobody is told, and by what."""

    reason: Reason
    by: str


@dataclass(frozen=True)
class Composer:
    """Makes the pages of one decision."""

    plan: ResponsePlan
    now: int
    context: Context
    _answering: dict[Path, tuple[Department, ...]] = field(default_factory=dict, init=False)
    _filling: dict[tuple[str, tuple[str, ...]], tuple[Told, ...]] = field(default_factory=dict, init=False)

    def page(
        self, signals: tuple[Signal, ...], *, fold: Fold | None = None, muted: Muted | None = None
    ) -> Page:
        """The page of signals; the first gives its level and, where it isn't folded, its node."""
        level, node = self.plan.level(signals[0].level), signals[0].node
        own = tuple(signal for signal in signals if signal.node == node)
        if fold:
            node, own = routing.shared([signal.node for signal in signals]), signals
        roles, found = self._roles(signals), self._told(signals)
        told = () if muted else found or self._operators(signals)
        shown = dict.fromkeys((*roles, *(one.role for one in told)))
        duties = tuple(Duty(one.name, self._due(one.turnaround)) for one in self._departments(own))
        changes = self._changes(signals)
        named = {*(duty.department for duty in duties), *(one.department or "" for one in changes)}
        return Page(
            key=key_of_signals(signals),
            at=self.now,
            reason=muted.reason if muted else _reason(roles, found, fold),
            level=level.name,
            node=node,
            signals=signals,
            told=told,
            unreached=() if muted else routing.unreached(roles, found),
            muted_by=muted.by if muted else None,
            duties=duties,
            planned_changes=changes,
            trend=() if fold else self.context.trend(node),
            report_by=self._due(level.report_within),
            solution_by=self._due(level.solution_within),
            steps=_steps(level),
            titles=self.plan.titles(shown, named, {change.name for change in changes}),
            sample=self.context.sample,
            blind=self.context.blind,
            subject=fold.facts if fold else self.context.copies(own) if told else (),
        )

    def tells(self, signals: Sequence[Signal]) -> bool:
        """Somebody would be told of their page."""
        return bool(self._told(signals) or self._operators(signals))

    def _roles(self, signals: Sequence[Signal]) -> tuple[str, ...]:
        levels = dict.fromkeys(signal.level for signal in signals)
        return tuple(dict.fromkeys(role for level in levels for role in self.plan.level(level).notify))

    def _told(self, signals: Sequence[Signal]) -> tuple[Told, ...]:
        """The roles of each signal's level, filled for that signal's own node."""
        pairs = dict.fromkeys((signal.level, signal.node) for signal in signals)
        if len(pairs) == 1:
            return self._filled(*next(iter(pairs)))
        found = dict.fromkeys(one for level, node in pairs for one in self._filled(level, node))
        order = {role: i for i, role in enumerate(self._roles(signals))}
        return tuple(sorted(found, key=lambda one: order[one.role]))

    def _filled(self, level: str, node: Path) -> tuple[Told, ...]:
        departments = self._responsible(node)
        asked = level, tuple(department.name for department in departments)
        if asked not in self._filling:
            self._filling[asked] = routing.told(self.plan, self.plan.level(level).notify, departments)
        return self._filling[asked]

    def _operators(self, signals: Sequence[Signal]) -> tuple[Told, ...]:
        """Who is told where nobody fills a role of the level, so that nothing is lost."""
        if not self._roles(signals):
            return ()
        return routing.told(self.plan, self.plan.operators, self._departments(signals))

    def _departments(self, signals: Sequence[Signal]) -> tuple[Department, ...]:
        names = {
            department.name
            for node in dict.fromkeys(signal.node for signal in signals)
            for department in self._responsible(node)
        }
        return tuple(department for department in self.plan.departments if department.name in names)

    def _responsible(self, node: Path) -> tuple[Department, ...]:
        if node not in self._answering:
            self._answering[node] = routing.responsible(self.plan, node)
        return self._answering[node]

    def _due(self, within: timedelta | None) -> int | None:
        return None if within is None else self.now + within // MICROSECOND

    def _changes(self, signals: Sequence[Signal]) -> tuple[NearbyChange, ...]:
        since = self.now - self.plan.alerts.changes_within // MICROSECOND
        found = []
        for change in self.plan.planned_changes:
            start, end = _span(change)
            if start > self.now or (end is not None and end < since):
                continue
            nodes = {signal.node for signal in signals}
            if any(_related(mine, node) for mine in change.nodes for node in nodes):
                found.append(NearbyChange(change.name, start, end, change.department))
        return tuple(sorted(found, key=lambda change: (-change.start, change.name)))


def _reason(roles: Sequence[str], told: Sequence[Told], fold: Fold | None) -> Reason:
    if not roles:
        return Reason.TELLS_NOBODY
    if not told:
        return Reason.NO_CONTACT
    return fold.reason if fold else Reason.LEVEL_REACHED


def _span(change: PlannedChange) -> tuple[int, int | None]:
    """Start and end; a moment is its own end, a start without an end still lasts."""
    if change.at is not None:
        return to_us(change.at), to_us(change.at)
    return to_us(change.from_), None if change.to is None else to_us(change.to)


def _related(one: Path, other: Path) -> bool:
    return routing.covers(one, other) or routing.covers(other, one)


def _steps(level: Level) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((language, tuple(lines)) for language, lines in sorted(level.steps.items()))
