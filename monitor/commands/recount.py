"""`recount`: whether the stored counts are what the tickets say, hour by hour and node by node."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from alerts.catalogue import Sentence, say
from alerts.rendering.moments import Moments
from alerts.rendering.phrases import whole_path
from connectors.ticket import Path, to_us
from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._configured import configured_arguments, loaded
from monitor.commands._progress import Report, reporting
from monitor.commands._store import opened
from monitor.commands._tables import Column, table
from monitor.commands.signals import local_time
from monitor.config import Config
from monitor.recount import Differences
from monitor.storage import Store, Transaction
from monitor.storage.facts import Cut
from monitor.storage.recount import mend, recount

# A mending that was killed holds the lease no longer than this.
LEASE: Final = timedelta(minutes=10)
# As many as people read; `--json` has all.
SHOWN: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument(
        "--mend", action="store_true", help="put the counts right; not while a daemon runs on this store"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Recount, mend if asked, and tell the differences."""
    config = loaded(args)
    calendar = Calendar(config.timezone)
    with opened(config) as store, reporting(shown=not args.json) as report:
        found, paths = (_mended if args.mend else _compared)(store, config, calendar, report)
    mended = bool(args.mend and len(found))
    if args.json:
        sys.stdout.write(
            json.dumps(_record(found, paths, calendar, mended=mended), ensure_ascii=False, indent=2) + "\n"
        )
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(found, paths, config, mended=mended))
    return Exit.PROBLEM if len(found) else Exit.OK


Found = tuple[Differences, Sequence[Path]]


def _compared(store: Store, config: Config, calendar: Calendar, report: Report) -> Found:
    """The differences as of one moment; a daemon may run on."""
    with store.reading() as tx:
        return _recounted(tx, config, calendar, report), tx.nodes.paths()


def _mended(store: Store, config: Config, calendar: Calendar, report: Report) -> Found:
    """The differences there were; a daemon that ran on would go on with the counts it remembers."""
    holder = f"complaint-monitor recount --mend ({socket.gethostname()}, process {os.getpid()})"
    store.acquire(holder, ttl=LEASE, now=to_us(SystemClock().now()))
    try:
        with store.writing() as tx:
            found, paths = _recounted(tx, config, calendar, report), tx.nodes.paths()
            mend(tx, calendar, found)
    finally:
        store.release()
    return found, paths


def _recounted(tx: Transaction, config: Config, calendar: Calendar, report: Report) -> Differences:
    known = tx.facts.cut()
    differs = known and known.differs(Cut(config.timezone.key, config.taxonomy.levels))
    if differs:
        raise CommandError(Sentence("recount.other", differs=differs), Exit.USAGE)
    text = say(config.language, "recount.counting")
    return recount(tx, calendar, progress=lambda done: report(text, done))


def _record(found: Differences, paths: Sequence[Path], calendar: Calendar, *, mended: bool) -> dict[str, Any]:
    cells = [
        {
            "hour": calendar.iso(hour),
            "node": list(paths[node]),
            "stored": {"tickets": stored[0], "escalated": stored[1]},
            "recounted": {"tickets": right[0], "escalated": right[1]},
        }
        for hour, node, stored, right in _cells(found)
    ]
    return {"ok": not cells, "mended": mended, "differences": cells}


def _told(found: Differences, paths: Sequence[Path], config: Config, *, mended: bool) -> Iterator[str]:
    language = config.language
    if not len(found):
        yield say(language, "recount.agree")
        return
    moments = Moments(language, config.timezone, to_us(SystemClock().now()))
    titles = [say(language, f"recount.{name}") for name in ("hour", "node", "tickets", "escalated")]
    rows = [
        (
            local_time(moments, hour),
            whole_path(paths[node], language, exact=len(paths[node]) < len(config.taxonomy.levels)),
            _change(stored[0], right[0]),
            _change(stored[1], right[1]),
        )
        for hour, node, stored, right in _cells(found)
    ]
    yield say(language, "recount.differ", n=len(found))
    yield ""
    columns = [Column(title, right=i > 1) for i, title in enumerate(titles)]
    yield from table(columns, rows[:SHOWN])
    if len(rows) > SHOWN:
        yield say(language, "recount.more", n=len(rows) - SHOWN)
    yield ""
    yield say(language, "recount.mended" if mended else "recount.mend", n=len(found))


def _cells(found: Differences) -> Iterator[tuple[int, int, tuple[int, int], tuple[int, int]]]:
    yield from zip(
        found.hour.tolist(), found.node.tolist(), found.stored.values(), found.recounted.values(), strict=True
    )


def _change(stored: int, right: int) -> str:
    """3 → 4; nothing where both are the same."""
    return "" if stored == right else f"{stored:,} → {right:,}"
