"""Where in a text stands what must not stay, and how is it taken out?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a redacted place held."""

    MAIL = "mail"
    PHONE = "phone"
    ID = "id"
    CARD = "card"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open places [start, end) of a text, and what they hold."""

    start: int
    end: int
    kind: Kind


# One sign becomes one sign, so that places in the half-width text are places in the text.
_HALF: Final = {0xFF01 + place: 0x21 + place for place in range(94)} | {
    0x3000: " ", 0xA0: " ", 0x2007: " ", 0x202F: " ", 0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-",
    0x2014: "-",
}  # fmt: skip


def half_width(text: str) -> str:
    """The text of the same length with half-width signs, digits and spaces, and plain hyphens."""
    return text.translate(_HALF)


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Spans in order of place; those that overlap become one, of the kind that was found first."""
    merged: list[tuple[int, int, int, Kind]] = []
    for rank, span in sorted(enumerate(spans), key=lambda item: item[1].start):
        if merged and span.start < merged[-1][1]:
            start, end, best, kind = merged[-1]
            first, what = min((best, kind), (rank, span.kind))
            merged[-1] = start, max(end, span.end), first, what
        else:
            merged.append((span.start, span.end, rank, span.kind))
    return [Span(start, end, kind) for start, end, _, kind in merged]
