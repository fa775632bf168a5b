"""Which known name a mistyped one probably meant, and how names and values are quoted in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches

from alerts.catalogue import Sentence

_LONGEST_QUOTE = 60


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one; None if none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def guess(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks whether the nearest known name was meant; nothing if none is near."""
    near = nearest(name, known)
    return Sentence("config.near", near=near) if near else ""


def quoted(value: object) -> str:
    """A value as it may stand in a sentence: short, strings in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return Sentence("config.a_table" if isinstance(value, dict) else "config.a_list")
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."
