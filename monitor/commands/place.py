"""place texts on categories as labelled texts teach, and write path, confidence and cluster of each"""

from __future__ import annotations

import argparse
from pathlib import Path

from monitor.commands import CommandError, Exit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--labelled",
        required=True,
        metavar="A.csv",
        type=Path,
        help="what to learn from: text,category[,category2..]",
    )
    parser.add_argument("--texts", required=True, metavar="B.csv", type=Path, help="what to place: text")
    parser.add_argument(
        "--out", required=True, metavar="C.csv", type=Path, help="text, category..., confidence, cluster"
    )
    parser.add_argument(
        "--min-confidence",
        type=float,
        default=0.0,
        metavar="P",
        help="below it a text stays at the highest level that is still sure (default: 0, full paths)",
    )


def run(args: argparse.Namespace) -> int:
    """Place the texts."""
    from connectors.placing import place_file
    from monitor.commands._refusing import refused

    try:
        place_file(args.labelled, args.texts, args.out, min_confidence=args.min_confidence)
    except ValueError as error:
        raise refused(error) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", Exit.UNREACHABLE) from error
    return Exit.OK
