"""The special report (专题报告) of an incident: what happened, who was told, cause and measures (T11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alerts.catalogue import enumerated, in_language, say
from alerts.charts.volume import ExpectedHour, Mark, volume_chart
from alerts.incidents.event import Kind
from alerts.incidents.fields import FIELDS
from alerts.incidents.pages import REASONS
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import counted, whole_path
from alerts.rendering.telling import (
    branch_name,
    deadline_name,
    field_name,
    happened,
    level_name,
    state_name,
)
from alerts.reports.document import Block, Document, Entry, Facts, Heading, Paragraph, Picture, Table
from alerts.reports.dossier import Dossier
from connectors.ticket import HOUR

NONE: Final = "–"
TITLE_ROOM: Final = 60
# Marks of the chart, and the event that first makes each.
MARKS: Final = (
    ("detected", Kind.OPENED),
    ("paged", Kind.PAGED),
    ("acknowledged", Kind.ACKNOWLEDGED),
    ("handled", Kind.HANDLED),
    ("resolved", Kind.RESOLVED),
)
# Pages that follow from an event are told by it.
_OWN: Final = frozenset(REASONS.values())
# Hours are told one by one in the appendix; a report is no log, so that it has an end.
MOST_HOURS: Final = 24 * 14


def special_report(dossier: Dossier, *, language: str, zone: ZoneInfo, page: str = "") -> Document:
    """The report as it stands now; what people have not filled in is left open, and marked.

    `page` is where its one reader fills it in.
    """
    moments = Moments(language, zone, dossier.written_at, dated=True)
    writer = _Writer(dossier, moments, page)
    incident = dossier.incident
    where = branch_name(incident.node, language, room=TITLE_ROOM)
    title = say(language, "report.title", where=where)
    return Document(
        language=language,
        title=say(language, "headline.sample", text=title) if dossier.sample else title,
        subtitle=writer.say("subtitle", id=incident.id, at=moments.date_time(dossier.written_at)),
        blocks=tuple(writer.blocks()),
        footer=f"{writer.say('footer', id=incident.id, key=incident.key[:8])} · {moments.zone_line()}",
    )


@dataclass(frozen=True)
class _Writer:
    dossier: Dossier
    moments: Moments
    page: str = ""

    @property
    def language(self) -> str:
        return self.moments.language

    def say(self, key: str, /, **facts: object) -> str:
        return say(self.language, f"report.{key}", **facts)

    def level(self, name: str) -> str:
        return level_name(name, self.language, self.dossier.incident.log)

    def blocks(self) -> Iterator[Block]:
        sections = {
            "summary": self.summary(),
            "timeline": self.timeline(),
            "volume": self.volume(),
            "spread": self.spread(),
            "told": self.told(),
            "deadlines": self.deadlines(),
            "measures": self.measures(),
            "hours": self.hours(),
        }
        number = 0
        for name, section in sections.items():
            blocks = list(section)
            if blocks:
                number += 1
                yield Heading(
                    self.say("heading", number=self.say(f"number.{number}"), text=self.say(f"section.{name}"))
                )
                yield from blocks

    # -- sections -----------------------------------------------------------------------------------------

    def summary(self) -> Iterator[Block]:
        incident, moments = self.dossier.incident, self.moments
        until = incident.resolved_at or self.dossier.written_at
        rows = [
            ("where", branch_name(incident.node, self.language)),
            ("level", self.level(incident.level)),
            ("state", state_name(incident.state, self.language)),
            ("opened", moments.date_time(incident.opened_at)),
            ("lasted", moments.span(max(0, until - incident.opened_at))),
            ("count", self._total()),
            ("departments", enumerated(self.language, (duty.department for duty in self.dossier.duties))),
            ("assignee", incident.assignee or ""),
            ("acknowledged", self._answered()),
            ("before", self._before()),
            ("complainants", self._complainants()),
        ]
        yield Facts(tuple((self.say(f"label.{name}"), text) for name, text in rows if text))
        for change in self.dossier.changes:
            ago = moments.span(abs(incident.opened_at - change.start))
            key = "change_before" if change.start <= incident.opened_at else "change_after"
            yield Paragraph(self.say(key, name=change.name, ago=ago, at=moments.date_time(change.start)))

    def timeline(self) -> Iterator[Block]:
        rows = [
            (self.moments.near(event.at), happened(event, self.moments))
            for event in self.dossier.incident.log
            if event.kind is not Kind.MEASURED and not (event.kind is Kind.PAGED and event.why in _OWN)
        ]
        yield Table((self.say("label.time"), self.say("label.event")), tuple(rows))

    def volume(self) -> Iterator[Block]:
        hours = self.dossier.hours
        if not hours:
            return
        incident, zone = self.dossier.incident, self.moments.zone
        title = branch_name(incident.node, self.language, room=TITLE_ROOM)
        png = volume_chart(hours, self._marks(), title=title, language=self.language, zone=zone)
        yield Picture(png, self.say("caption"))
        known = [hour for hour in hours if hour.count is not None]
        peak = max(known, key=lambda hour: hour.count or 0, default=None)
        if peak is not None and peak.count:
            yield Paragraph(self._peak(peak))
        if len(known) < len(hours):
            yield Paragraph(self.say("unknown", n=len(hours) - len(known)))

    def spread(self) -> Iterator[Block]:
        rows = [
            (
                self.moments.near(signal.crossed_at),
                whole_path(signal.node, self.language, exact=signal.exact),
                self.level(signal.level),
                counted(signal, self.moments),
                signal.rule,
            )
            for signal in self.dossier.signals
        ]
        if rows:
            header = tuple(self.say(f"label.{name}") for name in ("time", "where", "level", "count", "rule"))
            yield Table(header, tuple(rows))

    def told(self) -> Iterator[Block]:
        rows = [
            (
                self.moments.near(one.at),
                enumerated(self.language, one.roles),
                one.contact,
                one.channel,
                in_language(one.trouble, self.language)
                if one.delivered_at is None
                else self.moments.near(one.delivered_at),
            )
            for one in self.dossier.tellings
        ]
        names = ("time", "role", "contact", "channel", "delivered")
        if rows:
            yield Table(tuple(self.say(f"label.{name}") for name in names), tuple(rows))
        else:
            yield Paragraph(self.say("told_nobody"))

    def deadlines(self) -> Iterator[Block]:
        rows = []
        for clock in self.dossier.incident.deadlines:
            if clock.met_at is not None:
                done = "met_late" if clock.met_at >= clock.due_at else "met"
                became = self.say(done, at=self.moments.near(clock.met_at))
            elif clock.missed_at is not None or clock.due_at < self.dossier.written_at:
                became = self.say("missed")
            else:
                became = self.say("running")
            name = deadline_name(clock.name, self.language, self.dossier.incident.log)
            rows.append((name, self.moments.date_time(clock.due_at), became))
        if rows:
            header = tuple(self.say(f"label.{name}") for name in ("deadline", "due", "became"))
            yield Table(header, tuple(rows))

    def measures(self) -> Iterator[Block]:
        filled = dict(self.dossier.incident.fields)
        if self.page:
            yield Paragraph(self.say("fill_in", id=self.dossier.incident.id), self.page)
        for name in dict.fromkeys((*FIELDS, *filled)):
            hint = self.say("hint_page" if self.page else "hint", id=self.dossier.incident.id, field=name)
            title = field_name(name, self.language, self.dossier.incident.log)
            yield Entry(title, filled.get(name, ""), hint)

    def hours(self) -> Iterator[Block]:
        hours = self.dossier.hours[-MOST_HOURS:]
        rows = []
        previous: int | None = None
        for hour in hours:
            count, change, ratio = hour.count, NONE, NONE
            if count is not None and previous is not None:
                change = f"{count - previous:+,}"
                ratio = f"{(count - previous) / previous:+.0%}" if previous else NONE
            rows.append(
                (
                    self.moments.date_time(hour.hour),
                    self.say("unknown_count") if count is None else f"{count:,}",
                    NONE if hour.expected is None else f"{hour.expected:,.1f}",
                    change,
                    ratio,
                )
            )
            previous = count
        if rows:
            header = tuple(
                self.say(f"label.{name}") for name in ("hour", "count", "expected", "change", "ratio")
            )
            yield Table(header, tuple(rows), frozenset({1, 2, 3, 4}))

    # -- sentences ----------------------------------------------------------------------------------------

    def _total(self) -> str:
        incident = self.dossier.incident
        until = incident.resolved_at or self.dossier.written_at
        since = [hour for hour in self.dossier.hours if incident.since - HOUR < hour.hour < until]
        total = sum(hour.count or 0 for hour in since)
        expected = [hour.expected for hour in since if hour.expected is not None and hour.count is not None]
        if not since:
            return ""
        if not expected:
            return self.say("total", n=total)
        return self.say("total_expected", n=total, expected=f"{sum(expected):,.0f}")

    def _answered(self) -> str:
        first = next(iter(self.dossier.incident.events(Kind.ACKNOWLEDGED)), None)
        if first is None:
            return self.say("never")
        took = self.moments.span(first.at - self.dossier.incident.opened_at)
        return self.say("answered", who=first.by, at=self.moments.near(first.at), took=took)

    def _before(self) -> str:
        incident = self.dossier.incident
        numbers = {
            "detection": incident.tickets_before_detection,
            "page": incident.tickets_before_page,
            "acknowledgement": incident.tickets_before_acknowledgement,
        }
        parts = [self.say(f"before.{name}", n=n) for name, n in numbers.items() if n is not None]
        return self.say("before.and").join(parts)

    def _complainants(self) -> str:
        people, largest = self.dossier.complainants, self.dossier.largest
        return "" if people is None else self.say("people", n=people, largest=largest or 0)

    def _marks(self) -> list[Mark]:
        found = []
        for name, kind in MARKS:
            first = next(iter(self.dossier.incident.events(kind)), None)
            if first is not None:
                found.append(Mark(first.at, self.say(f"mark.{name}")))
        return found

    def _peak(self, peak: ExpectedHour) -> str:
        facts = {"at": self.moments.near(peak.hour), "n": peak.count}
        if peak.expected is None:
            return self.say("peak", **facts)
        return self.say("peak_expected", expected=f"{peak.expected:,.1f}", **facts)
