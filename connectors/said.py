"""An English sentence that can be said in another language.

What people read lies in the catalogue of `alerts`, above connectors and detectors. A sentence of theirs is
written where it is said, and names itself by a word, under which the catalogue has the other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Self


class Said(str):
    """A sentence with its facts filled in.

    Attributes
    ----------
    word : its name in the table `[said]` of the catalogue, "csv.delimiter"
    facts : what is filled in, by placeholder
    """

    __slots__ = ("facts", "word")

    word: str
    facts: Mapping[str, str]

    def __new__(cls, word: str, sentence: str, /, **facts: str) -> Self:
        made = super().__new__(cls, sentence.format(**facts) if facts else sentence)
        made.word, made.facts = word, facts
        return made

    def __reduce__(self) -> tuple[Callable[..., Said], tuple[str, str, dict[str, str]]]:
        return _again, (self.word, str(self), dict(self.facts))


def _again(word: str, text: str, facts: dict[str, str]) -> Said:
    """A copy; its text is made already."""
    made = str.__new__(Said, text)
    made.word, made.facts = word, facts
    return made


def listed(parts: Iterable[str]) -> str:
    """Several parts of a sentence, with commas between them."""
    return reduce(lambda one, other: Said("list", "{one}, {other}", one=one, other=other), parts)


def alternatives(parts: Iterable[str]) -> str:
    """Several parts of a sentence of which one is enough."""
    return reduce(lambda one, other: Said("or", "{one} or {other}", one=one, other=other), parts)


def together(sentences: Iterable[str]) -> str:
    """Several sentences as one."""
    return reduce(lambda one, other: Said("together", "{one}; {other}", one=one, other=other), sentences)


def of_source(name: str, sentence: str) -> Said:
    """A sentence about a source, which names it."""
    return Said("of_source", "source {source}: {said}", source=name, said=sentence)


def of_error(error: Exception) -> str:
    """What an error says, which may be a `Said`."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, str) and said else str(error)
