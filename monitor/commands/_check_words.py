"""What `check` says: the table `[check]` of the catalogue, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alerts.catalogue import wording

Words = Mapping[str, str]
_TABLE: Final = "check."


def words_in(language: str) -> Words:
    """Its texts by name, with placeholders."""
    entries = wording(language).items()
    return {key.removeprefix(_TABLE): str(entry) for key, entry in entries if key.startswith(_TABLE)}
