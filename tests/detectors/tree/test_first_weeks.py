"""A tree in its first two weeks: the course of a day is known, that of a week is not."""

import numpy as np
import pytest

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.surge import TreeSurge

LEAVES = 30
PARENTS = np.array([-1] + [0] * 5 + [1 + k // 6 for k in range(LEAVES)], np.int32)
STAMPS = name_steps(np.datetime64("2024-01-01T00", "h") + np.arange(15 * 24), HOUR)
NIGHT_AND_DAY = np.exp(1.8 * np.cos(2 * np.pi * (np.arange(24) - 13) / 24))


def days(many, seed, mean=0.3):
    """(hours, leaves) whose nights have a thirtieth of what afternoons have."""
    due = mean * np.tile(NIGHT_AND_DAY, many)[:, None]
    return np.random.default_rng(seed).poisson(due, (24 * many, LEAVES)).astype(np.float32)


def rolled_up(leaves):
    groups = leaves.reshape(len(leaves), 5, 6).sum(axis=2)
    return np.concatenate((leaves.sum(axis=1, keepdims=True), groups, leaves), axis=1)


def told_on(day, leaves):
    """Causes of a day, judged as the monitor does: with a model of what came until midnight."""
    count = rolled_up(leaves)
    surge = TreeSurge.start(count[: 24 * day], STAMPS, PARENTS)
    return [cause for row in count[24 * day : 24 * day + 24] for cause in surge.close(row)]


def test_ordinary_mornings_of_the_first_weeks_are_no_surges():
    told = [cause for day in range(3, 14) for seed in range(4) for cause in told_on(day, days(14, seed))]
    assert len(told) <= 2


@pytest.mark.parametrize("day", [3, 5, 8])
def test_a_surge_of_the_first_weeks_is_named_at_its_leaf(day):
    came = days(14, seed=2)
    came[24 * day + 9 : 24 * day + 12, 7] += 10
    assert [cause.node for cause in told_on(day, came)] == [1 + 5 + 7]
