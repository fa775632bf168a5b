"""Whether the names of a plan fit together: mistakes that stop it, and gaps that `check` warns of.

Pure questions of one plan. A key is a path as the config reader writes it, ("levels", 2, "notify", 0) for
`levels[2].notify[0]`, so that file and line can be added there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from alerts.incident_check import incident_problems, incident_warnings
from alerts.plan import Department, ExemptEvent, PlannedChange, ResponsePlan, Role
from connectors.ticket import Path

# Tables whose rows are known by their names.
NAMED: Final = (
    *("levels", "roles", "contacts", "channels", "departments"),
    *("escalation", "schedules", "deadlines"),
)

KeyPath = tuple[str | int, ...]
Finding = tuple[KeyPath, str]


def problems(plan: ResponsePlan, *, depth: int) -> list[Finding]:
    """What is wrong with a plan for a taxonomy of `depth` levels: (key, sentence), in the tables' order."""
    return [
        *_repeated_names(plan),
        *_levels(plan),
        *_roles(plan),
        *_contacts(plan),
        *_departments(plan, depth),
        *_exempt_events(plan.exempt_events, depth),
        *_planned_changes(plan, depth),
        *_unknown(plan.alerts.operators, plan.roles, ("alerts", "operators"), "role"),
        *_unknown(plan.alerts.digest_to, plan.roles, ("alerts", "digest_to"), "role"),
        *incident_problems(plan, depth=depth),
    ]


def warnings(plan: ResponsePlan) -> list[Finding]:
    """What a plan leaves open: levels that tell nobody, roles and contacts that nothing reaches."""
    return [
        *(
            (("levels", i, "notify"), f"{level.name} tells nobody: its signals are stored and page no one")
            for i, level in enumerate(plan.levels)
            if not level.notify
        ),
        *_unfilled_roles(plan),
        *(
            (("contacts", i, "addresses"), f"{contact.name} has no address; add one of a channel")
            for i, contact in enumerate(plan.contacts)
            if not contact.addresses
        ),
        *_no_operators(plan),
        *incident_warnings(plan),
    ]


def _levels(plan: ResponsePlan) -> Iterator[Finding]:
    if not plan.levels:
        yield ("levels",), "a plan has at least one level; add a [[levels]] table"
    for i, level in enumerate(plan.levels):
        yield from _unknown(level.notify, plan.roles, ("levels", i, "notify"), "role")
        yield from _languages(level.steps, ("levels", i, "steps"))
        yield from _languages(level.title, ("levels", i, "title"))


def _roles(plan: ResponsePlan) -> Iterator[Finding]:
    for i, role in enumerate(plan.roles):
        yield from _unknown(role.contacts, plan.contacts, ("roles", i, "contacts"), "contact")
        yield from _languages(role.title, ("roles", i, "title"))
        if role.by_department and not plan.departments:
            yield (
                ("roles", i, "by_department"),
                "it is found from the department, and the plan has none; add a [[departments]] table",
            )


def _contacts(plan: ResponsePlan) -> Iterator[Finding]:
    for i, contact in enumerate(plan.contacts):
        for channel, address in contact.addresses.items():
            key = ("contacts", i, "addresses", channel)
            yield from _unknown([channel], plan.channels, key, "channel", at_item=False)
            if not address.strip():
                yield (
                    key,
                    f"the address of {contact.name} is empty; write it, or leave it out",
                )


def _departments(plan: ResponsePlan, depth: int) -> Iterator[Finding]:
    for i, department in enumerate(plan.departments):
        yield from _nodes(department.nodes, depth, ("departments", i, "nodes"))
        yield from _department_contacts(plan, department, ("departments", i, "contacts"))


def _department_contacts(plan: ResponsePlan, department: Department, key: KeyPath) -> Iterator[Finding]:
    for role_name, contacts in department.contacts.items():
        yield from _unknown([role_name], plan.roles, (*key, role_name), "role", at_item=False)
        yield from _unknown(contacts, plan.contacts, (*key, role_name), "contact")
        role = next((role for role in plan.roles if role.name == role_name), None)
        if role is not None and not role.by_department:
            yield (
                (*key, role_name),
                f"{role_name} is not found from the department; set by_department = true in its table",
            )


