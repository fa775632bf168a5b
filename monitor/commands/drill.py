"""`drill`: a marked exercise through the whole chain, which people answer as if it were real."""

from __future__ import annotations

import argparse
import sys

from alerts.catalogue import Sentence, say
from alerts.drill import drill
from alerts.entitled import answers
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._acting import account, person
from monitor.commands._asking import level_meant, node_argument, nodes_meant
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._store import opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    node_argument(parser, "the node that the exercise stands for (default: everything)")
    parser.add_argument("--level", metavar="LEVEL", help="its warning level (default: the highest)")
    parser.add_argument("--by", required=True, metavar="NAME", help="who orders it: a contact of the plan")
    parser.add_argument("--why", default="", metavar="TEXT", help="what is exercised")


def run(args: argparse.Namespace) -> int:
    """Open the exercise; the running monitor delivers its page, escalates and reminds."""
    config = loaded(args)
    level = level_meant(args.level, config.plan)
    node = nodes_meant(args.node)[-1] if args.node else ()
    now = SystemClock().now()
    person(config, args.by, lambda plan, one: answers(plan, one, node))
    with opened(config) as store, store.writing() as tx:
        book = tx.incidents.book()
        page = drill(
            book,
            plan=config.plan,
            node=node,
            level=level,
            by=args.by.strip(),
            why=args.why.strip(),
            now=now,
            account=account(),
        )
        if page is None:
            raise CommandError(Sentence("refused.drill"))
        tx.incidents.save(book.taken())
        tx.outbox.save([page])
    sys.stdout.write(say(config.language, "drill.begun", incident=page.incidents[0], n=len(page.told)) + "\n")
    return Exit.OK
