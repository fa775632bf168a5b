"""How does a text become word pieces, the tokens of a BERT vocabulary?

Two published steps (Devlin et al. 2019, arXiv:1810.04805; Wu et al. 2016, arXiv:1609.08144): basic tokens
are lower-cased runs of letters and digits, single marks and single CJK characters, without accents; each is
then cut greedily into the longest pieces the vocabulary holds, the later ones written `##piece`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

UNKNOWN: Final = "[UNK]"
START: Final = "[CLS]"
END: Final = "[SEP]"
LONGEST_WORD: Final = 100  # longer words are one unknown piece, as in the published tokenizer
MOST_REMEMBERED: Final = 100_000  # words whose pieces are kept: a stream has no end of misspellings
_TOKEN: Final = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]|_"
)


class Pieces:
    """A vocabulary that cuts texts into numbers.

    Example
    -------
    >>> vocabulary = Pieces(["[UNK]", "[CLS]", "[SEP]", "card", "##s", "lost"])
    >>> vocabulary.cut("Lost CARDS!", limit=16)
    [1, 5, 3, 4, 0, 2]
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._number = {word: number for number, word in enumerate(words)}
        self.unknown = self._number[UNKNOWN]
        self._ends = (self._number[START], self._number[END])
        self.marks = frozenset(
            number for word, number in self._number.items() if len(word) == 1 and not word.isalnum()
        )
        self._known: dict[str, list[int]] = {}

    def cut(self, text: str, *, limit: int) -> list[int]:
        """Piece numbers of `text` between start and end mark, at most `limit` of them."""
        numbers = [self._ends[0]]
        for token in tokens(text):
            numbers.extend(self._pieces(token))
            if len(numbers) >= limit:
                break
        return [*numbers[: limit - 1], self._ends[1]]

    def legible(self, numbers: Sequence[int]) -> bool:
        """Does the vocabulary know four fifths of these pieces (start and end mark apart)?"""
        body = numbers[1:-1]
        return bool(body) and sum(number == self.unknown for number in body) <= 0.2 * len(body)

    def _pieces(self, word: str) -> list[int]:
        known = self._known.get(word)
        if known is None:
            known = self._split(word)
            if len(self._known) < MOST_REMEMBERED:
                self._known[word] = known
        return known

    def _split(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            end = len(word)
            while end > start and mark + word[start:end] not in self._number:
                end -= 1
            if end == start:
                return [self.unknown]
            found.append(self._number[mark + word[start:end]])
            start = end
        return found


def tokens(text: str) -> list[str]:
    """Basic tokens of a text: lower case, no accents, CJK characters and marks by themselves."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(mark for mark in decomposed if unicodedata.category(mark) != "Mn")
    return _TOKEN.findall(text.lower())
