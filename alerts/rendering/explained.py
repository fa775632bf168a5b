"""What the excess of a surge is made of, in a few lines: who reads a page wants to know where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from alerts.catalogue import say
from alerts.rendering.phrases import LONGEST_NAME
from alerts.rendering.widths import clean, clip
from detectors.signal import Signal

# Dimensions of an explanation, and the name of the list of their parts.
_PARTS: Final = {"child": "children", "region": "regions", "channel": "channels"}


def made_of(signal: Signal, language: str) -> Iterator[str]:
    """Which child, region and channel hold the excess, where one does, and how many people are behind it."""
    found = signal.detail.get("explanation")
    if not isinstance(found, Mapping):
        return
    told = set[str]()
    for dimension, parts in _PARTS.items():
        for part in found.get(parts, ()):
            if part["value"] is not None and part["value"] == found.get(dimension):
                name = clip(clean(str(part["value"])), LONGEST_NAME)
                yield say(language, f"made_of.{dimension}", percent=f"{part['part']:.0%}", name=name)
                told.add(dimension)
    people: Mapping[str, Any] = found.get("complainants", {})
    if people.get("distinct"):
        key, n = ("one_complainant", "tickets") if people["alone"] else ("complainants", "distinct")
        yield say(language, f"made_of.{key}", n=people[n], of=people["of"])
        told |= {"complainant"} if people["alone"] else set()
    if (column := signal.detail.get("concentrated")) and column not in told:
        yield say(language, f"made_of.concentrated_{column}")
    if signal.detail.get("borrowed"):
        yield say(language, "made_of.borrowed")
