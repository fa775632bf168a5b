"""`report`: the special report of an incident, as HTML, DOCX or PDF."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alerts.catalogue import Sentence
from alerts.entitled import acts
from alerts.reports.special import special_report
from connectors.ticket import to_us
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._acting import person
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._report_files import FORMATS, written
from monitor.commands._report_filling import fields_of, filled
from monitor.commands._store import opened
from monitor.pages.links import known_links
from monitor.reports.dossier import dossier_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument("incident", metavar="INCIDENT", type=int, help="its number, as pages say it")
    parser.add_argument(
        "--format", choices=FORMATS, action="append", help="may be repeated (default: all three)"
    )
    parser.add_argument(
        "--fill", type=Path, metavar="FILE", help='fill in fields first, from TOML: cause = "..."'
    )
    parser.add_argument(
        "--by", metavar="NAME", help="who fills them in, or is to: a contact of the plan; links to their page"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="the folder (default: this one)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the report as it stands now, and print the files' names."""
    config = loaded(args)
    now = to_us(SystemClock().now())
    fields = {} if args.fill is None else fields_of(args.fill)
    by = (args.by or "").strip()
    if fields and not by:
        raise CommandError(Sentence("refused.fill"), Exit.USAGE)
    with opened(config) as store, store.writing() if fields else store.reading() as tx:
        incident = tx.incidents.get(args.incident)
        if incident is None:
            raise CommandError(Sentence("refused.incident", number=str(args.incident)), Exit.USAGE)
        found = incident
        if by:
            person(config, by, lambda plan, one: acts(plan, one, found))
        incident = filled(tx, incident, fields, plan=config.plan, by=by, now=now)
        dossier = dossier_of(tx, incident, config, language=config.language, now=now)
        links = known_links(config.pages, tx) if by else None
    page = "" if links is None else links.link(by, incident.id, at=now)
    language = config.language
    report = special_report(dossier, language=language, zone=config.timezone, page=page)
    for ending in args.format or FORMATS:
        sys.stdout.write(f"{written(report, args.out / f'incident-{incident.id}.{ending}')}\n")
    return Exit.OK
