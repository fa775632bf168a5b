"""How near a text is to the labelled ones around it."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering.grams import Grams
from connectors.clustering.nearness import AROUND, MOST, SHARE, Nearness

TEXTS = [f"word{row} other{row % 7} shared" for row in range(120)]
NOTHING = np.zeros((len(TEXTS), 0), dtype=np.float32)


@pytest.mark.parametrize(("size", "nearest"), [(1, 1), (10, 1), (30, 2), (100, 7), (1_000, MOST)], ids=str)
def test_how_far_is_looked_depends_on_how_many_labelled_texts_the_class_has(size, nearest):
    assert nearest == min(MOST, max(1, round(SHARE * size)))
    grams = Grams(TEXTS)
    nearness = Nearness.learn(grams, TEXTS, NOTHING)
    said = ["word5 other5 shared", "shared and new"]
    vectors, near = nearness.of(grams, said, NOTHING[:2], np.full(2, size), stage=None)
    cosines = -np.sort(-(vectors @ grams.sketch(TEXTS).T), axis=1)
    assert near == pytest.approx(cosines[:, [nearest - 1, AROUND * nearest - 1]], abs=1e-5)


def test_where_few_are_labelled_the_farthest_of_them_is_looked_at():
    grams = Grams(TEXTS[:3])
    nearness = Nearness.learn(grams, TEXTS[:3], NOTHING[:3])
    vectors, near = nearness.of(grams, ["word1 shared"], NOTHING[:1], np.array([500]), stage=None)
    cosines = vectors @ grams.sketch(TEXTS[:3]).T
    assert near == pytest.approx(np.full((1, 2), cosines.min()), abs=1e-5)
