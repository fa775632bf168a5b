"""The keys of a TOML table, taken from the dataclass that it becomes.

A field's key is its `option(key=...)`, or its name without the underscore that keeps it clear of Python's
own words. The values that every source shares were declared without `option()`; what they are called and
what they mean in config.toml stands in `_DECLARED`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, dataclass
from functools import cache
from typing import Any, Final, get_type_hints

from connectors.said import Said
from connectors.source import Fields, Flag, Gap

_DECLARED: Final[dict[tuple[type, str], tuple[str, str]]] = {
    (Gap, "start"): ("from", "start of the missing time, in the source's zone"),
    (Gap, "end"): ("to", "its end, not included"),
    (Flag, "column"): ("column", "the column that is looked at"),
    (Flag, "values"): ("is", "values that mean yes"),
    (Fields, "id"): ("id", "identity of a ticket within its source"),
    (Fields, "created_at"): ("created_at", "when it was created"),
    (Fields, "updated_at"): ("updated_at", "when this version was made; default: `created_at`"),
    (Fields, "category"): ("category", "the columns of its category path, outermost first"),
    (Fields, "escalated"): (
        "escalated",
        "how to see that it is escalated; `escalated_at` is then its `updated_at`",
    ),
    (Fields, "escalated_at"): ("escalated_at", "when it was escalated; in place of `escalated`"),
    (Fields, "closed_at"): ("closed_at", "when it was closed"),
    (Fields, "void"): ("void", "how to see that it does not count (invalid, spam, merged, deleted)"),
    (Fields, "tags"): ("tags", "its tags"),
    (Fields, "complainant"): ("complainant", "who complains; stored as a keyed hash"),
    (Fields, "text"): ("text", "what was written"),
    (Fields, "region"): ("region", "where"),
    (Fields, "channel"): ("channel", "on which way it came in"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: what it is called, what it holds, and what is said of it."""

    name: str
    field: str
    type: Any
    doc: str
    default: Any
    at_least: float | None
    above: float | None
    at_most: float | None

    @property
    def required(self) -> bool:
        """It has no default."""
        return self.default is MISSING


def keys_of(table: Any) -> tuple[Key, ...]:
    """The keys of the table that becomes this dataclass, in the order of its fields."""
    return _keys_of(table)


@cache
def _keys_of(table: Any) -> tuple[Key, ...]:
    hints = get_type_hints(table)
    return tuple(_key(table, field, hints[field.name]) for field in dataclasses.fields(table) if field.init)


def _key(table: type, field: dataclasses.Field[Any], hint: Any) -> Key:
    name, doc = _DECLARED.get((table, field.name), (field.name.rstrip("_"), ""))
    default = field.default if field.default_factory is MISSING else field.default_factory()
    name = field.metadata.get("key") or name
    return Key(
        name=name,
        field=field.name,
        type=hint,
        doc=Said(f"needs.{table.__module__}.{table.__qualname__}.{name}", field.metadata.get("doc", doc)),
        default=default,
        at_least=field.metadata.get("at_least"),
        above=field.metadata.get("above"),
        at_most=field.metadata.get("at_most"),
    )
