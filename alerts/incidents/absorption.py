"""Which incident explains a signal: signals of one cause belong to one incident, and each to exactly one.

Signals of one node that are given together stay together. Deeper nodes come first, so that a node whose count
lies mostly in one branch is explained by that branch. What holds, whatever comes in which order:

* no incident that is not over lies at, above or below another;
* a signal at or below an incident's branch is its;
* one above is its too, and widens it to there where most of the count lies elsewhere;
* one of a sibling widens it to the parent, never to the root;
* a signal of a single ticket never widens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.incidents.book import Book
from alerts.incidents.branch import WIDEST, branch_of
from alerts.incidents.branching import Branches
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident, State
from alerts.incidents.weighing import counts_of, holds_most, statistical
from alerts.page import key_of
from alerts.plan import ResponsePlan
from connectors.ticket import MICROSECOND, Path
from detectors.signal import Signal

# Tickets of a branch that were created in [start, end); None where nobody counts them, as in a replay.
Tickets = Callable[[Path, int, int], int | None]


class Change(StrEnum):
    """What signals did to their incident, the strongest first."""

    OPENED = "opened"
    ROSE = "rose"
    SPREAD = "spread"
    SURGED = "surged"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class Explained:
    """The incident of signals that were given together, and what they did to it.

    Attributes
    ----------
    undoes : the event by which an acknowledgement or a fix does not hold any more, where they did that
    """

    incident: int
    change: Change
    undoes: Event | None = None

    def silences(self, signal: Signal) -> bool:
        """The incident has told of it already: a statistical signal that adds nothing pages nobody."""
        return self.change is Change.UPDATED and statistical(signal)


def absorb(
    groups: Iterable[Sequence[Signal]],
    book: Book,
    *,
    plan: ResponsePlan,
    now: int,
    tickets: Tickets = lambda _branch, _start, _end: None,
) -> list[Explained]:
    """Give each group of signals, all of one node, to its incident; the book holds what follows."""
    given = [tuple(group) for group in groups]
    order = sorted(range(len(given)), key=lambda i: (-len(branch_of(given[i])), i))
    decide = _Absorption(book, plan, now, tickets, Branches(book, plan, now))
    found = {i: decide.give(given[i]) for i in order}
    # A later group may have merged an earlier one's incident into its own.
    return [decide.settled(found[i]) for i in range(len(given))]


@dataclass(frozen=True)
class _Absorption:
    book: Book
    plan: ResponsePlan
    now: int
    tickets: Tickets
    branches: Branches

    def settled(self, explained: Explained) -> Explained:
        incident = self.book[explained.incident]
        while incident.merged_into is not None:
            incident = self.book[incident.merged_into]
        return replace(explained, incident=incident.id)

    def give(self, signals: tuple[Signal, ...]) -> Explained:
        branch, counts = branch_of(signals), counts_of(signals)
        covering = self.book.covering(branch)
        if covering is not None:
            return self._absorbed(self.branches.narrowed(covering, branch, counts), signals, branch)
        within = self._strongest(self.book.within(branch))
        if within is not None:
            if _explains(within, branch, counts):
                return self._absorbed(within, signals, within.node)
            return self._absorbed(
                self.branches.widened(within, branch, Why.BROADER), signals, branch, spread=True
            )
        sibling = self._sibling(branch, counts)
        if sibling is not None:
            wider = self.branches.widened(sibling, branch[:-1], Why.SIBLING, also=branch)
            return self._absorbed(wider, signals, branch, spread=True)
        return self._opened(signals, branch, counts)

    def _opened(self, signals: tuple[Signal, ...], branch: Path, counts: Mapping[str, int]) -> Explained:
        key = key_of("incident", *sorted(signal.identity for signal in signals))
        latest = max(signals, key=lambda signal: (signal.window_start, signal.window_end))
        tickets = self.tickets(branch, latest.window_start, latest.window_end)
        level = self._highest(signals)
        facts = (
            ("incident", key),
            ("since", str(latest.window_start)),
            *self.plan.level(level).facts,
            *_told(counts, signals),
            *((("tickets", str(tickets)),) if tickets is not None else ()),
        )
        incident = self.book.begin(
            Event(
                event_key(key, Kind.OPENED),
                Kind.OPENED,
                self.now,
                why=Why.FIRST_SIGNAL,
                level=level,
                node=branch,
                nodes=(branch,),
                signals=tuple(signal.identity for signal in signals),
                facts=facts,
            )
        )
        return Explained(incident.id, Change.OPENED)

    def _absorbed(
        self, incident: Incident, signals: tuple[Signal, ...], branch: Path, *, spread: bool = False
    ) -> Explained:
        identities = tuple(signal.identity for signal in signals)
        counts, level = counts_of(signals), self._highest(signals)
        rises = self.plan.rank(level) > self.plan.rank(incident.level)
        surge = self._surge(incident, counts)
        events = [
            self.branches.event(
                incident,
                Kind.ABSORBED,
                Why.SAME_BRANCH,
                identities,
                signals=identities,
                nodes=(branch,),
                facts=_told(counts, signals),
            )
        ]
        if rises:
            events.append(self.branches.rose(incident, Why.LEVEL_ROSE, identities, level))
        elif surge is not None:
            events.append(self.branches.event(incident, Kind.SURGED, surge, identities))
        undoes = None
        if rises or spread or surge is not None:
            why = Why.SPREAD if spread else Why.LEVEL_ROSE if rises else Why.NEW_SURGE
            undoes = self._undoes(incident, why, identities)
        events += [] if undoes is None else [undoes]
        self.book.tell(incident.id, *events)
        change = (
            Change.ROSE
            if rises
            else Change.SPREAD
            if spread
            else Change.SURGED
            if surge is not None
            else Change.UPDATED
        )
        return Explained(incident.id, change, undoes)

    def _undoes(self, incident: Incident, why: Why, what: Sequence[str]) -> Event | None:
        """What is known has changed so much that an acknowledgement, or a fix, does not hold any more."""
        if incident.state is State.HANDLED:
            return self.branches.event(incident, Kind.REOPENED, why, what)
        if incident.state is State.ACKNOWLEDGED and why is not Why.NEW_SURGE:
            who = (("who", incident.acknowledged_by or ""),)
            return self.branches.event(incident, Kind.LAPSED, why, what, facts=who)
        return None

    def _surge(self, incident: Incident, counts: Mapping[str, int]) -> Why | None:
        settings = self.plan.incidents
        before = dict(incident.counts)
        if any(n >= settings.surge_factor * before[kind] for kind, n in counts.items() if kind in before):
            return Why.COUNT_DOUBLED
        if self.now - incident.last_signal_at > settings.surge_after // MICROSECOND:
            return Why.AFTER_A_PAUSE
        return None

    def _sibling(self, branch: Path, counts: Mapping[str, int]) -> Incident | None:
        if len(branch) <= WIDEST or not counts:
            return None
        return self._strongest([one for one in self.book.beside(branch) if one.counts])

    def _strongest(self, incidents: Iterable[Incident]) -> Incident | None:
        def weight(one: Incident) -> tuple[bool, int, int, int]:
            return bool(one.counts), self.plan.rank(one.level), one.count, -one.id

        return max(incidents, key=weight, default=None)

    def _highest(self, signals: Iterable[Signal]) -> str:
        return max((signal.level for signal in signals), key=self.plan.rank)


def _told(counts: Mapping[str, int], signals: Iterable[Signal]) -> tuple[tuple[str, str], ...]:
    hard = any(not statistical(signal) for signal in signals)
    told = tuple((f"count.{kind}", str(n)) for kind, n in sorted(counts.items()))
    return (*told, ("hard", "yes")) if hard else told


def _explains(incident: Incident, branch: Path, counts: Mapping[str, int]) -> bool:
    """The incident is the cause of a count above it, as far as can be told."""
    if not counts:
        return True
    if len(branch) < WIDEST and incident.counts:
        return True
    return holds_most(dict(incident.counts), counts)
