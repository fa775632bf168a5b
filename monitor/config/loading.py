"""From config.toml to a Config, or to all the mistakes in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.crosscheck import language_problems
from alerts.crosscheck import problems as plan_problems
from alerts.crosscheck import warnings as plan_warnings
from alerts.plan import SETTINGS, TABLES, Channel, ResponsePlan
from connectors.options import option
from connectors.source import SourceSettings
from connectors.taxonomy import MAX_DEPTH
from monitor.config import checks
from monitor.config.implied import CONSOLE, completed
from monitor.config.kinds import Family, UnknownKindError, load_kind
from monitor.config.lines import Lines
from monitor.config.problem import ConfigError, KeyPath, Problem
from monitor.config.reader import INVALID, Reader
from monitor.config.schema import SECTIONS, Config, Rule, RuleSettings, Source, TaxonomySettings
from monitor.config.sharing import shared_out
from monitor.config.syntax import syntax_problem
from monitor.config.tables import keys_of
from monitor.config.values import Scope

_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True)
class Top:
    """The keys at the top of config.toml, before its first table."""

    timezone: ZoneInfo = option(doc="the business zone: hours, days and months are cut in it")
    language: Literal["zh", "en"] = option("zh", doc="language of pages and reports")


# Every name that may stand at the top of the file.
TOP_KEYS: Final = (
    *(key.name for key in keys_of(Top)),
    "store",
    "taxonomy",
    "sources",
    "rules",
    *TABLES,
    *SETTINGS,
    *(name for name in SECTIONS if name != "store"),
)


def load(path: Path | str) -> Config:
    """The configuration in that file. Reads the file and nothing else; secrets stay references.

    Raises ConfigError with every mistake, in the order of their lines.
    """
    file = Path(path)
    return parse(_text_of(file), file=file)


def parse(text: str, *, file: Path) -> Config:
    """The configuration in a text; `file` is where it stands, or would stand.

    Raises ConfigError.
    """
    document = _document(text, file)
    lines = Lines(text)

    def located(problems: list[Problem]) -> list[Problem]:
        placed = [replace(p, file=file.name, line=lines.of(p.key)) for p in problems]
        return sorted(placed, key=lambda p: p.line or 0)

    reader = Reader(Scope(file.absolute().parent, _UTC))
    config = _Loading(document, reader, file).config()
    if reader.problems or config is None:
        raise ConfigError(located(reader.problems))
    return replace(config, warnings=tuple(located(list(config.warnings))))


def _text_of(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        absent = Sentence("config.file.absent", file=str(file))
        raise ConfigError([Problem((), absent, file.name)]) from None
    except OSError as error:
        closed = Sentence("config.file.closed", file=str(file), detail=error.strerror)
        raise ConfigError([Problem((), closed, file.name)]) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sentence = Sentence("config.file.encoding", byte=f"0x{raw[error.start]:02x}")
        raise ConfigError([Problem((), sentence, file.name, line)]) from None


def _document(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = replace(syntax_problem(str(error), text), file=file.name)
        raise ConfigError([problem]) from None
    except RecursionError:
        deep = Problem((), Sentence("config.file.deep"), file.name)
        raise ConfigError([deep]) from None


class _Loading:
    """One document on its way to a Config; what is wrong is kept in the reader's problems."""

    def __init__(self, document: dict[str, Any], reader: Reader, file: Path) -> None:
        self.document = document
        self.reader = reader
        self.file = file

    def config(self) -> Config | None:
        """The Config, as far as the mistakes leave one."""
        self.reader.unknown_keys(self.document, (), TOP_KEYS)
        top = self.reader.part(Top, self.document, ())
        if top is not None:
            self.reader = self.reader.inside(Scope(self.reader.scope.folder, top.timezone))
        taxonomy = self._taxonomy()
        depth = len(taxonomy.levels) if taxonomy else MAX_DEPTH
        sections = {
            name: self.reader.table(kind, self.document.get(name, {}), (name,))
            for name, kind in SECTIONS.items()
        }
        detection = self.document.get("detection")
        if isinstance(detection, dict):
            self._keep(checks.country_problems(detection.get("country"), ("detection", "country")))
        pages = self.document.get("pages")
        if isinstance(pages, dict):
            self._keep(checks.pages_problems(pages.get("address"), ("pages", "address")))
        sources = self._sources(depth)
        rules = self._rules(depth)
        plan, channels = self._plan(depth)
        self._clustering(sections, [source.settings.name for source in sources])
        if top is None or taxonomy is None or plan is None or None in sections.values():
            return None
        config = Config(
            timezone=top.timezone,
            language=top.language,
            taxonomy=taxonomy,
            sources=sources,
            rules=rules,
            plan=replace(plan, rules={rule.name: rule.title for rule in rules if rule.title}),
            channels=channels,
            file=self.file,
            warnings=tuple(self._warnings(plan)),
            **sections,  # type: ignore[arg-type]
        )
        return replace(config, rules=shared_out(config.rules, config.detection, config.plan))

    def _clustering(self, sections: Mapping[str, Any], names: list[str]) -> None:
        clustering, privacy = sections["clustering"], sections["privacy"]
        # With a source left out, names would seem to be missing that are there.
        if clustering is not None and privacy is not None and not self.reader.problems:
            written = self.document.get("clustering", {}).get("enabled") is True
            self._keep(
                checks.clustering_problems(
                    clustering.sources, names, enabled_here=written, keeps_text=privacy.keep_text
                )
            )

    def _taxonomy(self) -> TaxonomySettings | None:
        if "taxonomy" not in self.document:
            self.reader.wrong(
                ("taxonomy",),
                Sentence("config.taxonomy.missing"),
            )
            return None
        read = self.reader.table(TaxonomySettings, self.document["taxonomy"], ("taxonomy",))
        if read is not None:
            self._keep(checks.taxonomy_problems(read))
        return read

    def _sources(self, depth: int) -> tuple[Source, ...]:
        if not self.document.get("sources"):
            self.reader.wrong(("sources",), Sentence("config.source.none"))
            return ()
        rows = self.reader.rows(self.document["sources"], ("sources",))
        self._keep(checks.repeated_names("sources", rows))
        read = [self._source(row, ("sources", i), depth) for i, row in rows]
        return tuple(source for source in read if source is not None)

    def _source(self, row: Mapping[str, Any], at: KeyPath, depth: int) -> Source | None:
        known = len(self.reader.problems)
        zone = self.reader.scope.zone
        if "timezone" in row:
            own = self.reader.value(ZoneInfo, row["timezone"], (*at, "timezone"))
            zone = zone if own is INVALID else own
        reader = self.reader.inside(Scope(self.reader.scope.folder, zone))
        preset = {"timezone": zone, "levels": depth}
        options_kind = self._options_kind(Family.SOURCE, row, at)
        settings = reader.part(SourceSettings, row, at, preset=preset)
        if options_kind is None:
            return None
        own_keys = [key.name for key in keys_of(SourceSettings) if key.field != "levels"]
        reader.unknown_keys(row, at, [*own_keys, *(key.name for key in keys_of(options_kind))])
        options = reader.part(options_kind, row, at)
        self._keep(checks.missing_fields(row, at))
        if settings is not None:
            self._keep(checks.source_problems(settings, at))
        return None if settings is None or len(reader.problems) > known else Source(settings, options)

    def _rules(self, depth: int) -> tuple[Rule, ...]:
        rows = self.reader.rows(self.document.get("rules", []), ("rules",))
        self._keep(checks.repeated_names("rules", rows))
        self._keep(checks.empty_ladders(rows))
        self._keep(checks.unknown_levels(rows, self._level_names()))
        read = [self._rule(row, ("rules", i), depth) for i, row in rows]
        return tuple(rule for rule in read if rule is not None)

    def _rule(self, row: Mapping[str, Any], at: KeyPath, depth: int) -> Rule | None:
        known = len(self.reader.problems)
        options_kind = self._options_kind(Family.RULE, row, at)
        settings = self.reader.part(RuleSettings, row, at)
        keys = [] if options_kind is None else [key.name for key in keys_of(options_kind)]
        if settings is not None:
            statistical = "false_pages_per_week" in keys
            self._keep(checks.depth_problems(settings, row, at, depth, whole=statistical))
            self._keep(checks.country_problems(row.get("country"), (*at, "country")))
            self._keep(language_problems(settings.title, (*at, "title")))
        if options_kind is None:
            return None
        sugar = "thresholds" in keys and "threshold" not in keys and "level" not in keys
        row = self._as_ladder(row, at, options_kind) if sugar else row
        self.reader.unknown_keys(row, at, [*(key.name for key in keys_of(RuleSettings)), *keys])
        options = self.reader.part(options_kind, row, at)
        if settings is None or options is None or len(self.reader.problems) > known:
            return None
        there = tuple(value for value in settings.depths if value <= depth)
        return Rule(settings.name, settings.kind, there or (depth,), options, settings.title)

    def _as_ladder(self, row: Mapping[str, Any], at: KeyPath, options_kind: type[Any]) -> Mapping[str, Any]:
        """`threshold` and `level` as the ladder of one step that they are short for."""
        short = {name: row[name] for name in ("threshold", "level") if name in row}
        if not short:
            return row
        rest = {name: value for name, value in row.items() if name not in short}
        if "thresholds" in row:
            self.reader.wrong((*at, next(iter(short))), Sentence("config.beside", other="thresholds"))
            return rest
        for name in {"threshold", "level"} - short.keys():
            self.reader.wrong((*at, name), Sentence("config.rule.half"))
        level = self.reader.value(str, short.get("level", "level"), (*at, "level"))
        threshold = self.reader.value(int, short.get("threshold", 1), (*at, "threshold"))
        ladder = {} if INVALID in (level, threshold) else {level: threshold}
        least = next((key.at_least for key in keys_of(options_kind) if key.name == "thresholds"), None)
        if ladder and least is not None and threshold < least:
            facts = {"bound": f"{least:g}", "given": str(threshold)}
            self.reader.wrong((*at, "threshold"), Sentence("config.at_least", **facts))
            ladder = {}
        return {**rest, "thresholds": ladder}

    def _plan(self, depth: int) -> tuple[ResponsePlan | None, dict[str, Any]]:
        known = len(self.reader.problems)
        tables: dict[str, Any] = {}
        for name, kind in TABLES.items():
            if kind is not Channel:
                tables[name] = self.reader.tables(kind, self.document.get(name, []), (name,))
        tables["channels"] = tuple(self._channels())
        settings: dict[str, Any] = {
            name: self.reader.table(kind, self.document.get(name, {}), (name,)) or kind()
            for name, kind in SETTINGS.items()
        }
        whole = len(self.reader.problems) == known
        plan = ResponsePlan(**tables, **settings)
        plan = completed(plan, used_levels=self._used_levels(), written=self.document.keys())
        plan = self._with_console_options(plan)
        # With a row left out, names would seem to be missing that are there.
        if whole:
            self._keep(plan_problems(plan, depth=depth))
        return plan, {channel.name: channel.options for channel in plan.channels}

    def _channels(self) -> list[Channel]:
        read = (
            self._channel(row, ("channels", i))
            for i, row in self.reader.rows(self.document.get("channels", []), ("channels",))
        )
        return [channel for channel in read if channel is not None]

    def _channel(self, row: Mapping[str, Any], at: KeyPath) -> Channel | None:
        options_kind = self._options_kind(Family.CHANNEL, row, at)
        channel = self.reader.part(Channel, row, at, preset={"options": None})
        if options_kind is None:
            return None
        own_keys = [key.name for key in keys_of(Channel) if key.field != "options"]
        self.reader.unknown_keys(row, at, [*own_keys, *(key.name for key in keys_of(options_kind))])
        options = self.reader.part(options_kind, row, at)
        return None if channel is None or options is None else replace(channel, options=options)

    def _with_console_options(self, plan: ResponsePlan) -> ResponsePlan:
        """An implied console gets the options that it has when nothing is written."""
        if all(channel.options is not None for channel in plan.channels):
            return plan
        options = self.reader.part(load_kind(Family.CHANNEL, CONSOLE).options, {}, ("channels",))
        return replace(plan, channels=tuple(replace(c, options=c.options or options) for c in plan.channels))

    def _options_kind(self, family: Family, row: Mapping[str, Any], at: KeyPath) -> type[Any] | None:
        kind = row.get("kind")
        if not isinstance(kind, str):
            return None  # the settings say that it is missing, or no text
        try:
            return load_kind(family, kind).options
        except UnknownKindError as error:
            self.reader.wrong((*at, "kind"), error.sentence)
            return None

    def _level_names(self) -> list[str]:
        rows = self.document.get("levels", [])
        named = (row.get("name") for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
        return [name for name in named if isinstance(name, str)]

    def _used_levels(self) -> list[str]:
        rows = self.document.get("rules", [])
        return (
            checks.levels_of([row for row in rows if isinstance(row, dict)]) if isinstance(rows, list) else []
        )

    def _warnings(self, plan: ResponsePlan) -> list[Problem]:
        listed = self._level_names()
        implied = [level.name for level in plan.levels if level.name not in listed]
        found = [*checks.plan_warnings(implied), *plan_warnings(plan), *self._rule_warnings(plan)]
        quiet = set(implied)
        return [
            Problem(key, sentence)
            for key, sentence in found
            if not (key[:1] == ("levels",) and len(key) > 1 and plan.levels[int(key[1])].name in quiet)
        ]

    def _rule_warnings(self, plan: ResponsePlan) -> list[checks.Finding]:
        # Warnings are of a configuration without mistakes, whose names are known to fit.
        if self.reader.problems:
            return []
        return checks.rule_warnings(self.document.get("rules", []), [level.name for level in plan.levels])

    def _keep(self, findings: Iterable[tuple[KeyPath, str]]) -> None:
        for key, sentence in findings:
            self.reader.wrong(key, sentence)
