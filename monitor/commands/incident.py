"""`incident`: the incidents, and what people do with them: list, show, ack, handle, resolve, note ..."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from alerts.catalogue import Sentence, say
from alerts.entitled import acts
from alerts.incidents.book import Changed
from alerts.incidents.branch import is_exact, node_of
from alerts.incidents.clocks import answered
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.fields import filling
from alerts.incidents.incident import Incident, Refusal
from alerts.incidents.transitions import after, apply
from alerts.rendering.moments import Moments
from alerts.rendering.telling import (
    branch_name,
    deadline_name,
    field_name,
    happened,
    level_name,
    refused,
    state_name,
)
from connectors.taxonomy import Taxonomy
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._acting import ACCOUNT, account, person
from monitor.commands._configured import actions_of, loaded
from monitor.commands._store import opened
from monitor.commands._tables import Column, facts, table
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.engine.tickets import BranchTickets

if TYPE_CHECKING:
    from monitor.storage import Transaction

_DEEDS: Final = {
    "ack": (Kind.ACKNOWLEDGED, "take an incident: nobody else is called until that ends"),
    "handle": (Kind.HANDLED, "say that it is handled: the verification begins"),
    "resolve": (Kind.RESOLVED, "end it; the monitor does so itself once it is quiet"),
    "reopen": (Kind.REOPENED, "open it again"),
    "assign": (Kind.ASSIGNED, "name who is to handle it"),
    "note": (Kind.NOTED, "write into its story, or fill in a field of its report"),
    "done": (Kind.MET, "say that a deadline is met"),
}
# Without a reason these would be a riddle to whoever reads the report.
_SAY_WHY: Final = frozenset({Kind.RESOLVED, Kind.REOPENED})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every action."""
    action = actions_of(parser)
    listing = action("list", "those that are not over, the last ones first")
    listing.add_argument("--all", action="store_true", help="those that are over too")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    showing = action("show", "one incident: how it stands, its deadlines and its story")
    showing.add_argument("incident", type=int, metavar="N", help="its number, as pages say it")
    showing.add_argument("--json", action="store_true", help="print one JSON object")
    for name, (kind, help_) in _DEEDS.items():
        deed = action(name, help_)
        deed.add_argument("incident", type=int, metavar="N", help="its number, as pages say it")
        if kind is Kind.ASSIGNED:
            deed.add_argument("to", metavar="CONTACT", help="a contact of the plan")
        if kind is Kind.MET:
            deed.add_argument("deadline", metavar="DEADLINE", help="its name, as `incident show` tells it")
        if kind is Kind.NOTED:
            deed.add_argument("--text", required=True, help="what there is to say")
            deed.add_argument("--field", metavar="NAME", help="the field that it fills, e.g. cause, measures")
        else:
            deed.add_argument("--why", default="", metavar="TEXT", required=kind in _SAY_WHY, help="why")
        deed.add_argument("--by", required=True, metavar="NAME", help="who does it: a contact of the plan")


def run(args: argparse.Namespace) -> int:
    """Show, or do."""
    config = loaded(args)
    now = to_us(SystemClock().now())
    if args.action == "list":
        return _list(config, args, now=now)
    if args.action == "show":
        with opened(config) as store, store.reading() as tx:
            incident = _found(tx, args.incident)
        lines = (
            [json.dumps(incident_record(incident, config), ensure_ascii=False, indent=2)]
            if args.json
            else _shown(incident, config, now=now)
        )
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return Exit.OK
    with opened(config) as store, store.writing() as tx:
        changed, event = _done(tx, args, config, now=now)
    moments = Moments(config.language, config.timezone, now)
    sys.stdout.write(f"#{changed.id} {happened(event, moments)}\n")
    return Exit.OK


def _done(tx: Transaction, args: argparse.Namespace, config: Config, *, now: int) -> tuple[Incident, Event]:
    """Let the incident take what somebody did; raises CommandError where it does not."""
    incident = _found(tx, args.incident)
    person(config, args.by, lambda plan, one: acts(plan, one, incident))
    event = _event(tx, incident, args, config, now=now)
    changed = after(incident, event)
    if isinstance(changed, Refusal):
        raise CommandError(refused(changed, config.language))
    other = tx.incidents.book().nests(incident) if event.kind is Kind.REOPENED else None
    if other is not None:
        raise CommandError(say(config.language, "incident.refused.nested", other=other.id))
    met = answered(changed, config.plan)
    changed = apply(changed, met)
    tx.incidents.save([Changed(changed, (event, *met))])
    return changed, event


