"""Detectors of the package river, one for each of some series: each is asked before it learns.

River's anomaly detectors give a score, and those that take a target are given the hour of the day and the day
of the week as features and the count as the target. Its drift detectors are shown the level, and say whether
it has changed. What somebody else's class raises sets that one detector aside, and no other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from detectors.followers.levels import STEPS_A_WEEK
from detectors.precision import Floats


class Watchers:
    """Detectors of one kind, one for each of `many` series.

    Parameters
    ----------
    make : makes a new one

    Attributes
    ----------
    drifts : they tell drift, and no anomalies
    failed : what those have said that were set aside, by series
    """

    def __init__(self, make: Callable[[], Any], many: int) -> None:
        self._each = [make() for _ in range(many)]
        self.failed: dict[int, str] = {}
        self.drifts = not hasattr(self._each[0], "score_one") if many else False

    def learn(self, count: Floats, level: Floats, slot: int) -> Floats:
        """(n,) scores of an hour, before it is learned; of drift detectors, 1 where the level has changed.

        Parameters
        ----------
        count : (n,) of the hour; where one is unknown, nothing is learned
        level : (n,) the same beside what is usual
        slot : hour of the week
        """
        score = np.zeros(len(count))
        if np.isnan(count).any():
            return score
        for k, watcher in enumerate(self._each):
            if k in self.failed:
                continue
            try:
                if self.drifts:
                    watcher.update(float(level[k]))
                    score[k] = watcher.drift_detected
                else:
                    score[k] = scored(watcher, float(count[k]), slot)
            except Exception as error:  # noqa: BLE001 - whatever somebody else's class says to these counts
                self.failed[k] = f"{type(error).__name__}: {error}"
        return score


def scored(watcher: Any, count: float, slot: int) -> float:
    """River's score of an hour, before it is learned."""
    when = {"hour": float(slot % 24), "weekday": float(slot // 24)}
    if takes_target(watcher.__class__):
        score = float(watcher.score_one(when, count))
        watcher.learn_one(when, count)
    else:
        score = float(watcher.score_one({"count": count}))
        watcher.learn_one({"count": count})
    return score if np.isfinite(score) else 0.0


@cache
def takes_target(kind: Any) -> bool:
    """Detectors of this class are given a target; asked once, as it takes longer than most scores."""
    return "y" in inspect.signature(kind.score_one).parameters


def tried(watcher: Any) -> None:
    """Give a new detector a few hours as they come, also quiet ones and a burst; raises what it raises."""
    for step, count in enumerate([0.0] * 30 + [3.0, 0.0, 7.0, 4.0, 5.0] * 4 + [500.0, 2.0]):
        if hasattr(watcher, "score_one"):
            scored(watcher, count, step % STEPS_A_WEEK)
        else:
            watcher.update(count / 4)
