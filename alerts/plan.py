"""What a response plan (预案) is: who is told at which level, and what is known in advance.

Every class with `option()` fields is one table of config.toml. The plan holds names; whether they fit
together is asked in `alerts.crosscheck`, who is behind them in `alerts.routing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, Final, Literal

from alerts.incident_plan import (
    DeadlineRule,
    EscalationPolicy,
    FloodSettings,
    IncidentSettings,
    Override,
    Rotation,
    Schedule,
    SilenceSettings,
    Step,
    WorkdaySettings,
)
from connectors.options import option
from connectors.ticket import Path

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Level:
    """`[[levels]]`, in rising order: a warning level (预警级别) of the plan."""

    name: str = option(doc="name of the level, as rules say it")
    notify: tuple[str, ...] = option((), doc="roles that are told; none: stored, and nobody is told")
    report_within: timedelta | None = option(
        None, doc="time for the first report by e-mail (problem, scope, volume); shown on the page"
    )
    solution_within: timedelta | None = option(
        None, doc="time for the departments' customer solution and the agreed wording; shown on the page"
    )
    steps: Mapping[str, tuple[str, ...]] = option(
        doc="what to do next, by language: zh = [...], en = [...]; default: the catalogue's",
        factory=dict,
    )
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )

    def titled(self, language: str) -> str:
        """The level as people of that language read it."""
        return self.title.get(language, self.name)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What an incident's event that names the level keeps of its title: (`level_{language}`, text)."""
        return tuple((f"level_{language}", text) for language, text in sorted(self.title.items()))


@dataclass(frozen=True)
class Role:
    """`[[roles]]`: a part in the plan (高层分管领导 ...), filled by contacts."""

    name: str = option(doc="name that levels and departments use")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )
    contacts: tuple[str, ...] = option((), doc="names of the contacts that fill it")
    by_department: bool = option(
        default=False, doc="filled by the contacts of the department that answers for the node"
    )

    def titled(self, language: str) -> str:
        """The role as people of that language read it."""
        return self.title.get(language, self.name)


@dataclass(frozen=True)
class Contact:
    """`[[contacts]]`: a person or a group, with an address on each channel that reaches them."""

    name: str = option(doc="name that roles and departments use, printed on pages")
    addresses: Mapping[str, str] = option(
        doc="channel name -> address there; the first one written is the primary", factory=dict
    )
    language: Language | None = option(None, doc="language of pages to this contact; default: the plan's")


@dataclass(frozen=True)
class Channel:
    """`[[channels]]`: a way to reach people; its other keys are the options of its kind."""

    name: str = option(doc="name that contacts' addresses use")
    kind: str = option(doc="the notifier: a module of `alerts/`, or a dotted module of your own")
    options: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Department:
    """`[[departments]]`: who answers for which nodes (责任部门)."""

    name: str = option(doc="name of the department, printed on pages")
    nodes: tuple[Path, ...] = option(
        (), doc="nodes it answers for, each a list of names; the deepest match wins"
    )
    contacts: Mapping[str, tuple[str, ...]] = option(
        doc="role -> contacts, for roles with `by_department = true`", factory=dict
    )
    turnaround: timedelta | None = option(None, doc="time in which the department handles a problem (T12)")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )


@dataclass(frozen=True)
class ExemptEvent:
    """`[[exempt_events]]`: a disaster or social event (T5); its signals are stored and page nobody.

    Stamps of events and changes are aware: one without a zone is read in the business zone, at the door.
    """

    name: str = option(doc="name of the event, printed wherever it mutes")
    from_: datetime = option(doc="start, in the business zone unless it names its own")
    to: datetime = option(doc="end, not included")
    nodes: tuple[Path, ...] = option(
        doc="nodes out of the plan with all below them, each a list of names; [[]] is all"
    )
    reason: str = option(doc="why it is out of the plan's scope")
    author: str = option(doc="who decided it")


@dataclass(frozen=True)
class PlannedChange:
    """`[[planned_changes]]`: an upgrade, billing run or campaign (T13), shown beside a surge."""

    name: str = option(doc="name of the change, printed on pages")
    at: datetime | None = option(None, doc="its moment; or give `from` and `to`")
    from_: datetime | None = option(None, doc="start, in the business zone unless it names its own")
    to: datetime | None = option(None, doc="end")
    nodes: tuple[Path, ...] = option(((),), doc="nodes it touches, each a list of names; default: all")
    department: str | None = option(None, doc="department that announced it")
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )


@dataclass(frozen=True)
class AlertSettings:
    """`[alerts]`: what holds for all pages."""

    operators: tuple[str, ...] = option(
        (),
        doc="roles told of blind sources and undeliverable pages; default: the lowest level's",
    )
    changes_within: timedelta = option(
        timedelta(hours=24), doc="a planned change is shown on pages until this long after its end"
    )
    digest_at: time | None = option(None, doc="when the daily digest goes out; default: never")
    digest_to: tuple[str, ...] = option((), doc="roles that get it; default: the operators")
    trend_hours: int = option(24, doc="hours of trend on a page", at_least=1, at_most=24)


