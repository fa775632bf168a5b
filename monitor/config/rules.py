"""The rules of a configuration: `[[rules]]`, each with the keys of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.catalogue import Sentence
from alerts.crosscheck import language_problems
from monitor.config import checks
from monitor.config.keys import keys_of
from monitor.config.kinds import Family
from monitor.config.problem import KeyPath
from monitor.config.reader import INVALID, Reader
from monitor.config.schema import Rule, RuleSettings


def read_rules(reader: Reader, given: object, *, levels: Sequence[str], depth: int) -> tuple[Rule, ...]:
    """The rules, without those in which there is a mistake.

    `levels` are those that the plan names; `depth` is how deep the taxonomy is.
    """
    rows = reader.rows(given, ("rules",))
    reader.keep(checks.repeated_names("rules", rows))
    reader.keep(checks.empty_ladders(rows))
    reader.keep(checks.unknown_levels(rows, levels))
    read = [_rule(reader, row, ("rules", i), depth) for i, row in rows]
    return tuple(rule for rule in read if rule is not None)


def _rule(reader: Reader, row: Mapping[str, Any], at: KeyPath, depth: int) -> Rule | None:
    known = len(reader.problems)
    options_kind = reader.options_kind(Family.RULE, row, at)
    settings = reader.part(RuleSettings, row, at)
    keys = [] if options_kind is None else [key.name for key in keys_of(options_kind)]
    if settings is not None:
        statistical = "false_pages_per_week" in keys
        reader.keep(checks.depth_problems(settings, row, at, depth, whole=statistical))
        reader.keep(checks.country_problems(row.get("country"), (*at, "country")))
        reader.keep(language_problems(settings.title, (*at, "title")))
    if options_kind is None:
        return None
    sugar = "thresholds" in keys and "threshold" not in keys and "level" not in keys
    row = _as_ladder(reader, row, at, options_kind) if sugar else row
    reader.unknown_keys(row, at, [*(key.name for key in keys_of(RuleSettings)), *keys])
    options = reader.part(options_kind, row, at)
    if settings is None or options is None or len(reader.problems) > known:
        return None
    there = tuple(value for value in settings.depths if value <= depth)
    return Rule(settings.name, settings.kind, there or (depth,), options, settings.title)


def _as_ladder(
    reader: Reader, row: Mapping[str, Any], at: KeyPath, options_kind: type[Any]
) -> Mapping[str, Any]:
    """`threshold` and `level` as the ladder of one step that they are short for."""
    short = {name: row[name] for name in ("threshold", "level") if name in row}
    if not short:
        return row
    rest = {name: value for name, value in row.items() if name not in short}
    if "thresholds" in row:
        reader.wrong((*at, next(iter(short))), Sentence("config.beside", other="thresholds"))
        return rest
    for name in {"threshold", "level"} - short.keys():
        reader.wrong((*at, name), Sentence("config.rule.half"))
    level = reader.value(str, short.get("level", "level"), (*at, "level"))
    threshold = reader.value(int, short.get("threshold", 1), (*at, "threshold"))
    ladder = {} if INVALID in (level, threshold) else {level: threshold}
    least = next((key.at_least for key in keys_of(options_kind) if key.name == "thresholds"), None)
    if ladder and least is not None and threshold < least:
        facts = {"bound": f"{least:g}", "given": str(threshold)}
        reader.wrong((*at, "threshold"), Sentence("config.at_least", **facts))
        ladder = {}
    return {**rest, "thresholds": ladder}
