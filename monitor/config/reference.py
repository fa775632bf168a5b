"""The tables of docs/configuration.md, made from the options themselves.

`python -m monitor.config.reference` prints them; with a file it writes them between the file's marks,

    <!-- keys: store -->
    ... made anew ...
    <!-- end -->

and leaves everything around as it is.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from alerts.plan import INNER_TABLES, SETTINGS, TABLES
from connectors.options import Secret
from connectors.source import Fields, Flag, Gap, SourceSettings
from monitor.config.keys import Key, keys_of
from monitor.config.kinds import Family, kinds_of, load_kind
from monitor.config.loading import Top
from monitor.config.schema import SECTIONS, Keep, RuleSettings, TaxonomySettings
from monitor.config.values import spelled_duration

_MARKED = re.compile(r"(<!-- keys: (?P<name>[\w .]+) -->\n).*?(<!-- end -->)", re.DOTALL)

_TYPES: Final[Mapping[Any, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    timedelta: "length of time",
    datetime: "date and time",
    date: "date",
    time: "time of day",
    Path: "path",
    ZoneInfo: "time zone",
    Secret: "secret",
}

# Fields that the reader fills in by itself, and that nobody writes.
_FILLED_IN: Final = {(SourceSettings, "levels"), (TABLES["channels"], "options")}


def sections() -> dict[str, Callable[[], str]]:
    """What can stand between marks, by name."""
    tables = {
        "top": Top,
        "store": SECTIONS["store"],
        "store.keep": Keep,
        "taxonomy": TaxonomySettings,
        "sources": SourceSettings,
        "sources.fields": Fields,
        "flag": Flag,
        "gap": Gap,
        "rules": RuleSettings,
        **TABLES,
        **INNER_TABLES,
        **SETTINGS,
        **{name: kind for name, kind in SECTIONS.items() if name != "store"},
    }
    return {
        **{name: partial(table_of, kind) for name, kind in tables.items()},
        "connectors": partial(tables_of_kinds, Family.SOURCE),
        "detectors": partial(tables_of_kinds, Family.RULE),
        "notifiers": partial(tables_of_kinds, Family.CHANNEL),
    }


def table_of(kind: type) -> str:
    """The keys of one table as a Markdown table."""
    rows = [_row(key) for key in keys_of(kind) if (kind, key.field) not in _FILLED_IN]
    if not rows:
        return "It has no keys of its own.\n"
    return "\n".join(["| key | value | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def tables_of_kinds(family: Family) -> str:
    """The keys of all kinds of a family, each below its name and the first sentence of its module."""
    return "\n".join(_kind(family, name) for name in kinds_of(family))


def filled(text: str) -> str:
    """The text with everything between marks made anew. Raises KeyError for a mark that names nothing."""
    known = sections()
    return _MARKED.sub(lambda mark: f"{mark[1]}\n{known[mark['name']]()}\n{mark[3]}", text)


def _kind(family: Family, name: str) -> str:
    kind = load_kind(family, name)
    summary = (inspect.getdoc(kind.module) or "").split("\n\n")[0].replace("\n", " ")
    # Modules of rules begin with their own name.
    summary = summary.removeprefix(f"`{name}`: ")
    return f'#### `kind = "{name}"`\n\n{summary[:1].upper()}{summary[1:]}\n\n{table_of(kind.options)}'


def _row(key: Key) -> str:
    meaning = key.doc + _bounds(key)
    cells = (f"`{key.name}`", _type(key.type), _default(key), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f'`"{choice}"`' for choice in arguments)
    if origin in {tuple, frozenset}:
        return f"list of {_plural(_type(arguments[0]))}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"table of {_plural(_type(arguments[1]))}"
    if arguments:
        return " or ".join(_type(member) for member in arguments if member is not NoneType)
    return _TYPES.get(hint, "table" if dataclasses.is_dataclass(hint) else "value")


def _plural(noun: str) -> str:
    first, _, rest = noun.partition(" of ")
    plurals = {"date and time": "dates and times", "length of time": "lengths of time"}
    if noun in plurals or noun == "text":
        return plurals.get(noun, "texts")
    return f"{first}s of {rest}" if rest else noun if noun.startswith("`") else f"{first}s"


def _default(key: Key) -> str:
    if key.required:
        # A source's zone has a default that only the reader knows; its doc tells it.
        return "" if "default:" in key.doc else "**needed**"
    if key.default is None or key.default in ((), {}, frozenset()) or "default:" in key.doc:
        return ""
    if dataclasses.is_dataclass(key.default):
        return ""
    return f"`{_spelled(key.default)}`"


def _spelled(value: Any) -> str:
    if isinstance(value, timedelta):
        return f'"{spelled_duration(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_spelled(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str | Path) else f"{value}"


def _bounds(key: Key) -> str:
    length = key.type is timedelta

    def spelled(bound: float) -> str:
        return spelled_duration(timedelta(seconds=bound)) if length else f"{bound:g}"

    # More than nothing goes without saying for a length of time, and at least nothing for a count.
    named = [
        f"{words} {spelled(bound)}"
        for words, bound in (("at least", key.at_least), ("more than", key.above), ("at most", key.at_most))
        if bound is not None and not (length and bound == 0)
    ]
    return f" ({', '.join(named)})" if named else ""


def _main(arguments: Sequence[str]) -> None:
    for name in arguments:
        file = Path(name)
        file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
    if not arguments:
        for name, make in sections().items():
            sys.stdout.write(f"## {name}\n\n{make()}\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
