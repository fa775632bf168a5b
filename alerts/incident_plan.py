"""What a plan says of incidents: surges, escalation, schedules, workdays, deadlines, silences, floods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path as FilePath
from typing import Literal

from connectors.options import option
from connectors.ticket import Path

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hours = Literal["always", "business", "off"]
OutsideHours = Literal["wait", "skip"]


@dataclass(frozen=True)
class IncidentSettings:
    """`[incidents]`: when an incident speaks up again, and when it is over."""

    surge_factor: float = option(
        2.0, doc="a count this many times the largest before is a new surge inside an incident", above=1
    )
    surge_after: timedelta = option(
        timedelta(hours=6), doc="a signal so long after the last one is a new surge inside an incident"
    )
    acknowledged_for: timedelta = option(
        timedelta(hours=4), doc="an acknowledgement ends after this time, and people are paged again"
    )
    acknowledged_factor: float = option(
        2.0, doc="an acknowledgement ends when the tickets are this many times what they were then", above=1
    )
    quiet_for: timedelta = option(
        timedelta(hours=3), doc="a handled incident is resolved after so long at the baseline, all data known"
    )
    subsided_for: timedelta = option(
        timedelta(hours=24), doc="the same for one that nobody has handled; it is said so"
    )
    verify: tuple[str, ...] = option(
        (), doc="roles that get the hourly figures of a handled incident; default: those of its level"
    )


@dataclass(frozen=True)
class FloodSettings:
    """`[flood]`: how many pages people get at most; what is withheld is summed up, and never lost."""

    storm: int = option(30, doc="more pages than this in one decision are a storm", at_least=2)
    most_at_once: int = option(
        5, doc="pages that a storm makes: the most important, and one that all others share", at_least=2
    )
    most_per_hour: int = option(
        100, doc="pages to one address within an hour; those of the highest level always go out", at_least=1
    )
    summary_every: timedelta = option(
        timedelta(minutes=15), doc="what was withheld from an address is summed up so often"
    )


@dataclass(frozen=True)
class Step:
    """`[[escalation.steps]]`: who is paged when nobody has answered for so long."""

    after: timedelta = option(doc="time without an answer, from the page on")
    roles: tuple[str, ...] = option((), doc="roles that are paged")
    schedules: tuple[str, ...] = option((), doc="schedules whose person on call is paged")
    contacts: tuple[str, ...] = option((), doc="contacts that are paged")
    channel: str | None = option(None, doc="channel to use; default: each contact's first address")
    hours: Hours = option(
        "always", doc="when the step holds: at business hours of workdays, off them, or always"
    )
    outside_hours: OutsideHours = option(
        "wait",
        doc="what a step does whose `hours` are not now: it waits until they begin, or it is skipped; "
        "the next one is due at once",
    )


@dataclass(frozen=True)
class EscalationPolicy:
    """`[[escalation]]`: what happens while nobody answers for an incident."""

    name: str = option(doc="name of the policy")
    levels: tuple[str, ...] = option((), doc="levels of the incidents that it holds for; default: all")
    nodes: tuple[Path, ...] = option(
        ((),), doc="nodes of the incidents that it holds for, each a list of names; the deepest match wins"
    )
    steps: tuple[Step, ...] = option((), doc="its steps, in rising order of `after`")
    repeat: int = option(0, doc="how often all steps are repeated after the last", at_least=0)
    repeat_after: timedelta = option(timedelta(minutes=30), doc="time from the last step to the repetition")
    then: str | None = option(None, doc="the policy that goes on after the last step")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )


@dataclass(frozen=True)
class Rotation:
    """`[[schedules.rotations]]`: people who take turns."""

    contacts: tuple[str, ...] = option(doc="contacts, in the order of their turns")
    from_: datetime = option(doc="when the first turn begins, in the business zone")
    every: timedelta = option(timedelta(days=7), doc="length of a turn", above=0)
    days: tuple[Weekday, ...] = option((), doc="weekdays on which it holds; default: all")
    start: time | None = option(None, doc="time of the day from which it holds; default: all day")
    end: time | None = option(None, doc="time until which it holds; earlier than `start`: the next morning")


@dataclass(frozen=True)
class Override:
    """`[[schedules.overrides]]`: somebody stands in."""

    contact: str = option(doc="who stands in")
    from_: datetime = option(doc="from then on, in the business zone")
    to: datetime = option(doc="until then")


@dataclass(frozen=True)
class Schedule:
    """`[[schedules]]`: who is on call when."""

    name: str = option(doc="name that steps use")
    rotations: tuple[Rotation, ...] = option(
        (), doc="people who take turns; those of all rotations are on call"
    )
    overrides: tuple[Override, ...] = option((), doc="people who stand in for all others for a time")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )


@dataclass(frozen=True)
class WorkdaySettings:
    """`[workdays]`: which days are worked, and from when to when."""

    country: str = option(
        "CN", doc="country of the public holidays and make-up workdays (调休), as two letters; empty: none"
    )
    start: time = option(time(9), doc="when business hours begin")
    end: time = option(time(18), doc="when they end")
    days: Mapping[str, Literal["work", "off"]] = option(
        doc='days that are known better here: { "2027-02-20" = "work" }', factory=dict
    )
    file: FilePath | None = option(
        None, doc="a TOML file with such lines, one for each day; those of `days` come first"
    )
    confirmed_through: datetime | None = option(
        None, doc="until when the days are known to be right; default: as far as make-up workdays are known"
    )


@dataclass(frozen=True)
class DeadlineRule:
    """`[[deadlines]]`: a clock that runs on an incident."""

    name: str = option(doc="name of the deadline, printed on pages")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )
    levels: tuple[str, ...] = option((), doc="levels of the incidents that it holds for; default: all")
    after: str = option(
        "opened", doc="what it runs from: opened, acknowledged, handled, resolved, or another deadline's end"
    )
    within: timedelta | None = option(None, doc="its length; or give `working_days`")
    working_days: int | None = option(None, doc="its length in whole workdays", at_least=1)
    met_by: str = option(
        "", doc="what meets it: acknowledged, handled, resolved, or the field filled in; default: who says so"
    )
    remind: timedelta = option(timedelta(minutes=15), doc="how long before its end it is reminded of")
    tell: tuple[str, ...] = option((), doc="roles that are reminded; default: those of the level")
    escalate: tuple[str, ...] = option((), doc="roles that are told when it was missed; default: the same")


@dataclass(frozen=True)
class SilenceSettings:
    """`[silences]`: who may keep what quiet."""

    approvers: tuple[str, ...] = option(
        (), doc="contacts who may silence hard rules; where there is none, nobody may"
    )
    longest: timedelta = option(timedelta(days=7), doc="the longest time that a silence may last", above=0)
    exempt_for: timedelta = option(
        timedelta(hours=24),
        doc="how long an incident's node is out of the plan when an approver says so",
        above=0,
    )