# The plan's tables and the attribute of ResponsePlan that holds each, in the order of the documentation.
TABLES: Final[Mapping[str, type]] = {
    "levels": Level,
    "roles": Role,
    "contacts": Contact,
    "channels": Channel,
    "departments": Department,
    "exempt_events": ExemptEvent,
    "planned_changes": PlannedChange,
    "escalation": EscalationPolicy,
    "schedules": Schedule,
    "deadlines": DeadlineRule,
}

# Tables inside others, by their place.
INNER_TABLES: Final[Mapping[str, type]] = {
    "escalation.steps": Step,
    "schedules.rotations": Rotation,
    "schedules.overrides": Override,
}

# The plan's tables that there are once, with defaults for everything in them.
SETTINGS: Final[Mapping[str, type]] = {
    "alerts": AlertSettings,
    "incidents": IncidentSettings,
    "flood": FloodSettings,
    "silences": SilenceSettings,
    "workdays": WorkdaySettings,
}


@dataclass(frozen=True)
class ResponsePlan:
    """All of a company's plan that this monitor carries out; the config reader builds it from the tables."""

    levels: tuple[Level, ...] = ()
    roles: tuple[Role, ...] = ()
    contacts: tuple[Contact, ...] = ()
    channels: tuple[Channel, ...] = ()
    departments: tuple[Department, ...] = ()
    exempt_events: tuple[ExemptEvent, ...] = ()
    planned_changes: tuple[PlannedChange, ...] = ()
    escalation: tuple[EscalationPolicy, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    alerts: AlertSettings = field(default_factory=AlertSettings)
    incidents: IncidentSettings = field(default_factory=IncidentSettings)
    flood: FloodSettings = field(default_factory=FloodSettings)
    silences: SilenceSettings = field(default_factory=SilenceSettings)
    workdays: WorkdaySettings = field(default_factory=WorkdaySettings)
    # How rules are printed, by name and language, where `[[rules]]` says it.
    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def rank(self, level: str | None) -> int:
        """Place of a level in the rising order, from 0; -1 for one that the plan does not have."""
        return -1 if level is None else self._ranks.get(level, -1)

    def level(self, name: str) -> Level:
        """The level of that name; a stored signal may name one that is gone, and operators are told."""
        rank = self.rank(name)
        return self.levels[rank] if rank >= 0 else Level(name=name, notify=self.operators)

    def role(self, name: str) -> Role:
        """The role of that name; one without contacts where the plan has none.

        Whoever is on call is told in a role that is called as their schedule is.
        """
        return self._roles.get(name) or Role(name=name)

    def titles(
        self, roles: Iterable[str], departments: Collection[str] = (), changes: Collection[str] = ()
    ) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """How a page that tells these roles, and names these departments and planned changes, prints them,
        levels and rules: (name, texts by language).
        """
        named = [(role, self.role(role).title) for role in roles]
        named += [(level.name, level.title) for level in self.levels if level.title]
        named += [(f"rules.{name}", title) for name, title in self.rules.items() if title]
        for table, rows, names in (
            ("departments", self.departments, departments),
            ("planned_changes", self.planned_changes, changes),
        ):
            named += [(f"{table}.{row.name}", row.title) for row in rows if row.title and row.name in names]
        return tuple((name, tuple(sorted(title.items()))) for name, title in named)

    def rule(self, name: str, language: str) -> str:
        """How a rule is printed in a language."""
        return self.rules.get(name, {}).get(language, name)

    def policy(self, name: str, language: str) -> str:
        """How an escalation policy is printed in a language; a stored event may name one that is gone."""
        titles = (policy.title for policy in self.escalation if policy.name == name)
        return next(titles, {}).get(language, name)

    def contact(self, name: str) -> Contact | None:
        """The contact of that name, or None."""
        return self._contacts.get(name)

    def departments_at(self, node: Path) -> tuple[Department, ...]:
        """The departments that name exactly this node."""
        return self._departments.get(node, ())

    @property
    def operators(self) -> tuple[str, ...]:
        """Roles that are told about the monitor itself."""
        lowest = next((level.notify for level in self.levels if level.notify), ())
        return self.alerts.operators or lowest

    # Asked thousands of times in a storm. The first of two of a name stands, as `check` refuses the second.

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {level.name: i for i, level in reversed(list(enumerate(self.levels)))}

    @cached_property
    def _roles(self) -> Mapping[str, Role]:
        on_call = {one.name: Role(one.name, one.title) for one in self.schedules if one.title}
        return on_call | {role.name: role for role in reversed(self.roles)}

    @cached_property
    def _contacts(self) -> Mapping[str, Contact]:
        return {contact.name: contact for contact in reversed(self.contacts)}

    @cached_property
    def _departments(self) -> Mapping[Path, tuple[Department, ...]]:
        found: dict[Path, tuple[Department, ...]] = {}
        for department in self.departments:
            for node in dict.fromkeys(department.nodes):
                found[node] = (*found.get(node, ()), department)
        return found
