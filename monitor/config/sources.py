"""The sources of a configuration: `[[sources]]`, each with the keys of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from connectors.source import SourceSettings
from monitor.config import checks
from monitor.config.keys import keys_of
from monitor.config.kinds import Family
from monitor.config.problem import KeyPath
from monitor.config.reader import INVALID, Reader
from monitor.config.schema import Source
from monitor.config.values import Scope


def read_sources(reader: Reader, given: object, *, depth: int) -> tuple[Source, ...]:
    """The sources, without those in which there is a mistake; `depth` is how deep the taxonomy is."""
    if not given:
        reader.wrong(("sources",), Sentence("config.source.none"))
        return ()
    rows = reader.rows(given, ("sources",))
    reader.keep(checks.repeated_names("sources", rows))
    read = [_source(reader, row, ("sources", i), depth) for i, row in rows]
    return tuple(source for source in read if source is not None)


def _source(reader: Reader, row: Mapping[str, Any], at: KeyPath, depth: int) -> Source | None:
    known = len(reader.problems)
    zone = reader.scope.zone
    if "timezone" in row:
        own = reader.value(ZoneInfo, row["timezone"], (*at, "timezone"))
        zone = zone if own is INVALID else own
    reader = reader.inside(Scope(reader.scope.folder, zone))
    preset = {"timezone": zone, "levels": depth}
    options_kind = reader.options_kind(Family.SOURCE, row, at)
    settings = reader.part(SourceSettings, row, at, preset=preset)
    if options_kind is None:
        return None
    own_keys = [key.name for key in keys_of(SourceSettings) if key.field != "levels"]
    reader.unknown_keys(row, at, [*own_keys, *(key.name for key in keys_of(options_kind))])
    options = reader.part(options_kind, row, at)
    reader.keep(checks.missing_fields(row, at))
    if settings is not None:
        reader.keep(checks.source_problems(settings, at))
    return None if settings is None or len(reader.problems) > known else Source(settings, options)
