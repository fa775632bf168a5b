"""Fields of a record: a JSON object, in which a field inside another is named with dots.

`fields.category.name` is the `name` in `category` in `fields`; an element of a list is named by its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def inside(name: str) -> Callable[[dict[str, Any]], Any]:
    """A function that looks up a dotted field in a record; a field of just that name goes first."""
    steps = name.split(".")
    if len(steps) == 1:
        return lambda record: record.get(name)

    def look(record: dict[str, Any]) -> Any:
        if name in record:
            return record[name]
        value: Any = record
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    return look


def leaves(record: dict[str, Any]) -> Iterator[str]:
    """Dotted names of all fields of a record that are no objects themselves."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from (f"{key}.{leaf}" for leaf in leaves(value))
        else:
            yield key
