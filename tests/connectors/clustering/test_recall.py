"""What pieces meant in texts that were read, against sums and counts by hand."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from connectors.clustering.encoder import Encoder
from connectors.clustering.recall import RIDGE, SEEN, STRENGTHS, Recall
from tests.connectors.clustering.test_encoder import tiny_model

READ = [
    "my card",
    "my cards",
    "lost card a",
    "a lost card",
    "my card lost",
    "宽带断线",
    "lost card my card a",
]


class ByHand:
    """Sums and counts in dictionaries; one occurrence after the other, in float64."""

    def __init__(self, encoder, cuts):
        self.encoder = encoder
        self.sums, self.counts = defaultdict(float), defaultdict(int)
        self.seen = {}  # what each occurrence meant
        for number, cut in enumerate(cuts):
            for place, vector in enumerate(encoder.states([cut]).astype(float)):
                self.seen[number, place] = vector
                for key in self.keys(cut, place):
                    self.sums[key] += vector
                    self.counts[key] += 1
        self.centre = np.mean(list(self.seen.values()), axis=0)
        pieces = sorted({piece for cut in cuts for piece in cut})
        words = encoder.words(np.array(pieces)).astype(float)
        self.origin = words.mean(axis=0)
        square = RIDGE * np.eye(words.shape[1])
        product = np.zeros_like(square)
        for piece, word in zip(pieces, words - self.origin, strict=True):
            root = self.counts[(piece,)] ** 0.5
            square += root * np.outer(word, word)
            mean = self.sums[(piece,)] / self.counts[(piece,)]
            product += root * np.outer(word, mean - self.centre)
        self.turn = np.linalg.solve(square, product)

    @staticmethod
    def keys(cut, place):
        before = cut[place - 1] if place else 0
        after = cut[place + 1] if place + 1 < len(cut) else 0
        piece = cut[place]
        return (piece,), (before, piece, "before"), (piece, after, "after"), (before, piece, after)

    def glance(self, cut, own=None):
        vectors = []
        for place, piece in enumerate(cut):
            mine = self.seen[own, place] if own is not None else 0
            word = self.encoder.words(np.array([piece]))[0].astype(float)
            value = (word - self.origin) @ self.turn + self.centre
            (single, *pairs, triple) = self.keys(cut, place)
            for strength, level in zip(STRENGTHS, ([single], pairs, [triple]), strict=True):
                total, count = strength * value, strength
                for key in level:
                    if self.counts.get(key, 0) >= (1 if key == single else SEEN):
                        total = total + self.sums[key] - mine
                        count += self.counts[key] - (own is not None)
                value = total / count
            vectors.append(value)
        return np.mean(vectors, axis=0)


@pytest.fixture
def encoder(tmp_path):
    tiny_model(tmp_path)
    return Encoder(tmp_path)


def test_a_glance_is_the_mean_of_what_each_piece_meant_among_its_neighbours(encoder):
    cuts = encoder.cut(READ)
    recall, _, _ = Recall.learn(encoder, cuts)
    hand = ByHand(encoder, cuts)
    new = encoder.cut(["my card lost", "lost card a card", "ab lost", "ab", "my my", "card"])
    assert recall.glance(new) == pytest.approx(np.array([hand.glance(cut) for cut in new]), abs=1e-4)


def test_a_labelled_text_is_glanced_at_as_if_it_had_not_been_read(encoder):
    cuts = encoder.cut(READ)
    _, _, glances = Recall.learn(encoder, cuts)
    hand = ByHand(encoder, cuts)
    for number, cut in enumerate(cuts):
        expected = hand.glance(cut, own=number) if cut else np.zeros(encoder.width)
        assert glances[number] == pytest.approx(expected, abs=1e-4), READ[number]


def test_the_readings_of_the_labelled_texts_come_along(encoder):
    cuts = encoder.cut(READ)
    _, readings, _ = Recall.learn(encoder, cuts)
    assert readings == pytest.approx(encoder.read(cuts), abs=1e-5)


def test_a_text_is_glanced_at_alike_alone_and_in_company_and_illegible_ones_are_zero(encoder):
    recall, _, _ = Recall.learn(encoder, encoder.cut(READ))
    cuts = encoder.cut(["", "my lost card", "宽带", "ab", ""])
    together = recall.glance(cuts)
    assert together.any(axis=1).tolist() == [False, True, False, True, False]
    for row, cut in enumerate(cuts):
        assert recall.glance([cut])[0] == pytest.approx(together[row], abs=1e-6)
    assert recall.glance([]).shape == (0, encoder.width)
