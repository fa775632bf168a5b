"""What is due while nobody answers for an incident: the next step of its policy, and the end of the chain.

A step is due so long after the one before as their `after` lie apart; the first so long after the incident
was opened, reopened, rose in level, or its acknowledgement ended. A step that reaches nobody, because its
schedule has a gap, its roles have no contact or its hours are others, is skipped at once: the next is due at
that moment.
So long after the last step as it would be repeated in, the operators are told that nobody has answered: the
chain never ends silently.
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
        if step.hours != "always" and self.workdays.open(at) != (step.hours == "business"):
            return ()
        departments = routing.responsible(self.plan, node_of(incident.node))
        found: dict[Told, None] = {}
        for role in step.roles:
            found.update(dict.fromkeys(routing.told(self.plan, [role], departments)))
        for name in step.schedules:
            found.update(dict.fromkeys(self._told(name, self.on_call(name, at_us(at)))))
        found.update(dict.fromkeys(told for name in step.contacts for told in self._told(name, [name])))
        return tuple(dict.fromkeys(self._on(step.channel, told) for told in found))

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
    """The steps of an unanswered incident that are due by now: those that are skipped, and one that is not.

    What was missed while nobody looked is made up for in order, a step at a time.
    """
    policy = policy_of(calls.plan, incident)
    if policy is None or not incident.state.unanswered:
        return []
    since, steps = incident.calling_since, chain(calls.plan, policy)
    taken = [
        event
        for event in incident.events(Kind.ESCALATED, Kind.EXHAUSTED)
        if event.fact("since") == str(since)
    ]
    at = max((event.at for event in taken), default=since)
    skipped = bool(taken) and bool(taken[-1].fact("skipped"))
    found: list[Due] = []
    for number in range(len(taken), len(steps) + 1):
        patience = policy.repeat_after if number == len(steps) else steps[number][0]
        gap = timedelta() if skipped else patience
        if at + gap // MICROSECOND > now:
            break
        if number == len(steps):
            found.append(_exhausted(incident, calls, since=since, now=now))
            break
        found.append(_step(incident, calls, steps, number, since=since, now=now))
        skipped, at = not found[-1].told, now
        if not skipped:
            break
    return found


def _step(
    incident: Incident,
    calls: Calls,
    steps: Sequence[tuple[timedelta, str, Step]],
    number: int,
    *,
    since: int,
    now: int,
) -> Due:
    _, policy, step = steps[number]
    told = calls.reaches(step, incident, now)
    always = calls.reaches(replace(step, hours="always"), incident, now)
    why = "" if told else Why.OUTSIDE_HOURS if always else Why.EMPTY_STEP
    facts = (
        ("since", str(since)),
        ("policy", policy),
        ("step", str(number + 1)),
        *facts_of("to", told, _title(calls)),
        ("skipped", "" if told else "yes"),
    )
    key = event_key(incident.key, Kind.ESCALATED, since, number)
    return Due(Event(key, Kind.ESCALATED, now, why=why, facts=facts), told)


def _exhausted(incident: Incident, calls: Calls, *, since: int, now: int) -> Due:
    told = routing.told(calls.plan, calls.plan.operators, calls.plan.departments)
    facts = (("since", str(since)), *facts_of("to", told, _title(calls)))
    key = event_key(incident.key, Kind.EXHAUSTED, since)
    return Due(Event(key, Kind.EXHAUSTED, now, facts=facts), told)


def _title(calls: Calls) -> Title:
    return lambda role, language: calls.plan.role(role).titled(language)
