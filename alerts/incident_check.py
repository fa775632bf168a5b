"""Whether what a plan says of incidents fits together: names, circles, times; and gaps that lie ahead.

Pure questions of one plan, as in `alerts.crosscheck`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from alerts.catalogue import Sentence
from alerts.incident_plan import EscalationPolicy, Override, Schedule
from alerts.incidents.escalation import chain
from alerts.oncall import gaps
from alerts.plan import Level, ResponsePlan, Role
from alerts.workdays import Workdays, known_country, wrong_day
from connectors.ticket import Path

KeyPath = tuple[str | int, ...]
Finding = tuple[KeyPath, Sentence]

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
        *unknown_names(plan.silences.approvers, plan.contacts, ("silences", "approvers"), "contact"),
        *unknown_names(plan.incidents.verify, plan.roles, ("incidents", "verify"), "role"),
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
            sentence = Sentence("check.gap", schedule=named(schedule), start=start, end=end)
            found.append((("schedules", i), sentence))
        if len(open_times) > MOST_GAPS:
            more = len(open_times) - MOST_GAPS
            facts = {"schedule": named(schedule), "more": str(more), "days": str(AHEAD.days)}
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
        yield from unknown_names(policy.levels, plan.levels, (*at, "levels"), "level")
        for j, node in enumerate(policy.nodes):
            if len(node) > depth:
                yield (*at, "nodes", j), too_deep(node, depth)
        if not policy.steps:
            yield (*at, "steps"), Sentence("plan.policy.no_step", policy=policy.name)
        before = timedelta()
        for j, step in enumerate(policy.steps):
            here = (*at, "steps", j)
            yield from unknown_names(step.roles, plan.roles, (*here, "roles"), "role")
            yield from unknown_names(step.schedules, plan.schedules, (*here, "schedules"), "schedule")
            yield from unknown_names(step.contacts, plan.contacts, (*here, "contacts"), "contact")
            if step.channel is not None:
                yield from unknown_names(
                    [step.channel], plan.channels, (*here, "channel"), "channel", at_item=False
                )
            if not (step.roles or step.schedules or step.contacts):
                yield here, Sentence("plan.policy.nobody")
            if step.after < before:
                yield (*here, "after"), Sentence("plan.policy.order")
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
            known = (*names, *STATES) if what == "deadline" else tuple(names)
            facts = {"what": Sentence(f"plan.noun.{what}"), "name": following, "known": known}
            yield (table, i, key), Sentence("plan.no_following", **facts)
            continue
        way = [name]
        while following is not None and following in after and following not in way:
            way.append(following)
            following = after[following]
        if following == name:
            yield (table, i, key), Sentence("plan.circle", circle=" -> ".join((*way, name)))


def _schedules(plan: ResponsePlan) -> Iterator[Finding]:
    for i, schedule in enumerate(plan.schedules):
        at: KeyPath = ("schedules", i)
        if not schedule.rotations and not schedule.overrides:
            yield (*at, "rotations"), Sentence("plan.schedule.nobody", schedule=schedule.name)
        for j, rotation in enumerate(schedule.rotations):
            here = (*at, "rotations", j)
            yield from unknown_names(rotation.contacts, plan.contacts, (*here, "contacts"), "contact")
            if not rotation.contacts:
                yield (*here, "contacts"), Sentence("plan.schedule.no_turn")
        for j, override in enumerate(schedule.overrides):
            here = (*at, "overrides", j)
            yield from unknown_names(
                [override.contact], plan.contacts, (*here, "contact"), "contact", at_item=False
            )
            if override.to <= override.from_:
                yield (*here, "to"), Sentence("plan.schedule.backwards")


def _deadlines(plan: ResponsePlan) -> Iterator[Finding]:
    for i, rule in enumerate(plan.deadlines):
        at: KeyPath = ("deadlines", i)
        yield from unknown_names(rule.levels, plan.levels, (*at, "levels"), "level")
        yield from unknown_names(rule.tell, plan.roles, (*at, "tell"), "role")
        yield from unknown_names(rule.escalate, plan.roles, (*at, "escalate"), "role")
        if (rule.within is None) == (rule.working_days is None):
            yield at, Sentence("plan.deadline.either", deadline=rule.name)
        if rule.within is not None and rule.within <= timedelta():
            yield (*at, "within"), Sentence("plan.deadline.no_time")


def _workdays(plan: ResponsePlan) -> Iterator[Finding]:
    problem = wrong_day(plan.workdays.days)
    if problem is not None:
        yield ("workdays", "days"), problem
    if plan.workdays.country != "CN" and not known_country(plan.workdays.country):
        yield ("workdays", "country"), Sentence("plan.day.country", country=plan.workdays.country)


def _empty_steps(plan: ResponsePlan) -> Iterator[Finding]:
    for i, policy in enumerate(plan.escalation):
        for j, step in enumerate(policy.steps):
            reached = step.schedules or any(_filled(plan, role) for role in step.roles)
            contacts = (plan.contact(name) for name in step.contacts)
            if not reached and not any(one is not None and one.addresses for one in contacts):
                yield ("escalation", i, "steps", j), Sentence("plan.policy.empty_step")


def _uncalled(plan: ResponsePlan) -> Iterator[Finding]:
    if not plan.escalation:
        return
    everywhere = [policy for policy in plan.escalation if () in policy.nodes]
    for i, level in enumerate(plan.levels):
        held = any(not policy.levels or level.name in policy.levels for policy in everywhere)
        if level.notify and not held:
            yield ("levels", i, "name"), Sentence("plan.level.uncalled", level=named(level))


def _at_some_hours_only(plan: ResponsePlan) -> Iterator[Finding]:
    """Policies of the highest level that call nobody in or off business hours."""
    highest = plan.levels[-1].name if plan.levels else ""
    for i, policy in enumerate(plan.escalation):
        steps = [step for _, _, step in chain(plan, policy)]
        hours = {step.hours for step in steps}
        if hours not in ({"business"}, {"off"}) or (policy.levels and highest not in policy.levels):
            continue
        when = "off" if hours == {"business"} else "at"
        then = "waits" if any(step.outside_hours == "wait" for step in steps) else "operators"
        facts = {"when": Sentence(f"plan.policy.{when}"), "then": Sentence(f"plan.policy.{then}")}
        yield ("escalation", i, "steps"), Sentence("plan.policy.some_hours", policy=named(policy), **facts)


def too_deep(node: Path, depth: int) -> Sentence:
    """What is said of a node that lies below the tree's lowest level."""
    return Sentence("plan.node.deep", node=" > ".join(node), names=len(node), levels=depth)


