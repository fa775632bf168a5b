"""Who is told: from a level's roles and a node to contacts and their addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from alerts.page import Told
from alerts.plan import Contact, Department, ResponsePlan, Role
from connectors.ticket import Path

# The first name of a drill's nodes: no ticket is ever counted there, so that a drill meets no real incident.
DRILL: Final = "〔演练 DRILL〕"


def is_drill(node: Path) -> bool:
    """The node is that of an exercise."""
    return node[:1] == (DRILL,)


def meant(node: Path) -> Path:
    """The node that the plan is asked about: an exercise stands for a real one."""
    return node[1:] if is_drill(node) else node


def covers(node: Path, other: Path) -> bool:
    """`other` is the node or lies below it."""
    return other[: len(node)] == node


def shared(nodes: Sequence[Path]) -> Path:
    """The path that all nodes share."""
    first, last = min(nodes), max(nodes)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


def responsible(plan: ResponsePlan, node: Path) -> tuple[Department, ...]:
    """The department that answers for a node: the deepest match at or above it.

    Where none is, it is unclear who answers, and the departments of all nodes below work together (T8).
    """
    node = meant(node)
    for depth in range(len(node), -1, -1):
        found = plan.departments_at(node[:depth])
        if found:
            return found
    return _distinct(
        department for department in plan.departments if any(covers(node, mine) for mine in department.nodes)
    )


def told(plan: ResponsePlan, roles: Iterable[str], departments: Iterable[Department]) -> tuple[Told, ...]:
    """Everybody who fills these roles, at their primary address; a role that nobody fills is left out."""
    answering = tuple(departments)
    found: dict[Told, None] = {}
    for name in dict.fromkeys(roles):
        role = plan.role(name)
        for contact in _fillers(plan, role, answering):
            for channel, address in list(contact.addresses.items())[:1]:
                found.setdefault(Told(name, contact.name, channel, address, contact.language))
    return tuple(found)


def fills(
    plan: ResponsePlan, contact: Contact, roles: Iterable[str], departments: Iterable[Department]
) -> bool:
    """Whether a person fills one of these roles, with an address or without."""
    answering = tuple(departments)
    return any(contact in _fillers(plan, plan.role(name), answering) for name in roles)


def others(plan: ResponsePlan, told: Told) -> tuple[Told, ...]:
    """The same person and role on each of their other channels, in the order of their addresses."""
    contact = plan.contact(told.contact)
    addresses = {} if contact is None else contact.addresses
    return tuple(
        replace(told, channel=channel, address=address)
        for channel, address in addresses.items()
        if channel != told.channel
    )


def named(contact: Contact, role: str = "") -> tuple[Told, ...]:
    """Somebody by their own name, who may fill no role, at their primary address."""
    primary = list(contact.addresses.items())[:1]
    return tuple(
        Told(role or contact.name, contact.name, channel, address, contact.language)
        for channel, address in primary
    )


def unreached(roles: Iterable[str], told: Iterable[Told]) -> tuple[str, ...]:
    """The roles that nobody fills."""
    filled = {one.role for one in told}
    return tuple(name for name in dict.fromkeys(roles) if name not in filled)


def _fillers(plan: ResponsePlan, role: Role, departments: tuple[Department, ...]) -> list[Contact]:
    names = list(role.contacts)
    if role.by_department:
        names += [name for department in departments for name in department.contacts.get(role.name, ())]
    contacts = (plan.contact(name) for name in dict.fromkeys(names))
    return [contact for contact in contacts if contact is not None]


def _distinct(departments: Iterable[Department]) -> tuple[Department, ...]:
    found: list[Department] = []
    for department in departments:
        if department not in found:
            found.append(department)
    return tuple(found)
