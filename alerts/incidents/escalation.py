"""What is due while nobody answers for an incident: the next step of its policy, and the end of the chain.

A step is due so long after the one before as their `after` lie apart; the first so long after the incident
was opened, reopened, rose in level, or its acknowledgement ended. A step that reaches nobody, because its
schedule has a gap, its roles have no contact or its hours are others, holds nobody up: the next is due at
that moment. Where its hours are others it waits for them, unless it is to be skipped, and is paged then if
still nobody has answered; steps that waited follow each other at their usual distance.

So long after the last step as it would be repeated in, the operators are told that nobody has answered: the
chain never ends silently. Where all steps wait for their hours, that is after those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts import routing
from alerts.incident_plan import EscalationPolicy, Override, Step
from alerts.incidents.branch import covers, node_of
from alerts.incidents.event import Event, Kind, Why, event_key
from alerts.incidents.incident import Incident
from alerts.incidents.people import Title, facts_of
from alerts.oncall import on_call
from alerts.page import Told
from alerts.plan import Contact, ResponsePlan
from alerts.workdays import Workdays
from connectors.ticket import MICROSECOND, at_us

# A chain of policies is followed this far; the check of the plan refuses circles.
MOST_POLICIES: Final = 20


@dataclass(frozen=True)
class Calls:
    """What decides who can be reached at an instant.

    Attributes
    ----------
    overrides : people who stand in beside those of the configuration, by schedule
    """

    plan: ResponsePlan
    workdays: Workdays
    overrides: tuple[tuple[str, Override], ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The business zone."""
        return self.workdays.zone

    def reaches(self, step: Step, incident: Incident, at: int) -> tuple[Told, ...]:
        """Everybody whom a step pages at an instant; nobody outside its hours."""
        return self._named(step, incident, at) if self.holds(step, at) else ()

    def may_reach(self, step: Step, incident: Incident, at: int) -> bool:
        """Somebody would be paged in its hours, as far as can be told now: a schedule changes."""
        return bool(step.schedules or self._named(step, incident, at))

    def _named(self, step: Step, incident: Incident, at: int) -> tuple[Told, ...]:
        departments = routing.responsible(self.plan, node_of(incident.node))
        found: dict[Told, None] = {}
        for role in step.roles:
            found.update(dict.fromkeys(routing.told(self.plan, [role], departments)))
        for name in step.schedules:
            found.update(dict.fromkeys(self._told(name, self.on_call(name, at_us(at)))))
        found.update(dict.fromkeys(told for name in step.contacts for told in self._told(name, [name])))
        return tuple(dict.fromkeys(self._on(step.channel, told) for told in found))

    def holds(self, step: Step, at: int) -> bool:
        """The step's hours are now."""
        return step.hours == "always" or self.workdays.open(at) == (step.hours == "business")

    def on_call(self, schedule: str, at: datetime) -> tuple[str, ...]:
        """Contacts that are on call by a schedule."""
        known = next((one for one in self.plan.schedules if one.name == schedule), None)
        if known is None:
            return ()
        mine = [override for name, override in self.overrides if name == schedule]
        return on_call(known, at, zone=self.zone, overrides=mine)

    def _told(self, role: str, contacts: Iterable[str]) -> Iterator[Told]:
        for contact in filter(None, map(self.plan.contact, contacts)):
            yield from routing.named(contact, role)

    def _on(self, channel: str | None, told: Told) -> Told:
        """The same person on the step's channel, where they have an address there."""
        contact: Contact | None = self.plan.contact(told.contact)
        if channel is None or contact is None or channel not in contact.addresses:
            return told
        return replace(told, channel=channel, address=contact.addresses[channel])


@dataclass(frozen=True)
class Due:
    """A step that is due: its event, and whom it pages; nobody where it is skipped."""

    event: Event
    told: tuple[Told, ...]


def policy_of(plan: ResponsePlan, incident: Incident) -> EscalationPolicy | None:
    """The policy of an incident's level whose node is the deepest match; the first written of several.

    For a level that tells nobody there is none that does not name it.
    """
    node = routing.meant(node_of(incident.node))
    told = bool(plan.level(incident.level).notify)
    found = [
        (-len(mine), i)
        for i, policy in enumerate(plan.escalation)
        for mine in policy.nodes
        if covers(mine, node) and (incident.level in policy.levels or (told and not policy.levels))
    ]
    return plan.escalation[min(found)[1]] if found else None


def asked_since(incident: Incident, plan: ResponsePlan) -> int | None:
    """Since when somebody is to answer for an incident that nobody has answered; None while nobody is.

    A level that tells nobody asks nobody, unless a policy names it; where steps wait for their hours, the
    first that called somebody asks.
    """
    if policy_of(plan, incident) is None and not plan.level(incident.level).notify:
        return None
    taken = _taken(incident)
    if not any(event.fact("waits") for event in taken):
        return incident.waiting_since
    return min((event.at for event in taken if event.fact("to")), default=None)


