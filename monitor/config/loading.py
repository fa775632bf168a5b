"""From config.toml to a Config, or to all the mistakes in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.crosscheck import warnings as plan_warnings
from alerts.plan import SETTINGS, TABLES, ResponsePlan
from connectors.options import option
from connectors.taxonomy import MAX_DEPTH
from monitor.config import checks
from monitor.config.keys import keys_of
from monitor.config.lines import Lines
from monitor.config.plan import read_plan
from monitor.config.problem import ConfigError, Problem
from monitor.config.reader import Reader
from monitor.config.rules import read_rules
from monitor.config.schema import SECTIONS, Config, TaxonomySettings
from monitor.config.sharing import shared_out
from monitor.config.sources import read_sources
from monitor.config.syntax import syntax_problem
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
            self.reader.keep(checks.country_problems(detection.get("country"), ("detection", "country")))
        pages = self.document.get("pages")
        if isinstance(pages, dict):
            self.reader.keep(checks.pages_problems(pages.get("address"), ("pages", "address")))
        sources = read_sources(self.reader, self.document.get("sources"), depth=depth)
        rules = read_rules(
            self.reader, self.document.get("rules", []), levels=self._listed_levels(), depth=depth
        )
        used = checks.levels_of(_tables(self.document.get("rules")))
        plan = read_plan(self.reader, self.document, used_levels=used, depth=depth)
        self._clustering(sections, [source.settings.name for source in sources])
        if top is None or taxonomy is None or None in sections.values():
            return None
        config = Config(
            timezone=top.timezone,
            language=top.language,
            taxonomy=taxonomy,
            sources=sources,
            rules=rules,
            plan=replace(plan, rules={rule.name: rule.title for rule in rules if rule.title}),
            channels={channel.name: channel.options for channel in plan.channels},
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
            self.reader.keep(
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
            self.reader.keep(checks.taxonomy_problems(read))
        return read

    def _listed_levels(self) -> list[str]:
        names = (row.get("name") for row in _tables(self.document.get("levels")))
        return [name for name in names if isinstance(name, str)]

    def _warnings(self, plan: ResponsePlan) -> list[Problem]:
        listed = self._listed_levels()
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


def _tables(given: object) -> list[dict[str, Any]]:
    """What is a table in a list of tables, whatever is wrong with the rest."""
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
