"""How wide text is where every Chinese character takes two columns, and how it is cut to fit."""

from __future__ import annotations

import unicodedata
from typing import Final

ELLIPSIS: Final = "…"


def width(text: str) -> int:
    """Columns that a text takes in a terminal or on a lock screen."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text
    )


def clip(text: str, columns: int) -> str:
    """The text, cut with an ellipsis where it is wider than `columns`."""
    if width(text) <= columns:
        return text
    kept = ""
    room = columns - 1
    for character in text:
        room -= width(character)
        if room < 0:
            break
        kept += character
    return kept + ELLIPSIS


def pad(text: str, columns: int) -> str:
    """The text with spaces up to `columns`."""
    return text + " " * max(0, columns - width(text))


def clean(text: str) -> str:
    """A label on one line: line breaks, control and direction marks become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