def _event(
    tx: Transaction, incident: Incident, args: argparse.Namespace, config: Config, *, now: int
) -> Event:
    kind = _DEEDS[args.action][0]
    told: tuple[tuple[str, str], ...] = ()
    why = getattr(args, "why", "").strip()
    if kind is Kind.ACKNOWLEDGED:
        taxonomy = Taxonomy(config.taxonomy.levels, tx.nodes.paths())
        tickets = BranchTickets(tx, taxonomy).of(incident.node, incident.since, now + 1)
        told = (("tickets", str(tickets)),)
    elif kind is Kind.ASSIGNED:
        if config.plan.contact(args.to) is None:
            known = tuple(contact.name for contact in config.plan.contacts) or ("-",)
            raise CommandError(Sentence("refused.contact", name=args.to, known=known), Exit.USAGE)
        told = (("assignee", args.to),)
    elif kind is Kind.MET:
        due = incident.deadline(args.deadline)
        if due is None:
            known = tuple(clock.name for clock in incident.deadlines) or ("-",)
            facts = {"name": args.deadline, "incident": str(incident.id), "known": known}
            raise CommandError(Sentence("refused.deadline", **facts), Exit.USAGE)
        told = (("deadline", args.deadline), ("due_at", str(due.due_at)))
    elif kind is Kind.NOTED:
        why = args.text.strip()
        if args.field:
            kind, told, why = Kind.FILLED, filling(config.plan, incident, args.field.strip(), why), ""
    return Event(
        event_key(incident.key, kind, "command", args.by, now),
        kind,
        now,
        by=args.by.strip(),
        why=why,
        facts=(*told, (ACCOUNT, account())),
    )


def _found(tx: Transaction, number: int) -> Incident:
    incident = tx.incidents.get(number)
    if incident is None:
        raise CommandError(Sentence("refused.incident", number=str(number)), Exit.USAGE)
    return incident


def _list(config: Config, args: argparse.Namespace, *, now: int) -> int:
    with opened(config) as store, store.reading() as tx:
        found = tx.incidents.find(only_open=not args.all)[::-1]
    if args.json:
        records = [incident_record(one, config) for one in found]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
        return Exit.OK
    language, moments = config.language, Moments(config.language, config.timezone, now)
    names = ("number", "state", "level", "node", "opened", "tickets", "owner")
    columns = [Column(say(language, f"incident.column.{name}")) for name in names]
    rows = [
        (
            f"#{one.id}",
            state_name(one.state, language),
            level_name(one.level, language, one.log),
            branch_name(one.node, language),
            local_time(moments, one.opened_at),
            f"{one.count:,}" if one.count else "",
            one.assignee or "",
        )
        for one in found
    ]
    lines = table(columns, rows) if rows else [say(language, "incident.none")]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return Exit.OK


def _shown(incident: Incident, config: Config, *, now: int) -> Iterator[str]:
    language, moments = config.language, Moments(config.language, config.timezone, now)

    def label(name: str) -> str:
        return say(language, f"incident.column.{name}")

    def counted(n: int | None) -> str:
        return say(language, "body.unknown") if n is None else f"{n:,}"

    yield f"#{incident.id} {branch_name(incident.node, language)}"
    yield ""
    yield from facts(
        [
            (label("state"), state_name(incident.state, language)),
            (label("level"), level_name(incident.level, language, incident.log)),
            (label("opened"), local_time(moments, incident.opened_at)),
            (label("owner"), incident.assignee or "-"),
            (label("before_detection"), counted(incident.tickets_before_detection)),
            (label("before_page"), counted(incident.tickets_before_page)),
            (label("before_acknowledgement"), counted(incident.tickets_before_acknowledgement)),
            *((field_name(name, language, incident.log), value) for name, value in incident.fields),
            *(
                (
                    f"{deadline_name(clock.name, language, incident.log)} ({clock.name})",
                    say(
                        language,
                        f"incident.clock.{_condition(clock.met_at, clock.missed_at)}",
                        due=local_time(moments, clock.due_at),
                    ),
                )
                for clock in incident.deadlines
            ),
        ]
    )
    yield ""
    for event in incident.log:
        yield f"{local_time(moments, event.at)}  {happened(event, moments)}"


def _condition(met_at: int | None, missed_at: int | None) -> str:
    if met_at is not None:
        return "late" if missed_at is not None else "met"
    return "missed" if missed_at is not None else "running"


def incident_record(incident: Incident, config: Config) -> dict[str, Any]:
    """An incident as programs read it; stamps are ISO 8601 with the business zone's offset."""
    iso = cache(Calendar(config.timezone).iso)

    def at(us: int | None) -> str | None:
        return None if us is None else iso(us)

    return {
        "id": incident.id,
        "state": str(incident.state),
        "level": incident.level,
        "node": list(node_of(incident.node)),
        "exact": is_exact(incident.node),
        "opened_at": iso(incident.opened_at),
        "handled_at": at(incident.handled_at),
        "resolved_at": at(incident.resolved_at),
        "merged_into": incident.merged_into,
        "assignee": incident.assignee,
        "acknowledged_by": incident.acknowledged_by,
        "tickets_before_detection": incident.tickets_before_detection,
        "tickets_before_page": incident.tickets_before_page,
        "tickets_before_acknowledgement": incident.tickets_before_acknowledgement,
        "signals": list(incident.signals),
        "fields": dict(incident.fields),
        "deadlines": [
            {
                "name": clock.name,
                "due_at": iso(clock.due_at),
                "met_at": at(clock.met_at),
                "missed_at": at(clock.missed_at),
            }
            for clock in incident.deadlines
        ],
        "events": [
            {
                "at": iso(event.at),
                "kind": str(event.kind),
                "by": event.by,
                "why": str(event.why),
                **({"node": list(event.node)} if event.node is not None else {}),
                **dict(event.facts),
            }
            for event in incident.log
        ],
    }
