"""Whether the names of a plan fit together: mistakes that stop it, and gaps that `check` warns of.

Pure questions of one plan. A key is a path as the config reader writes it, ("levels", 2, "notify", 0) for
`levels[2].notify[0]`, so that file and line can be added there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from alerts.catalogue import Sentence
from alerts.incident_check import incident_problems, incident_warnings, named, too_deep, unknown_names
from alerts.plan import TABLES, Department, ExemptEvent, PlannedChange, ResponsePlan
from connectors.ticket import Path

# Tables whose rows are known by their names.
NAMED: Final = (
    *("levels", "roles", "contacts", "channels", "departments"),
    *("escalation", "schedules", "deadlines"),
)

KeyPath = tuple[str | int, ...]
Finding = tuple[KeyPath, Sentence]


def problems(plan: ResponsePlan, *, depth: int) -> list[Finding]:
    """What is wrong with a plan for a taxonomy of `depth` levels: (key, sentence), in the tables' order."""
    return [
        *_repeated_names(plan),
        *_titles(plan),
        *_levels(plan),
        *_roles(plan),
        *_contacts(plan),
        *_departments(plan, depth),
        *_exempt_events(plan.exempt_events, depth),
        *_planned_changes(plan, depth),
        *unknown_names(plan.alerts.operators, plan.roles, ("alerts", "operators"), "role"),
        *unknown_names(plan.alerts.digest_to, plan.roles, ("alerts", "digest_to"), "role"),
        *incident_problems(plan, depth=depth),
    ]


def warnings(plan: ResponsePlan) -> list[Finding]:
    """What a plan leaves open: levels that tell nobody, roles and contacts that nothing reaches."""
    return [
        *(
            (("levels", i, "notify"), Sentence("plan.level.silent", level=named(level)))
            for i, level in enumerate(plan.levels)
            if not level.notify
        ),
        *_unfilled_roles(plan),
        *(
            (("contacts", i, "addresses"), Sentence("plan.contact.no_address", contact=contact.name))
            for i, contact in enumerate(plan.contacts)
            if not contact.addresses
        ),
        *_no_operators(plan),
        *incident_warnings(plan),
    ]


def _levels(plan: ResponsePlan) -> Iterator[Finding]:
    if not plan.levels:
        yield ("levels",), Sentence("plan.level.none")
    for i, level in enumerate(plan.levels):
        yield from unknown_names(level.notify, plan.roles, ("levels", i, "notify"), "role")
        yield from language_problems(level.steps, ("levels", i, "steps"))


def _roles(plan: ResponsePlan) -> Iterator[Finding]:
    for i, role in enumerate(plan.roles):
        yield from unknown_names(role.contacts, plan.contacts, ("roles", i, "contacts"), "contact")
        if role.by_department and not plan.departments:
            yield ("roles", i, "by_department"), Sentence("plan.role.no_departments")


def _contacts(plan: ResponsePlan) -> Iterator[Finding]:
    for i, contact in enumerate(plan.contacts):
        for channel, address in contact.addresses.items():
            key = ("contacts", i, "addresses", channel)
            yield from unknown_names([channel], plan.channels, key, "channel", at_item=False)
            if not address.strip():
                yield key, Sentence("plan.contact.empty", contact=contact.name)


def _departments(plan: ResponsePlan, depth: int) -> Iterator[Finding]:
    for i, department in enumerate(plan.departments):
        yield from _nodes(department.nodes, depth, ("departments", i, "nodes"))
        yield from _department_contacts(plan, department, ("departments", i, "contacts"))


def _department_contacts(plan: ResponsePlan, department: Department, key: KeyPath) -> Iterator[Finding]:
    for role_name, contacts in department.contacts.items():
        yield from unknown_names([role_name], plan.roles, (*key, role_name), "role", at_item=False)
        yield from unknown_names(contacts, plan.contacts, (*key, role_name), "contact")
        role = next((role for role in plan.roles if role.name == role_name), None)
        if role is not None and not role.by_department:
            yield (
                (*key, role_name),
                Sentence("plan.role.not_by_department", role=role_name),
            )


