"""The response plan of a configuration: tables and settings, and channels with the keys of their kinds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from alerts.crosscheck import problems
from alerts.plan import SETTINGS, TABLES, Channel, ResponsePlan
from monitor.config.implied import CONSOLE, completed
from monitor.config.keys import keys_of
from monitor.config.kinds import Family, load_kind
from monitor.config.problem import KeyPath
from monitor.config.reader import Reader


def read_plan(
    reader: Reader, document: Mapping[str, Any], *, used_levels: Collection[str], depth: int
) -> ResponsePlan:
    """The plan, completed with what the document leaves out; rows in which there is a mistake are left out.

    `used_levels` are those that rules name; `depth` is how deep the taxonomy is.
    """
    known = len(reader.problems)
    tables: dict[str, Any] = {}
    for name, kind in TABLES.items():
        if kind is not Channel:
            tables[name] = reader.tables(kind, document.get(name, []), (name,))
    tables["channels"] = _channels(reader, document.get("channels", []))
    settings: dict[str, Any] = {
        name: reader.table(kind, document.get(name, {}), (name,)) or kind() for name, kind in SETTINGS.items()
    }
    whole = len(reader.problems) == known
    plan = completed(ResponsePlan(**tables, **settings), used_levels=used_levels, written=document.keys())
    plan = _with_console_options(reader, plan)
    # With a row left out, names would seem to be missing that are there.
    if whole:
        reader.keep(problems(plan, depth=depth))
    return plan


def _channels(reader: Reader, given: object) -> tuple[Channel, ...]:
    read = [_channel(reader, row, ("channels", i)) for i, row in reader.rows(given, ("channels",))]
    return tuple(channel for channel in read if channel is not None)


def _channel(reader: Reader, row: Mapping[str, Any], at: KeyPath) -> Channel | None:
    options_kind = reader.options_kind(Family.CHANNEL, row, at)
    channel = reader.part(Channel, row, at, preset={"options": None})
    if options_kind is None:
        return None
    own_keys = [key.name for key in keys_of(Channel) if key.field != "options"]
    reader.unknown_keys(row, at, [*own_keys, *(key.name for key in keys_of(options_kind))])
    options = reader.part(options_kind, row, at)
    return None if channel is None or options is None else replace(channel, options=options)


def _with_console_options(reader: Reader, plan: ResponsePlan) -> ResponsePlan:
    """An implied console gets the options that it has when nothing is written."""
    if all(channel.options is not None for channel in plan.channels):
        return plan
    options = reader.part(load_kind(Family.CHANNEL, CONSOLE).options, {}, ("channels",))
    return replace(plan, channels=tuple(replace(c, options=c.options or options) for c in plan.channels))
