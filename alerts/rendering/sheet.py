"""What a page says: its words in one language, before they become text, blocks or mail.

The first line is what a locked phone shows. Sections follow in the order in which somebody who has just been
woken needs them: what and where, the rest of the signals, what changed nearby, what to do, who else knows,
and the hours in full.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from alerts.catalogue import say, wording
from alerts.page import NearbyChange, Page, Reason
from alerts.rendering import audited, digested, incident_words, phrases, trend
from alerts.rendering.explained import made_of
from alerts.rendering.moments import Moments
from alerts.rendering.muted import by_what
from alerts.rendering.widths import clean, clip, width
from detectors.signal import Signal

Row = tuple[str, str]
"""Label and text; the label is empty in lists."""


# What a signal did to its incident, where that is worth a word.
_CHANGES: Final = frozenset({"rose", "spread", "surged", "updated"})

# Pages that list signals of other pages.
# Pages whose facts have a module of their own.
_FACTS: Final[Mapping[Reason, Callable[[Page, Moments], Iterator[Row]]]] = {
    Reason.AUDIT: audited.lines,
    Reason.DIGEST: digested.facts,
    **dict.fromkeys(incident_words.REASONS, incident_words.facts),
}
_LISTING: Final = frozenset({Reason.SUMMARY, Reason.SILENCE_ENDED})


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
    writer = _Writer(page, language, Moments(language, zone, page.at), buttons)
    sections = (
        Section("", tuple(writer.facts()), Style.FACTS),
        Section(writer.say("label.signals", n=len(writer.listed())), tuple(writer.signals()), Style.LIST),
        Section(writer.say("label.changes"), tuple(writer.changes()), Style.LIST),
        Section(writer.say("label.steps"), tuple(writer.steps()), Style.STEPS),
        Section(writer.say("label.told"), tuple(writer.told()), Style.LIST),
        Section(writer.say("label.hours"), tuple(trend.rows(page.trend, writer.moments)), Style.CHART),
    )
    return Sheet(
        language=language,
        headline=writer.headline(),
        notices=tuple(writer.notices()),
        sections=tuple(section for section in sections if section.rows),
        footer=writer.footer(),
    )


@dataclass(frozen=True)
class _Writer:
    page: Page
    language: str
    moments: Moments
    buttons: bool

    def say(self, key: str, /, **facts: object) -> str:
        return say(self.language, key, **facts)

    def label(self, text: str, room: int = phrases.LONGEST_NAME) -> str:
        return clip(clean(text), room)

    def fact(self, name: str) -> str:
        return self.label(self.page.fact(name))

    def said(self, name: str) -> str:
        """A fact in the reader's language, where it was told in several."""
        return self.page.fact(f"{name}.{self.language}") or self.page.fact(name)

    def moment(self, name: str) -> str:
        """A fact that is an instant, in microseconds UTC."""
        return self.moments.date_time(int(self.page.fact(name)))

    def footer(self) -> str:
        zone, incident = self.moments.zone_line(), self.page.incident
        key = "footer.page" if incident is None else "footer.incident"
        return self.say(key, zone=zone, key=self.page.key[:8], incident=incident)

    # -- first line ---------------------------------------------------------------------------------------

    def headline(self) -> str:
        text = self._headline()
        return self.say("headline.sample", text=text) if self.page.sample else text

    def _headline(self) -> str:
        page = self.page
        if page.reason is Reason.SOURCE_BLIND:
            ago = self.moments.span(page.at - int(page.fact("since")))
            return self.say("headline.blind", source=self.fact("source"), ago=ago)
        if page.reason in {Reason.SOURCE_RECOVERED, Reason.TEST}:
            key = "recovered" if page.reason is Reason.SOURCE_RECOVERED else "test"
            return self.say(f"headline.{key}", source=self.fact("source"))
        if page.reason is Reason.UNDELIVERABLE:
            role = self.label(page.title(page.fact("role"), self.language))
            return self.say(
                "headline.undeliverable",
                role=role,
                contact=self.fact("contact"),
                channel=self.fact("channel"),
            )
        if page.reason in _LISTING:
            where = phrases.last_names(page.node, self.language, room=phrases.LOCK_SCREEN)
            key = f"headline.{page.reason.name.lower()}"
            return self.say(key, where=where, n=int(page.fact("n") or 0))
        level = self.label(page.level or "", phrases.LONGEST_LABEL)
        if page.reason in {Reason.AUDIT, Reason.DRILL}:
            where = phrases.last_names(page.node, self.language, room=phrases.LOCK_SCREEN // 2)
            facts = {"level": level, "where": where, "n": int(page.fact("n") or 0)}
            return self.say(f"headline.{page.reason.name.lower()}", **facts)
        if page.reason is Reason.DIGEST or page.reason in incident_words.REASONS:
            of_incident = partial(incident_words.headline, level=level)
            return (digested.headline if page.reason is Reason.DIGEST else of_incident)(page, self.moments)
        if page.reason.folds:
            why = self.say(f"why.{page.reason.name.lower()}")
            return self.say("headline.folded", level=level, why=why, n=len(page.signals))
        return self._of_signals(page.signals, level)

    def _of_signals(self, signals: tuple[Signal, ...], level: str) -> str:
        first, *others = signals
        count = phrases.counted(first, self.moments)
        if others:
            count = self.say("headline.more", text=count, n=len(others))
        taken = width(self.say("headline.page", level=level, where="", count=count))
        where = phrases.last_names(
            first.node, self.language, room=phrases.LOCK_SCREEN - taken, exact=first.exact
        )
        return self.say("headline.page", level=level, where=where, count=count)

    def notices(self) -> Iterator[str]:
        page = self.page
        if page.sample:
            yield self.say("notice.sample")
        if page.muted_by:
            yield self.say("notice.muted", muted_by=by_what(page.muted_by, self.language))
        named = {
            Reason.TEST: "notice.test",
            Reason.DRILL: "notice.drill",
            Reason.BULK_IMPORT: "notice.bulk_import",
            Reason.CAUGHT_UP: "notice.caught_up",
            Reason.STORM: "notice.storm",
            Reason.TELLS_NOBODY: "notice.nobody",
            Reason.NO_CONTACT: "notice.no_contact",
        }
        if page.reason in named:
            yield self.say(named[page.reason])
        if page.incident is not None and page.change in _CHANGES:
            yield self.say(f"notice.incident_{page.change}", incident=page.incident)
        if any(signal.kind == "silence" for signal in page.signals):
            yield self.say("notice.silence")
        if page.blind:
            yield self.say("notice.blind", sources=self.label(", ".join(page.blind), 200))

    # -- what and where -----------------------------------------------------------------------------------

    def facts(self) -> Iterator[Row]:
        for name, text in self._facts():
            yield self.say(f"label.{name}"), text

    def _facts(self) -> Iterator[Row]:
        page = self.page
        if page.reason in {Reason.SOURCE_BLIND, Reason.SOURCE_RECOVERED}:
            yield "source", self.fact("source")
            yield "since", self.moment("since")
        elif page.reason is Reason.UNDELIVERABLE:
            yield "missed", self._missed()
        elif page.reason in _LISTING:
            yield "branch", phrases.whole_path(page.node, self.language)
            if page.reason is Reason.SILENCE_ENDED:
                yield from incident_words.silence(page, self.moments)
        elif page.reason in _FACTS:
            yield from _FACTS[page.reason](page, self.moments)
        elif page.reason is Reason.DRILL:
            yield "where", phrases.whole_path(page.node, self.language)
        elif page.reason is Reason.TEST:
            yield "role", self.label(page.title(page.fact("role"), self.language))
        elif page.signals:
            yield from self._facts_of_signals()
        for name in ("error", "author"):
            if page.fact(name):
                yield name, self.label(self.said(name), 400)

    def _facts_of_signals(self) -> Iterator[Row]:
        page, first = self.page, self.page.signals[0]
        if page.reason.folds:
            yield "branch", phrases.whole_path(page.node, self.language)
            if page.fact("source"):
                yield "source", self.fact("source")
            if page.fact("tickets").isdecimal():
                yield "tickets", self.say("body.tickets", n=int(page.fact("tickets")))
        else:
            yield "where", phrases.whole_path(first.node, self.language, exact=first.exact)
            yield "count", phrases.measured(first, self.moments)
            for text in made_of(first, self.language):
                yield "made_of", text
            if page.fact("copies"):
                key = "body.copies_by_one" if page.fact("copies_by_one") else "body.copies"
                copies, compared = int(page.fact("copies")), int(page.fact("compared"))
                yield "copies", self.say(key, copies=copies, compared=compared)
            yield "window", self.moments.window_in_full(first.window_start, first.window_end)
            yield (
                "detected" if "detected_at" in first.detail else "crossed",
                phrases.crossed(first, self.moments),
            )
            if page.trend:
                yield "trend", trend.lately(page.trend, self.moments)
        yield from self._responsible()
        if len(page.signals) == 1:
            yield "rule", self.label(first.rule)

    def _responsible(self) -> Iterator[Row]:
        duties = self.page.duties
        if len(duties) == 1 and duties[0].due_at is not None:
            due, name = self.moments.near(duties[0].due_at), self.label(duties[0].department)
            yield "department", self.say("body.department_due", name=name, due=due)
        elif len(duties) == 1:
            yield "department", self.say("body.department", name=self.label(duties[0].department))
        elif duties:
            names = self.label(", ".join(clean(duty.department) for duty in duties), 300)
            key = "departments" if self.page.reason.folds else "departments_unclear"
            yield "department", self.say(f"body.{key}", names=names)

    def _missed(self) -> str:
        page = self.page
        if not page.about:
            return self.label(page.fact("page"))
        return self._of_signals(page.about, self.label(page.level or "", phrases.LONGEST_LABEL))

    # -- lists --------------------------------------------------------------------------------------------

    def listed(self) -> tuple[Signal, ...]:
        """The signals that the page names one by one."""
        return self.page.about if self.page.reason in _LISTING else self.page.signals

    def signals(self) -> Iterator[Row]:
        page, listed = self.page, self.listed()
        lists = page.reason.folds or page.reason in _LISTING
        if len(listed) == 1 and not lists:
            return
        groups = {(signal.node, signal.exact) for signal in listed}
        nodes = {signal.node for signal in listed}
        for signal in listed:
            # A page of one node has said the whole path already.
            node = signal.node if lists or len(nodes) > 1 else signal.node[-1:]
            where = phrases.whole_path(node, self.language, exact=signal.exact)
            facts = {
                "level": self.label(signal.level, phrases.LONGEST_LABEL),
                "count": phrases.counted(signal, self.moments),
                "rule": self.label(signal.rule),
            }
            if lists or len(groups) > 1:
                yield "", self.say("body.signal_at", where=where, **facts)
            else:
                yield "", self.say("body.signal", **facts)

    def changes(self) -> Iterator[Row]:
        for change in self.page.planned_changes:
            text = self._change(change)
            if change.department:
                text = self.say("change.department", text=text, department=self.label(change.department))
            yield "", text

    def _change(self, change: NearbyChange) -> str:
        name, start = self.label(change.name), self.moments.near(change.start)
        reached = min((signal.crossed_at for signal in self.page.signals), default=self.page.at)
        if change.end is not None and change.start < change.end <= self.page.at:
            return self.say("change.ended", name=name, at=start, end=self.moments.near(change.end))
        if change.start > reached:
            return self.say("change.after", name=name, at=start)
        key = "before" if change.end is not None and change.end <= self.page.at else "lasting"
        return self.say(f"change.{key}", name=name, at=start, ago=self.moments.span(reached - change.start))

    def steps(self) -> Iterator[Row]:
        for line in self._steps():
            yield "", line

    def _steps(self) -> Iterator[str]:
        page = self.page
        if not page.signals:
            incident = page.incident or page.fact("incident")
            deadline = shlex.quote(clean(page.fact("deadline")))
            name = page.reason.name.lower()
            pressed = self.buttons and f"step_slack.{name}" in wording(self.language)
            key = f"step_slack.{name}" if pressed else f"step.{name}"
            yield self.say(key, incident=incident, deadline=deadline)
            return
        if page.reason.folds:
            yield self.say("step.review", command="complaint-monitor signals")
            return
        if page.report_by is not None:
            late = "_late" if page.report_by < page.at else ""
            yield self.say(f"step.report{late}", due=self.moments.near(page.report_by))
        if page.solution_by is not None:
            late = "_late" if page.solution_by < page.at else ""
            yield self.say(f"step.solution{late}", due=self.moments.near(page.solution_by))
        own = dict(page.steps).get(self.language, ())
        yield from (self.label(line, 400) for line in own)
        if len(page.duties) > 1:
            yield self.say("step.clarify")
        elif not own and page.report_by is None:
            yield self.say("step.judge")
        key = "verify" if page.solution_by is not None else "watch"
        yield self.say(f"step.{key}", command=self._trend_command())

    def _trend_command(self) -> str:
        node = " > ".join(clean(name) for name in self.page.node)
        if self.buttons and node:
            return self.label(self.say("step_slack.trend", node=node), 300)
        return self.label(
            f"complaint-monitor trend --node {shlex.quote(node)}" if node else "complaint-monitor trend", 300
        )

    def told(self) -> Iterator[Row]:
        page = self.page
        people: dict[str, list[str]] = {}
        for told in page.told:
            names = people.setdefault(told.contact, [])
            if told.role not in names:
                names.append(told.role)
        for contact, roles in people.items():
            titles = ", ".join(
                self.label(page.title(role, self.language)) for role in roles if role != contact
            )
            # Somebody in charge may fill no role of the plan.
            named = self.say("body.told", role=titles, contact=self.label(contact))
            yield "", named if titles else self.label(contact)
        for role in page.unreached:
            yield "", self.say("body.told_nobody", role=self.label(page.title(role, self.language)))
        if not people and not page.unreached:
            yield "", self.say("body.told_no_one")
