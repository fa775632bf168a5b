"""The laws over random histories: signals, clicks, silences, exempt events, hours and time, in any order.

`LAW_HISTORIES=10000 pytest tests/alerts/incidents/test_laws.py` runs as many as one likes.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from alerting import NOW, SHANGHAI, event, plan, signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.incident_plan import (
    DeadlineRule,
    EscalationPolicy,
    FloodSettings,
    Rotation,
    Schedule,
    Step,
)
from alerts.incidents.book import Book
from alerts.incidents.branch import branch_of, related
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident, State
from alerts.incidents.tending import World, tend
from alerts.incidents.transitions import fold
from alerts.incidents.verification import HourFigure, Verdict, next_hour
from alerts.incidents.weighing import statistical
from alerts.page import Page, Reason
from alerts.plan import Role
from alerts.respond import Context, respond
from alerts.silences import Silence
from alerts.workdays import Workdays
from connectors.ticket import HOUR, at_us, to_us

MINUTE = 60_000_000
START = to_us(NOW)
HISTORIES = int(os.environ.get("LAW_HISTORIES", "60"))

STEPS = st.builds(
    Step,
    after=st.sampled_from([timedelta(minutes=n) for n in (0, 10, 45)]),
    roles=st.sampled_from([(), ("supervisor",), ("nobody",), ("dept-leader",)]),
    schedules=st.sampled_from([(), ("duty",)]),
    hours=st.sampled_from(["always", "business", "off"]),
    outside_hours=st.sampled_from(["wait", "skip"]),
)
DUTY = Schedule("duty", (Rotation(("李娜",), NOW - timedelta(days=30), days=("mon", "wed")),))
PATHS = st.lists(st.sampled_from("ab"), max_size=4).map(tuple)
KINDS = st.sampled_from(["daily_threshold", "hour_over_hour", "seasonal_surge", "tagged"])
LEVELS = st.sampled_from(["一级预警", "二级预警", "三级预警", "撤销的级别"])
CLICKS = st.sampled_from([Kind.ACKNOWLEDGED, Kind.HANDLED, Kind.RESOLVED, Kind.REOPENED, Kind.NOTED])


@st.composite
def plans(draw: Any) -> Any:
    steps = sorted(draw(st.lists(STEPS, min_size=1, max_size=3)), key=lambda step: step.after)
    policy = EscalationPolicy("p", steps=tuple(steps), repeat=draw(st.integers(0, 1)))
    clock = DeadlineRule("final", after=draw(st.sampled_from(["opened", "resolved"])), working_days=1)
    return plan(
        escalation=(policy,) if draw(st.booleans()) else (policy, replace(policy, name="q", nodes=(("a",),))),
        roles=(*plan().roles, Role("nobody")),
        schedules=(DUTY,),
        deadlines=(clock,),
        flood=FloodSettings(storm=draw(st.integers(2, 5)), most_at_once=2),
        exempt_events=draw(st.sampled_from([(), (event(nodes=(("b",),)),)])),
    )


@dataclass
class History:
    """A book, everything that was said about it, and the clock."""

    plan: Any
    quiet: tuple[Silence, ...]
    book: Book = field(default_factory=Book)
    now: int = START
    signals: dict[str, Any] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    counts: dict[int, int | None] = field(default_factory=dict)
    events: dict[int, list[Event]] = field(default_factory=dict)
    known_until: int | None = None

    @property
    def silences(self) -> tuple[Silence, ...]:
        return tuple(silence for silence in self.quiet if silence.holds(self.now))

    def come(self, signals: list[Any]) -> None:
        fresh = {one.identity: one for one in signals if one.identity not in self.signals}
        self.signals |= fresh
        context = Context(silences=self.silences, capped=True)
        found = respond(fresh.values(), plan=self.plan, now=at_us(self.now), book=self.book, context=context)
        self.pages += found.pages
        one_cause_is_told_once(found.pages)
        self._took()

    def tick(self) -> None:
        world = World(
            Calls(self.plan, Workdays(self.plan.workdays, SHANGHAI)),
            hours=self._hours,
            tickets=lambda incident: len(incident.signals) * 7,
            delivered=lambda _incident: True,
            silenced=lambda incident: next(
                (one.told for one in self.silences if one.quiets(incident, self.now)), None
            ),
        )
        self.pages += tend(self.book, world, now=self.now)
        self._took()

    def click(self, id: int, kind: Kind) -> None:
        if id >= self.book.next_id:
            return
        incident = self.book[id]
        if kind is Kind.REOPENED and self.book.nests(incident):
            return
        clicked = Event(event_key(incident.key, kind, self.now), kind, self.now, by="李娜")
        before = self.book.tell(id, clicked)
        # The same click again, as a channel repeats it.
        assert self.book.tell(id, clicked) == before or not isinstance(before, Incident)
        self._took()

    def _hours(self, incident: Incident) -> list[HourFigure]:
        start = next_hour(incident) or incident.opened_at // HOUR * HOUR
        return [
            HourFigure(hour, self._count(hour), self._count(hour - HOUR), 5.0)
            for hour in range(start, self.now // HOUR * HOUR, HOUR)
        ]

    def _count(self, hour: int) -> int | None:
        known = self.known_until is None or hour < self.known_until
        return self.counts.get(hour, 3) if known else None

    def _took(self) -> None:
        for changed in self.book.taken():
            self.events.setdefault(changed.incident.id, []).extend(changed.events)


@st.composite
def histories(draw: Any) -> History:
    node = draw(PATHS)
    quiet = draw(
        st.sampled_from(
            [
                (),
                (Silence(node, START, START + 30 * HOUR, "李娜", "割接", id=1),),
                (Silence(node, START, START + 2 * HOUR, "李娜", "割接", id=1, approver="张伟"),),
            ]
        )
    )
    history = History(draw(plans()), quiet)
    for number in range(draw(st.integers(1, 7))):
        history.counts[START // HOUR * HOUR + number * HOUR] = draw(st.sampled_from([None, 0, 6, 90]))
        given_signals = [
            signal(
                rule=kind,
                kind=kind,
                node=path,
                exact=draw(st.booleans()),
                level=draw(LEVELS),
                observed=draw(st.integers(1, 500)),
                window_start=signal().window_start + number,
                subject=(("id", f"{number}/{i}"),) if kind == "tagged" else (),
                detail={"score": 5.0} if kind == "seasonal_surge" else {},
            )
            for i, (path, kind) in enumerate(draw(st.lists(st.tuples(PATHS, KINDS), max_size=5)))
        ]
        history.come(given_signals)
        no_two_nest(history.book)
        for minutes in draw(st.lists(st.sampled_from([1, 11, 60, 250, 1600]), max_size=3)):
            history.now += minutes * MINUTE
            history.tick()
            no_two_nest(history.book)
        for id, kind in draw(st.lists(st.tuples(st.integers(1, 4), CLICKS), max_size=2)):
            history.click(id, kind)
    return history


def one_cause_is_told_once(pages: tuple[Page, ...]) -> None:
    """No two pages of one decision tell of nodes of one incident, below the root, that lie in each other."""
    told = [page for page in pages if page.told and not page.reason.folds]
    branches = []
    for page in told:
        counting = [one for one in page.signals if not one.subject]
        nodes = {one.node for one in counting if one.node}
        branches.append({branch_of([one for one in counting if one.node == node]) for node in nodes})
    for i, page in enumerate(told):
        for j in range(i):
            if page.incidents == told[j].incidents:
                assert not any(related(a, b) for a in branches[i] for b in branches[j])


def no_two_nest(book: Book) -> None:
    nodes = [one.node for one in book.open]
    assert not any(related(a, b) for i, a in enumerate(nodes) for b in nodes[:i])


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_nothing_is_lost_doubled_nested_unexplained_or_unanswered(history: History) -> None:
    every_signal_is_in_one_page_and_one_incident(history)
    what_tells_nobody_says_why(history)
    nothing_is_decided_twice(history)
    somebody_is_always_called(history)
    unknown_hours_resolve_nothing(history)
    for id, events in history.events.items():
        assert fold(id, events) == history.book[id]


def every_signal_is_in_one_page_and_one_incident(history: History) -> None:
    paged = Counter(one.identity for page in history.pages for one in page.signals)
    assert paged == Counter(list(history.signals))
    exempt = {one.identity for p in history.pages if p.reason is Reason.EXEMPT for one in p.signals}
    owned = Counter(s for id in range(1, history.book.next_id) for s in history.book[id].signals)
    assert owned == Counter(identity for identity in history.signals if identity not in exempt)


def what_tells_nobody_says_why(history: History) -> None:
    for page in history.pages:
        if not page.told:
            assert page.muted_by or page.reason in {Reason.TELLS_NOBODY, Reason.NO_CONTACT}, page
        if page.muted_by is None or page.reason is Reason.EXEMPT:
            continue
        approved = page.reason is Reason.SILENCED and "approved by" in page.muted_by
        assert approved or all(statistical(one) for one in page.signals)


def nothing_is_decided_twice(history: History) -> None:
    assert len({page.key for page in history.pages}) == len(history.pages)
    for id in range(1, history.book.next_id):
        keys = [one.key for one in history.book[id].log]
        assert len(set(keys)) == len(keys)


def somebody_is_always_called(history: History) -> None:
    """Whoever nobody answers for is called, and in the end the operators know that nobody is left."""
    waiting = [one.id for one in history.book.open if one.state.unanswered]
    before = history.now
    # Unknown hours, so that nothing is over before a step that waits for Monday was taken.
    history.known_until = before
    for _ in range(90):
        history.now += 50 * MINUTE
        history.tick()
    for id in waiting:
        incident = history.book[id]
        if not incident.state.unanswered:
            continue
        since = str(incident.calling_since)
        calls = [one for one in incident.events(Kind.ESCALATED, Kind.EXHAUSTED) if one.fact("since") == since]
        quiet = any(one.quiets(incident, then) for one in history.quiet for then in (before, history.now))
        anew = incident.calling_since > before
        assert quiet or anew or any(one.kind is Kind.EXHAUSTED and one.fact("to") for one in calls)
        assert all(one.fact("to") or one.why for one in calls)


def unknown_hours_resolve_nothing(history: History) -> None:
    for id in range(1, history.book.next_id):
        incident = history.book[id]
        verdict = None
        for one in incident.log:
            if one.kind is Kind.MEASURED:
                verdict = one.fact("verdict")
            if one.kind is Kind.RESOLVED and not one.by:
                assert verdict == Verdict.NORMAL
        assert incident.state is not State.RESOLVED or incident.resolved_at is not None
