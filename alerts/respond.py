"""The one decision: which pages signals make, who is told, and why.

Pure and deterministic: the same signals, in any order, make the same pages. Every signal given is in exactly
one page. Signals of one node share a page, and those of its ancestors in one incident: one cause is one page.
The highest level names it, and of several nodes the focus; the roles of every signal's level are told, so
that each signal is named with its count to all whom its own level tells (law 4). What an exempt event takes
out of the plan is a page too, with `muted_by` and nobody told. All others belong to an incident: they open
one, or tell of what is new in it. A statistical signal that adds nothing pages nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts import routing
from alerts.composing import Composer, Context, Fold, Muted
from alerts.incidents.absorption import Change, Explained, absorb
from alerts.incidents.book import Book
from alerts.incidents.incident import Incident
from alerts.incidents.pages import paged
from alerts.incidents.undone import undone
from alerts.page import Page, Reason
from alerts.plan import ExemptEvent, ResponsePlan
from alerts.sharing import Group, Signals, focus, together
from alerts.silences import muting
from connectors.ticket import NEVER, Path, to_us
from detectors.signal import Signal

__all__ = ["Context", "Fold", "Response", "exempting", "respond"]

Weight = tuple[object, ...]
"""The smaller, the more important."""


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
    weights, given = _weighed(signals, plan)
    decide = _Decision(Composer(plan, to_us(now), context or Context()), fold, book, weights)
    exempt: dict[tuple[str, Path], list[Signal]] = {}
    nodes: dict[Path, list[Signal]] = {}
    for signal in given:
        muted_by = decide.exemption(signal)
        if muted_by is None:
            nodes.setdefault(signal.node, []).append(signal)
        else:
            exempt.setdefault((muted_by, () if fold else signal.node), []).append(signal)
    groups = [tuple(group) for group in nodes.values()]
    explained = absorb(groups, book, plan=plan, now=to_us(now), tickets=decide.context.tickets)
    drafts = [_Draft(tuple(group), muted=Muted(Reason.EXEMPT, by)) for (by, _), group in exempt.items()]
    drafts += decide.drafts(list(zip(groups, explained, strict=True)))
    pages = [decide.page(draft) for draft in decide.capped(drafts)]
    pages += undone(book, explained, pages, plan=plan, now=to_us(now), quiet=decide.quiet)
    for page in pages:
        paged(book, page)
    incidents = {
        signal.identity: one.incident
        for group, one in zip(groups, explained, strict=True)
        for signal in group
    }
    return Response(tuple(pages), incidents)


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
class _Draft:
    """Signals that share a page, the most important first, and what they did to their incidents."""

    signals: tuple[Signal, ...]
    explained: tuple[Explained, ...] = ()
    muted: Muted | None = None
    storm: bool = False


@dataclass(frozen=True)
class _Decision:
    compose: Composer
    fold: Fold | None
    book: Book
    weights: Mapping[str, Weight]

    @property
    def context(self) -> Context:
        return self.compose.context

    def exemption(self, signal: Signal) -> str | None:
        """What takes a signal out of the plan: an event of the configuration, or one of an approver."""
        event = exempting(self.compose.plan, signal)
        if event is not None:
            return f'exempt event "{event.name}" ({event.author}: {event.reason})'
        named = (one for one in self.context.silences if one.exempt)
        silence = muting(named, signal, self.compose.now)
        return None if silence is None else silence.told

    def quiet(self, incident: Incident) -> bool:
        """A silence keeps people from being called for it."""
        return any(one.quiets(incident, self.compose.now) for one in self.context.silences)

    def drafts(self, groups: Iterable[Group]) -> list[_Draft]:
        """What shares a page: the signals of a node and its ancestors, or all where they are folded.

        What is muted has a page of its own, which tells nobody.
        """
        speaking: list[Group] = []
        quiet: dict[tuple[Muted, object], list[Group]] = {}
        for i, (signals, explained) in enumerate(groups):
            for muted, part in self._parts(signals, explained):
                if muted is None:
                    speaking.append((part, explained))
                else:
                    quiet.setdefault((muted, None if self.fold else i), []).append((part, explained))
        pages = together(speaking) if self.fold is None else [speaking] if speaking else []
        drafts = [self._draft(page) for page in pages]
        return drafts + [self._draft(page, muted) for (muted, _), page in quiet.items()]

    def _parts(self, signals: Signals, explained: Explained) -> Iterator[tuple[Muted | None, Signals]]:
        """Signals of a node by what mutes them, if anything does."""
        found: dict[str, list[Signal]] = {}
        for signal in signals:
            silence = muting(self.context.silences, signal, self.compose.now)
            found.setdefault("" if silence is None else silence.told, []).append(signal)
        for silenced_by, part in found.items():
            if silenced_by:
                yield Muted(Reason.SILENCED, silenced_by), tuple(part)
            elif self.fold is None and all(explained.silences(signal) for signal in part):
                yield Muted(Reason.ABSORBED, f"incident {explained.incident}: told before"), tuple(part)
            else:
                yield None, tuple(part)

    def _draft(self, groups: Sequence[Group], muted: Muted | None = None) -> _Draft:
        signals = self._in_order(signal for part, _ in groups for signal in part)
        if len(groups) > 1 and self.fold is None:
            # The highest level names the page, and of the nodes at this level the focus.
            highest = [part for part, _ in groups if part[0].level == signals[0].level]
            first = focus(sorted(highest, key=lambda part: self.weights[part[0].identity]))[0]
            signals = (first, *(signal for signal in signals if signal is not first))
        return _Draft(signals, tuple(dict.fromkeys(explained for _, explained in groups)), muted)

    def capped(self, drafts: Iterable[_Draft]) -> list[_Draft]:
        """The most important first. Of a storm, few that tell somebody: the others share the last one."""
        flood, found = self.compose.plan.flood, sorted(drafts, key=self._importance)
        if not self.context.capped or len(found) <= flood.storm:
            return found
        telling = [one for one in found if one.muted is None and self.compose.tells(one.signals)]
        if len(telling) <= flood.storm:
            return found
        shared = telling[flood.most_at_once - 1 :]
        signals = self._in_order(signal for one in shared for signal in one.signals)
        explained = dict.fromkeys(one for draft in shared for one in draft.explained)
        alone = {one.signals[0].identity for one in shared}
        rest = [one for one in found if one.signals[0].identity not in alone]
        return sorted([*rest, _Draft(signals, tuple(explained), storm=True)], key=self._importance)

    def page(self, draft: _Draft) -> Page:
        """The page of what was drafted."""
        fold = Fold(Reason.STORM) if draft.storm else self.fold
        page = self.compose.page(draft.signals, fold=fold, muted=draft.muted)
        if not draft.explained:
            return page
        page = replace(page, incidents=tuple(sorted({one.incident for one in draft.explained})))
        if fold is not None:
            return page
        change = min((one.change for one in draft.explained), key=list(Change).index)
        return self._running(replace(page, change=str(change)), change)

    def _running(self, page: Page, change: Change) -> Page:
        """With the clocks that run since an earlier page: no new ones where the level did not rise."""
        if change in {Change.OPENED, Change.ROSE}:
            return page
        due: dict[str, int | None] = {"report": page.report_by, "solution": page.solution_by}
        for clock in self.book[page.incidents[0]].deadlines:
            due[clock.name] = clock.due_at if clock.met_at is None else None
        return replace(page, report_by=due["report"], solution_by=due["solution"])

    def _importance(self, draft: _Draft) -> tuple[object, ...]:
        return (draft.muted is not None, *self.weights[draft.signals[0].identity])

    def _in_order(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        return tuple(sorted(signals, key=lambda signal: self.weights[signal.identity]))


def _weighed(signals: Iterable[Signal], plan: ResponsePlan) -> tuple[dict[str, Weight], list[Signal]]:
    """How important each signal is, and each once, the most important first.

    Of two that claim to be the same signal and are not equal the first stands, not one by chance.
    """
    found: dict[str, tuple[Weight, Signal]] = {}
    for signal in signals:
        weighed, known = (_weight(signal, plan), signal), found.get(signal.identity)
        if known is None or (weighed[0], repr(signal)) < (known[0], repr(known[1])):
            found[signal.identity] = weighed
    ordered = sorted(found.values(), key=lambda weighed: weighed[0])
    return {signal.identity: weight for weight, signal in ordered}, [signal for _, signal in ordered]


def _weight(signal: Signal, plan: ResponsePlan) -> Weight:
    return (
        -plan.rank(signal.level),
        -signal.observed / max(1, signal.threshold),
        -signal.observed,
        signal.node,
        signal.exact,
        signal.rule,
        signal.window_start,
        signal.crossed_at,
        signal.identity,
    )