def _exempt_events(events: Sequence[ExemptEvent], depth: int) -> Iterator[Finding]:
    for i, event in enumerate(events):
        yield from _nodes(event.nodes, depth, ("exempt_events", i, "nodes"))
        if not event.nodes:
            yield ("exempt_events", i, "nodes"), Sentence("plan.event.no_node")
        if event.to <= event.from_:
            facts = {"end": event.to.isoformat(), "start": event.from_.isoformat()}
            yield ("exempt_events", i, "to"), Sentence("plan.event.backwards", event=event.name, **facts)
        for name in ("reason", "author"):
            if not getattr(event, name).strip():
                yield ("exempt_events", i, name), Sentence("plan.event.unsigned")


def _planned_changes(plan: ResponsePlan, depth: int) -> Iterator[Finding]:
    for i, change in enumerate(plan.planned_changes):
        yield from _nodes(change.nodes, depth, ("planned_changes", i, "nodes"))
        yield from _change_time(change, ("planned_changes", i))
        if change.department is not None:
            key = ("planned_changes", i, "department")
            yield from unknown_names([change.department], plan.departments, key, "department", at_item=False)


def _change_time(change: PlannedChange, key: KeyPath) -> Iterator[Finding]:
    if change.at is not None and (change.from_ is not None or change.to is not None):
        yield (*key, "at"), Sentence("plan.change.either")
    elif change.at is None and change.from_ is None:
        yield key, Sentence("plan.change.no_time", change=change.name)
    elif change.from_ is not None and change.to is not None and change.to < change.from_:
        facts = {"end": change.to.isoformat(), "start": change.from_.isoformat()}
        yield (*key, "to"), Sentence("plan.change.backwards", change=change.name, **facts)


def _unfilled_roles(plan: ResponsePlan) -> Iterator[Finding]:
    told = {name for level in plan.levels for name in level.notify} | set(plan.alerts.operators)
    for i, role in enumerate(plan.roles):
        if role.name not in told:
            continue
        if role.by_department:
            for j, department in enumerate(plan.departments):
                if not _reaches(plan, department.contacts.get(role.name, ())):
                    key = ("departments", j, "contacts", role.name)
                    facts = {"department": department.name, "role": named(role)}
                    yield key, Sentence("plan.role.unfilled_in", **facts)
        elif not _reaches(plan, role.contacts):
            yield ("roles", i, "contacts"), Sentence("plan.role.unfilled", role=named(role))


def _no_operators(plan: ResponsePlan) -> Iterator[Finding]:
    if plan.levels and not plan.operators:
        yield ("alerts", "operators"), Sentence("plan.no_operators")


def _reaches(plan: ResponsePlan, names: Iterable[str]) -> bool:
    contacts = (plan.contact(name) for name in names)
    return any(contact is not None and contact.addresses for contact in contacts)


def _repeated_names(plan: ResponsePlan) -> Iterator[Finding]:
    for table in NAMED:
        seen: dict[str, int] = {}
        for i, row in enumerate(getattr(plan, table)):
            if not row.name.strip():
                yield (table, i, "name"), Sentence("config.name.empty")
            elif row.name in seen:
                facts = {"name": f'"{row.name}"', "other": f"{table}[{seen[row.name]}]"}
                yield (table, i, "name"), Sentence("config.name.twice", **facts)
            seen.setdefault(row.name, i)


def _titles(plan: ResponsePlan) -> Iterator[Finding]:
    for table in TABLES:
        for i, row in enumerate(getattr(plan, table)):
            yield from language_problems(getattr(row, "title", {}), (table, i, "title"))


def language_problems(texts: Iterable[str], key: KeyPath) -> Iterator[Finding]:
    """Texts by language are in those that pages are written in."""
    for language in texts:
        if language not in {"zh", "en"}:
            yield (*key, language), Sentence("plan.language", language=language)


def _nodes(nodes: Iterable[Path], depth: int, key: KeyPath) -> Iterator[Finding]:
    for i, node in enumerate(nodes):
        if len(node) > depth:
            yield (*key, i), too_deep(node, depth)
        if any(name != name.strip() or not name for name in node):
            yield (*key, i), Sentence("plan.node.untrimmed")
