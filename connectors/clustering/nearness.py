"""How near is a text to the labelled ones, by what it means and by the words it says?

For `Emerging`, which compares texts that may be of a new kind with each other in the same terms. Where the
sentence model read them their meaning decides; words hold what no labelled text has said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.grams import Grams

Floats = NDArray[np.float32]

NEAREST: Final = (3, 15)  # which of the labelled texts nearest to it a text is measured by
WORDS: Final = 0.2  # weight of the words beside the meaning
ROWS_AT_ONCE: Final = 256  # bounds the (rows, labelled) arrays to 8 MB each


@dataclass(frozen=True)
class Nearness:
    """The labelled texts: (n, SKETCH) words and (n, width) parts of their meaning, as they are multiplied."""

    words: Floats
    meaning: Floats

    @classmethod
    def learn(cls, grams: Grams, texts: Sequence[str], readings: Floats) -> Self:
        """From the labelled texts and their (n, width) readings, of no width without the sentence model."""
        return cls(_words(grams, texts, readings), readings)

    def taught(self, grams: Grams, text: str, reading: Floats) -> Self:
        """With one more labelled text, by its (1, width) reading."""
        words = np.vstack([self.words, _words(grams, [text], reading)])
        return replace(self, words=words, meaning=np.vstack([self.meaning, reading]))

    def of(self, grams: Grams, texts: Sequence[str], readings: Floats) -> tuple[Floats, Floats]:
        """(n, ...) vectors of length one of texts, or zero, and (n, 2) cosines to those that are NEAREST.

        `readings` are (n, width), with rows of zeros where a text was not read.
        """
        words = _words(grams, texts, readings)
        places = [max(0, len(self.words) - place) for place in NEAREST]
        near = np.zeros((len(texts), len(places)), dtype=np.float32)
        for start in range(0, len(texts), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            likeness = words[rows] @ self.words.T
            likeness += (readings[rows] * np.float32(1 - WORDS)) @ self.meaning.T
            likeness.partition(places, axis=1)
            near[rows] = likeness[:, places]
        return np.hstack([readings * np.float32((1 - WORDS) ** 0.5), words]), near


def pair_of(near: Floats) -> tuple[float, float]:
    """A row of the cosines of `Nearness.of`, as a placement has it."""
    first, second = near.tolist()
    return first, second


def _words(grams: Grams, texts: Sequence[str], readings: Floats) -> Floats:
    """(n, SKETCH) words of texts, weighted as they are beside their readings; alone where there are none."""
    legible = readings.any(axis=1) if readings.shape[1] else np.zeros(len(texts), dtype=np.bool_)
    share = np.where(legible, WORDS, 1.0)[:, None]
    return (np.sqrt(share) * grams.sketch(texts)).astype(np.float32)
