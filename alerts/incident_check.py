"""Whether what a plan says of incidents fits together: names, circles, times; and gaps that lie ahead.

Pure questions of one plan, as in `alerts.crosscheck`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from alerts.catalogue import Sentence
from alerts.incident_plan import Override
from alerts.incidents.escalation import chain
from alerts.oncall import gaps
from alerts.plan import ResponsePlan
from alerts.workdays import Workdays, known_country, wrong_day

KeyPath = tuple[str | int, ...]
Finding = tuple[KeyPath, str]

# A schedule is looked at so far ahead.
AHEAD: Final = timedelta(days=30)
MOST_GAPS: Final = 3
STATES: Final = ("opened", "acknowledged", "handled", "resolved")


def incident_problems(plan: ResponsePlan, *, depth: int) -> list[Finding]:
    """What is wrong: (key, sentence)."""
    return [
        *_policies(plan, depth),
        *_circles(plan),
        *_schedules(plan),
        *_deadlines(plan),
        *_names(plan.silences.approvers, plan.contacts, ("silences", "approvers"), "contact"),
        *_names(plan.incidents.verify, plan.roles, ("incidents", "verify"), "role"),
        *_workdays(plan),
    ]


def incident_warnings(plan: ResponsePlan) -> list[Finding]:
    """What is open, whatever the time: steps that reach nobody, levels for which nobody is called."""
    return [*_empty_steps(plan), *_uncalled(plan), *_at_some_hours_only(plan)]


def ahead(
    plan: ResponsePlan,
    workdays: Workdays,
    *,
    now: datetime,
    overrides: Iterable[tuple[str, Override]] = (),
) -> list[Finding]:
    """What lies ahead: times in which nobody is on call, days of which nobody knows if they are worked."""
    found: list[Finding] = []
    standing_in = tuple(overrides)
    used = {name for policy in plan.escalation for step in policy.steps for name in step.schedules}
    for i, schedule in enumerate(plan.schedules):
        if schedule.name not in used:
            continue
        mine = [override for name, override in standing_in if name == schedule.name]
        open_times = gaps(schedule, now, now + AHEAD, zone=workdays.zone, overrides=mine)
        for gap in open_times[:MOST_GAPS]:
            start, end = (f"{at.astimezone(workdays.zone):%Y-%m-%d %H:%M}" for at in (gap.start, gap.end))
            sentence = Sentence("check.gap", schedule=schedule.name, start=start, end=end)
            found.append((("schedules", i), sentence))
        if len(open_times) > MOST_GAPS:
            more = len(open_times) - MOST_GAPS
            facts = {"schedule": schedule.name, "more": str(more), "days": str(AHEAD.days)}
            found.append((("schedules", i), Sentence("check.more_gaps", **facts)))
    if _counts_workdays(plan):
        last = (now + AHEAD).astimezone(workdays.zone).date()
        if not workdays.confirmed(last):
            facts = {"year": str(last.year), "country": plan.workdays.country}
            found.append((("workdays",), Sentence("check.workdays", **facts)))
    return found


def _policies(plan: ResponsePlan, depth: int) -> Iterator[Finding]:
    for i, policy in enumerate(plan.escalation):
        at: KeyPath = ("escalation", i)
        yield from _names(policy.levels, plan.levels, (*at, "levels"), "level")
        for j, node in enumerate(policy.nodes):
            if len(node) > depth:
                sentence = f"{' > '.join(node)} has {len(node)} names, and the taxonomy has {depth} levels"
                yield (*at, "nodes", j), sentence
        if not policy.steps:
            yield (*at, "steps"), f"{policy.name} has no step; add an [[escalation.steps]] table"
        before = timedelta()
        for j, step in enumerate(policy.steps):
            here = (*at, "steps", j)
            yield from _names(step.roles, plan.roles, (*here, "roles"), "role")
            yield from _names(step.schedules, plan.schedules, (*here, "schedules"), "schedule")
            yield from _names(step.contacts, plan.contacts, (*here, "contacts"), "contact")
            if step.channel is not None:
                yield from _named(step.channel, plan.channels, (*here, "channel"), "channel")
            if not (step.roles or step.schedules or step.contacts):
                yield here, "names nobody; give roles, schedules or contacts"
            if step.after < before:
                yield (
                    (*here, "after"),
                    "is less than that of the step before; write the steps in rising order",
                )
            before = step.after


def _circles(plan: ResponsePlan) -> Iterator[Finding]:
    after = {policy.name: policy.then for policy in plan.escalation}
    yield from _circle(after, "escalation", "then", "policy", [policy.name for policy in plan.escalation])
    clocks = {rule.name: rule.after for rule in plan.deadlines if rule.after not in STATES}
    yield from _circle(
        {rule.name: clocks.get(rule.name) for rule in plan.deadlines},
        "deadlines",
        "after",
        "deadline",
        [rule.name for rule in plan.deadlines],
    )


def _circle(
    after: dict[str, str | None], table: str, key: str, what: str, names: list[str]
) -> Iterator[Finding]:
    for i, name in enumerate(names):
        following = after[name]
        if following is None:
            continue
        if following not in after:
            has = f"there are: {', '.join(names)}" + (f", {', '.join(STATES)}" if what == "deadline" else "")
            yield (table, i, key), f'no {what} named "{following}"; {has}'
            continue
        way = [name]
        while following is not None and following in after and following not in way:
            way.append(following)
            following = after[following]
        if following == name:
            circle = " -> ".join((*way, name))
            yield (table, i, key), f"goes in a circle: {circle}; leave one of them out"


def _schedules(plan: ResponsePlan) -> Iterator[Finding]:
    for i, schedule in enumerate(plan.schedules):
        at: KeyPath = ("schedules", i)
        if not schedule.rotations and not schedule.overrides:
            yield (*at, "rotations"), f"{schedule.name} has nobody; add a [[schedules.rotations]] table"
        for j, rotation in enumerate(schedule.rotations):
            here = (*at, "rotations", j)
            yield from _names(rotation.contacts, plan.contacts, (*here, "contacts"), "contact")
            if not rotation.contacts:
                yield (*here, "contacts"), "names nobody; list the contacts in the order of their turns"
        for j, override in enumerate(schedule.overrides):
            here = (*at, "overrides", j)
            yield from _named(override.contact, plan.contacts, (*here, "contact"), "contact")
            if override.to <= override.from_:
                yield (*here, "to"), "is not after its start"


def _deadlines(plan: ResponsePlan) -> Iterator[Finding]:
    for i, rule in enumerate(plan.deadlines):
        at: KeyPath = ("deadlines", i)
        yield from _names(rule.levels, plan.levels, (*at, "levels"), "level")
        yield from _names(rule.tell, plan.roles, (*at, "tell"), "role")
        yield from _names(rule.escalate, plan.roles, (*at, "escalate"), "role")
        if (rule.within is None) == (rule.working_days is None):
            yield at, f"{rule.name}: give either `within` or `working_days`"
        if rule.within is not None and rule.within <= timedelta():
            yield (*at, "within"), "is no time at all; give a length above zero"


def _workdays(plan: ResponsePlan) -> Iterator[Finding]:
    problem = wrong_day(plan.workdays.days)
    if problem is not None:
        yield ("workdays", "days"), problem
    if plan.workdays.country != "CN" and not known_country(plan.workdays.country):
        yield (
            ("workdays", "country"),
            f'no holidays are known of "{plan.workdays.country}"; give two letters, or "" for none',
        )


def _empty_steps(plan: ResponsePlan) -> Iterator[Finding]:
    for i, policy in enumerate(plan.escalation):
        for j, step in enumerate(policy.steps):
            reached = step.schedules or any(_filled(plan, role) for role in step.roles)
            contacts = (plan.contact(name) for name in step.contacts)
            if not reached and not any(one is not None and one.addresses for one in contacts):
                yield (
                    ("escalation", i, "steps", j),
                    "reaches nobody, and would be skipped at once; give its roles a contact with an address",
                )


def _uncalled(plan: ResponsePlan) -> Iterator[Finding]:
    if not plan.escalation:
        return
    everywhere = [policy for policy in plan.escalation if () in policy.nodes]
    for i, level in enumerate(plan.levels):
        held = any(not policy.levels or level.name in policy.levels for policy in everywhere)
        if level.notify and not held:
            sentence = (
                f"{level.name}: no escalation policy holds for it everywhere; "
                "an incident that nobody answers may stay so"
            )
            yield ("levels", i, "name"), sentence


def _at_some_hours_only(plan: ResponsePlan) -> Iterator[Finding]:
    """Policies of the highest level that call nobody in or off business hours."""
    highest = plan.levels[-1].name if plan.levels else ""
    for i, policy in enumerate(plan.escalation):
        steps = [step for _, _, step in chain(plan, policy)]
        hours = {step.hours for step in steps}
        if hours not in ({"business"}, {"off"}) or (policy.levels and highest not in policy.levels):
            continue
        when = "off business hours" if hours == {"business"} else "at business hours"
        waits = any(step.outside_hours == "wait" for step in steps)
        then = (
            "an incident waits for its steps' hours"
            if waits
            else "only the operators are told of an incident"
        )
        yield (
            ("escalation", i, "steps"),
            f"{policy.name}: nobody is called {when}, not even at the highest level; {then}",
        )


def _filled(plan: ResponsePlan, name: str) -> bool:
    role = plan.role(name)
    names = [*role.contacts]
    if role.by_department:
        names += [c for department in plan.departments for c in department.contacts.get(name, ())]
    return any(contact is not None and contact.addresses for contact in map(plan.contact, names))


def _counts_workdays(plan: ResponsePlan) -> bool:
    steps = (step for policy in plan.escalation for step in policy.steps)
    return any(rule.working_days for rule in plan.deadlines) or any(step.hours != "always" for step in steps)


def _names(names: Iterable[str], rows: Iterable[object], key: KeyPath, what: str) -> Iterator[Finding]:
    known = [getattr(row, "name", "") for row in rows]
    for i, name in enumerate(names):
        if name not in known:
            has = f"the plan has: {', '.join(known)}" if known else "the plan has none"
            yield (*key, i), f'no {what} named "{name}"; {has}'


def _named(name: str, rows: Iterable[object], key: KeyPath, what: str) -> Iterator[Finding]:
    yield from ((key, sentence) for _, sentence in _names([name], rows, key, what))
