"""run the seasonal detector on anybody's counts, and write a score and an alarm for each row"""

from __future__ import annotations

import argparse
from pathlib import Path

from monitor.commands import CommandError, Exit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("counts", metavar="COUNTS.csv", type=Path, help="the counts: series,ts,count")
    parser.add_argument(
        "--period",
        required=True,
        choices=["hour", "day", "week"],
        help="what a row counts: an hour, day or week",
    )
    parser.add_argument(
        "--timezone", required=True, metavar="ZONE", help="zone of the stamps, e.g. Asia/Shanghai"
    )
    parser.add_argument("--out", required=True, metavar="SCORES.csv", type=Path, help="series,ts,score,alarm")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--fpr", type=float, metavar="RATE", help="false alarms for each row of a series (default: 0.001)"
    )
    budget.add_argument(
        "--false-pages-per-week", type=float, metavar="N", help="false alarms a week over all series together"
    )


def run(args: argparse.Namespace) -> int:
    """Score the file."""
    from monitor.commands._refusing import refused
    from monitor.scoring.score_file import score_file

    try:
        score_file(
            args.counts,
            period=args.period,
            timezone=args.timezone,
            out=args.out,
            fpr=args.fpr,
            false_pages_per_week=args.false_pages_per_week,
        )
    except ValueError as error:
        raise refused(error) from error
    except OSError as error:
        # A disk that is full does not say of which file.
        raise CommandError(f"{error.filename or args.out}: {error.strerror}", Exit.UNREACHABLE) from error
    return Exit.OK
