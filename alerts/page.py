"""What a page is: what was decided to tell, to whom, and why. Everything its readers see is in it.

A page is a value that is stored before it is sent (law 5). Its key is the same whenever the same thing is
decided again. Instants are int64 microseconds UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from connectors.ticket import Path, at_us
from detectors.signal import Signal

Facts = tuple[tuple[str, str], ...]
Texts = tuple[tuple[str, str], ...]
"""The same thing in several languages: (language, text)."""


class Reason(StrEnum):
    """Why there is this page, or why nobody is told of it."""

    LEVEL_REACHED = "level reached"
    BULK_IMPORT = "bulk import, folded into one page"
    CAUGHT_UP = "caught up after downtime, folded into one page"
    EXEMPT = "exempt event"
    ABSORBED = "absorbed by an incident, adds nothing new"
    TELLS_NOBODY = "the level tells nobody"
    NO_CONTACT = "no contact for any role of the level; operators are told"
    SILENCED = "silenced"
    STORM = "storm, the least important folded into one page"
    SUMMARY = "summary of pages that were withheld"
    ESCALATED = "nobody has answered"
    EXHAUSTED = "nobody has answered, and nobody is left to call"
    LAPSED = "acknowledgement ended"
    MEASURED = "hourly figures after handling"
    REOPENED = "incident reopened"
    RESOLVED = "incident resolved"
    DEADLINE_NEAR = "deadline near"
    DEADLINE_MISSED = "deadline missed"
    SILENCE_ENDED = "silence ended"
    DIGEST = "daily digest"
    SOURCE_BLIND = "source blind"
    SOURCE_RECOVERED = "source recovered"
    UNDELIVERABLE = "page undeliverable"
    AUDIT = "audit of the monitor found gaps"
    DRILL = "drill"
    TEST = "test"

    @property
    def folds(self) -> bool:
        """Several nodes' signals share the page."""
        return self in {Reason.BULK_IMPORT, Reason.CAUGHT_UP, Reason.STORM}


@dataclass(frozen=True, slots=True)
class Told:
    """One role that a page tells: who fills it, and where they are reached. Language None: the default."""

    role: str
    contact: str
    channel: str
    address: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TrendHour:
    """Tickets of the page's node in one hour; None where they are unknown, which is not zero."""

    hour: int
    count: int | None


@dataclass(frozen=True, slots=True)
class Duty:
    """A department that answers for the page's node, and until when it has to handle it."""

    department: str
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class NearbyChange:
    """A planned change that touches the page's node shortly before or during the surge."""

    name: str
    start: int
    end: int | None
    department: str | None = None


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes
    ----------
    key : deterministic; the same decision has the same key
    at : when it was decided
    level : the highest level of its signals; None for pages about the monitor itself
    node : path of the node; of a folded page, the path that all its nodes share
    signals : the most important first
    told : every role told, with contact and address; one address may stand for several roles
    unreached : roles of the level that no contact fills
    muted_by : what took it out of the plan
    duties : the responsible department; several where it is unclear who answers
    trend : the last hours before the page, oldest first
    report_by, solution_by : the plan's deadlines
    steps : what the plan itself says to do next: (language, lines)
    titles : how to print the roles, the plan's levels and, as "rules.NAME", "departments.NAME" and
        "planned_changes.NAME", what it names of these: (name, texts)
    sample : the tickets are made by a sample source
    blind : sources that were blind at the time, so that the counts may be higher
    subject : facts of a page without signals, of what was folded, or of near-duplicates among the tickets
    about : signals of another page that this one reports on; they are not told by it
    incidents : numbers of the incidents that it tells of; several where it is folded
    change : what its signals did to their incident: opened, rose, spread, surged or updated
    """

    key: str
    at: int
    reason: Reason
    level: str | None = None
    node: Path = ()
    signals: tuple[Signal, ...] = ()
    told: tuple[Told, ...] = ()
    unreached: tuple[str, ...] = ()
    muted_by: str | None = None
    duties: tuple[Duty, ...] = ()
    planned_changes: tuple[NearbyChange, ...] = ()
    trend: tuple[TrendHour, ...] = ()
    report_by: int | None = None
    solution_by: int | None = None
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    titles: tuple[tuple[str, Texts], ...] = ()
    sample: bool = False
    blind: tuple[str, ...] = ()
    subject: Facts = ()
    about: tuple[Signal, ...] = ()
    incidents: tuple[int, ...] = ()
    change: str = ""

    @property
    def incident(self) -> int | None:
        """Number of the one incident that it tells of."""
        return self.incidents[0] if len(self.incidents) == 1 else None

    def fact(self, name: str) -> str:
        """One of the subject's facts, or nothing."""
        return dict(self.subject).get(name, "")

    def title(self, name: str, language: str) -> str:
        """How a role or a level is printed in a language."""
        return dict(dict(self.titles).get(name, ())).get(language, name)

    def rule(self, name: str, language: str) -> str:
        """How a rule is printed in a language."""
        return self._called("rules", name, language)

    def printed(self, language: str) -> Page:
        """The page for the eyes of a reader: rules, departments and planned changes as they are printed."""
        if not any("." in name for name, _ in self.titles):
            return self
        signals, about = (
            tuple(replace(signal, rule=self.rule(signal.rule, language)) for signal in some)
            for some in (self.signals, self.about)
        )
        duties = tuple(
            replace(duty, department=self._called("departments", duty.department, language))
            for duty in self.duties
        )
        changes = tuple(
            replace(
                change,
                name=self._called("planned_changes", change.name, language),
                department=change.department and self._called("departments", change.department, language),
            )
            for change in self.planned_changes
        )
        return replace(self, signals=signals, about=about, duties=duties, planned_changes=changes)

    def _called(self, table: str, name: str, language: str) -> str:
        return dict(dict(self.titles).get(f"{table}.{name}", ())).get(language, name)


def key_of(*parts: str) -> str:
    """The same short text for the same parts, in every process and for ever."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def key_of_signals(signals: Iterable[Signal]) -> str:
    """Key of the page of these signals, whatever else was decided about it."""
    return key_of("signals", *sorted(signal.identity for signal in signals))


def page_line(page: Page, zone: ZoneInfo) -> dict[str, object]:
    """The page as a line of notifications.jsonl; stamps are ISO 8601 with the zone's offset."""
    return {
        "at": stamp(page.at, zone),
        "level": page.level,
        "node": list(page.node),
        "signals": [
            {
                "id": signal.identity,
                "rule": signal.rule,
                "kind": signal.kind,
                "node": list(signal.node),
                "exact": signal.exact,
                "window_start": stamp(signal.window_start, zone),
                "level": signal.level,
                "observed": signal.observed,
            }
            for signal in page.signals
        ],
        "told": [{"role": told.role, "channel": told.channel} for told in page.told],
        "reason": page.reason.value,
        "muted_by": page.muted_by,
        "incident": page.incident,
    }


def stamp(us: int, zone: ZoneInfo) -> str:
    """ISO 8601 with the zone's offset."""
    return at_us(us).astimezone(zone).isoformat()
