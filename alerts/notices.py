"""Pages that the monitor makes about itself: blind sources, undeliverable pages, tests. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from alerts import routing
from alerts.catalogue import LANGUAGES, in_language
from alerts.page import Facts, Page, Reason, Told, key_of
from alerts.plan import ResponsePlan
from connectors.ticket import to_us


def source_blind(source: str, *, since: datetime, error: str, plan: ResponsePlan, now: datetime) -> Page:
    """A source has told nothing complete since `since`: its hours are unknown, not zero."""
    facts = (("source", source), ("since", _text(since)), *_in_languages("error", error))
    key = key_of(Reason.SOURCE_BLIND.name, source, _text(since))
    return _to_operators(Reason.SOURCE_BLIND, key, facts, plan, now)


def source_recovered(source: str, *, since: datetime, plan: ResponsePlan, now: datetime) -> Page:
    """A source that was blind since `since` is complete again; its signals follow, however late."""
    facts = (("source", source), ("since", _text(since)))
    key = key_of(Reason.SOURCE_RECOVERED.name, source, _text(since))
    return _to_operators(Reason.SOURCE_RECOVERED, key, facts, plan, now)


def undeliverable(page: Page, told: Told, *, error: str, plan: ResponsePlan, now: datetime) -> Page:
    """A page did not reach somebody and will not be tried again by itself.

    Each operator is told on the first channel that is not the one that failed. A notice that cannot be
    delivered itself tells nobody, so that a dead channel makes no endless chain; it stays in `status`.
    """
    facts = (
        ("role", told.role),
        ("contact", told.contact),
        ("channel", told.channel),
        *_in_languages("error", error),
        ("page", page.key),
    )
    key = key_of(Reason.UNDELIVERABLE.name, page.key, told.channel, told.address)
    notice = _to_operators(Reason.UNDELIVERABLE, key, facts, plan, now)
    readers = () if page.reason is Reason.UNDELIVERABLE else _beside(plan, notice.told, told.channel)
    return replace(
        notice,
        level=page.level,
        node=page.node,
        about=page.signals,
        told=readers,
        titles=plan.titles(dict.fromkeys((*plan.operators, told.role))),
        sample=page.sample,
    )


def trial(role: str, *, plan: ResponsePlan, now: datetime, author: str = "") -> Page:
    """A page that is marked as a test, to everybody who fills a role, in every department that fills it."""
    readers = routing.told(plan, [role], plan.departments)
    return Page(
        key=key_of(Reason.TEST.name, role, str(to_us(now))),
        at=to_us(now),
        reason=Reason.TEST,
        told=readers,
        unreached=routing.unreached([role], readers),
        titles=plan.titles([role]),
        subject=(("role", role), ("author", author)),
    )


def _to_operators(reason: Reason, key: str, facts: Facts, plan: ResponsePlan, now: datetime) -> Page:
    readers = routing.told(plan, plan.operators, plan.departments)
    return Page(
        key=key,
        at=to_us(now),
        reason=reason,
        told=readers,
        unreached=routing.unreached(plan.operators, readers),
        titles=plan.titles(plan.operators),
        subject=facts,
    )


def _beside(plan: ResponsePlan, readers: Iterable[Told], failed: str) -> tuple[Told, ...]:
    """The same people, on another channel than the one that failed where they have one."""
    moved = []
    for one in readers:
        contact = plan.contact(one.contact)
        addresses = {} if contact is None else contact.addresses
        other = [(channel, address) for channel, address in addresses.items() if channel != failed]
        channel, address = other[0] if other else (one.channel, one.address)
        moved.append(replace(one, channel=channel, address=address))
    return tuple(moved)


def _in_languages(name: str, text: str) -> Facts:
    """A fact, and where the catalogue has it in other languages too, the same for their readers."""
    others = [(language, in_language(text, language)) for language in LANGUAGES]
    return ((name, str(text)), *((f"{name}.{lang}", said) for lang, said in others if said != text))


def _text(at: datetime) -> str:
    return str(to_us(at))
