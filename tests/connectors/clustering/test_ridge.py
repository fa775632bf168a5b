"""The closed forms of leaving out: they must say what a second fit would have said."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering import confidence, ridge

CODES = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])


def similarities():
    rows = np.random.default_rng(3).normal(size=(len(CODES), 5)) + CODES[:, None]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows @ rows.T).astype(np.float32)


def scores_without(left_out):
    """Refit without some rows and score them: the slow way."""
    kernel = ridge.kernel(similarities())
    kept = np.setdiff1d(np.arange(len(CODES)), left_out)
    targets = np.eye(3)[CODES[kept]]
    weights = np.linalg.solve(kernel[np.ix_(kept, kept)] + ridge.LAMBDA * np.eye(len(kept)), targets)
    return kernel[np.ix_(left_out, kept)] @ weights


def test_each_text_is_judged_as_if_it_had_never_been_labelled():
    fitted = ridge.fit(ridge.kernel(similarities()), CODES, classes=3)
    for row in range(len(CODES)):
        assert fitted.as_new[row] == pytest.approx(scores_without([row])[0], abs=1e-4)


def test_each_text_is_judged_as_if_its_class_did_not_exist():
    fitted = ridge.fit(ridge.kernel(similarities()), CODES, classes=3)
    for code in range(3):
        rows = np.flatnonzero(code == CODES)
        others = [other for other in range(3) if other != code]
        assert fitted.as_stranger[np.ix_(rows, others)] == pytest.approx(
            scores_without(rows)[:, others], abs=1e-4
        )
        assert np.isneginf(fitted.as_stranger[rows, code]).all()


def test_confidence_is_as_often_right_as_it_says():
    draw = np.random.default_rng(11)
    codes = draw.integers(0, 5, 4000)
    scores = (np.eye(5)[codes] * 0.4 + draw.normal(0, 0.2, (4000, 5))).astype(np.float32)
    near = np.full(4000, 0.8, dtype=np.float32)
    strange = draw.normal(0, 0.2, (4000, 5)).astype(np.float32)
    calibration = confidence.calibrate(
        codes, as_new=scores, near_new=near, as_stranger=strange, near_stranger=near - 0.5
    )
    sure = calibration.classes(scores)
    right = sure.argmax(axis=1) == codes
    for low in (0.3, 0.5, 0.7, 0.9):
        inside = (sure.max(axis=1) >= low) & (sure.max(axis=1) < low + 0.2)
        assert right[inside].mean() == pytest.approx(sure.max(axis=1)[inside].mean(), abs=0.06)
    assert calibration.known(scores, near).mean() > 0.95
    assert calibration.known(strange, near - 0.5).mean() < 0.15
