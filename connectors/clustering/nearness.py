"""How near is a text to the labelled ones, by what it means and by the words it says?

For `Emerging`, which compares texts that may be of a new kind with each other in the same terms. Where the
sentence model read them their meaning decides; words hold what no labelled text has said.

How many labelled texts are around a text depends on how many its class has: of a class with ten, the third
nearest is already far, and a few texts of that class that come together would be nearer to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.grams import Grams
from connectors.clustering.products import against, picked
from connectors.clustering.stage import Stage

Floats = NDArray[np.float32]

SHARE: Final = 0.07  # of the labelled texts of a class: how many of them are around a text of it
MOST: Final = 8  # of them
AROUND: Final = 4  # times as many are farther around it
WORDS: Final = 0.2  # weight of the words beside the meaning
ROWS_AT_ONCE: Final = 256  # bounds the (rows, labelled) arrays to 8 MB each


@dataclass(frozen=True)
class Nearness:
    """The (SKETCH, n) words of the labelled texts."""

    words: Floats

    @classmethod
    def learn(cls, grams: Grams, texts: Sequence[str], readings: Floats) -> Self:
        """From the labelled texts and their (n, width) readings, of no width without the sentence model."""
        return cls(np.ascontiguousarray(_words(grams, texts, readings).T))

    def taught(self, grams: Grams, text: str, reading: Floats) -> Self:
        """With one more labelled text, by its (1, width) reading."""
        return replace(self, words=np.hstack([self.words, _words(grams, [text], reading).T]))

    def of(
        self,
        grams: Grams,
        texts: Sequence[str],
        readings: Floats,
        sizes: NDArray[np.intp],
        *,
        stage: Stage | None,
    ) -> tuple[Floats, Floats]:
        """(n, ...) vectors of length one of texts, or zero, and (n, 2) cosines to texts around.

        These cosines are to the labelled text as many places away as SHARE of the class has texts, and to
        the one AROUND times as many away.

        `readings` are (n, width), with rows of zeros where a text was not read, `sizes` (n,) labelled texts
        of the class to which each text likeliest belongs, `stage` the labelled texts as they are read.
        """
        words = _words(grams, texts, readings)
        count = self.words.shape[1]
        nearest = np.clip(np.rint(SHARE * sizes), 1, MOST).astype(np.intp)
        places = np.maximum(0, count - np.column_stack([nearest, AROUND * nearest]))
        near = np.zeros((len(texts), 2), dtype=np.float32)
        for start in range(0, len(texts), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            likeness = picked(words[rows], np.flatnonzero(words[rows].any(axis=0)), self.words)
            if stage is not None:
                likeness += against(readings[rows] @ stage.axes * np.float32(1 - WORDS), stage.meaning)
            likeness.partition(np.unique(places[rows]).tolist(), axis=1)
            near[rows] = np.take_along_axis(likeness, places[rows], axis=1)
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
