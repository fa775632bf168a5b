"""What is a group of texts about, in its own words?

Up to three words that many texts of the group hold and few other texts do: share in the group times rarity
elsewhere, each idea once, in the order in which the texts say them. Chinese needs no segmenter: every run of
2 to 4 characters is a candidate, and of overlapping ones the longest wins that is still as frequent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from connectors.clustering.grams import STEM, is_chinese, normalised, words

WORDS: Final = 3
LEAST_SHARE: Final = 0.25  # of the group's texts must hold a word of its name
RUNS: Final = (4, 3, 2)  # lengths of Chinese candidates
NO_NAME: Final = "?"  # texts without a single word: emoji, marks, binary
_FUNCTION_WORDS: Final = """
a about after all also am an and any are as at be because been before but by can could did do does
don for from get got had has have he her here him his how i if in into is it its just like me my no
not now of on one or our out s she so still t than that the their them then there they this to up us
was we were what when where which who why will with would you your hello hi please thanks
again anything aren couldn didn doesn going gone hadn hasn haven help isn know ll need only really re
shouldn someone something thing through tried try trying until use used using ve want wasn way weren won
wouldn yet
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORDS.split())
FUNCTION_CHARACTERS: Final = frozenset(
    "的了是我你他她它们在有和就不也都这那么吗呢吧啊很要个把被给到说会能没还上下着过得"
)


def name_of(texts: Sequence[str], rarity: Callable[[str], float]) -> str:
    """A readable name; `rarity` says how seldom a word is in texts outside the group (0: in all of them).

    Example
    -------
    >>> name_of(["my parcel got wet", "Wet parcel!", "parcel was so wet"], lambda word: 1.0)
    'parcel wet'
    """
    holders: Counter[str] = Counter()
    places: dict[str, list[int]] = defaultdict(list)
    for text in texts:
        for word, place in _first_places(text).items():
            holders[word] += 1
            places[word].append(place)
    least = LEAST_SHARE * len(texts)
    worth = {
        word: count * (rarity(word) + 0.1) * _weight(word, count / len(texts))
        for word, count in holders.items()
        if count >= least
    }
    chosen: list[str] = []
    for word in sorted(worth, key=lambda word: (-worth[word], word)):
        if not _is_said(word, chosen):
            chosen.append(word)
        if len(chosen) == WORDS:
            break
    chosen.sort(key=lambda word: sum(places[word]) / len(places[word]))
    return " ".join(chosen) or NO_NAME


def _first_places(text: str) -> dict[str, int]:
    """Where each candidate word of a text first stands."""
    found: dict[str, int] = {}
    for place, word in enumerate(_candidates(words(normalised(text)))):
        found.setdefault(word, place)
    return found


def _candidates(tokens: Iterable[str]) -> Iterable[str]:
    for token in tokens:
        if is_chinese(token):
            runs = (
                token[at : at + size] for at in range(len(token)) for size in RUNS if at + size <= len(token)
            )
            yield from (run for run in runs if not FUNCTION_CHARACTERS & {run[0], run[-1]})
        elif token not in FUNCTION_WORDS and token.isalpha() and len(token) > 1:
            yield token


def _is_said(word: str, chosen: Sequence[str]) -> bool:
    """Whether the words chosen say it: one holds it, is a form of it, or they are cut out of one run."""
    if any(word in other or other in word for other in chosen):
        return True
    if not is_chinese(word):
        return any(word[:STEM] == other[:STEM] for other in chosen)
    pairs = {word[at : at + 2] for at in range(len(word) - 1)}
    return set(word) <= set("".join(chosen)) or any(pair in other for pair in pairs for other in chosen)


def _weight(word: str, share: float) -> float:
    """Words of many texts before rare ones; long Chinese runs, which fewer texts hold, before short ones."""
    return 1 + 0.25 * (len(word) - 2) if is_chinese(word) else share**0.5
