"""Single raw values: how each reads as text, and what cannot be stored as text anywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, cast

from connectors.said import Said

# Longest raw row, and longest value within a sentence, that a quarantined row shows.
ROW_SHOWN: Final = 10_000
VALUE_SHOWN: Final = 80


def plain(value: object) -> str:
    """A raw value as text: None is "", true and false are written so, lists as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def plains(values: Sequence[object]) -> Sequence[str]:
    """A column of raw values as texts; a column of texts is returned as it is."""
    if {str}.issuperset(map(type, values)):
        return cast("Sequence[str]", values)
    return [plain(value) for value in values]


def unstorable(text: str) -> str | None:
    """Why no database could store this text, as the end of a sentence; None when it can."""
    if "\0" in text:
        return Said("rows.nul", "which holds a NUL character")
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        other = "which is not text in the source's encoding; set `encoding` to the one it is written in"
        return Said("rows.encoding", other)
    return None


def readable(text: str, limit: int = ROW_SHOWN) -> str:
    """The text with NULs and undecodable bytes written out, and cut when it is very long."""
    if len(text) > limit:
        text = f"{text[:limit]}... ({len(text) - limit:,} more characters)"
    if unstorable(text) is None:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def short(value: object) -> str:
    """A raw value within a sentence, in quotes."""
    return f'"{readable(plain(value), VALUE_SHOWN)}"'
