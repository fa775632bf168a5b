"""An English sentence that can be said in another language.

What people read lies in the catalogue of `alerts`, above connectors and detectors. A sentence of theirs is
written where it is said, and names itself by a word, under which the catalogue has the other languages.
"""

from __future__ import annotations

from collections.abc import Mapping
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
