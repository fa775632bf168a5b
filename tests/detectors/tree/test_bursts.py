"""Batches that come week after week are usual, and surges that last are not."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.surge import TreeSurge

WEEKS, LEAVES, GROUPS = 8, 60, 6
PAST, AHEAD = WEEKS * 168, 2 * 168
FIRST_LEAF = 1 + GROUPS
PARENTS = np.array([-1] + [0] * GROUPS + [1 + k % GROUPS for k in range(LEAVES)], np.int32)
STAMPS = name_steps(np.datetime64("2026-03-02T00", "h") + np.arange(PAST + AHEAD + 48), HOUR)


def ordinary(seed=1):
    return np.random.default_rng(seed).poisson(0.02, (PAST + AHEAD, LEAVES))


def with_batches(leaves, *, a_week, seed=2):
    """Any leaf at any hour, fifteen tickets and more."""
    rng, found = np.random.default_rng(seed), leaves.copy()
    for _ in range(a_week * len(leaves) // 168):
        found[rng.integers(len(leaves)), rng.integers(LEAVES)] += 12 + rng.poisson(6)
    return found


def counted(leaves):
    groups = np.stack([leaves[:, k::GROUPS].sum(axis=1) for k in range(GROUPS)], axis=1)
    return np.concatenate([leaves.sum(axis=1)[:, None], groups, leaves], axis=1).astype(np.float32)


def begun(leaves, *, learned=None):
    return TreeSurge.start(counted(leaves)[:PAST], STAMPS, PARENTS, learned=learned)


def told(surge, leaves):
    return [cause for row in counted(leaves)[PAST:] for cause in surge.close(row)]


@pytest.fixture(scope="module")
def batches():
    return with_batches(ordinary(), a_week=8)


@pytest.fixture(scope="module")
def learned(batches):
    return begun(batches).learned


def test_batches_that_come_week_after_week_are_within_one_and_a_half_times_the_budget():
    pages, unaware = 0, 0
    for seed in (1, 3, 4):
        leaves = with_batches(ordinary(seed), a_week=8, seed=seed + 1)
        surge = begun(leaves)
        pages += len(told(surge, leaves))
        unaware += len(told(begun(leaves, learned=replace(surge.learned, bursts=False)), leaves))
    assert pages <= 1.5 * 3 * 4
    assert unaware >= 36


def test_a_surge_among_batches_is_told_in_its_second_hour(batches, learned):
    leaves = batches.copy()
    leaves[PAST + 50 : PAST + 56, 7] += 6
    mine = [c for c in told(begun(leaves, learned=learned), leaves) if c.node == FIRST_LEAF + 7]
    assert mine[0].since == PAST + 50
    assert mine[0].since + mine[0].steps <= PAST + 52


def test_a_flood_of_one_hour_is_told_among_batches_too(batches, learned):
    leaves = batches.copy()
    leaves[PAST + 50, 7] += 300
    mine = [c for c in told(begun(leaves, learned=learned), leaves) if c.node == FIRST_LEAF + 7]
    assert mine[0].since == PAST + 50
    assert mine[0].steps == 1


def test_a_leaf_that_had_two_surges_of_an_hour_is_told_at_the_third():
    leaves = ordinary()
    leaves[[PAST - 900, PAST - 300, PAST + 50], 7] += 15
    surge = begun(leaves)
    assert not surge.learned.bursts
    assert [c.since for c in told(surge, leaves) if c.node == FIRST_LEAF + 7] == [PAST + 50]


def test_surges_that_last_are_no_bursts_however_many_the_history_holds():
    rng, leaves = np.random.default_rng(3), ordinary()
    for begin in rng.integers(PAST - 6, size=8 * WEEKS):
        leaves[begin : begin + 4, rng.integers(LEAVES)] += 5
    assert not begun(leaves).learned.bursts
