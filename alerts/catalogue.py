"""Everything that people read, in Chinese and English: one catalogue for the whole program.

`alerts/wording/zh.toml` and `en.toml` hold the same keys with the same placeholders, which a test holds
complete. To add a text, add its key to both files; a new [table] needs nothing else. An entry is a format
string, or a table with exactly `one` and `other`, chosen by the fact `n`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final, Self

LANGUAGES: Final = ("zh", "en")
PLURAL: Final = {"one", "other"}

Entry = str | Mapping[str, str]


class Sentence(str):
    """A text of the catalogue in English, which can be said in another language later.

    What goes wrong is told where no reader is known; `in_language` says it to whoever reads it in the end.
    """

    __slots__ = ("facts", "key")

    key: str
    facts: Mapping[str, Any]

    def __new__(cls, key: str, /, **facts: Any) -> Self:
        said = super().__new__(cls, say("en", key, **facts))
        said.key, said.facts = key, facts
        return said


def in_language(text: str, language: str) -> str:
    """The text in a language, where it is of the catalogue; other texts are as they are."""
    if not isinstance(text, Sentence):
        return text
    facts = {k: in_language(v, language) if isinstance(v, str) else v for k, v in text.facts.items()}
    return say(language, text.key, **facts)


def say(language: str, key: str, /, **facts: Any) -> str:
    """The text of a key in a language, with its facts filled in.

    Raises LookupError for a language or a key that is not in the catalogue, and KeyError for a missing fact.
    """
    entry = wording(language).get(key)
    if entry is None:
        raise LookupError(
            f"the catalogue has no {key} in {language}; add it to alerts/wording/{language}.toml"
        )
    return _form(entry, facts).format(**facts)


@cache
def wording(language: str) -> Mapping[str, Entry]:
    """All entries of a language by dotted key. Raises LookupError for a language that there is not."""
    if language not in LANGUAGES:
        raise LookupError(f'no language "{language}"; the catalogue has: {", ".join(LANGUAGES)}')
    text = resources.files("alerts").joinpath("wording", f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def placeholders(entry: Entry) -> frozenset[str]:
    """Names of the facts that an entry needs."""
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    return frozenset(name for form in forms for _, name, _, _ in Formatter().parse(form) if name)


def _form(entry: Entry, facts: Mapping[str, Any]) -> str:
    if isinstance(entry, str):
        return entry
    return entry["one" if facts["n"] == 1 else "other"]


def _flat(table: Mapping[str, Any], above: str) -> list[tuple[str, Entry]]:
    found: list[tuple[str, Entry]] = []
    for name, value in table.items():
        if isinstance(value, Mapping) and set(value) != PLURAL:
            found += _flat(value, f"{above}{name}.")
        else:
            found.append((above + name, value))
    return found
