"""Everything that people read, in Chinese and English: one catalogue for the whole program.

`alerts/wording/zh.toml` and `en.toml` hold the same keys with the same placeholders, which a test holds
complete. To add a text, add its key to both files; a new [table] needs nothing else. An entry is a format
string, or a table with exactly `one` and `other`, chosen by the fact `n`. What connectors and detectors say
themselves, and the docs of options, are English where they stand; `[said]` has the same in other languages.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final, Self

from connectors.said import Said

LANGUAGES: Final = ("zh", "en")
PLURAL: Final = {"one", "other"}

# So much of what other programs say is kept.
LONGEST_RAW: Final = 300
_KEPT: Final = '{"said": '

Entry = str | Mapping[str, str]


class Sentence(str):
    """A text of the catalogue in English, which can be said in another language later.

    What goes wrong is told where no reader is known; `in_language` says it to whoever reads it in the end.

    Attributes
    ----------
    raw : what somebody else's program said in its own words; for logs and `check`, never for a page
    """

    __slots__ = ("facts", "key", "raw")

    key: str
    facts: Mapping[str, Any]
    raw: str

    def __new__(cls, key: str, /, **facts: Any) -> Self:
        said = super().__new__(cls, say("en", key, **facts))
        said.key, said.facts, said.raw = key, facts, ""
        return said

    def heard(self, raw: str) -> Self:
        """The same sentence, which knows what it was made of."""
        said = type(self)(self.key, **self.facts)
        said.raw = raw.strip()[:LONGEST_RAW]
        return said


def in_language(text: str, language: str) -> str:
    """The text in a language, where the catalogue knows it; other texts are as they are."""
    if not isinstance(text, Sentence | Said):
        return text
    facts = {k: in_language(v, language) if isinstance(v, str) else v for k, v in text.facts.items()}
    if isinstance(text, Sentence):
        return say(language, text.key, **facts)
    there = language != "en" and f"said.{text.word}" in wording(language)
    return say(language, f"said.{text.word}", **facts) if there else text


def raw_of(text: str) -> str:
    """What somebody else's program said, where a sentence was made of it."""
    return text.raw if isinstance(text, Sentence) else ""


def to_json(text: str) -> str:
    """A text as the store keeps it: of a sentence its key and its facts, so that it knows all languages."""
    return json.dumps(_kept(text), ensure_ascii=False) if isinstance(text, Sentence) else text


def from_json(text: str) -> str:
    """The text that was kept. What an earlier version wrote, or a later one knows, is as it was said."""
    if not text.startswith(_KEPT):
        return text
    try:
        found: str = _given(json.loads(text))
    except ValueError:
        return text
    return found


def say(language: str, key: str, /, **facts: Any) -> str:
    """The text of a key in a language, with its facts filled in; a tuple of names as a list of that language.

    Raises LookupError for a language or a key that is not in the catalogue, and KeyError for a missing fact.
    """
    entry = wording(language).get(key)
    if entry is None:
        raise LookupError(
            f"the catalogue has no {key} in {language}; add it to alerts/wording/{language}.toml"
        )
    between = str(wording(language)["list.between"])
    told = {name: between.join(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()}
    return _form(entry, told).format(**told)


def enumerated(language: str, names: Iterable[str]) -> str:
    """Names one after the other, as a language sets them apart."""
    return say(language, "list.all", names=tuple(names))


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


def _kept(value: Any) -> Any:
    if not isinstance(value, Sentence):
        return value
    facts = {name: _kept(fact) for name, fact in value.facts.items()}
    return {"said": str(value), "key": value.key, "facts": facts}


def _given(kept: Any) -> Any:
    if isinstance(kept, list):
        return tuple(kept)
    if not isinstance(kept, dict):
        return kept
    facts = {name: _given(fact) for name, fact in kept["facts"].items()}
    try:
        return Sentence(kept["key"], **facts)
    except LookupError:
        return kept["said"]


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
