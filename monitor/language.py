"""In which language people are answered where no configuration was read that says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("zh", "en")

# As POSIX has it: the first of them that is set decides.
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_WRITTEN: Final = re.compile(r"""^language[ \t]*=[ \t]*(["'])(zh|en)\1""", re.MULTILINE)


def language_for(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a command line asks for, else the configuration's text, else the terminal: Chinese, or English.

    The configuration may be no TOML, or not be there.
    """
    asked = _given("--language", arguments)
    if asked in LANGUAGES:
        return asked
    return _written(Path(_given("--config", arguments) or "config.toml")) or _spoken(environment)


def _given(option: str, arguments: Sequence[str]) -> str:
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, equals, value = argument.partition("=")
        if name == option:
            return value if equals else following
    return ""


def _written(file: Path) -> str | None:
    """The language that a line before the first table asks for."""
    try:
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return None
    found = _WRITTEN.search(f"\n{text}".partition("\n[")[0])
    return found[2] if found else None


def _spoken(environment: Mapping[str, str]) -> str:
    locale = next(filter(None, map(environment.get, _VARIABLES)), "")
    return "zh" if locale.lower().startswith("zh") else "en"
