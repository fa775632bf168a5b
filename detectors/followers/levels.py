"""What each hour of the week usually brings a node, and the hour with which its level has changed."""

from __future__ import annotations

from typing import Final

import numpy as np

from detectors.precision import Floats, Ints, Kept

STEPS_A_WEEK: Final = 168
LEAST_SIDE: Final = 6
"""Hours on each side of a change, at least."""


def usual_by_slot(count: Kept, slot: Ints) -> Floats:
    """(168, n) what is usual in each hour of the week: hour of the day x day of the week."""
    nodes = count.shape[1]
    overall = np.nan_to_num(np.nanmean(count, axis=0)) if len(count) else np.zeros(nodes)
    known = ~np.isnan(count)

    def means(kind: Ints, kinds: int) -> Floats:
        found = np.empty((kinds, nodes))
        for one in range(kinds):
            rows = kind == one
            total, hours = np.where(known[rows], count[rows], 0).sum(axis=0), known[rows].sum(axis=0)
            # A day's worth of the mean stands in for what has hardly been seen.
            found[one] = (total + 2 * overall) / (hours + 2)
        return found

    hours, days = means(slot % 24, 24), means(slot // 24, 7)
    share = days / np.maximum(overall, 1e-9)
    return np.maximum(share[:, None, :] * hours[None], 0.0).reshape(STEPS_A_WEEK, nodes)


def mean(level: Floats, weight: Floats) -> float:
    """Weighted mean of the known; 0 where nothing is."""
    known = ~np.isnan(level)
    return float(level[known] @ weight[known] / max(weight[known].sum(), 1e-9))


def changed_at(level: Floats, weight: Floats) -> int | None:
    """The step with which a level most likely changed: least squares on both sides; None where too short.

    A count over a small expectation varies much, so each step weighs what is usual in it.

    Examples
    --------
    >>> changed_at(np.array([1.0] * 30 + [1.5] * 12), np.ones(42))
    30
    """
    weight = np.where(np.isnan(level), 0.0, weight)
    n, whole = len(level), weight.sum()
    if n < 2 * LEAST_SIDE or not whole:
        return None
    split = np.arange(LEAST_SIDE, n - LEAST_SIDE + 1)
    before = np.maximum(np.cumsum(weight)[split - 1], 1e-9)
    after = np.maximum(whole - before, 1e-9)
    came = np.cumsum(np.nan_to_num(level) * weight)
    left, right = came[split - 1] / before, (came[-1] - came[split - 1]) / after
    return int(split[np.argmax(before * after * (right - left) ** 2)])
