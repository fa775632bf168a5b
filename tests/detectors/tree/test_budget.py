"""Thresholds that keep a budget of false pages."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.budget import calibrated, nominal, shares
from detectors.tree.cause import TreeSettings
from detectors.tree.severity import Severities
from detectors.tree.surge import TreeSurge

WEEKS, LEAVES = 10, 60
STEPS = WEEKS * 168


def peaks(count, seed=1):
    return 3 + np.random.default_rng(seed).exponential(0.43, count)


def test_peaks_come_over_the_threshold_as_often_as_allowed():
    heights = np.concatenate([peaks(600, seed) for seed in range(20)])
    found = [calibrated(peaks(600, seed), 8.0, 2.0, 6.0) for seed in range(20)]
    rate = np.mean([(heights >= height).sum() / 20 / 8 for height in found])
    assert 1.3 < rate < 3


def test_the_surges_that_a_history_holds_hardly_move_the_threshold():
    ordinary = calibrated(peaks(600), 8.0, 2.0, 6.0)
    with_surges = calibrated(np.append(peaks(600), np.full(16, 40.0)), 8.0, 2.0, 6.0)
    assert abs(with_surges - ordinary) < 0.05


def test_a_surge_does_not_blind_a_depth_that_has_few_peaks():
    heights = np.array([2.4, 2.1, 1.9, 1.8, 1.7, 1.6])
    assert calibrated(np.append(heights, [120.0, 90.0]), 8.0, 0.2, 3.6) == calibrated(heights, 8.0, 0.2, 3.6)


def test_before_there_is_a_history_the_nominal_score_stands():
    assert abs(calibrated(np.zeros(0), 0.0, 2.0, 5.5) - 5.5) < 0.1


@given(st.lists(st.floats(1.5, 12), max_size=200), st.floats(0.01, 20), st.floats(0.01, 20), st.floats(3, 8))
def test_every_threshold_is_finite_and_some_evidence(heights, rate, weeks, standard):
    found = calibrated(np.array(heights), weeks, rate, standard)
    assert np.isfinite(found)
    assert found >= 2


def test_more_nodes_and_less_budget_ask_for_more():
    assert nominal(100, 2, 168) < nominal(50_000, 2, 168) < nominal(50_000, 0.2, 168)


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=6).filter(any))
def test_the_depths_share_one_budget(nodes):
    assert abs(shares(np.array(nodes, float)).sum() - 1) < 1e-9


def test_a_tree_without_surges_keeps_its_budget():
    rng = np.random.default_rng(8)
    mean = rng.lognormal(-2.5, 1.2, LEAVES) * np.exp(np.cos(np.arange(STEPS) * 2 * np.pi / 24))[:, None]
    leaves = rng.poisson(rng.gamma(mean / 0.3, 0.3))
    parents = np.array([-1] + [0] * 6 + [1 + k % 6 for k in range(LEAVES)], np.int32)
    groups = np.stack([leaves[:, k::6].sum(axis=1) for k in range(6)], axis=1)
    count = np.concatenate([leaves.sum(axis=1)[:, None], groups, leaves], axis=1).astype(np.float32)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(STEPS + 48), HOUR)
    past = STEPS - 2 * 168
    told = {}
    for budget in (2.0, 20.0):
        surge = TreeSurge.start(count[:past], stamps, parents, TreeSettings(false_pages_per_week=budget))
        told[budget] = sum(len(surge.close(row)) for row in count[past:])
    assert told[2.0] <= 8
    assert told[2.0] < told[20.0] <= 80


def test_severity_follows_excess_and_duration_and_not_rarity():
    levels = Severities()
    assert levels.of(6, 0.001, 1) == 1
    assert levels.of(400, 100, 1) == 2
    assert levels.of(400, 100, 3) == 3
