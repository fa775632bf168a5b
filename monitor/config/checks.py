"""What a single value cannot show: names used twice, levels and depths that are not there, contradictions.

Pure questions; each answers with (key path, sentence) pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from connectors.rows.stamps import EPOCH_UNITS
from connectors.source import SourceSettings
from connectors.taxonomy import MAX_DEPTH
from monitor.config.implied import STANDARD_LEVELS
from monitor.config.near import quoted
from monitor.config.problem import KeyPath, spelled
from monitor.config.schema import RuleSettings, TaxonomySettings

Finding = tuple[KeyPath, str]
Row = tuple[int, Mapping[str, Any]]

# Any moment with two-digit parts will do to try a format on.
_SAMPLE: Final = datetime(2026, 11, 22, 13, 14, 15)  # noqa: DTZ001 - never read as an instant
# Kinds whose tickets have no form of their own, so that `fields` must be given.
_READ_BY_COLUMNS: Final = {
    *("csv", "jsonl", "parquet", "sql", "webhook"),
    *("freshdesk", "hubspot", "intercom", "jira", "salesforce", "servicenow", "zendesk"),
    *("redmine", "request_tracker", "roundup"),
}

_BAD_FORMAT = re.compile(r"bad directive|stray %")


def repeated_names(table: str, rows: Sequence[Row]) -> list[Finding]:
    """Names that two rows share, and empty ones."""
    found: list[Finding] = []
    first: dict[str, int] = {}
    for i, row in rows:
        name = row.get("name")
        if not isinstance(name, str):
            continue
        key = (table, i, "name")
        if not name.strip():
            found.append((key, "is empty; give it a name"))
        elif name in first:
            found.append(
                (key, f"{quoted(name)} is the name of {spelled((table, first[name]))} too; rename one")
            )
        first.setdefault(name, i)
    return found


def taxonomy_problems(taxonomy: TaxonomySettings) -> list[Finding]:
    """A tree has 1 to 5 levels with names of their own."""
    names = taxonomy.levels
    key: KeyPath = ("taxonomy", "levels")
    if not 1 <= len(names) <= MAX_DEPTH:
        return [(key, f"a taxonomy has 1 to {MAX_DEPTH} levels, and this one has {len(names)}")]
    return [
        (
            (*key, i),
            f"{quoted(name)} is "
            + ("empty" if not name.strip() else "there twice")
            + "; name each level once",
        )
        for i, name in enumerate(names)
        if not name.strip() or name in names[:i]
    ]


def source_problems(settings: SourceSettings, at: KeyPath) -> list[Finding]:
    """Times that are nothing, gaps that end before they begin, formats that cannot be read with."""
    found: list[Finding] = [
        ((*at, name), "is nothing; give a length of time")
        for name in ("every", "timeout", "blind_after")
        if getattr(settings, name) <= timedelta()
    ]
    found += [
        ((*at, "gaps", i, "to"), "is not after `from`; a gap is [from, to)")
        for i, gap in enumerate(settings.gaps)
        if gap.end <= gap.start
    ]
    if settings.datetime_format is not None and not _is_format(settings.datetime_format):
        given = quoted(settings.datetime_format)
        sentence = f'{given} is no strptime format; write one like "%d/%m/%Y %H:%M"'
        found.append(((*at, "datetime_format"), sentence))
    fields = settings.fields
    if fields is not None and fields.escalated is not None and fields.escalated_at is not None:
        found.append(((*at, "fields", "escalated_at"), "is given beside `escalated`; give one of the two"))
    if fields is not None and len(fields.category) > settings.levels:
        found.append(
            (
                (*at, "fields", "category"),
                f"has {len(fields.category)} columns, and the taxonomy has {settings.levels} levels",
            )
        )
    return found


def missing_fields(row: Mapping[str, Any], at: KeyPath) -> list[Finding]:
    """Sources that are read by columns have to be told which column holds what."""
    if row.get("kind") not in _READ_BY_COLUMNS or "fields" in row:
        return []
    return [
        (
            (*at, "fields"),
            "is missing; say in [sources.fields] which column holds id, created_at and category",
        )
    ]


def country_problems(country: object, at: KeyPath) -> list[Finding]:
    """A country is one whose holidays are known."""
    if not isinstance(country, str):
        return []
    import holidays

    known = holidays.list_supported_countries()
    if country in known:
        return []
    guess = f'; did you mean "{country.upper()}"?' if country.upper() in known else ""
    return [(at, f'no country {quoted(country)} with known public holidays; write two letters, "CN"{guess}')]


def depth_problems(
    settings: RuleSettings, row: Mapping[str, Any], at: KeyPath, depth: int, *, whole: bool
) -> list[Finding]:
    """Depths lie between 0 and the number of the tree's levels, each once.

    A rule that judges the `whole` tree may name levels that a shallower tree lacks, beside some it has.
    """
    deepest = MAX_DEPTH if whole and any(0 <= value <= depth for value in settings.depths) else depth
    key = (*at, "depths")
    if "depths" in row and not settings.depths:
        return [(key, f"is empty, so that nothing is judged; leave it out for the deepest, [{depth}]")]
    span = f"depths lie between 0 (everything) and {depth} (the deepest level)"
    outside = [
        ((*key, i), f"{span}, and this is {value}")
        for i, value in enumerate(settings.depths)
        if not 0 <= value <= deepest
    ]
    twice = [
        ((*key, i), f"{value} is there twice; name each depth once")
        for i, value in enumerate(settings.depths)
        if value in settings.depths[:i]
    ]
    return outside + twice


def empty_ladders(rules: Sequence[Row]) -> list[Finding]:
    """Rules that could never fire."""
    return [
        (("rules", i, "thresholds"), 'is empty, so that the rule never fires; write { "level" = count }')
        for i, row in rules
        if row.get("thresholds") == {}
    ]


def levels_of(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """The levels that rules name, each once."""
    return list(dict.fromkeys(name for row in rules for _, name in _levels_in(row)))


def unknown_levels(rules: Sequence[Row], known: Sequence[str]) -> list[Finding]:
    """Levels that rules name and the plan does not have; its three standard ones need not be listed."""
    has = f"the plan has: {', '.join(known or STANDARD_LEVELS)}"
    return [
        (("rules", i, *key), f"no level named {quoted(name)}; {has}")
        for i, row in rules
        for key, name in _levels_in(row)
        if name not in known and name not in STANDARD_LEVELS
    ]


def plan_warnings(implied: Sequence[str]) -> list[Finding]:
    """Levels that rules use without [[levels]] listing them."""
    return [
        (
            ("levels",),
            f"{name} is used by a rule and not listed, so that it tells nobody; add a [[levels]] table",
        )
        for name in implied
    ]


def pages_problems(address: object, at: KeyPath) -> list[Finding]:
    """Pages are reached by an address of the web, and lie at its root or below a folder."""
    if not isinstance(address, str) or re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", address):
        return []
    return [(at, f'{quoted(address)} is no address of the web; write it like "https://monitor.example.com"')]


def clustering_problems(
    sources: Sequence[str], known: Sequence[str], *, enabled_here: bool, keeps_text: bool
) -> list[Finding]:
    """Placing names sources that there are, and learns from texts that are kept."""
    found: list[Finding] = []
    for i, name in enumerate(sources):
        if name not in known:
            there = ", ".join(known)
            sentence = f"no source is named {quoted(name)}; there are: {there}"
            found.append((("clustering", "sources", i), sentence))
    if enabled_here and not keeps_text:
        sentence = "placing learns from stored texts; set privacy.keep_text = true, or leave this out"
        found.append((("clustering", "enabled"), sentence))
    return found


def rule_warnings(rules: Sequence[Mapping[str, Any]], levels: Sequence[str]) -> list[Finding]:
    """A configuration that judges nothing, and ladders on which a higher level comes first."""
    if not rules:
        return [(("rules",), "there is none: only the trend log is written")]
    found: list[Finding] = []
    for i, row in enumerate(rules):
        ladder = row.get("thresholds", {})
        for lower, higher in pairwise(sorted(ladder, key=levels.index)):
            if ladder[higher] < ladder[lower]:
                sentence = (
                    f"{higher} is the higher level, and its threshold {ladder[higher]} is below "
                    f"the {ladder[lower]} of {lower}"
                )
                found.append((("rules", i, "thresholds", higher), sentence))
    return found


def _levels_in(row: Mapping[str, Any]) -> list[tuple[KeyPath, str]]:
    found: list[tuple[KeyPath, str]] = []
    if isinstance(row.get("level"), str):
        found.append((("level",), row["level"]))
    if isinstance(row.get("levels"), list):
        found += [(("levels", i), name) for i, name in enumerate(row["levels"]) if isinstance(name, str)]
    if isinstance(row.get("thresholds"), dict):
        found += [(("thresholds", name), name) for name in row["thresholds"]]
    return found


def _is_format(text: str) -> bool:
    try:
        datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007 - only whether it can be done
    except ValueError as error:
        return not _BAD_FORMAT.search(str(error)) and "%" in text
    return "%" in text or text in EPOCH_UNITS
