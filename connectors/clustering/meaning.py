"""What do texts mean, apart from what all labelled texts mean?

The sentence model's vectors of one company's complaints point much the same way. Their mean over the labelled
texts is taken off, so that what is left tells them apart. A reading holds the glance too: (what was read,
what was recalled).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from connectors.clustering.encoder import Encoder
from connectors.clustering.grams import FEW
from connectors.clustering.recall import Recall

Floats = NDArray[np.float32]
Cuts = Sequence[Sequence[int]]

GLANCE_IN_READING: Final = 0.36  # weight of the glance beside the reading: 0 is 0.5 points worse
LEGIBLE_SHARE: Final = 0.2  # of the labelled texts; below it the sentence model is left out


@dataclass(frozen=True)
class Meaning:
    """What the sentence model made of the labelled texts, or nothing, and the centres of both depths."""

    recall: Recall | None
    glance_centre: Floats
    reading_centre: Floats

    @classmethod
    def learn(cls, encoder: Encoder | None, texts: Sequence[str]) -> tuple[Self, Floats, Floats]:
        """From the labelled texts; also their glances and readings. Chinese texts need no English model."""
        nothing = np.zeros((len(texts), 0), dtype=np.float32)
        cuts = encoder.cut(texts) if encoder else []
        if encoder is None or sum(map(bool, cuts)) < LEGIBLE_SHARE * len(texts):
            return cls(None, nothing[:0], nothing[:0]), nothing, nothing
        recall, readings, glances = Recall.learn(encoder, cuts)
        origin = np.zeros(encoder.width, dtype=np.float32)
        share = np.float32(1 / (sum(map(bool, cuts)) + FEW))
        found = cls(
            recall,
            _unit(glances, origin).sum(axis=0) * share,
            _unit(readings, origin).sum(axis=0) * share,
        )
        glances = _unit(glances, found.glance_centre)
        return found, glances, _joined(glances, _unit(readings, found.reading_centre))

    def cut(self, texts: Sequence[str]) -> Cuts:
        """Piece numbers of each text, none where the model cannot read it."""
        return self.recall.encoder.cut(texts) if self.recall else [[] for _ in texts]

    def glance(self, cuts: Cuts) -> Floats:
        """(n, 384) rows of length one, or zero; no columns without a model."""
        if self.recall is None:
            return np.zeros((len(cuts), 0), dtype=np.float32)
        return _unit(self.recall.glance(cuts), self.glance_centre)

    def read(self, cuts: Cuts, glances: Floats) -> Floats:
        """(n, 768) rows of length one, or zero, from the same texts' glances; no columns without a model."""
        if self.recall is None:
            return glances
        return _joined(glances, _unit(self.recall.encoder.read(cuts), self.reading_centre))


def _joined(glances: Floats, readings: Floats) -> Floats:
    parts = np.hstack([readings, np.float32(GLANCE_IN_READING**0.5) * glances])
    parts /= np.float32((1 + GLANCE_IN_READING) ** 0.5)
    return parts


def _unit(vectors: Floats, centre: Floats) -> Floats:
    """Rows of length one about a centre of such rows; rows of zeros stay so."""
    legible = vectors.any(axis=1)
    found = np.zeros_like(vectors)
    rows = vectors[legible]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) - centre
    found[legible] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found
