"""`replay`: run the sources' whole history through the engine, send nothing, and write what it finds."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from alerts.catalogue import say
from alerts.page import Page, page_line
from alerts.respond import respond
from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch, at_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit, config_argument
from monitor.commands._progress import Report, reporting
from monitor.config import Config, load
from monitor.history import BatchOf, versions_of
from monitor.privacy import Prepare, configured_key, passing_key, preparing
from monitor.records import by_hour_and_path, signal_record, trend_texts
from monitor.replay import Replayed, moments, replay
from monitor.replay_files import (
    NOTIFICATIONS,
    QUARANTINE,
    SIGNALS,
    SUMMARY,
    TREND,
    OutputError,
    ReplayFiles,
)
from monitor.tables import Column, facts, table
from monitor.wiring import gaps_of


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
    parser.add_argument("--json", action="store_true", help=f"print the content of {SUMMARY}")


def run(args: argparse.Namespace) -> int:
    """Replay, write the files, and print the summary."""
    config = load(args.config)
    prepare = _prepare(config)
    try:
        with ReplayFiles(args.out) as files, reporting(shown=not args.json) as report:
            summary = _replayed(config, files, report, prepare=prepare, now=SystemClock().now())
    except OutputError as error:
        raise CommandError(str(error), Exit.UNREACHABLE) from error
    if args.json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(config, summary, args.out))
    return Exit.OK


def _replayed(
    config: Config, files: ReplayFiles, report: Report, *, prepare: Prepare, now: datetime
) -> dict[str, Any]:
    """Read, judge and write everything; the summary."""
    started = time.perf_counter()
    calendar, taxonomy = Calendar(config.timezone), Taxonomy(config.taxonomy.levels)
    quarantined: Counter[str] = Counter()
    batches = list(_read(config, files, report, quarantined, prepare=prepare, now=now))

    report(say(config.language, "replay.judging"), 0)
    versions = versions_of(batches, taxonomy)
    read = Counter[str]()
    for _, batch in batches:
        read[batch.source] += len(batch)
    batches.clear()
    names = [source.settings.name for source in config.sources]
    replayed = replay(
        versions,
        taxonomy=taxonomy,
        calendar=calendar,
        sources=names,
        detectors={rule.name: rule.open() for rule in config.rules},
        missing=gaps_of(config),
    )
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
        "sources": {name: {"versions": read[name], "quarantined": quarantined[name]} for name in names},
    }
    files.publish(summary)
    return summary


def _read(
    config: Config,
    files: ReplayFiles,
    report: Report,
    quarantined: Counter[str],
    *,
    prepare: Prepare,
    now: datetime,
) -> Iterator[BatchOf]:
    """All batches with their source's number, in the order of the configuration; bad rows are set aside."""
    for number, source in enumerate(config.sources):
        text, read = say(config.language, "replay.reading", source=source.settings.name), 0
        report(text, read)
        for poll in source.open().history(now):
            quarantined[source.settings.name] += files.set_aside(poll.quarantined)
            read += len(poll.batch)
            report(text, read)
            yield number, _judged_columns(prepare(poll.batch))


def _judged_columns(batch: TicketBatch) -> TicketBatch:
    """The batch without what no rule asks for, which would fill the memory."""
    return replace(batch, text=None, region=None, channel=None)


def _written(config: Config, files: ReplayFiles, replayed: Replayed, signals: list[Signal]) -> list[Page]:
    """Write signals, pages and trend rows; the pages."""
    taxonomy, iso = replayed.step.taxonomy, cache(replayed.step.calendar.iso)
    files.records(SIGNALS, (signal_record(signal, iso) for signal in signals))
    pages = [
        page
        for moment, together in moments(signals)
        for page in respond(together, plan=config.plan, now=at_us(moment)).pages
    ]
    files.records(NOTIFICATIONS, (page_line(page, config.timezone) for page in pages))
    rows = by_hour_and_path(replayed.trend(), taxonomy.paths)
    files.texts(TREND, trend_texts(rows, taxonomy.paths, iso))
    return pages


def _prepare(config: Config) -> Prepare:
    """What the daemon does to batches; without a configured key, hashes are of this run alone."""
    try:
        return preparing(config.privacy, configured_key(config.privacy) or passing_key())
    except (LookupError, ValueError) as error:
        raise CommandError(f"privacy.key: {error}", Exit.USAGE) from error


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
