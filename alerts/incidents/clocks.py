"""Deadlines as clocks on an incident: set, reminded of before their end, missed, met.

Beside the plan's `[[deadlines]]`, a level's `report_within` and `solution_within` are clocks named `report`
and `solution`; the shortest `turnaround` of the departments that answer is one named `turnaround`. A clock is
met by an event of its `met_by`, by the field of that name or of its own name, or by somebody who says so; it
may be met late.

A clock that runs from the opening runs from when the incident came to the level that asks for it: whoever is
told of a rise has the time that the page says. A stricter level brings a clock's end forward, never back. One
that runs from a state runs anew when the incident comes to that state again, and not while it has left it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from alerts import routing
from alerts.incident_plan import DeadlineRule
from alerts.incidents.branch import node_of
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Deadline, Incident
from alerts.plan import ResponsePlan
from alerts.workdays import Workdays
from connectors.ticket import MICROSECOND

STATES: Final = {
    "acknowledged": Kind.ACKNOWLEDGED,
    "handled": Kind.HANDLED,
    "resolved": Kind.RESOLVED,
}


def rules_for(plan: ResponsePlan, incident: Incident) -> list[DeadlineRule]:
    """The clocks that the plan sets on an incident, its own tables last."""
    level = plan.level(incident.level)
    implied = [
        DeadlineRule(name, within=within, met_by=met_by)
        for name, within, met_by in (
            ("report", level.report_within, "report"),
            ("solution", level.solution_within, "solution"),
            ("turnaround", _turnaround(plan, incident) if level.notify else None, "handled"),
        )
        if within is not None
    ]
    # What a level only records has no clocks but those that name it.
    own = [
        rule for rule in plan.deadlines if incident.level in rule.levels or (level.notify and not rule.levels)
    ]
    written = {rule.name for rule in own}
    return [*(rule for rule in implied if rule.name not in written), *own]


def ticked(incident: Incident, plan: ResponsePlan, workdays: Workdays, *, now: int) -> list[Event]:
    """What the clocks call for now: each set, met, reminded of and missed once."""
    if incident.merged_into is not None or incident.events(Kind.EXEMPTED):
        return []
    events: list[Event] = []
    rules = rules_for(plan, incident)
    for rule in rules:
        clock, start = incident.deadline(rule.name), _start(incident, rule, plan)
        if start is None:
            continue
        if clock is None or _anew(incident, rule, clock, start):
            due_at = _end(rule, start, workdays)
            if clock is None or rule.after in STATES or due_at < clock.due_at:
                facts = (("due_at", str(due_at)), ("start", str(start)), *_unsure(rule, due_at, workdays))
                events.append(_event(incident, Kind.DUE, rule=rule, at=now, start=start, facts=facts))
                clock = Deadline(rule.name, due_at, start)
        events += _running(incident, rule, clock, now)
    return [*events, *_left(incident, plan, {rule.name for rule in rules}, now)]


def answered(incident: Incident, plan: ResponsePlan) -> list[Event]:
    """What meets a clock by now: also late, when nobody looks after the incident any more."""
    met: list[Event] = []
    for rule in rules_for(plan, incident):
        clock = incident.deadline(rule.name)
        at = None if clock is None or clock.met_at is not None else _met(incident, rule)
        if clock is not None and at is not None:
            facts = (("due_at", str(clock.due_at)),)
            met.append(_event(incident, Kind.MET, rule=rule, at=at, start=clock.started_at, facts=facts))
    return met


def _left(incident: Incident, plan: ResponsePlan, asked: Collection[str], now: int) -> Iterator[Event]:
    """Clocks of a level that the incident has left: each still ends, met or missed, and nobody is called."""
    for clock in incident.deadlines:
        if clock.name not in asked and clock.met_at is None:
            written = (rule for rule in plan.deadlines if rule.name == clock.name)
            rule = next(written, DeadlineRule(clock.name))
            yield from (one for one in _running(incident, rule, clock, now) if one.kind is not Kind.REMINDED)


def _running(incident: Incident, rule: DeadlineRule, clock: Deadline, now: int) -> list[Event]:
    facts = (("due_at", str(clock.due_at)),)
    event = partial(_event, incident, rule=rule, start=clock.started_at, facts=facts)
    met = None if clock.met_at is not None else _met(incident, rule)
    if met is not None:
        return [event(Kind.MET, at=met)]
    if not clock.running:
        return []
    if now >= clock.due_at:
        return [event(Kind.MISSED, at=now)]
    if clock.reminded_at is None and now >= clock.due_at - rule.remind // MICROSECOND:
        return [event(Kind.REMINDED, at=now)]
    return []


def _start(incident: Incident, rule: DeadlineRule, plan: ResponsePlan) -> int | None:
    """When the clock begins to run; None where that has not happened, or holds no more."""
    if rule.after == "opened":
        return _asked(incident, rule, plan)
    if rule.after in STATES:
        # Of several, the last: what was reopened is handled, and over, anew.
        last = max((event.at for event in incident.events(STATES[rule.after])), default=None)
        left = last is not None and incident.reopened_at is not None and incident.reopened_at >= last
        return None if left else last
    before = incident.deadline(rule.after)
    return None if before is None else before.met_at


def _anew(incident: Incident, rule: DeadlineRule, clock: Deadline, start: int) -> bool:
    """The clock has begun to run once more: after a reopening, or at a higher level."""
    if clock.met_at is not None or start <= clock.started_at:
        return False
    return clock.running if rule.after == "opened" else clock.started_at < (incident.reopened_at or 0)


def _asked(incident: Incident, rule: DeadlineRule, plan: ResponsePlan) -> int:
    """Since when the incident is at a level with this very rule."""
    for event in incident.log:
        if event.level is not None and rule in rules_for(plan, replace(incident, level=event.level)):
            return event.at
    return incident.opened_at


def _end(rule: DeadlineRule, start: int, workdays: Workdays) -> int:
    if rule.working_days is not None:
        return workdays.after(start, rule.working_days)
    return start + (rule.within or timedelta()) // MICROSECOND


def _unsure(rule: DeadlineRule, due_at: int, workdays: Workdays) -> tuple[tuple[str, str], ...]:
    sure = rule.working_days is None or workdays.sure_until(due_at)
    return () if sure else (("unconfirmed", "yes"),)


def _met(incident: Incident, rule: DeadlineRule) -> int | None:
    if rule.met_by in STATES:
        return max((event.at for event in incident.events(STATES[rule.met_by])), default=None)
    names = {rule.name, rule.met_by} - {""}
    filled = (
        event.at
        for event in incident.events(Kind.FILLED)
        if event.fact("field") in names and event.fact("value")
    )
    return min(filled, default=None)


def _turnaround(plan: ResponsePlan, incident: Incident) -> timedelta | None:
    answering = routing.responsible(plan, node_of(incident.node))
    return min((one.turnaround for one in answering if one.turnaround is not None), default=None)


def _event(
    incident: Incident,
    kind: Kind,
    *,
    rule: DeadlineRule,
    at: int,
    start: int,
    facts: Iterable[tuple[str, str]],
) -> Event:
    key = event_key(incident.key, kind, rule.name, start)
    # The plan's own words for it, so that every later reader of the story has them.
    titles = ((f"deadline_{language}", text) for language, text in sorted(rule.title.items()))
    return Event(key, kind, at, facts=(("deadline", rule.name), *facts, *titles))
