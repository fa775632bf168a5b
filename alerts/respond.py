"""The one decision: which pages signals make, who is told, and why.

Pure and deterministic: the same signals, in any order, make the same pages. Every signal given is in exactly
one page. Signals of one node share a page; the highest level names it, and the roles of every signal's
level are told, so that each signal is named with its count to all whom its own level tells (law 4). What an
exempt event takes out of the plan is a page too, with `muted_by` and nobody told. All others belong to an
incident: they open one, or tell of what is new in it. A statistical signal that adds nothing pages nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from alerts import routing
from alerts.incidents.absorption import Change, Explained, Tickets, absorb
from alerts.incidents.book import Book
from alerts.incidents.pages import paged
from alerts.page import (
    Duty,
    Facts,
    NearbyChange,
    Page,
    Reason,
    Told,
    TrendHour,
    key_of_signals,
)
from alerts.plan import Department, ExemptEvent, Level, PlannedChange, ResponsePlan
from alerts.silences import Silence, muting
from connectors.ticket import MICROSECOND, NEVER, Path, to_us
from detectors.signal import Signal


@dataclass(frozen=True)
class Context:
    """What the engine knows around the signals.

    Attributes
    ----------
    trends : the last hours of nodes, oldest first
    sample : the tickets are made by a sample source
    blind : sources that are blind now
    silences : those that hold now
    capped : very many pages at once become few, by the plan's `[flood]`; a replay folds nothing
    copies : facts of near-duplicates among the tickets of nodes
    tickets : counts tickets of a branch that were created in [start, end)
    """

    trends: Mapping[Path, tuple[TrendHour, ...]] = field(default_factory=dict)
    sample: bool = False
    blind: tuple[str, ...] = ()
    silences: tuple[Silence, ...] = ()
    capped: bool = False
    copies: Mapping[Path, Facts] = field(default_factory=dict)
    tickets: Tickets = lambda _branch, _start, _end: None


@dataclass(frozen=True)
class Fold:
    """All pages become one: why, and facts to print, such as ("source", "crm"), ("tickets", "5200")."""

    reason: Literal[Reason.BULK_IMPORT, Reason.CAUGHT_UP]
    facts: Facts = ()


@dataclass(frozen=True)
class Response:
    """What was decided: pages, the most important first, and the incident of each signal, by identity."""

    pages: tuple[Page, ...]
    incidents: Mapping[str, int] = field(default_factory=dict)


def respond(
    signals: Iterable[Signal],
    *,
    plan: ResponsePlan,
    now: datetime,
    context: Context | None = None,
    fold: Fold | None = None,
    book: Book | None = None,
) -> Response:
    """Decide the pages of signals that are given together; the book holds what follows for incidents."""
    book = book or Book()
    decide = _Decision(plan, to_us(now), context or Context(), fold, book)
    exempt: dict[tuple[str, Path], list[Signal]] = {}
    nodes: dict[Path, list[Signal]] = {}
    for signal in decide.in_order(signals):
        muted_by = _exemption(decide, signal)
        if muted_by is None:
            nodes.setdefault(signal.node, []).append(signal)
        else:
            exempt.setdefault((muted_by, () if fold else signal.node), []).append(signal)
    groups = [tuple(group) for group in nodes.values()]
    explained = absorb(groups, book, plan=plan, now=decide.now, tickets=decide.context.tickets)
    pages = [decide.muted(tuple(group), Reason.EXEMPT, by) for (by, _), group in exempt.items()]
    pages += decide.pages(list(zip(groups, explained, strict=True)))
    pages = decide.capped(sorted(pages, key=decide.importance))
    for page in pages:
        paged(book, page)
    incidents = {
        signal.identity: one.incident
        for group, one in zip(groups, explained, strict=True)
        for signal in group
    }
    return Response(tuple(pages), incidents)


def _exemption(decide: _Decision, signal: Signal) -> str | None:
    """What takes a signal out of the plan: an event of the configuration, or one that an approver named."""
    event = exempting(decide.plan, signal)
    if event is not None:
        return f'exempt event "{event.name}" ({event.author}: {event.reason})'
    named = [one for one in decide.context.silences if one.exempt]
    silence = muting(named, signal, decide.now)
    return None if silence is None else silence.told


def exempting(plan: ResponsePlan, signal: Signal) -> ExemptEvent | None:
    """The exempt event that takes a signal out of the plan, if any.

    Its node must lie at or below one of the event's, and the ticket that completed the count must have been
    created while the event lasted; where no single ticket did it, the window must have begun then.
    """
    moment = signal.window_start if signal.created_at == NEVER else signal.created_at
    for event in plan.exempt_events:
        lasts = to_us(event.from_) <= moment < to_us(event.to)
        if lasts and any(routing.covers(node, signal.node) for node in event.nodes):
            return event
    return None


@dataclass(frozen=True)
class _Decision:
    plan: ResponsePlan
    now: int
    context: Context
    fold: Fold | None
    book: Book

    def in_order(self, signals: Iterable[Signal]) -> list[Signal]:
        """Each signal once, the most important first."""
        found: dict[str, Signal] = {}
        for signal in sorted(signals, key=self._weight):
            found.setdefault(signal.identity, signal)
        return list(found.values())

    def importance(self, page: Page) -> tuple[object, ...]:
        return (page.muted_by is not None, *self._weight(page.signals[0]), page.key)

    def pages(self, groups: Sequence[tuple[tuple[Signal, ...], Explained]]) -> list[Page]:
        """Pages of signals and their incidents: one for each node, or one for all where they are folded.

        What a silence mutes has a page of its own, which tells nobody.
        """
        made: dict[tuple[str, object], list[tuple[Signal, Explained]]] = {}
        for i, (signals, explained) in enumerate(groups):
            for signal in signals:
                silence = muting(self.context.silences, signal, self.now)
                muted_by = "" if silence is None else silence.told
                place = None if self.fold is not None else i
                made.setdefault((muted_by, place), []).append((signal, explained))
        return [self._of(together, muted_by) for (muted_by, _), together in made.items()]

    def _of(self, together: Sequence[tuple[Signal, Explained]], muted_by: str) -> Page:
        signals = tuple(self.in_order(signal for signal, _ in together))
        ids = tuple(sorted({explained.incident for _, explained in together}))
        change = "" if self.fold is not None else str(together[0][1].change)
        if muted_by:
            page = self.muted(signals, Reason.SILENCED, muted_by)
        elif self.fold is None and all(explained.silences(signal) for signal, explained in together):
            page = self.muted(signals, Reason.ABSORBED, f"incident {ids[0]}: told before")
        else:
            page = self.page(signals)
        page = replace(page, incidents=ids, change=change)
        return page if self.fold is not None else self._running(page, together[0][1])

    def _running(self, page: Page, explained: Explained) -> Page:
        """With the clocks that run since an earlier page: no new ones where the level did not rise."""
        if explained.change in {Change.OPENED, Change.ROSE}:
            return page
        due: dict[str, int | None] = {"report": page.report_by, "solution": page.solution_by}
        for clock in self.book[explained.incident].deadlines:
            due[clock.name] = clock.due_at if clock.met_at is None else None
        return replace(page, report_by=due["report"], solution_by=due["solution"])

    def capped(self, pages: Sequence[Page]) -> list[Page]:
        """Of a storm, few pages that tell somebody: the least important share the last one."""
        flood = self.plan.flood
        telling = [page for page in pages if page.told]
        if not self.context.capped or len(telling) <= flood.storm:
            return list(pages)
        shared = telling[flood.most_at_once - 1 :]
        signals = self.in_order(signal for page in shared for signal in page.signals)
        ids = tuple(sorted({id for page in shared for id in page.incidents}))
        storm = replace(self.page(tuple(signals)), reason=Reason.STORM, incidents=ids, trend=())
        alone = {page.key for page in shared}
        rest = [page for page in pages if page.key not in alone]
        return sorted([*rest, storm], key=self.importance)

    def muted(self, signals: tuple[Signal, ...], reason: Reason, by: str) -> Page:
        """A page that tells nobody, and says why."""
        page, roles = self.page(signals), self._roles(signals)
        titles = tuple(title for title in page.titles if title[0] in roles)
        return replace(page, reason=reason, told=(), unreached=(), muted_by=by, titles=titles)

    def page(self, signals: tuple[Signal, ...]) -> Page:
        level = self.plan.level(signals[0].level)
        node = routing.shared([signal.node for signal in signals])
        departments = self._departments(signals)
        roles = self._roles(signals)
        told = self._told(signals)
        missing = routing.unreached(roles, told)
        reason = self._reason(roles, told)
        if roles and not told:
            told = routing.told(self.plan, self.plan.operators, departments)
        shown = dict.fromkeys((*roles, *(one.role for one in told)))
        return Page(
            key=key_of_signals(signals),
            at=self.now,
            reason=reason,
            level=level.name,
            node=node,
            signals=signals,
            told=told,
            unreached=missing,
            duties=tuple(Duty(one.name, self._due(one.turnaround)) for one in departments),
            planned_changes=self._changes(signals),
            trend=() if self.fold else self.context.trends.get(node, ()),
            report_by=self._due(level.report_within),
            solution_by=self._due(level.solution_within),
            steps=_steps(level),
            titles=tuple((name, tuple(sorted(self.plan.role(name).title.items()))) for name in shown),
            sample=self.context.sample,
            blind=self.context.blind,
            subject=self.fold.facts if self.fold else self.context.copies.get(node, ()),
        )

    def _weight(self, signal: Signal) -> tuple[object, ...]:
        excess = signal.observed / max(1, signal.threshold)
        return (
            -self.plan.rank(signal.level),
            -excess,
            -signal.observed,
            signal.node,
            signal.exact,
            signal.rule,
            signal.window_start,
            signal.crossed_at,
            signal.identity,
            # Two that claim to be the same signal and are not equal are no reason to answer by chance.
            repr(signal),
        )

    def _reason(self, roles: tuple[str, ...], told: tuple[Told, ...]) -> Reason:
        if not roles:
            return Reason.TELLS_NOBODY
        if not told:
            return Reason.NO_CONTACT
        return self.fold.reason if self.fold else Reason.LEVEL_REACHED

    def _roles(self, signals: tuple[Signal, ...]) -> tuple[str, ...]:
        levels = dict.fromkeys(signal.level for signal in signals)
        return tuple(dict.fromkeys(role for level in levels for role in self.plan.level(level).notify))

    def _told(self, signals: tuple[Signal, ...]) -> tuple[Told, ...]:
        """The roles of each signal's level, filled for that signal's own node."""
        pairs = dict.fromkeys((signal.level, signal.node) for signal in signals)
        found: dict[Told, None] = {}
        for level, node in pairs:
            departments = routing.responsible(self.plan, node)
            found.update(dict.fromkeys(routing.told(self.plan, self.plan.level(level).notify, departments)))
        order = {role: i for i, role in enumerate(self._roles(signals))}
        return tuple(sorted(found, key=lambda one: order[one.role]))

    def _departments(self, signals: tuple[Signal, ...]) -> tuple[Department, ...]:
        names = {
            department.name
            for node in dict.fromkeys(signal.node for signal in signals)
            for department in routing.responsible(self.plan, node)
        }
        return tuple(department for department in self.plan.departments if department.name in names)

    def _due(self, within: timedelta | None) -> int | None:
        return None if within is None else self.now + within // MICROSECOND

    def _changes(self, signals: tuple[Signal, ...]) -> tuple[NearbyChange, ...]:
        since = self.now - self.plan.alerts.changes_within // MICROSECOND
        nodes = {signal.node for signal in signals}
        found = []
        for change in self.plan.planned_changes:
            start, end = _span(change)
            touches = any(_related(mine, node) for mine in change.nodes for node in nodes)
            if touches and start <= self.now and (end is None or end >= since):
                found.append(NearbyChange(change.name, start, end, change.department))
        return tuple(sorted(found, key=lambda change: (-change.start, change.name)))


def _span(change: PlannedChange) -> tuple[int, int | None]:
    """Start and end; a moment is its own end, a start without an end still lasts."""
    if change.at is not None:
        return to_us(change.at), to_us(change.at)
    return to_us(change.from_), None if change.to is None else to_us(change.to)


def _related(one: Path, other: Path) -> bool:
    return routing.covers(one, other) or routing.covers(other, one)


def _steps(level: Level) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((language, tuple(lines)) for language, lines in sorted(level.steps.items()))
