"""`tune`: propose thresholds for a number of pages a week, and show what other thresholds would do."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from alerts.catalogue import Sentence, say
from alerts.page import Page
from connectors.ticket import DAY
from monitor.analysis.page_diff import PageDiff, compare, readable
from monitor.analysis.tuning import Knob, knob_of, share_out
from monitor.clock import SystemClock
from monitor.commands import CommandError, Exit, config_argument
from monitor.commands._history import Arrivals, judged, pages_of
from monitor.commands._page_diff import diff_sentence, diff_summary
from monitor.commands._progress import Report, reporting
from monitor.commands._tables import Column, facts, table
from monitor.config import Config, load
from monitor.config.schema import Rule
from monitor.replay.replay import Replayed
from monitor.wiring import gaps_of

WEEK: Final = 7 * DAY
CURVE: Final = "curve.csv"
SUMMARY: Final = "tune.json"
# Points of a curve that are shown around the present and the proposed value; the file has all.
SHOWN: Final = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    config_argument(parser)
    parser.add_argument(
        "--pages-per-week", metavar="N", type=float, required=True, help="pages a week that people can take"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help=f"folder for {CURVE} and {SUMMARY}; it is made (default: none)",
    )
    parser.add_argument("--json", action="store_true", help=f"print the content of {SUMMARY}")


@dataclass(frozen=True)
class Tuned:
    """What was found.

    Attributes
    ----------
    weeks : length of the history
    knobs, values : what can be tuned, and the value proposed for each
    fixed : signals a week of rules that cannot be tuned
    before, after : pages a week now, and with all that is proposed, both by replay
    """

    weeks: float
    knobs: tuple[Knob, ...]
    values: tuple[float, ...]
    fixed: float
    before: float
    after: float
    diff: PageDiff


def run(args: argparse.Namespace) -> int:
    """Tune, prove it by a replay, print it."""
    if not 0 < args.pages_per_week < float("inf"):
        raise CommandError(Sentence("refused.pages_per_week"), Exit.USAGE)
    config = load(args.config)
    args.language = config.language
    with reporting(shown=not args.json) as report:
        tuned = _tuned(config, args.pages_per_week, report)
    summary = _summary(tuned, config, args.pages_per_week)
    if args.out is not None:
        _write(args.out, tuned, summary)
    if args.json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    else:
        lines = _told(tuned, config, args.pages_per_week, args.out)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return Exit.OK


def _tuned(config: Config, wanted: float, report: Report) -> Tuned:
    arrived = Arrivals(report, now=SystemClock().now()).of(config)
    if len(arrived.versions) == 0:
        raise CommandError(say(config.language, "backtest.nothing"))

    def pages(rules: Sequence[Rule]) -> tuple[Replayed, list[Page]]:
        report(say(config.language, "replay.judging"), 0)
        tried = replace(config, rules=tuple(rules))
        replayed = judged(tried, arrived.versions, arrived.taxonomy)
        return replayed, [*filter(readable, pages_of(tried, replayed.signals))]

    present, before = pages(config.rules)
    step, gaps = present.step, gaps_of(config)
    weeks = (step.clock_to - step.clock_from) / WEEK
    number = Counter(signal.rule for signal in present.signals)
    found = {
        rule.name: knob_of(rule, step, gaps, budget=wanted, present=number[rule.name])
        for rule in config.rules
    }
    knobs = tuple(knob for knob in found.values() if knob is not None)
    if not knobs:
        raise CommandError(say(config.language, "tune.no_knob"))
    others = {name for name, knob in found.items() if knob is None}
    fixed = sum(any(signal.rule in others for signal in page.signals) for page in before) / weeks
    values = tuple(share_out(knobs, max(wanted - fixed, 0.0) * weeks))
    proposed = {knob.rule.name: knob.with_value(value) for knob, value in zip(knobs, values, strict=True)}
    _, after = pages([proposed.get(rule.name, rule) for rule in config.rules])
    return Tuned(weeks, knobs, values, fixed, len(before) / weeks, len(after) / weeks, compare(before, after))


# For programs


def _summary(tuned: Tuned, config: Config, wanted: float) -> dict[str, Any]:
    return {
        "file": str(config.file),
        "pages_per_week_wanted": wanted,
        "pages_per_week_now": round(tuned.before, 3),
        "pages_per_week_proposed": round(tuned.after, 3),
        "weeks": round(tuned.weeks, 3),
        "rules": [
            {
                "rule": knob.rule.name,
                "kind": knob.rule.kind,
                "key": knob.name,
                "now": _setting(knob, knob.now),
                "proposed": _setting(knob, value),
                "signals_per_week_now": round(knob.signals(knob.now) / tuned.weeks, 3),
                "signals_per_week_proposed": round(knob.signals(value) / tuned.weeks, 3),
            }
            for knob, value in zip(tuned.knobs, tuned.values, strict=True)
        ],
        "diff": diff_summary(tuned.diff),
    }


def _setting(knob: Knob, value: float) -> Any:
    """What stands in the configuration at a value."""
    setting = getattr(knob.with_value(value).options, knob.name)
    return dict(setting) if isinstance(setting, Mapping) else setting


def _write(out: Path, tuned: Tuned, summary: dict[str, Any]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / CURVE).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(
                ("rule", "kind", "key", "value", "signals", "signals_per_week", "now", "proposed")
            )
            for knob, proposed in zip(tuned.knobs, tuned.values, strict=True):
                for value in sorted({*knob.values, knob.now, proposed}):
                    number = knob.signals(value)
                    writer.writerow(
                        (
                            knob.rule.name,
                            knob.rule.kind,
                            knob.name,
                            f"{value:g}",
                            number,
                            f"{number / tuned.weeks:.3f}",
                            int(value == knob.now),
                            int(value == proposed),
                        )
                    )
        (out / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        facts = {"folder": str(out), "detail": error.strerror or str(error)}
        raise CommandError(Sentence("refused.no_output", **facts), Exit.UNREACHABLE) from error


# For people


def _told(tuned: Tuned, config: Config, wanted: float, out: Path | None) -> Iterator[str]:
    def words(name: str, **named: Any) -> str:
        return say(config.language, f"tune.{name}", **named)

    yield words("wanted", wanted=f"{wanted:g}", weeks=f"{tuned.weeks:.1f}")
    yield ""
    columns = (
        Column(words("rule")),
        Column(words("key")),
        Column(words("now"), right=True),
        Column(words("now_per_week"), right=True),
        Column(words("proposed"), right=True),
        Column(words("proposed_per_week"), right=True),
    )
    rows = [
        (
            knob.rule.name,
            knob.name,
            _printed(knob, knob.now),
            f"{knob.signals(knob.now) / tuned.weeks:.1f}",
            _printed(knob, value),
            f"{knob.signals(value) / tuned.weeks:.1f}",
        )
        for knob, value in zip(tuned.knobs, tuned.values, strict=True)
    ]
    yield from table(columns, rows)
    yield ""
    if tuned.fixed:
        yield words("fixed", number=f"{tuned.fixed:.1f}")
    yield words("proof", now=f"{tuned.before:.1f}", then=f"{tuned.after:.1f}")
    yield diff_sentence(tuned.diff, config.language)
    if tuned.diff.lost:
        yield say(config.language, "page_diff.lost", n=len(tuned.diff.lost))
    for knob, value in zip(tuned.knobs, tuned.values, strict=True):
        yield ""
        yield words("curve", rule=knob.rule.name, key=knob.name)
        yield from _curve(knob, value, tuned.weeks, words("proposed"), words("now"), words("per_week"))
    if out is not None:
        yield ""
        yield from facts([(words("files"), str(out))])


def _curve(knob: Knob, proposed: float, weeks: float, *titles: str) -> Iterator[str]:
    """Some points around the present and the proposed value."""
    points = sorted({*knob.values, knob.now, proposed})
    near = {
        i + offset
        for i, value in enumerate(points)
        if value in {knob.now, proposed}
        for offset in range(-SHOWN, SHOWN + 1)
    }
    mark = {proposed: titles[0], knob.now: titles[1]}
    rows = [
        (_printed(knob, value), f"{knob.signals(value) / weeks:.1f}", mark.get(value, ""))
        for i, value in enumerate(points)
        if i in near
    ]
    columns = (Column(knob.name, right=True), Column(titles[2], right=True), Column(""))
    yield from table(columns, rows, indent="  ")


def _printed(knob: Knob, value: float) -> str:
    setting = _setting(knob, value)
    if isinstance(setting, dict):
        return " / ".join(f"{number:,}" for number in setting.values())
    return f"{setting:,g}" if isinstance(setting, float) else f"{setting:,}"
