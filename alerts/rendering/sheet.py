"""What a page says: its words in one language, before they become text, blocks or mail.

The first line is what a locked phone shows. Sections follow in the order in which somebody who has just been
woken needs them: what and where, the rest of the signals, what changed nearby, what to do, who else knows,
and the hours in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from alerts.catalogue import enumerated
from alerts.page import NearbyChange, Page, Reason
from alerts.rendering import audited, digested, incident_words, phrases, trend
from alerts.rendering.explained import made_of
from alerts.rendering.headline import LISTING, headline, notices, of_signals
from alerts.rendering.moments import Moments
from alerts.rendering.next_steps import steps
from alerts.rendering.widths import clean
from alerts.rendering.writing import Row, Writing
from detectors.signal import Signal

# Pages whose facts have a module of their own.
_FACTS: Final[Mapping[Reason, Callable[[Page, Moments], Iterator[Row]]]] = {
    Reason.AUDIT: audited.lines,
    Reason.DIGEST: digested.facts,
    **dict.fromkeys(incident_words.REASONS, incident_words.facts),
}


class Style(Enum):
    """How a section is set."""

    FACTS = "facts"
    LIST = "list"
    STEPS = "steps"
    CHART = "chart"


@dataclass(frozen=True)
class Section:
    """Rows under a title."""

    title: str
    rows: tuple[Row, ...]
    style: Style


@dataclass(frozen=True)
class Sheet:
    """All words of a page in one language, on single lines, in order of need."""

    language: str
    headline: str
    notices: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: str


def sheet(page: Page, *, language: str, zone: ZoneInfo, buttons: bool = False) -> Sheet:
    """The words of a page; with `buttons` its reader acts by those, and asks by `/complaints`."""
    writing = Writing(page.printed(language), language, Moments(language, zone, page.at), buttons)
    sections = (
        Section("", tuple(_facts(writing)), Style.FACTS),
        Section(writing.say("label.signals", n=len(_listed(writing))), tuple(_signals(writing)), Style.LIST),
        Section(writing.say("label.changes"), tuple(_changes(writing)), Style.LIST),
        Section(writing.say("label.steps"), tuple(steps(writing)), Style.STEPS),
        Section(writing.say("label.told"), tuple(_told(writing)), Style.LIST),
        Section(writing.say("label.hours"), tuple(trend.rows(page.trend, writing.moments)), Style.CHART),
    )
    return Sheet(
        language=language,
        headline=headline(writing),
        notices=tuple(notices(writing)),
        sections=tuple(section for section in sections if section.rows),
        footer=_footer(writing),
    )


def _footer(writing: Writing) -> str:
    zone, incident = writing.moments.zone_line(), writing.page.incident
    key = "footer.page" if incident is None else "footer.incident"
    return writing.say(key, zone=zone, key=writing.page.key[:8], incident=incident)


def _facts(writing: Writing) -> Iterator[Row]:
    for name, text in _rows(writing):
        yield writing.say(f"label.{name}"), text


def _rows(writing: Writing) -> Iterator[Row]:
    page = writing.page
    if page.reason in {Reason.SOURCE_BLIND, Reason.SOURCE_RECOVERED}:
        yield "source", writing.fact("source")
        yield "since", writing.moment("since")
    elif page.reason is Reason.UNDELIVERABLE:
        yield "missed", _missed(writing)
    elif page.reason in LISTING:
        yield "branch", phrases.whole_path(page.node, writing.language)
        for text in digested.listed(page, writing.moments, total=len(page.incidents)):
            yield "incident", text
        if page.reason is Reason.SILENCE_ENDED:
            yield from incident_words.silence(page, writing.moments)
    elif page.reason in _FACTS:
        yield from _FACTS[page.reason](page, writing.moments)
    elif page.reason is Reason.DRILL:
        yield "where", phrases.whole_path(page.node, writing.language)
    elif page.reason is Reason.TEST:
        yield "role", writing.label(page.title(page.fact("role"), writing.language))
    elif page.signals:
        yield from _facts_of_signals(writing)
    for name in ("error", "author"):
        if page.fact(name):
            yield name, writing.label(writing.said(name), 400)


def _facts_of_signals(writing: Writing) -> Iterator[Row]:
    page, first = writing.page, writing.page.signals[0]
    if page.reason.folds:
        yield "branch", phrases.whole_path(page.node, writing.language)
        if page.fact("source"):
            yield "source", writing.fact("source")
        if page.fact("tickets").isdecimal():
            yield "tickets", writing.say("body.tickets", n=int(page.fact("tickets")))
    else:
        yield "where", phrases.place_of(first, writing.language)
        yield "count", phrases.measured(first, writing.moments)
        for text in made_of(first, writing.language):
            yield "made_of", text
        if page.fact("copies"):
            key = "body.copies_by_one" if page.fact("copies_by_one") else "body.copies"
            copies, compared = int(page.fact("copies")), int(page.fact("compared"))
            yield "copies", writing.say(key, copies=copies, compared=compared)
        yield "window", phrases.window(first, writing.moments)
        yield (
            "detected" if "detected_at" in first.detail else "crossed",
            phrases.crossed(first, writing.moments),
        )
        if page.trend:
            yield "trend", trend.lately(page.trend, writing.moments)
    yield from _responsible(writing)
    if len(page.signals) == 1:
        yield "rule", writing.label(first.rule)


def _responsible(writing: Writing) -> Iterator[Row]:
    duties = writing.page.duties
    if len(duties) == 1 and duties[0].due_at is not None:
        due, name = writing.moments.near(duties[0].due_at), writing.label(duties[0].department)
        yield "department", writing.say("body.department_due", name=name, due=due)
    elif len(duties) == 1:
        yield "department", writing.say("body.department", name=writing.label(duties[0].department))
    elif duties:
        names = writing.label(enumerated(writing.language, (clean(duty.department) for duty in duties)), 300)
        key = "departments" if writing.page.reason.folds else "departments_unclear"
        yield "department", writing.say(f"body.{key}", names=names)


def _missed(writing: Writing) -> str:
    page = writing.page
    if not page.about:
        return writing.label(page.fact("page"))
    return of_signals(writing, page.about, writing.level(page.level))


def _listed(writing: Writing) -> tuple[Signal, ...]:
    """The signals that the page names one by one."""
    return writing.page.about if writing.page.reason in LISTING else writing.page.signals


def _signals(writing: Writing) -> Iterator[Row]:
    page, listed = writing.page, _listed(writing)
    lists = page.reason.folds or page.reason in LISTING
    if len(listed) == 1 and not lists:
        return
    groups = {(signal.node, signal.exact) for signal in listed}
    nodes = {signal.node for signal in listed}
    for signal in listed:
        # A page of one node has said the whole path already.
        node = signal.node if lists or len(nodes) > 1 else signal.node[-1:]
        where = phrases.place_of(replace(signal, node=node), writing.language)
        facts = {
            "level": writing.level(signal.level),
            "count": phrases.counted(signal, writing.moments),
            "rule": writing.label(signal.rule),
        }
        if lists or len(groups) > 1:
            yield "", writing.say("body.signal_at", where=where, **facts)
        else:
            yield "", writing.say("body.signal", **facts)


def _changes(writing: Writing) -> Iterator[Row]:
    for change in writing.page.planned_changes:
        text = _change(writing, change)
        if change.department:
            text = writing.say("change.department", text=text, department=writing.label(change.department))
        yield "", text


def _change(writing: Writing, change: NearbyChange) -> str:
    name, start = writing.label(change.name), writing.moments.near(change.start)
    reached = min((signal.crossed_at for signal in writing.page.signals), default=writing.page.at)
    if change.end is not None and change.start < change.end <= writing.page.at:
        return writing.say("change.ended", name=name, at=start, end=writing.moments.near(change.end))
    if change.start > reached:
        return writing.say("change.after", name=name, at=start)
    key = "before" if change.end is not None and change.end <= writing.page.at else "lasting"
    return writing.say(f"change.{key}", name=name, at=start, ago=writing.moments.span(reached - change.start))


def _told(writing: Writing) -> Iterator[Row]:
    page = writing.page
    people: dict[str, list[str]] = {}
    for told in page.told:
        names = people.setdefault(told.contact, [])
        if told.role not in names:
            names.append(told.role)
    for contact, roles in people.items():
        language = writing.language
        titles = enumerated(
            language, (writing.label(page.title(role, language)) for role in roles if role != contact)
        )
        # Somebody in charge may fill no role of the plan.
        named = writing.say("body.told", role=titles, contact=writing.label(contact))
        yield "", named if titles else writing.label(contact)
    for role in page.unreached:
        yield "", writing.say("body.told_nobody", role=writing.label(page.title(role, writing.language)))
    if not people and not page.unreached:
        yield "", writing.say("body.told_no_one")
