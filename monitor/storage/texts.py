"""Texts that every database takes, and values as JSON.

Neither NUL nor half a surrogate pair is text for a database, yet both occur in real exports. They are
replaced, not refused: one strange sign must not keep a ticket from being counted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The text, with what no database takes replaced."""
    return text.replace("\0", REPLACEMENT).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def storables(texts: Sequence[str | None]) -> list[str | None]:
    """The same for a column; costs one look at all of it where nothing is wrong."""
    joined = "".join([text for text in texts if text is not None])
    if "\0" not in joined and _encodes(joined):
        return list(texts)
    return [None if text is None else storable(text) for text in texts]


def to_json(value: Any) -> str:
    """JSON, readable where it can be, escaped where a name holds what no database takes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if _encodes(text) else json.dumps(value, separators=(",", ":"))


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
