"""In which language people are answered where no configuration says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# As POSIX has it: the first of them that is set decides.
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str]) -> str:
    """Chinese where the terminal's own language is Chinese, else English."""
    locale = next(filter(None, map(environment.get, _VARIABLES)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
