"""`replay`: run the sources' whole history through the engine, send nothing, and write what it finds."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from alerts.catalogue import say
from alerts.page import Page, page_line
from connectors.counting import Versions
from connectors.source import Quarantined
from connectors.taxonomy import Taxonomy
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.analysis.page_diff import PageDiff, compare
from monitor.clock import SystemClock
from monitor.commands import Exit, config_argument
from monitor.commands._history import (
    Histories,
    judged,
    pages_of,
    read,
    reads_the_same,
    responses,
    say_late,
)
from monitor.commands._page_diff import diff_lines, diff_records, diff_summary
from monitor.commands._progress import Report, reporting
from monitor.commands._records import by_hour_and_path, signal_record, trend_texts
from monitor.commands._refusing import refused
from monitor.commands._tables import Column, facts, table
from monitor.config import Config, load
from monitor.replay.files import (
    DIFF,
    NOTIFICATIONS,
    QUARANTINE,
    SIGNALS,
    SUMMARY,
    TREND,
    OutputError,
    ReplayFiles,
)
from monitor.replay.history import versions_of
from monitor.replay.replay import Replayed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    config_argument(parser)
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        required=True,
        help=f"folder for {SIGNALS}, {TREND}, {NOTIFICATIONS}, {QUARANTINE} and {SUMMARY}; it is made",
    )
    parser.add_argument(
        "--against",
        metavar="OLD",
        type=Path,
        help="another configuration: print which pages it makes otherwise, "
        f"write them to {DIFF}, and fail when a page of a hard rule is lost",
    )
    parser.add_argument("--json", action="store_true", help=f"print the content of {SUMMARY}")


def run(args: argparse.Namespace) -> int:
    """Replay, write the files, and print the summary."""
    config = load(args.config)
    args.language = config.language
    old = None if args.against is None else load(args.against)
    try:
        with (
            ReplayFiles(args.out, diff=old is not None) as files,
            reporting(shown=not args.json) as report,
        ):
            summary, diff = _replayed(config, old, files, report=report, now=SystemClock().now())
    except OutputError as error:
        raise refused(error, Exit.UNREACHABLE) from error
    if args.json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(config, summary, args.out))
        if diff is not None:
            sys.stdout.writelines(f"{line}\n" for line in ("", *diff_lines(diff, config)))
    return Exit.PROBLEM if diff is not None and diff.lost else Exit.OK


def _replayed(
    config: Config, old: Config | None, files: ReplayFiles, *, report: Report, now: datetime
) -> tuple[dict[str, Any], PageDiff | None]:
    """Read, judge and write everything; the summary, and the difference to the old configuration."""
    started = time.perf_counter()
    calendar, taxonomy = Calendar(config.timezone), Taxonomy(config.taxonomy.levels)
    quarantined: Counter[str] = Counter()

    def set_aside(source: str, rows: Sequence[Quarantined]) -> None:
        quarantined[source] += files.set_aside(rows)

    batches = list(read(config, report, set_aside, now=now))

    report(say(config.language, "replay.judging"), 0)
    versions = versions_of(batches, taxonomy)
    say_late(config, versions)
    per_source = Counter[str]()
    for _, batch in batches:
        per_source[batch.source] += len(batch)
    batches.clear()
    names = [source.settings.name for source in config.sources]
    replayed = judged(config, versions, taxonomy)
    signals = list(replayed.signals)

    report(say(config.language, "replay.writing"), 0)
    pages = _written(config, files, replayed, signals)
    per_rule = Counter(signal.rule for signal in signals)
    step = replayed.step
    span = (step.clock_from, step.clock_to) if len(versions) else ()
    start, end = map(calendar.iso, span) if span else (None, None)
    summary = {
        "tickets": len(step.ledger.latest),
        "versions": len(versions),
        "quarantined": quarantined.total(),
        "signals": {rule.name: per_rule[rule.name] for rule in config.rules},
        "pages": len(pages),
        "seconds": round(time.perf_counter() - started, 3),
        "from": start,
        "to": end,
        "zone": config.timezone.key,
        "pages_told": sum(bool(page.told) for page in pages),
        "revised": dict(Counter(signal.rule for signal in signals if signal.revised_to is not None)),
        "sources": {name: {"versions": per_source[name], "quarantined": quarantined[name]} for name in names},
    }
    diff = None
    if old is not None:
        diff = compare(_old_pages(old, config, versions, taxonomy, report=report, now=now), pages)
        files.records(DIFF, diff_records(diff, config))
        summary["diff"] = diff_summary(diff)
    files.publish(summary)
    return summary, diff


def _old_pages(
    old: Config, config: Config, versions: Versions, taxonomy: Taxonomy, *, report: Report, now: datetime
) -> list[Page]:
    """The pages of the other configuration; its history is read only where it is another one."""
    if not reads_the_same(old, config):
        versions, taxonomy = Histories(report, lambda _source, _rows: None, now=now).of(old)
    report(say(old.language, "replay.judging"), 0)
    return pages_of(old, judged(old, versions, taxonomy).signals)


def _written(config: Config, files: ReplayFiles, replayed: Replayed, signals: list[Signal]) -> list[Page]:
    """Write signals, pages and trend rows; the pages."""
    taxonomy, iso = replayed.step.taxonomy, cache(replayed.step.calendar.iso)
    found = responses(config, signals)
    pages, incidents = found.pages, found.incidents
    files.records(
        SIGNALS,
        ({**signal_record(one, iso), "incident": incidents.get(one.identity)} for one in signals),
    )
    files.records(NOTIFICATIONS, (page_line(page, config.timezone) for page in pages))
    rows = by_hour_and_path(replayed.trend(), taxonomy.paths)
    files.texts(TREND, trend_texts(rows, taxonomy.paths, iso))
    return pages


def _told(config: Config, summary: dict[str, Any], out: Path) -> Iterable[str]:
    """The summary for people."""

    def words(key: str, **named: Any) -> str:
        return say(config.language, f"replay.{key}", **named)

    if not summary["versions"]:
        yield words("nothing")
    else:
        first, after = (datetime.fromisoformat(summary[name]) for name in ("from", "to"))
        last = after - timedelta(microseconds=1)
        yield words("done", start=first.date(), end=last.date(), zone=summary["zone"])
    yield ""
    per_rule = [
        (rule, f"{number:,}", f"{summary['revised'].get(rule, 0):,}")
        for rule, number in summary["signals"].items()
    ]
    if per_rule:
        columns = (
            Column(words("rule")),
            Column(words("signals"), right=True),
            Column(words("revised"), right=True),
        )
        yield from table(columns, per_rule)
        yield ""
    nobody = summary["pages"] - summary["pages_told"]
    pages = words("pages_count", n=summary["pages"])
    rows = [
        (words("tickets"), words("tickets_count", n=summary["tickets"], versions=summary["versions"])),
        (words("pages"), words("pages_nobody", text=pages, n=nobody) if nobody else pages),
        (words("quarantined"), words("quarantined_count", n=summary["quarantined"], file=QUARANTINE)),
        (words("seconds"), words("seconds_count", seconds=f"{summary['seconds']:.1f}")),
        (words("files"), str(out)),
    ]
    if not summary["quarantined"]:
        del rows[2]
    yield from facts(rows)
