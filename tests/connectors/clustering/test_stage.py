"""What a stage says of the texts that come as far as it."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering.stage import FEWEST, GRAM_SHARE, Stage, gram_weights

CLASSES = 8


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def texts(count):
    """Class numbers and meanings; of a third of the texts, `hard`, half are labelled at random."""
    draw = np.random.default_rng(4)
    codes = draw.integers(0, CLASSES, count)
    meaning = draw.normal(size=(CLASSES, 24))[codes] + draw.normal(0, 0.5, (count, 24))
    hard = draw.random(count) < 1 / 3
    wrong = hard & (draw.random(count) < 1 / 2)
    return np.where(wrong, draw.integers(0, CLASSES, count), codes), unit(meaning), hard


def fitted(meaning, codes, among=None):
    shared = (GRAM_SHARE * meaning @ meaning.T).astype(np.float32)
    return Stage.fit(meaning, shared, codes, classes=CLASSES, among=among)


def gap(stage, codes, rows):
    """How much surer than right a stage is of some texts."""
    sure = stage.as_new.confidence[rows]
    return float(sure.max(axis=1).mean() - (sure.argmax(axis=1) == codes[rows]).mean())


def test_confidence_is_right_for_the_texts_that_a_stage_is_asked_about():
    codes, meaning, hard = texts(900)
    # Not quite as sure as right: one in thirty could be a stranger.
    assert -0.1 < gap(fitted(meaning, codes, (hard, hard)), codes, hard) < 0
    assert gap(fitted(meaning, codes), codes, hard) > 0.15


def test_of_too_few_texts_no_confidence_is_learned():
    codes, read, _ = texts(300)
    few = np.arange(300) < FEWEST - 1
    usual = fitted(read, codes)
    assert fitted(read, codes, (few, few)).calibration == usual.calibration
    some = np.arange(300) < FEWEST
    assert fitted(read, codes, (some, some)).calibration != usual.calibration


def test_grams_weigh_fully_where_there_is_no_meaning():
    meaning = np.array([[0.6, 0.8], [0, 0]], dtype=np.float32)
    assert gram_weights(meaning) == pytest.approx([GRAM_SHARE**0.5, 1])