def chain(plan: ResponsePlan, policy: EscalationPolicy) -> list[tuple[timedelta, str, Step]]:
    """All steps to the end: time since the one before, name of the policy, step."""
    steps: list[tuple[timedelta, str, Step]] = []
    current: EscalationPolicy | None = policy
    for _ in range(MOST_POLICIES):
        if current is None:
            break
        for turn in range(current.repeat + 1):
            before = timedelta()
            for i, step in enumerate(current.steps):
                first_again = turn > 0 and i == 0
                gap = current.repeat_after if first_again else step.after - before
                steps.append((max(timedelta(), gap), current.name, step))
                before = step.after
        name = current.then
        current = next((one for one in plan.escalation if one.name == name), None)
    return steps


def due(incident: Incident, calls: Calls, *, now: int) -> list[Due]:
    """The steps of an unanswered incident that are due by now: those that reach nobody, and one that does.

    What was missed while nobody looked is made up for in order, a step at a time.
    """
    policy = policy_of(calls.plan, incident)
    if policy is None or not incident.state.unanswered:
        return []
    walk = _Walk(incident, calls, chain(calls.plan, policy), policy.repeat_after, now)
    return [*walk.forward(), *walk.waited()]


@dataclass(frozen=True)
class _Walk:
    """The chain of an incident since nobody answers for it."""

    incident: Incident
    calls: Calls
    steps: Sequence[tuple[timedelta, str, Step]]
    patience: timedelta
    now: int

    @property
    def since(self) -> int:
        return self.incident.calling_since

    @property
    def taken(self) -> list[Event]:
        """What has been done of the chain, in order."""
        return _taken(self.incident)

    def forward(self) -> list[Due]:
        """The next steps in order, up to one that reaches somebody; or the end of the chain."""
        taken = [event for event in self.taken if not event.fact("waited")]
        at = max((event.at for event in taken), default=self.since)
        at_once = bool(taken) and bool(taken[-1].fact("skipped"))
        found: list[Due] = []
        for number in range(len(taken), len(self.steps)):
            gap = timedelta() if at_once else self.steps[number][0]
            if at + gap // MICROSECOND > self.now:
                return found
            found.append(self._step(number))
            if found[-1].told:
                return found
            at, at_once = self.now, True
        if len(taken) <= len(self.steps) and self._ended([one.event for one in found]):
            found.append(self._exhausted())
        return found

    def waited(self) -> list[Due]:
        """The first of the steps that wait, where its hours are now; each so long after the one before."""
        waiting = _waiting(self.taken)
        if not waiting:
            return []
        number = (waiting[0].number("step") or 1) - 1
        before = [event.at for event in self.taken if event.fact("waited")]
        gap = self.steps[number][0] // MICROSECOND if before else 0
        early = max(before, default=self.now) + gap > self.now
        holds = self.calls.holds(self.steps[number][2], self.now)
        return [self._step(number, waited=True)] if holds and not early else []

    def _ended(self, more: Sequence[Event]) -> bool:
        """The whole chain is done, and its last step long enough ago.

        As long as steps wait, and nobody was called but others that had waited, the plan means their hours.
        """
        taken = [*self.taken, *more]
        called = any(event.fact("to") and not event.fact("waited") for event in taken)
        if _waiting(taken) and not called:
            return False
        at_once = bool(taken) and bool(taken[-1].fact("skipped"))
        at = taken[-1].at if taken else self.since
        return at_once or at + self.patience // MICROSECOND <= self.now

    def _step(self, number: int, *, waited: bool = False) -> Due:
        _, policy, step = self.steps[number]
        told = self.calls.reaches(step, self.incident, self.now)
        others = not self.calls.holds(step, self.now) and self.calls.may_reach(step, self.incident, self.now)
        waits = others and step.outside_hours == "wait"
        facts = (
            ("since", str(self.since)),
            ("policy", policy),
            ("step", str(number + 1)),
            *facts_of("to", told, _title(self.calls)),
            ("skipped", "" if told else "yes"),
            *((("waits", "yes"),) if waits else ()),
            *((("waited", "yes"),) if waited else ()),
        )
        why = "" if told else Why.OUTSIDE_HOURS if others else Why.EMPTY_STEP
        what = (self.since, number, "waited") if waited else (self.since, number)
        key = event_key(self.incident.key, Kind.ESCALATED, *what)
        return Due(Event(key, Kind.ESCALATED, self.now, why=why, facts=facts), told)

    def _exhausted(self) -> Due:
        plan = self.calls.plan
        told = routing.told(plan, plan.operators, plan.departments)
        facts = (("since", str(self.since)), *facts_of("to", told, _title(self.calls)))
        key = event_key(self.incident.key, Kind.EXHAUSTED, self.since)
        return Due(Event(key, Kind.EXHAUSTED, self.now, facts=facts), told)


def _taken(incident: Incident) -> list[Event]:
    """What has been done of the chain since nobody answers, in order."""
    since = str(incident.calling_since)
    return [one for one in incident.events(Kind.ESCALATED, Kind.EXHAUSTED) if one.fact("since") == since]


def _waiting(taken: Iterable[Event]) -> list[Event]:
    """The steps that wait for their hours."""
    events = list(taken)
    done = {event.fact("step") for event in events if event.fact("waited")}
    return [event for event in events if event.fact("waits") and event.fact("step") not in done]


def _title(calls: Calls) -> Title:
    return lambda role, language: calls.plan.role(role).titled(language)
