"""`signals`: what fired, with what became of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from alerts.catalogue import say
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import counted, is_late, place_of
from connectors.ticket import to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.clock import SystemClock
from monitor.commands import Exit
from monitor.commands._asking import node, node_argument, span, span_arguments
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._records import signal_record
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.config import Config
from monitor.storage.signals import StoredSignal

# As many as people read; machines get all.
SHOWN: Final = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    span_arguments(parser, "signals that crossed")
    node_argument(parser, "only signals of this node")
    parser.add_argument("--rule", metavar="NAME", help="only signals of this rule")
    parser.add_argument("--level", metavar="NAME", help="only signals of this level")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_positive,
        help=f"at most so many, the last ones (default: {SHOWN}; with --json: all)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace) -> int:
    """Print the signals, the earliest first."""
    config = loaded(args)
    start, end = span(args, config.timezone)
    limit = args.limit or (None if args.json else SHOWN)
    with opened(config) as store, store.reading() as tx:
        chosen = None if args.node is None else node(args.node, {(), *tx.nodes.paths()})
        # One more than is shown tells whether there are more.
        found = tx.signals.find(
            rule=args.rule,
            node=chosen,
            level=args.level,
            start=start,
            end=end,
            limit=None if limit is None else limit + 1,
        )
    more = limit is not None and len(found) > limit
    found = found[1:] if more else found
    if args.json:
        iso = cache(Calendar(config.timezone).iso)
        records = [_record(stored, iso) for stored in found]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
        return Exit.OK
    now = to_us(SystemClock().now())
    lines = signal_table([stored.signal for stored in found], config, now=now)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    if not found:
        sys.stdout.write(say(config.language, "signals.none") + "\n")
    elif more:
        sys.stdout.write("\n" + say(config.language, "signals.more", n=len(found)) + "\n")
    return Exit.OK


def signal_table(signals: Sequence[Signal], config: Config, *, now: int, indent: str = "") -> Iterator[str]:
    """Signals as a table for people."""
    if not signals:
        return
    moments = Moments(config.language, config.timezone, now)
    names = ("crossed", "level", "node", "count", "rule", "note")
    yield from table(
        [Column(say(config.language, f"signals.{name}")) for name in names],
        [
            (
                local_time(moments, signal.crossed_at),
                config.plan.level(signal.level).titled(config.language),
                place_of(signal, config.language),
                counted(signal, moments),
                signal.rule,
                _note(signal, moments),
            )
            for one in signals
            for signal in (replace(one, rule=config.plan.rule(one.rule, config.language)),)
        ],
        indent=indent,
    )


def local_time(moments: Moments, us: int) -> str:
    """2026-11-22 15:04, with the offset where the clock shows this time twice."""
    return f"{moments.local(us).date().isoformat()} {moments.clock(us)}"


def _note(signal: Signal, moments: Moments) -> str:
    """What became of it: corrected since, or told late."""
    notes = []
    if signal.revised_to is not None:
        notes.append(say(moments.language, "signals.revised", now=signal.revised_to))
    if is_late(signal):
        notes.append(say(moments.language, "signals.late", late=moments.span(signal.late_us)))
    return say(moments.language, "signals.and").join(notes)


def _record(stored: StoredSignal, iso: Any) -> dict[str, Any]:
    return {
        **signal_record(stored.signal, iso),
        "fired_at": iso(stored.fired_at),
        "page": stored.page_key,
        "awaiting": stored.awaiting,
    }


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