def named(row: EscalationPolicy | Level | Role | Schedule) -> str:
    """Its name, by which it is found in the file, and how it is printed where that is something else."""
    titles = sorted({*row.title.values()} - {row.name})
    return f"{row.name} ({', '.join(titles)})" if titles else row.name


def _filled(plan: ResponsePlan, name: str) -> bool:
    role = plan.role(name)
    names = [*role.contacts]
    if role.by_department:
        names += [c for department in plan.departments for c in department.contacts.get(name, ())]
    return any(contact is not None and contact.addresses for contact in map(plan.contact, names))


def _counts_workdays(plan: ResponsePlan) -> bool:
    steps = (step for policy in plan.escalation for step in policy.steps)
    return any(rule.working_days for rule in plan.deadlines) or any(step.hours != "always" for step in steps)


def unknown_names(
    names: Iterable[str], known: Iterable[object], key: KeyPath, what: str, *, at_item: bool = True
) -> Iterator[Finding]:
    """Names that no row has; `what` they are names of, in the singular of its table."""
    there = tuple(getattr(row, "name", "") for row in known)
    for i, name in enumerate(names):
        if name in there:
            continue
        facts = {"what": Sentence(f"plan.noun.{what}"), "name": name}
        sentence = (
            Sentence("plan.unknown", **facts, known=there)
            if there
            else Sentence("plan.unknown_of_none", **facts, table=f"{what}s")
        )
        yield (*key, i) if at_item else key, sentence
