"""How are texts compared and judged at one depth of reading?

Two texts are as similar as their grams and, where both are legible to the sentence model, their meaning. A
stage holds the labelled texts in these terms, the ridge fitted on them, and the calibration of its answers.

Meanings of one company's texts lie along few directions. Only those are kept in which the labelled texts
differ (principal components, Pearson 1901, doi:10.1080/14786440109462720): a text that comes alone costs the
memory that it is compared with, and that is about half.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.clustering import confidence, ridge
from connectors.clustering.products import against

Floats = NDArray[np.float32]
Codes = NDArray[np.intp]

Among = tuple[NDArray[np.bool_], NDArray[np.bool_]]

GRAM_SHARE: Final = 0.2  # of grams in the similarity of two texts that are both legible
FEWEST: Final = 50  # texts to fit a confidence on
KEPT: Final = 0.99  # of the squared lengths of the labelled texts: what their kept directions hold
SHORTEST: Final = 1e-6  # length of a new direction: below it there is none
IMPOSSIBLE: Final = -1.0  # score of a class that a text is not allowed; possible ones are about 0 to 1


@dataclass(frozen=True)
class Judged:
    """What a stage says of n texts.

    Attributes
    ----------
    confidence : (n, classes) float32; rows add up to `known`
    known : (n,) float32, probability that the text belongs to any class
    """

    confidence: Floats
    known: Floats


@dataclass(frozen=True)
class Stage:
    """The labelled texts as one depth of reading sees them.

    Attributes
    ----------
    axes : (width, kept) float32, directions of length one, at right angles
    meaning : (n, kept) float32 along them; zero where the model cannot read the text
    weights : (n, classes) float32, of the ridge
    as_new, as_stranger : what it says of each labelled text without it, and without its class
    """

    axes: Floats
    meaning: Floats
    weights: Floats
    calibration: confidence.Calibration
    as_new: Judged
    as_stranger: Judged

    @classmethod
    def fit(
        cls, meaning: Floats, shared: Floats, codes: Codes, *, classes: int, among: Among | None = None
    ) -> Stage:
        """From (n, width) meanings and (n, n) weighted gram similarities of the labelled texts.

        `among` are (n,) masks of the texts that come as far as this stage when they are new, and when they
        are strangers: its confidence is right for these. Too few of them, and it is right for all.
        """
        axes = _axes(meaning)
        meaning = meaning @ axes
        gram = ridge.kernel(_mix(meaning, meaning, shared))
        near_new, near_stranger = _nearest(gram, codes)
        fitted = ridge.fit(gram, codes, classes=classes)
        new = stranger = np.ones(len(codes), dtype=np.bool_)
        if among is not None and min(among[0].sum(), among[1].sum()) >= FEWEST:
            new, stranger = among
        as_stranger = np.maximum(fitted.as_stranger, np.float32(IMPOSSIBLE))
        calibration = confidence.calibrate(
            codes[new],
            as_new=fitted.as_new[new],
            near_new=near_new[new],
            as_stranger=as_stranger[stranger],
            near_stranger=near_stranger[stranger],
        )
        return cls(
            axes,
            meaning,
            fitted.weights,
            calibration,
            as_new=_judged(calibration, fitted.as_new, near_new),
            as_stranger=_judged(calibration, as_stranger, near_stranger),
        )

    def judge(self, meaning: Floats, shared: Floats) -> Judged:
        """Judge texts by (m, width) meanings and (m, n) weighted gram similarities to the labelled ones."""
        values = ridge.kernel(_mix(meaning @ self.axes, self.meaning, shared))
        return _judged(self.calibration, values @ self.weights, values.max(axis=1, initial=0))

    def taught(self, meaning: Floats, shared: Floats, code: int) -> Stage:
        """With one more labelled text, whose answer is right from now on (exact after the next fit).

        The new text's weights are what is missing to its target over (1 + lambda), one step of kernel
        gradient descent (Kivinen et al. 2004, doi:10.1109/TSP.2004.830991). `meaning` is (1, width), `shared`
        is (1, n).
        """
        classes = max(self.weights.shape[1], code + 1)
        weights = np.pad(self.weights, ((0, 0), (0, classes - self.weights.shape[1])))
        target = np.zeros((1, classes), dtype=np.float32)
        target[0, code] = 1
        along = meaning @ self.axes
        missing = target - ridge.kernel(_mix(along, self.meaning, shared)) @ weights
        row = (missing / np.float32(1 + ridge.LAMBDA)).astype(np.float32)
        # What is new in its meaning becomes a direction, or the text would not be like itself.
        axes, known = self.axes, self.meaning
        rest = meaning - along @ axes.T
        length = np.linalg.norm(rest)
        if length > SHORTEST:
            axes, known = np.hstack([axes, rest.T / length]), np.pad(known, ((0, 0), (0, 1)))
            along = np.hstack([along, [[length]]])
        meaning = np.vstack([known, along]).astype(np.float32)
        return replace(self, axes=axes, meaning=meaning, weights=np.vstack([weights, row]))


def _axes(meaning: Floats) -> Floats:
    """(width, kept) directions that hold KEPT of the squared lengths of (n, width) rows."""
    lengths, directions = np.linalg.eigh(meaning.T @ meaning)
    lengths, directions = lengths[::-1], directions[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(lengths), KEPT * lengths.sum())) + 1
    return np.ascontiguousarray(directions[:, :kept])


def _judged(calibration: confidence.Calibration, scores: Floats, near: Floats) -> Judged:
    known = calibration.known(scores, near)
    return Judged(calibration.classes(scores) * known[:, None], known)


def gram_weights(meaning: Floats) -> Floats:
    """(n,) roots of the share that grams have in the similarity to a text of the same kind.

    The grams of an illegible text, whose meaning is zero, weigh fully.
    """
    legible = meaning.any(axis=1)
    return np.where(legible, GRAM_SHARE**0.5, 1.0).astype(np.float32)


def _mix(left: Floats, right: Floats, shared: Floats) -> Floats:
    """(m, n) similarities, a new array, of meanings and weighted similarities of grams."""
    if not right.shape[1]:
        return shared.copy()
    mixed = against(left * np.float32(1 - GRAM_SHARE), right)
    mixed += shared
    return mixed


def _nearest(gram: Floats, codes: Codes) -> tuple[Floats, Floats]:
    """Kernel value of each labelled text's nearest other one, of any class and of another class."""
    near_new = np.zeros(len(codes), dtype=np.float32)
    near_stranger = np.zeros(len(codes), dtype=np.float32)
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        block = gram[rows]
        block[np.arange(len(rows)), rows] = 0
        near_new[rows] = block.max(axis=1)
        block[:, rows] = 0
        near_stranger[rows] = block.max(axis=1)
    return near_new, near_stranger