def _exempt_events(events: Sequence[ExemptEvent], depth: int) -> Iterator[Finding]:
    for i, event in enumerate(events):
        yield from _nodes(event.nodes, depth, ("exempt_events", i, "nodes"))
        if not event.nodes:
            yield ("exempt_events", i, "nodes"), "names no node; list the nodes, or write [[]] for everything"
        if event.to <= event.from_:
            yield (
                ("exempt_events", i, "to"),
                f"{event.name} ends at {event.to.isoformat()}, not after its start {event.from_.isoformat()}",
            )
        for name in ("reason", "author"):
            if not getattr(event, name).strip():
                yield (
                    ("exempt_events", i, name),
                    "is empty; what takes signals out of the plan says why and by whom",
                )


def _planned_changes(plan: ResponsePlan, depth: int) -> Iterator[Finding]:
    for i, change in enumerate(plan.planned_changes):
        yield from _nodes(change.nodes, depth, ("planned_changes", i, "nodes"))
        yield from _change_time(change, ("planned_changes", i))
        if change.department is not None:
            key = ("planned_changes", i, "department")
            yield from _unknown([change.department], plan.departments, key, "department", at_item=False)


def _change_time(change: PlannedChange, key: KeyPath) -> Iterator[Finding]:
    if change.at is not None and (change.from_ is not None or change.to is not None):
        yield (*key, "at"), "give either `at`, or `from` and `to`"
    elif change.at is None and change.from_ is None:
        yield key, f"{change.name} has no time; give `at`, or `from` and `to`"
    elif change.from_ is not None and change.to is not None and change.to < change.from_:
        yield (
            (*key, "to"),
            f"{change.name} ends at {change.to.isoformat()}, before its start {change.from_.isoformat()}",
        )


def _unfilled_roles(plan: ResponsePlan) -> Iterator[Finding]:
    told = {name for level in plan.levels for name in level.notify} | set(plan.alerts.operators)
    for i, role in enumerate(plan.roles):
        if role.name not in told:
            continue
        if role.by_department:
            for j, department in enumerate(plan.departments):
                if not _reaches(plan, department.contacts.get(role.name, ())):
                    key = ("departments", j, "contacts", role.name)
                    yield key, f"{department.name} has no contact with an address for {_named(role)}"
        elif not _reaches(plan, role.contacts):
            yield (
                ("roles", i, "contacts"),
                f"{_named(role)} has no contact with an address, and would not be told",
            )


def _no_operators(plan: ResponsePlan) -> Iterator[Finding]:
    if plan.levels and not plan.operators:
        yield ("alerts", "operators"), "nobody is told when a source goes blind or a page cannot be delivered"


def _reaches(plan: ResponsePlan, names: Iterable[str]) -> bool:
    contacts = (plan.contact(name) for name in names)
    return any(contact is not None and contact.addresses for contact in contacts)


def _named(role: Role) -> str:
    titles = sorted(set(role.title.values()))
    return f"{role.name} ({', '.join(titles)})" if titles else role.name


def _repeated_names(plan: ResponsePlan) -> Iterator[Finding]:
    for table in NAMED:
        seen: dict[str, int] = {}
        for i, row in enumerate(getattr(plan, table)):
            if not row.name.strip():
                yield (table, i, "name"), "is empty; give it a name"
            elif row.name in seen:
                yield (
                    (table, i, "name"),
                    f'"{row.name}" is the name of {table}[{seen[row.name]}] too; rename one',
                )
            seen.setdefault(row.name, i)


def _unknown(
    names: Iterable[str], known: Iterable[object], key: KeyPath, what: str, *, at_item: bool = True
) -> Iterator[Finding]:
    there = [getattr(row, "name", "") for row in known]
    for i, name in enumerate(names):
        if name not in there:
            has = (
                f"the plan has: {', '.join(there)}"
                if there
                else f"the plan has none; add a [[{what}s]] table"
            )
            yield (*key, i) if at_item else key, f'no {what} named "{name}"; {has}'


def _languages(texts: Iterable[str], key: KeyPath) -> Iterator[Finding]:
    for language in texts:
        if language not in {"zh", "en"}:
            yield (*key, language), f'no language "{language}"; pages are written in zh and en'


def _nodes(nodes: Iterable[Path], depth: int, key: KeyPath) -> Iterator[Finding]:
    for i, node in enumerate(nodes):
        if len(node) > depth:
            yield (
                (*key, i),
                f"{' > '.join(node)} has {len(node)} names, and the taxonomy has {depth} levels",
            )
        if any(name != name.strip() or not name for name in node):
            yield (
                (*key, i),
                "a name in the path is empty or has spaces at its ends, and no ticket is ever there; trim it",
            )
