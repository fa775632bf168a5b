"""Pages that an incident makes without a new signal: what is due, and why. Pure.

They have no signals of their own: `about` names the most important ones, so that each stays in one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from alerts import routing
from alerts.incidents.book import Book
from alerts.incidents.branch import node_of
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident
from alerts.incidents.people import facts_of
from alerts.page import Page, Reason, Told, TrendHour, key_of
from alerts.plan import ResponsePlan
from detectors.signal import Signal

# The page that an event makes.
REASONS: Final = {
    Kind.ESCALATED: Reason.ESCALATED,
    Kind.EXHAUSTED: Reason.EXHAUSTED,
    Kind.LAPSED: Reason.LAPSED,
    Kind.MEASURED: Reason.MEASURED,
    Kind.REOPENED: Reason.REOPENED,
    Kind.RESOLVED: Reason.RESOLVED,
    Kind.REMINDED: Reason.DEADLINE_NEAR,
    Kind.MISSED: Reason.DEADLINE_MISSED,
}


def page_of(
    incident: Incident,
    event: Event,
    *,
    plan: ResponsePlan,
    now: int,
    told: Sequence[Told] | None = None,
    about: tuple[Signal, ...] = (),
    trend: tuple[TrendHour, ...] = (),
) -> Page:
    """The page of an event; `told` is by default whom the incident's level tells."""
    readers = tuple(told) if told is not None else level_tells(plan, incident)
    roles = dict.fromkeys(one.role for one in readers)
    return Page(
        key=key_of("event", event.key),
        at=now,
        reason=REASONS[event.kind],
        level=incident.level,
        node=node_of(incident.node),
        told=readers,
        titles=plan.titles(roles),
        trend=trend,
        subject=(*_about_incident(incident, plan, event), *event.facts, ("why", str(event.why))),
        about=about,
        incidents=(incident.id,),
        change=str(event.kind),
    )


def paged(book: Book, page: Page) -> None:
    """A page is part of the story of each incident that it tells of."""
    told = facts_of("told", page.told, page.title)
    facts = (("page", page.key), *told, ("muted_by", page.muted_by or ""))
    for id in page.incidents:
        key = event_key(book[id].key, Kind.PAGED, page.key)
        book.tell(id, Event(key, Kind.PAGED, page.at, why=page.reason, facts=facts))


def was_told(incident: Incident, contact: str) -> bool:
    """Whether a page of the incident went to somebody, by whatever role."""
    return any(
        one.rpartition(": ")[2] == contact
        for event in incident.events(Kind.PAGED)
        for one in event.fact("told").split(", ")
    )


def level_tells(plan: ResponsePlan, incident: Incident) -> tuple[Told, ...]:
    """Everybody whom the incident's level tells."""
    return role_tells(plan, incident, plan.level(incident.level).notify)


def role_tells(plan: ResponsePlan, incident: Incident, roles: Iterable[str]) -> tuple[Told, ...]:
    """Everybody who fills these roles for the incident; operators where there are some and nobody does."""
    wanted = tuple(roles)
    departments = routing.responsible(plan, node_of(incident.node))
    found = routing.told(plan, wanted, departments)
    return found if found or not wanted else routing.told(plan, plan.operators, departments)


def _about_incident(incident: Incident, plan: ResponsePlan, event: Event) -> tuple[tuple[str, str], ...]:
    rule = next((one for one in plan.deadlines if one.name == event.fact("deadline")), None)
    titles = rule.title if rule is not None else {}
    return (
        ("incident", str(incident.id)),
        ("state", str(incident.state)),
        ("opened_at", str(incident.opened_at)),
        ("waiting_since", str(incident.waiting_since)),
        ("owner", incident.assignee or ""),
        ("handled_by", incident.handled_by or ""),
        *((f"deadline_{language}", text) for language, text in sorted(titles.items())),
    )


def named(plan: ResponsePlan, *contacts: str | None) -> tuple[Told, ...]:
    """People by their own names, who may be in no role."""
    known = [contact for name in contacts if name and (contact := plan.contact(name)) is not None]
    return tuple(told for contact in known for told in routing.named(contact))


def together(pages: Sequence[Page], plan: ResponsePlan) -> list[Page]:
    """One page for all incidents that call the same people for the same reason at the same time."""
    groups: dict[tuple[Reason, tuple[Told, ...], str], list[Page]] = {}
    for page in pages:
        groups.setdefault((page.reason, page.told, page.fact("deadline")), []).append(page)
    return [_one(group, plan) for group in groups.values()]


def _one(pages: Sequence[Page], plan: ResponsePlan) -> Page:
    first, *others = sorted(pages, key=lambda page: (-plan.rank(page.level), page.incidents))
    if not others:
        return first
    return replace(
        first,
        key=key_of("together", *sorted(page.key for page in pages)),
        incidents=tuple(id for page in (first, *others) for id in page.incidents),
        subject=(*first.subject, ("others", str(len(others)))),
        about=tuple(signal for page in (first, *others) for signal in page.about),
    )


def distinct(told: Sequence[Told]) -> tuple[Told, ...]:
    """Each person once on each channel, though they fill several roles; the first role stands."""
    found: dict[tuple[str, str, str], Told] = {}
    for one in told:
        found.setdefault((one.contact, one.channel, one.address), one)
    return tuple(found.values())
