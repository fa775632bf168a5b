"""`trend sign`: somebody has read hours of the trend log, and says so."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from alerts.catalogue import Sentence, say
from alerts.rendering.moments import Moments
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._asking import moment
from monitor.commands._configured import again_after_action, loaded
from monitor.commands._store import opened
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.storage import Transaction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `trend sign`."""
    parser.add_argument(
        "hours",
        nargs="+",
        metavar="HOUR",
        help="start of an hour, 2026-05-09T10:00, in the business zone; or a day, for all its hours so far",
    )
    parser.add_argument("--by", required=True, metavar="NAME", help="who has read them")
    parser.add_argument("--remark", required=True, metavar="TEXT", help="what there is to say about them")
    # Given before `sign` it counts as well; a default here would undo that.
    again_after_action(parser)


def run(args: argparse.Namespace) -> int:
    """Sign the hours, all or none."""
    config = loaded(args)
    by, remark = args.by.strip(), args.remark.strip()
    for name, text in (("--by", by), ("--remark", remark)):
        if not text:
            raise CommandError(Sentence("refused.unsigned", name=name), Exit.USAGE)
    now = to_us(SystemClock().now())
    with opened(config) as store, store.writing() as tx:
        hours = _hours(tx, args.hours, Calendar(config.timezone))
        tx.trend.sign(hours, by=by, remark=remark, at=now)
    _tell(hours, by, remark, config, now=now)
    return Exit.OK


def _hours(tx: Transaction, texts: Sequence[str], calendar: Calendar) -> list[int]:
    """The hours that are meant, each once, rising."""
    closed = tx.facts.closed_until()
    wanted: set[int] = set()
    for text in texts:
        day = _day(text)
        meant = [_hour(text, calendar)] if day is None else _hours_of(day, calendar)
        logged = set(tx.trend.latest(meant).rows.hour.tolist())
        if closed is None or meant[0] >= closed:
            raise CommandError(Sentence("refused.not_over", hour=text), Exit.USAGE)
        if not logged:
            raise CommandError(Sentence("refused.no_row", hour=text), Exit.USAGE)
        wanted |= logged
    return sorted(wanted)


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text.strip())
    return None


def _hours_of(day: date, calendar: Calendar) -> list[int]:
    start, end = (
        to_us(datetime.combine(day + timedelta(days=n), time(), tzinfo=calendar.zone)) for n in (0, 1)
    )
    hours: list[int] = calendar.hours_between(start, end).tolist()
    return hours


def _hour(text: str, calendar: Calendar) -> int:
    at = moment(text, "HOUR", calendar.zone)
    start = calendar.hour(at)
    if at != start:
        raise CommandError(Sentence("refused.inside", at=text, start=calendar.iso(start)), Exit.USAGE)
    return start


def _tell(hours: Sequence[int], by: str, remark: str, config: Config, *, now: int) -> None:
    moments = Moments(config.language, config.timezone, now)
    lines = [say(config.language, "trend_log.signed", n=len(hours), by=by, remark=remark)]
    lines += [f"  {local_time(moments, hour)}" for hour in hours]
    sys.stdout.writelines(f"{line}\n" for line in lines)
