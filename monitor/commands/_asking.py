"""What people type to name a time or a node: `2026-05-09T10:00`, `"移动业务 > 5G套餐"`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.plan import ResponsePlan
from alerts.rendering.widths import clean
from connectors.ticket import Path, to_us
from monitor.commands import CommandError, Exit
from monitor.config.near import nearest, quoted
from monitor.config.values import RefusedError, Scope, instant

ARROW = " > "


def span_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """`--from` and `--to`."""
    zone = "in the business zone unless it names its own offset"
    parser.add_argument("--from", dest="start", metavar="TIME", help=f"only {what} from then on; {zone}")
    parser.add_argument("--to", dest="end", metavar="TIME", help=f"only {what} before then; {zone}")


def node_argument(parser: argparse.ArgumentParser, what: str) -> None:
    """`--node`, which may be repeated."""
    parser.add_argument(
        "--node",
        action="append",
        metavar="NODE",
        help=f'{what}: "A > B", A/B, a JSON list of names, or one --node for each name',
    )


def span(args: argparse.Namespace, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """[--from, --to) as int64 microseconds UTC, None where it is open."""
    start = None if args.start is None else moment(args.start, "--from", zone)
    end = None if args.end is None else moment(args.end, "--to", zone)
    if start is not None and end is not None and end <= start:
        raise CommandError(
            Sentence("refused.span", start=args.start, end=args.end),
            Exit.USAGE,
        )
    return start, end


def moment(text: str, name: str, zone: ZoneInfo) -> int:
    """An instant as it was typed; without an offset, on the business zone's clock."""
    try:
        return to_us(instant(text, Scope(FilePath(), zone)))
    except RefusedError as error:
        raise CommandError(Sentence("refused.moment", name=name, given=quoted(text)), Exit.USAGE) from error


def level_meant(name: str | None, plan: ResponsePlan) -> str:
    """A level of the plan by its name; the highest where none is named."""
    names = [level.name for level in plan.levels]
    if name is None:
        return names[-1]
    if name not in names:
        near = nearest(name, names)
        key, facts = ("level_near", {"near": near}) if near else ("level", {"known": tuple(names)})
        raise CommandError(Sentence(f"refused.{key}", name=name, **facts), Exit.USAGE)
    return name


def node(values: Sequence[str], known: Collection[Path]) -> Path:
    """The node that is meant, one of the known ones.

    A single value is tried as JSON, as a name, and cut at ` > ` and at `/`, as names may hold these.
    """
    tried = nodes_meant(values)
    for path in tried:
        if path in known:
            return path
    # Pages print names without line breaks and the like, so that what was copied from one is found too.
    printed = {clean(ARROW.join(path)): path for path in known}
    if clean(values[0]) in printed and len(values) == 1:
        return printed[clean(values[0])]
    wanted = ARROW.join(tried[-1])
    near = nearest(wanted, (ARROW.join(path) for path in known))
    key, facts = ("node_near", {"near": near}) if near else ("node", {})
    raise CommandError(Sentence(f"refused.{key}", wanted=quoted(wanted), **facts), Exit.USAGE)


def nodes_meant(values: Sequence[str]) -> list[Path]:
    """What the values can mean, the likeliest reading of a whole path last."""
    return list(dict.fromkeys(_meanings(values)))


def _meanings(values: Sequence[str]) -> Iterator[Path]:
    names = tuple(value.strip() for value in values)
    if len(names) > 1:
        yield names
        return
    [text] = names
    listed = _listed(text)
    if listed is not None:
        yield listed
    yield (text,) if text else ()
    yield tuple(name.strip() for name in text.split(ARROW.strip()) if name.strip())
    if "/" in text:
        yield tuple(name.strip() for name in text.split("/") if name.strip())


def _listed(text: str) -> Path | None:
    """The names of a JSON list."""
    if not text.startswith("["):
        return None
    try:
        names = json.loads(text)
    except ValueError:
        return None
    return tuple(names) if isinstance(names, list) and all(isinstance(n, str) for n in names) else None
