"""`backtest`: what configurations would have paged over the history as it arrived, and what differs."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from alerts.catalogue import Sentence, say
from alerts.page import page_line
from alerts.rendering.moments import Moments
from connectors.taxonomy import Taxonomy
from detectors.signal import Signal
from monitor.analysis.backtest import Backtest, Found, Judged, backtest
from monitor.analysis.labels import Label, LabelsError, read_labels
from monitor.analysis.page_diff import PageDiff, compare
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit
from monitor.commands._history import Arrivals, judged, pages_of
from monitor.commands._page_diff import UTC, diff_lines, diff_records, diff_summary
from monitor.commands._progress import Report, reporting
from monitor.commands._records import signal_record
from monitor.commands._refusing import refused
from monitor.commands._tables import Column, facts, table
from monitor.config import Config, load

SUMMARY: Final = "backtest.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        action="append",
        help="a configuration; given again, each is compared with the first (default: config.toml)",
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="CSV of what really happened: node,start,end; then precision and recall are told too",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        required=True,
        help=f"folder for {SUMMARY} and JSON lines; it is made",
    )
    parser.add_argument("--json", action="store_true", help=f"print the content of {SUMMARY}")


@dataclass(frozen=True)
class Outcome:
    """What one configuration did."""

    name: str
    config: Config
    signals: tuple[Signal, ...]
    result: Backtest
    polled: int


def run(args: argparse.Namespace) -> int:
    """Replay each configuration, judge its pages, and print the differences."""
    files = args.config or [Path("config.toml")]
    configs = [load(file) for file in files]
    args.language = configs[0].language
    with reporting(shown=not args.json) as report:
        outcomes = _outcomes(configs, _names(files), args.labels, report)
    first, *others = outcomes
    diffs = [compare(_pages(first), _pages(other)) for other in others]
    summary = _summary(outcomes, diffs)
    _write(args.out, outcomes, diffs, summary)
    if args.json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(outcomes, diffs, args.out))
    return Exit.OK


def _outcomes(
    configs: Sequence[Config], names: Sequence[str], labels: Path | None, report: Report
) -> list[Outcome]:
    arrivals = Arrivals(report, now=SystemClock().now())
    outcomes = []
    for config, name in zip(configs, names, strict=True):
        arrived = arrivals.of(config)
        report(say(config.language, "replay.judging"), 0)
        replayed = judged(config, arrived.versions, arrived.taxonomy)
        told = () if labels is None else _labels(labels, config, arrived.taxonomy)
        result = backtest(replayed.step, pages_of(config, replayed.signals), told)
        outcomes.append(Outcome(name, config, replayed.signals, result, arrived.polled))
    return outcomes


def _labels(file: Path, config: Config, taxonomy: Taxonomy) -> tuple[Label, ...]:
    try:
        return read_labels(file, config.timezone, taxonomy.paths)
    except LabelsError as error:
        raise refused(error) from error


def _names(files: Sequence[Path]) -> list[str]:
    """A name for each configuration: its file's, with a number where several are called the same."""
    stems = [file.stem for file in files]
    return [
        stem if stems.count(stem) == 1 else f"{stem}-{stems[:i].count(stem) + 1}"
        for i, stem in enumerate(stems)
    ]


def _pages(outcome: Outcome) -> list[Any]:
    return [one.page for one in outcome.result.pages]


# For programs


def _summary(outcomes: Sequence[Outcome], diffs: Sequence[PageDiff]) -> dict[str, Any]:
    first = outcomes[0].name
    return {
        "configurations": [_figures(outcome) for outcome in outcomes],
        "differences": [
            {"old": first, "new": outcome.name, **diff_summary(diff)}
            for outcome, diff in zip(outcomes[1:], diffs, strict=True)
        ],
    }


def _figures(outcome: Outcome) -> dict[str, Any]:
    result, zone = outcome.result, outcome.config.timezone
    per_rule = Counter(signal.rule for signal in outcome.signals)
    moments = Moments("en", zone, result.end)
    there = result.end > result.start
    return {
        "name": outcome.name,
        "file": str(outcome.config.file),
        "from": moments.local(result.start).isoformat() if there else None,
        "to": moments.local(result.end).isoformat() if there else None,
        "zone": zone.key,
        "signals": {rule.name: per_rule[rule.name] for rule in outcome.config.rules},
        "pages": len(result.pages),
        "pages_per_week": round(result.pages_per_week, 3),
        "delay_minutes": None if result.delay_us is None else round(result.delay_us / 60e6, 2),
        "tickets_before_detection": result.tickets,
        "labels": len(result.found),
        "labels_outside": result.outside,
        "found": sum(one.page is not None for one in result.found),
        "recall": result.recall,
        "precision": result.precision,
        "versions_polled": outcome.polled,
    }


