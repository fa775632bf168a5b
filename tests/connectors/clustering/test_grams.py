"""Shared words and letters, against counting by hand."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.clustering import grams as module
from connectors.clustering.grams import FEW, SHORTEST, WEIGHTS, Grams, is_chinese, normalised, words

LABELLED = [
    "My card was charged twice",
    "card charged, card lost!",
    "宽带每天晚上断线",
    "断线 my card",
    "",
    "transfer transfer transfer",
]


def vector(text):
    """Weighted counts of a text's grams, by kind."""
    tokens = words(normalised(text))
    plain, letters = Counter(), Counter()
    for token in tokens:
        if is_chinese(token):
            plain.update(token[i : i + n] for n in (1, 2, 3) for i in range(len(token) - n + 1))
        else:
            plain[token[:5]] += 1
            ends = f" {token} "
            letters.update(ends[i : i + n] for n in (2, 3, 4, 5) for i in range(len(ends) - n + 1))
    found = Counter()
    for weight, kind in zip(WEIGHTS, (plain, Counter(pairwise(tokens)), letters), strict=True):
        damped = {gram: 1 + math.log(count) for gram, count in kind.items()}
        length = math.sqrt(sum(value * value for value in damped.values()))
        for gram, value in damped.items():
            found[gram] += math.sqrt(weight) * value / length
    return found, sum(
        weight
        for weight, kind in zip(WEIGHTS, (plain, pairwise(tokens), letters), strict=True)
        if any(True for _ in kind)
    )


def by_hand(labelled, texts):
    known = [vector(text)[0] for text in labelled]
    mean = Counter()
    for row in known:
        for gram, value in row.items():
            mean[gram] += value / (len(labelled) + FEW)

    def product(left, right):
        return sum(value * right.get(gram, 0) for gram, value in left.items())

    def centred(left, right):
        return product(left, right) - product(left, mean) - product(right, mean) + product(mean, mean)

    def length(text):
        row, square = vector(text)
        squared = square - 2 * product(row, mean) + product(mean, mean)
        return math.sqrt(max(squared, SHORTEST)) if row else math.inf

    return np.array(
        [
            [
                centred(vector(text)[0], row) / length(text) / length(other)
                for other, row in zip(labelled, known, strict=True)
            ]
            for text in texts
        ]
    )


@given(st.lists(st.text(alphabet="abc 宽带，!ＡA\u0301", max_size=12), max_size=4))
def test_two_texts_are_as_similar_as_the_grams_they_share(drawn):
    texts = ["my cards were charged", "宽带断线", "card card", "", *drawn]
    grams = Grams(LABELLED)
    assert grams.rows(texts).similarity(grams.labelled) == pytest.approx(by_hand(LABELLED, texts), abs=1e-5)


def test_common_and_rare_grams_count_alike(monkeypatch):
    grams = Grams(LABELLED)
    usual = grams.rows(LABELLED).similarity(grams.labelled)
    monkeypatch.setattr(module, "COMMON", 3)
    few = Grams(LABELLED)
    assert few.rows(LABELLED).similarity(few.labelled) == pytest.approx(usual, abs=1e-5)


def test_few_texts_and_many_are_compared_alike(monkeypatch):
    grams = Grams(LABELLED * 9)
    whole = grams.rows(LABELLED * 9).similarity(grams.labelled)
    for sparse in (0.0, 1.0):
        monkeypatch.setattr(module, "SPARSE", sparse)
        for row, text in enumerate(LABELLED):
            assert grams.rows([text]).similarity(grams.labelled) == pytest.approx(whole[[row]], abs=1e-5)
    monkeypatch.setattr(module, "COMMON", 3)
    few = Grams(LABELLED * 9)
    assert few.rows(LABELLED).similarity(few.labelled) == pytest.approx(whole[: len(LABELLED)], abs=1e-5)


def test_rows_of_many_texts_are_those_of_each_and_a_weight_multiplies_them(monkeypatch):
    grams = Grams(LABELLED)
    monkeypatch.setattr(module, "AT_ONCE", 2)
    parts = Grams(LABELLED)
    whole = grams.rows(LABELLED).similarity(grams.labelled)
    assert parts.rows(LABELLED).similarity(parts.labelled) == pytest.approx(whole, abs=1e-5)
    weights = np.array([0.5, 1, 2, 1, 1, 1], dtype=np.float32)
    weighted = grams.rows(LABELLED, weights)
    assert weighted.similarity(grams.labelled) == pytest.approx(whole * weights[:, None], abs=1e-5)
    again = grams.labelled.times(weights)
    assert again.similarity(grams.labelled) == pytest.approx(whole * weights[:, None], abs=1e-5)
