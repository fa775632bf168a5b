"""`monthly`: a month in numbers, for every node: valid volume, closure rate, comparison."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Final

from alerts.catalogue import Sentence, say
from alerts.rendering.moments import Moments
from alerts.reports.monthly import NUMBERS, NodeMonth, as_of, cells, header, monthly_report, not_whole, title
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._asking import ARROW, moment
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._report_files import FORMATS, written
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.config import Config
from monitor.reports.monthly import Month, first_ticket, node_months

_MONTH: Final = re.compile(r"\d{4}-\d{2}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument("--month", metavar="YYYY-MM", help="the month (default: the last one that is over)")
    parser.add_argument("--depth", type=int, metavar="N", help="down to this depth (default: the deepest)")
    parser.add_argument(
        "--format",
        choices=("table", "csv", *FORMATS),
        default="table",
        help="default: table; the others are written to --out",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file (default: monthly-YYYY-MM.FORMAT)")


def run(args: argparse.Namespace) -> int:
    """Print the month, or write it."""
    config = loaded(args)
    calendar = Calendar(config.timezone)
    now = to_us(SystemClock().now())
    month = _month(args.month, calendar, config, now)
    depth = len(config.taxonomy.levels) if args.depth is None else args.depth
    with opened(config) as store, store.reading() as tx:
        months, first = node_months(tx, month, depth=depth), first_ticket(tx, month)
    moments = Moments(config.language, config.timezone, now)
    if args.format == "table":
        if not months:
            sys.stdout.write(say(config.language, "monthly.nothing") + "\n")
            return Exit.OK
        columns = [Column(name, right=i in NUMBERS) for i, name in enumerate(header(config.language))]
        rows = [cells(one, config.language) for one in months]
        below = (title(month.start, moments), as_of(month.until, moments), *not_whole(first, moments))
        sys.stdout.writelines(f"{line}\n" for line in (*table(columns, rows), "", *below))
        return Exit.OK
    if args.format == "csv":
        _write_csv(months, args.out)
        return Exit.OK
    report = monthly_report(months, start=month.start, until=month.until, first=first, moments=moments)
    name = f"monthly-{moments.local(month.start):%Y-%m}.{args.format}"
    sys.stdout.write(f"{written(report, args.out or Path(name))}\n")
    return Exit.OK


def _month(text: str | None, calendar: Calendar, config: Config, now: int) -> Month:
    if text is None:
        return Month.holding(calendar.month(now) - 1, calendar, now=now)
    if not _MONTH.fullmatch(text):
        raise CommandError(Sentence("refused.month", given=text), Exit.USAGE)
    month = Month.holding(moment(f"{text}-01T00:00", "--month", config.timezone), calendar, now=now)
    if month.start > now:
        raise CommandError(Sentence("refused.month_ahead", given=text), Exit.USAGE)
    return month


def _write_csv(months: Sequence[NodeMonth], out: Path | None) -> None:
    file = sys.stdout if out is None else out.open("w", encoding="utf-8", newline="")
    try:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(NodeMonth)])
        writer.writerows((ARROW.join(one.node), *astuple(one)[1:]) for one in months)
    finally:
        if out is not None:
            file.close()
