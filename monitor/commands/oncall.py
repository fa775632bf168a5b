"""`oncall`: who is on call, when nobody will be, and who stands in."""

from __future__ import annotations

import argparse
import sys

from alerts.catalogue import Sentence, enumerated, say
from alerts.entitled import answers
from alerts.incident_check import AHEAD, named
from alerts.incident_plan import Override, Schedule
from alerts.oncall import gaps, on_call
from alerts.rendering.moments import Moments
from connectors.ticket import at_us, to_us
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._acting import account, person
from monitor.commands._asking import moment
from monitor.commands._configured import actions_of, loaded
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time
from monitor.config import Config

Overrides = tuple[tuple[str, Override], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every action."""
    action = actions_of(parser)
    showing = action("show", "who is on call, and when within 30 days nobody will be")
    showing.add_argument("--at", metavar="TIME", help="then, in the business zone (default: now)")
    covering = action("cover", "somebody stands in for all others of a schedule")
    covering.add_argument("schedule", metavar="SCHEDULE")
    covering.add_argument("contact", metavar="CONTACT", help="who stands in, a contact of the plan")
    covering.add_argument("--from", dest="start", required=True, metavar="TIME", help="in the business zone")
    covering.add_argument("--to", dest="end", required=True, metavar="TIME", help="in the business zone")
    covering.add_argument("--by", required=True, metavar="NAME", help="who arranged it, a contact too")


def run(args: argparse.Namespace) -> int:
    """Show, or note who stands in."""
    config = loaded(args)
    now = to_us(SystemClock().now())
    if args.action == "show":
        at = now if args.at is None else moment(args.at, "--at", config.timezone)
        with opened(config) as store, store.reading() as tx:
            overrides = tx.oncall.overrides(min(at, now))
        return _show(config, overrides, at=at)
    start, end = (moment(getattr(args, name), f"--{name}", config.timezone) for name in ("start", "end"))
    _check(config, args, start, end)
    with opened(config) as store, store.writing() as tx:
        override = Override(args.contact, at_us(start), at_us(end))
        tx.oncall.cover(args.schedule, override, author=f"{args.by.strip()} ({account()})", at=now)
        overrides = tx.oncall.overrides(now)
    return _show(config, overrides, at=start)


def _check(config: Config, args: argparse.Namespace, start: int, end: int) -> None:
    schedules = {one.name: named(one) for one in config.plan.schedules}
    contacts = {one.name: one.name for one in config.plan.contacts}
    for given, known, what in ((args.schedule, schedules, "schedule"), (args.contact, contacts, "contact")):
        if given not in known:
            has = tuple(known.values()) or ("-",)
            raise CommandError(Sentence(f"refused.{what}", name=given, known=has), Exit.USAGE)
    if end <= start:
        raise CommandError(Sentence("refused.span", start=args.start, end=args.end), Exit.USAGE)
    mine = {args.contact, *(name for one in _schedule(config, args).rotations for name in one.contacts)}
    person(config, args.by, lambda plan, one: one.name in mine or answers(plan, one, ()))


def _schedule(config: Config, args: argparse.Namespace) -> Schedule:
    return next(one for one in config.plan.schedules if one.name == args.schedule)


def _show(config: Config, overrides: Overrides, *, at: int) -> int:
    language, zone = config.language, config.timezone
    moments, when = Moments(language, zone, at), at_us(at)
    rows, problem = [], False
    for schedule in config.plan.schedules:
        mine = [override for name, override in overrides if name == schedule.name]
        people = on_call(schedule, when, zone=zone, overrides=mine)
        ahead = gaps(schedule, when, when + AHEAD, zone=zone, overrides=mine)
        first = ahead[0] if ahead else None
        gap = (
            ""
            if first is None
            else say(
                language,
                "oncall.gap",
                start=local_time(moments, to_us(first.start)),
                end=local_time(moments, to_us(first.end)),
                n=len(ahead),
            )
        )
        problem |= not people
        title = schedule.title.get(language, schedule.name)
        rows.append((title, enumerated(language, people) or say(language, "oncall.nobody"), gap))
    columns = [Column(say(language, f"oncall.{name}")) for name in ("schedule", "people", "next_gap")]
    lines = table(columns, rows) if rows else [say(language, "oncall.none")]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return Exit.PROBLEM if problem else Exit.OK
