"""What a single value cannot show: names used twice, levels and depths that are not there, contradictions.

Pure questions; each answers with (key path, sentence) pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from alerts.catalogue import Sentence
from connectors.rows.stamps import EPOCH_UNITS
from connectors.source import SourceSettings
from connectors.taxonomy import MAX_DEPTH
from monitor.config.implied import STANDARD_LEVELS
from monitor.config.near import quoted
from monitor.config.problem import KeyPath, spelled
from monitor.config.schema import RuleSettings, TaxonomySettings

Finding = tuple[KeyPath, Sentence]
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
            found.append((key, Sentence("config.name.empty")))
        elif name in first:
            facts = {"name": quoted(name), "other": spelled((table, first[name]))}
            found.append((key, Sentence("config.name.twice", **facts)))
        first.setdefault(name, i)
    return found


def taxonomy_problems(taxonomy: TaxonomySettings) -> list[Finding]:
    """A tree has 1 to 5 levels with names of their own."""
    names = taxonomy.levels
    key: KeyPath = ("taxonomy", "levels")
    if not 1 <= len(names) <= MAX_DEPTH:
        return [(key, Sentence("config.taxonomy.deep", most=MAX_DEPTH, given=len(names)))]
    return [
        (
            (*key, i),
            Sentence(f"config.taxonomy.{'twice' if name.strip() else 'empty'}", name=quoted(name)),
        )
        for i, name in enumerate(names)
        if not name.strip() or name in names[:i]
    ]


def source_problems(settings: SourceSettings, at: KeyPath) -> list[Finding]:
    """Times that are nothing, gaps that end before they begin, formats that cannot be read with."""
    found: list[Finding] = [
        ((*at, name), Sentence("config.source.nothing"))
        for name in ("every", "timeout", "blind_after")
        if getattr(settings, name) <= timedelta()
    ]
    found += [
        ((*at, "gaps", i, "to"), Sentence("config.source.gap"))
        for i, gap in enumerate(settings.gaps)
        if gap.end <= gap.start
    ]
    if settings.datetime_format is not None and not _is_format(settings.datetime_format):
        sentence = Sentence("config.source.format", given=quoted(settings.datetime_format))
        found.append(((*at, "datetime_format"), sentence))
    fields = settings.fields
    if fields is not None and fields.escalated is not None and fields.escalated_at is not None:
        beside = Sentence("config.beside", other="escalated")
        found.append(((*at, "fields", "escalated_at"), beside))
    if fields is not None and len(fields.category) > settings.levels:
        wide = Sentence("config.source.wide", columns=len(fields.category), levels=settings.levels)
        found.append(((*at, "fields", "category"), wide))
    return found


def missing_fields(row: Mapping[str, Any], at: KeyPath) -> list[Finding]:
    """Sources that are read by columns have to be told which column holds what."""
    if row.get("kind") not in _READ_BY_COLUMNS or "fields" in row:
        return []
    return [((*at, "fields"), Sentence("config.source.fields"))]


def country_problems(country: object, at: KeyPath) -> list[Finding]:
    """A country is one whose holidays are known."""
    if not isinstance(country, str):
        return []
    import holidays

    known = holidays.list_supported_countries()
    if country in known:
        return []
    hint = Sentence("config.near", near=country.upper()) if country.upper() in known else ""
    return [(at, Sentence("config.country", given=quoted(country), hint=hint))]


def depth_problems(
    settings: RuleSettings, row: Mapping[str, Any], at: KeyPath, depth: int, *, whole: bool
) -> list[Finding]:
    """Depths lie between 0 and the number of the tree's levels, each once.

    A rule that judges the `whole` tree may name levels that a shallower tree lacks, beside some it has.
    """
    deepest = MAX_DEPTH if whole and any(0 <= value <= depth for value in settings.depths) else depth
    key = (*at, "depths")
    if "depths" in row and not settings.depths:
        return [(key, Sentence("config.depth.none", deepest=depth))]
    outside: list[Finding] = [
        ((*key, i), Sentence("config.depth.outside", deepest=depth, given=value))
        for i, value in enumerate(settings.depths)
        if not 0 <= value <= deepest
    ]
    twice: list[Finding] = [
        ((*key, i), Sentence("config.depth.twice", given=value))
        for i, value in enumerate(settings.depths)
        if value in settings.depths[:i]
    ]
    return outside + twice


def empty_ladders(rules: Sequence[Row]) -> list[Finding]:
    """Rules that could never fire."""
    return [
        (("rules", i, "thresholds"), Sentence("config.rule.empty"))
        for i, row in rules
        if row.get("thresholds") == {}
    ]


def levels_of(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """The levels that rules name, each once."""
    return list(dict.fromkeys(name for row in rules for _, name in _levels_in(row)))


def unknown_levels(rules: Sequence[Row], known: Sequence[str]) -> list[Finding]:
    """Levels that rules name and the plan does not have; its three standard ones need not be listed."""
    there = tuple(known or STANDARD_LEVELS)
    return [
        (("rules", i, *key), Sentence("config.rule.level", name=quoted(name), known=there))
        for i, row in rules
        for key, name in _levels_in(row)
        if name not in known and name not in STANDARD_LEVELS
    ]


def plan_warnings(implied: Sequence[str]) -> list[Finding]:
    """Levels that rules use without [[levels]] listing them."""
    return [(("levels",), Sentence("config.rule.unlisted", name=name)) for name in implied]


def pages_problems(address: object, at: KeyPath) -> list[Finding]:
    """Pages are reached by an address of the web, and lie at its root or below a folder."""
    if not isinstance(address, str) or re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", address):
        return []
    return [(at, Sentence("config.address", given=quoted(address)))]


def clustering_problems(
    sources: Sequence[str], known: Sequence[str], *, enabled_here: bool, keeps_text: bool
) -> list[Finding]:
    """Placing names sources that there are, and learns from texts that are kept."""
    found: list[Finding] = []
    for i, name in enumerate(sources):
        if name not in known:
            sentence = Sentence("config.source.unknown", name=quoted(name), known=tuple(known))
            found.append((("clustering", "sources", i), sentence))
    if enabled_here and not keeps_text:
        found.append((("clustering", "enabled"), Sentence("config.no_texts")))
    return found


def rule_warnings(rules: Sequence[Mapping[str, Any]], levels: Sequence[str]) -> list[Finding]:
    """A configuration that judges nothing, and ladders on which a higher level comes first."""
    if not rules:
        return [(("rules",), Sentence("config.rule.none"))]
    found: list[Finding] = []
    for i, row in enumerate(rules):
        ladder = row.get("thresholds", {})
        for lower, higher in pairwise(sorted(ladder, key=levels.index)):
            if ladder[higher] < ladder[lower]:
                facts = {"less": ladder[higher], "more": ladder[lower]}
                sentence = Sentence("config.rule.falls", higher=higher, lower=lower, **facts)
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
