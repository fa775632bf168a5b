"""How sure is a placement, and does the text belong to any class at all?

Two questions, two small models, both fitted on what `ridge` says of the labelled texts without themselves:

* *which class*: softmax(scores / heat), temperature scaling (Guo et al. 2017, arXiv:1706.04599), the heat
  chosen by likelihood on every labelled text judged as new;
* *any class*: sigmoid(a top + b near + c), where `top` is the highest score and `near` the similarity to the
  nearest labelled text; the labelled texts are its positives as new and its negatives as strangers (their
  whole class left out), the latter weighted to `STRANGERS` of all.

Few labelled texts may all be right by chance. As in Platt scaling (Platt 1999) the targets are therefore not
0 and 1 but leave room for the next text to be the first wrong one, 1 of n + 2.

Texts that are read are those that were doubtful at a glance. The confidence of a reading is therefore fitted
on such texts only: of all it would be right on average, and a tenth too low for those that it is asked about.

The confidence in a class is the product of both, so that the classes of a stranger do not add up to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.intp]

STRANGERS: Final = 0.03  # share of texts that belong nowhere, assumed before a text is seen
HEATS: Final = np.geomspace(0.01, 1.0, 41)
SMALL_STEP: Final = 1e-6  # of Newton's method: it has arrived
RIDGE: Final = 1e-4  # keeps the sigmoid finite where strangers and known texts separate perfectly


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities: `heat`, and (top, near, constant) of the sigmoid."""

    heat: float
    belongs: tuple[float, float, float]

    def classes(self, scores: Floats) -> Floats:
        """(n, classes) probabilities, given that the text belongs to a class; rows add up to one."""
        return _softmax(scores / np.float32(self.heat))

    def known(self, scores: Floats, near: Floats) -> Floats:
        """(n,) probability that the text belongs to any class; `near` is (n,) kernel values."""
        top, close, constant = self.belongs
        return _sigmoid(top * scores.max(axis=1) + close * near + constant).astype(np.float32)


def calibrate(
    codes: Codes, *, as_new: Floats, near_new: Floats, as_stranger: Floats, near_stranger: Floats
) -> Calibration:
    """Fit on (n,) codes, (n, classes) scores and (n,) nearest kernel values of n labelled texts.

    The strangers, (m, classes) and (m,), may be fewer or more.
    """
    return Calibration(_heat(as_new, codes), _belongs(as_new, near_new, as_stranger, near_stranger))


def _heat(scores: Floats, codes: Codes) -> float:
    """The heat under which the right classes are likeliest."""
    rows = np.arange(len(codes))
    shifted = scores - scores.max(axis=1, keepdims=True)
    doubt = 2 / (len(codes) + 2)

    def loss(heat: float) -> float:
        cooled = shifted / np.float32(heat)
        right = (1 - doubt) * cooled[rows, codes] + doubt * cooled.mean(axis=1)
        return float((np.log(np.exp(cooled).sum(axis=1)) - right).mean())

    return float(min(HEATS, key=loss))


def _belongs(
    as_new: Floats, near_new: Floats, as_stranger: Floats, near_stranger: Floats
) -> tuple[float, float, float]:
    """Weighted logistic regression by Newton's method, in float64."""
    tops = np.concatenate([as_new.max(axis=1), as_stranger.max(axis=1)])
    nears = np.concatenate([near_new, near_stranger])
    design = np.column_stack([tops, nears, np.ones(len(tops))]).astype(np.float64)
    sizes = len(as_new), len(as_stranger)
    truth = np.repeat([1 - 1 / (sizes[0] + 2), 1 / (sizes[1] + 2)], sizes)
    share = np.repeat([1 - STRANGERS, STRANGERS], sizes)
    ridge = RIDGE * len(as_new) * np.diag([1.0, 1.0, 0.0])
    found = np.zeros(3)
    for _ in range(50):
        guess = _sigmoid(design @ found)
        slope = design.T @ (share * (truth - guess)) - ridge @ found
        bend = (design * (share * guess * (1 - guess))[:, None]).T @ design + ridge + 1e-9 * np.eye(3)
        step = np.linalg.solve(bend, slope)
        found += step / max(
            1.0, float(np.abs(step).max()) / 5
        )  # steps of at most 5, or a far start overshoots
        if np.abs(step).max() < SMALL_STEP:
            break
    return float(found[0]), float(found[1]), float(found[2])


def _softmax(scores: Floats) -> Floats:
    scores = scores - scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _sigmoid(value: NDArray[np.float64] | Floats) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * value)), dtype=np.float64)
