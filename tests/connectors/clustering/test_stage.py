"""What a stage says of the texts that come as far as it."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering import stage as module
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


def test_directions_in_which_labelled_texts_hardly_differ_are_left_out_and_judgements_stay(monkeypatch):
    codes, meaning, _ = texts(300)
    noise = np.random.default_rng(5).normal(0, 0.005, (300, 200))
    wide = unit(np.hstack([meaning, noise]))
    known, new = wide[:250], wide[250:]
    shared = (GRAM_SHARE * new @ known.T).astype(np.float32)
    few = fitted(known, codes[:250])
    assert few.meaning.shape[1] <= meaning.shape[1]
    monkeypatch.setattr(module, "KEPT", 1)
    whole = fitted(known, codes[:250])
    assert whole.meaning.shape[1] > 100
    apart = few.judge(new, shared).confidence - whole.judge(new, shared).confidence
    assert np.abs(apart).mean() < 0.01


def test_a_taught_text_that_means_something_new_is_like_itself():
    codes, meaning, _ = texts(300)
    known = np.pad(meaning, ((0, 0), (0, 24)))
    new = np.eye(48, dtype=np.float32)[40:41]
    stage, shared = fitted(known, codes), np.zeros((1, 300), dtype=np.float32)
    taught = stage.taught(new, shared, CLASSES)
    itself = np.array([[GRAM_SHARE]], dtype=np.float32)
    judged = taught.judge(new, np.hstack([shared, itself]))
    assert judged.confidence.argmax() == CLASSES
    # And again, by another text that means the same: there is no further direction.
    again = taught.taught(new, np.hstack([shared, itself]), 0)
    assert again.axes.shape == taught.axes.shape
    assert taught.axes.shape[1] == stage.axes.shape[1] + 1


def test_grams_weigh_fully_where_there_is_no_meaning():
    meaning = np.array([[0.6, 0.8], [0, 0]], dtype=np.float32)
    assert gram_weights(meaning) == pytest.approx([GRAM_SHARE**0.5, 1])
