"""`silence`: keep a node quiet for a time, look at what is quiet, end it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from alerts.catalogue import Sentence, say
from alerts.entitled import answers
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from alerts.silences import Silence, refused
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, MICROSECOND, to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._acting import account, person
from monitor.commands._asking import moment, node, node_argument
from monitor.commands._configured import actions_of, loaded
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time, signal_table
from monitor.config import Config
from monitor.config.near import quoted
from monitor.config.values import RefusedError, Scope, duration
from monitor.engine.tickets import BranchTickets

if TYPE_CHECKING:
    from monitor.storage import Transaction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every action."""
    action = actions_of(parser)
    adding = action("add", "keep a node, with all below it, quiet")
    node_argument(adding, "the node")
    adding.add_argument("--until", metavar="TIME", help="until then, in the business zone")
    adding.add_argument("--for", dest="length", metavar="LENGTH", help='or for so long, like "2h"')
    adding.add_argument(
        "--until-doubled", action="store_true", help="and only until today's tickets have doubled"
    )
    adding.add_argument("--by", required=True, metavar="NAME", help="who does it: a contact of the plan")
    adding.add_argument("--reason", required=True, metavar="TEXT", help="why")
    adding.add_argument(
        "--approver", default="", metavar="NAME", help="who allows that hard rules are muted too"
    )
    adding.add_argument(
        "--exempt", action="store_true", help="out of the plan (T5): its signals belong to no incident"
    )
    adding.add_argument(
        "--preview", action="store_true", help="only show what of the last 24 hours it would have muted"
    )
    listing = action("list", "what is kept quiet")
    listing.add_argument("--all", action="store_true", help="what is over too")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    ending = action("end", "end a silence now; that is announced")
    ending.add_argument("silence", type=int, metavar="N", help="its number")
    ending.add_argument("--by", required=True, metavar="NAME", help="who ends it: a contact of the plan")


def run(args: argparse.Namespace) -> int:
    """Add, list or end."""
    config = loaded(args)
    now = to_us(SystemClock().now())
    if args.action == "list":
        return _list(config, args, now=now)
    if args.action == "end":
        return _end(config, args, now=now)
    with opened(config) as store, store.writing() as tx:
        silence = _wanted(tx, config, args, now=now)
        problem = refused(silence, config.plan, now=now)
        if problem is not None:
            raise CommandError(problem, Exit.USAGE)
        muted = [
            stored.signal
            for stored in tx.signals.find(start=now - DAY)
            if replace(silence, start=now - DAY).mutes(stored.signal, now)
        ]
        if not args.preview:
            silence = tx.silences.add(silence)
    if not args.preview:
        until = local_time(_moments(config, now), silence.until)
        where = whole_path(silence.node, config.language)
        text = say(config.language, "silence.added", n=silence.id, where=where, until=until)
        sys.stdout.write(text + "\n\n")
    sys.stdout.write(say(config.language, "silence.preview", n=len(muted)) + "\n")
    sys.stdout.writelines(f"{line}\n" for line in signal_table(muted, config, now=now, indent="  "))
    return Exit.OK


def _wanted(tx: Transaction, config: Config, args: argparse.Namespace, *, now: int) -> Silence:
    if not args.node:
        raise CommandError(Sentence("refused.no_node"), Exit.USAGE)
    if (args.until is None) == (args.length is None):
        raise CommandError(Sentence("refused.until_or_for"), Exit.USAGE)
    where = node(args.node, {(), *tx.nodes.paths()})
    person(config, args.by, lambda plan, one: answers(plan, one, where))
    silence = Silence(
        node=where,
        start=now,
        until=now + _length(args.length) if args.length else moment(args.until, "--until", config.timezone),
        author=args.by.strip(),
        reason=args.reason.strip(),
        approver=args.approver.strip(),
        exempt=args.exempt,
        account=account(),
    )
    if not args.until_doubled:
        return silence
    today = Calendar(config.timezone).day(now)
    taxonomy = Taxonomy(config.taxonomy.levels, tx.nodes.paths())
    tickets = BranchTickets(tx, taxonomy).of(where, today, now + 1)
    return replace(silence, since=today, tickets=tickets)


def _length(text: str) -> int:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    try:
        return duration(text, Scope(Path(), ZoneInfo("UTC"))) // MICROSECOND
    except RefusedError as error:
        raise CommandError(Sentence("refused.length", given=quoted(text)), Exit.USAGE) from error


def _end(config: Config, args: argparse.Namespace, *, now: int) -> int:
    with opened(config) as store, store.writing() as tx:
        found = {one.id: one for one in tx.silences.open()}
        if args.silence not in found:
            raise CommandError(Sentence("silence.refused.none", id=str(args.silence)), Exit.USAGE)
        # The monitor announces what is over, as it does when the time is up.
        silence, by = found[args.silence], args.by.strip()
        mine = {silence.author, silence.approver}
        person(config, by, lambda plan, one: one.name in mine or answers(plan, one, silence.node))
        tx.silences.change(replace(silence, until=now, ended_by=f"{by} ({account()})"))
    sys.stdout.write(say(config.language, "silence.ended", n=args.silence) + "\n")
    return Exit.OK


def _list(config: Config, args: argparse.Namespace, *, now: int) -> int:
    with opened(config) as store, store.reading() as tx:
        found = tx.silences.all() if args.all else tx.silences.open()
    if args.json:
        iso = Calendar(config.timezone).iso
        records = [
            {**asdict(one), "start": iso(one.start), "until": iso(one.until), "node": list(one.node)}
            for one in found
        ]
        for record in records:
            # How the store knows a repeated order; nobody else's business.
            del record["asked"]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
        return Exit.OK
    lines = _rows(found, config, now=now) if found else [say(config.language, "silence.none")]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return Exit.OK


def _rows(silences: list[Silence], config: Config, *, now: int) -> Iterator[str]:
    language, moments = config.language, _moments(config, now)
    names = ("number", "node", "until", "author", "reason", "approver", "note")
    yield from table(
        [Column(say(language, f"silence.column.{name}")) for name in names],
        [
            (
                f"#{one.id}",
                whole_path(one.node, language),
                local_time(moments, one.until),
                f"{one.author} ({one.account})" if one.account else one.author,
                one.reason,
                one.approver,
                _note(one, language),
            )
            for one in silences
        ],
    )


def _note(silence: Silence, language: str) -> str:
    if silence.ended_by:
        return say(language, "silence.ended_by", who=silence.ended_by)
    return "" if silence.tickets is None else say(language, "silence.doubling", n=silence.tickets)


def _moments(config: Config, now: int) -> Moments:
    return Moments(config.language, config.timezone, now)