def _write(
    out: Path, outcomes: Sequence[Outcome], diffs: Sequence[PageDiff], summary: dict[str, Any]
) -> None:
    """A file for each question and configuration; the summary last."""
    texts: dict[str, Iterator[dict[str, Any]]] = {}
    for outcome in outcomes:
        zone = outcome.config.timezone
        iso = cache(Moments("en", zone, 0).local)
        texts[f"{outcome.name}.signals.jsonl"] = (
            signal_record(signal, lambda us, iso=iso: iso(us).isoformat())  # type: ignore[misc]
            for signal in outcome.signals
        )
        texts[f"{outcome.name}.pages.jsonl"] = (_page_record(one, outcome) for one in outcome.result.pages)
        if outcome.result.found:
            texts[f"{outcome.name}.labels.jsonl"] = (
                _label_record(one, outcome) for one in outcome.result.found
            )
    for outcome, diff in zip(outcomes[1:], diffs, strict=True):
        texts[f"{outcomes[0].name}-{outcome.name}.diff.jsonl"] = diff_records(diff, outcome.config)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / SUMMARY).unlink(missing_ok=True)
        for name, records in texts.items():
            with (out / name).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (out / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        facts_ = {"folder": str(out), "detail": error.strerror or str(error)}
        raise CommandError(Sentence("refused.no_output", **facts_), Exit.UNREACHABLE) from error


def _page_record(one: Judged, outcome: Outcome) -> dict[str, Any]:
    return {
        **page_line(one.page, outcome.config.timezone),
        "after_seconds": one.after_us / 1e6,
        "tickets_before": one.tickets,
        "labels": list(one.labels),
    }


def _label_record(one: Found, outcome: Outcome) -> dict[str, Any]:
    moments = Moments("en", outcome.config.timezone, 0)
    return {
        "node": list(one.label.node),
        "start": moments.local(one.label.start).isoformat(),
        "end": moments.local(one.label.end).isoformat(),
        "page": one.page and page_line(one.page, outcome.config.timezone),
        "delay_seconds": one.delay_us / 1e6 if one.page else None,
        "tickets_before": one.tickets if one.page else None,
    }


# For people


def _told(outcomes: Sequence[Outcome], diffs: Sequence[PageDiff], out: Path) -> Iterator[str]:
    first = outcomes[0]
    language = first.config.language

    def words(name: str, **named: Any) -> str:
        return say(language, f"backtest.{name}", **named)

    result, zone = first.result, first.config.timezone
    if result.end == result.start:
        yield words("nothing")
        return
    moments = Moments(language, zone, result.end)
    last = moments.local(result.end) - timedelta(microseconds=1)
    yield words("from_to", start=moments.local(result.start).date(), end=last.date(), zone=zone.key)
    yield ""
    names = ("signals", "pages", "per_week", "found", "right", "delay", "tickets")
    columns = (Column(words("configuration")), *(Column(words(name), right=True) for name in names))
    yield from table(columns, [_cells(outcome, language) for outcome in outcomes])
    yield ""
    yield words("delays_labels") if result.found else words("delays", n=len(result.pages))
    if result.outside:
        yield words("outside", n=result.outside)
    if any(outcome.polled for outcome in outcomes):
        yield words("polled", n=max(outcome.polled for outcome in outcomes))
    for outcome, diff in zip(outcomes[1:], diffs, strict=True):
        yield ""
        yield words("against", new=outcome.name, old=first.name)
        yield from diff_lines(diff, outcome.config)
    yield ""
    yield from facts([(words("files"), str(out))])


def _cells(outcome: Outcome, language: str) -> tuple[str, ...]:
    result = outcome.result
    found = sum(one.page is not None for one in result.found)
    right = sum(bool(one.labels) for one in result.pages)

    def share(some: int, of: int) -> str:
        return say(language, "backtest.found_of", found=some, all=of, share=some / of) if of else ""

    return (
        outcome.name,
        f"{len(outcome.signals):,}",
        f"{len(result.pages):,}",
        f"{result.pages_per_week:,.1f}",
        share(found, len(result.found)),
        share(right, len(result.pages)) if result.found else "",
        "" if result.delay_us is None else Moments(language, UTC, 0).span(int(result.delay_us)),
        "" if result.tickets is None else f"{result.tickets:,.0f}",
    )
