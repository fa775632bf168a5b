"""Thresholds that keep a budget of false pages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.budget import (
    LEAST_LEFT,
    LIVE,
    LOWEST,
    MOST_SURGES,
    branches_of,
    calm,
    nominal,
    peaks_of,
    reached,
    shares,
    thresholds,
)
from detectors.tree.cause import TreeSettings
from detectors.tree.rehearsal import Rehearsed
from detectors.tree.surge import TreeSurge

WEEKS, LEAVES = 10, 60
STEPS = WEEKS * 168
NODES = np.array([1.0, 10.0, 100.0])


def peaks(count, seed=1):
    return 3 + np.random.default_rng(seed).exponential(0.43, count)


def rehearsed(*, surges=0, height=12.0, seed=5):
    """Eight weeks of 100 leaves in ten groups: noise as chance brings it, and surges of leaves."""
    rng = np.random.default_rng(seed)
    parents = np.array([-1] + [0] * 10 + [1 + k % 10 for k in range(100)], np.int32)
    many = 1200
    nodes, step = rng.integers(len(parents), size=many), rng.integers(8 * 168, size=many)
    score = 1.2 + rng.exponential(0.43, many)
    for leaf, begin in zip(
        rng.integers(11, 111, surges), rng.integers(8 * 168 - 6, size=surges), strict=True
    ):
        for node, part in ((leaf, 1.0), (parents[leaf], 0.7), (0, 0.4)):
            nodes, step = np.append(nodes, [node] * 6), np.append(step, begin + np.arange(6))
            score = np.append(score, np.full(6, height * part * rng.uniform(0.5, 1.5)))
    return Branches(parents), Rehearsed(step, nodes, score, np.zeros(len(step), int), score)


def found(tree, high, rate=2.0, new=(), weeks=8):
    every = np.ones(len(tree), bool)
    judged = ~np.isin(tree.depth, new)
    return thresholds(high, tree, shown=every, judged=judged, weeks=weeks, rate=rate, a_week=168, quiet=24)


def test_peaks_come_over_the_threshold_as_often_as_allowed():
    heights = np.concatenate([peaks(600, seed) for seed in range(20)])
    limits = [reached(peaks(600, seed), 16.0, 6.0) for seed in range(20)]
    rate = np.mean([(heights >= limit).sum() / 20 / 8 for limit in limits])
    assert 1.3 < rate < 3


def test_depths_whose_nodes_are_all_new_have_the_nominal_threshold():
    tree, high = rehearsed()
    high = high.at_least(np.where(tree.depth[high.nodes] == 0, 0, np.inf))
    nominally = [
        nominal(nodes, part * 2.0 / LIVE, 168) for nodes, part in zip(NODES, shares(NODES), strict=True)
    ]
    assert found(tree, high, new=(1, 2))[1:] == pytest.approx(nominally[1:])
    assert found(tree, high.at_least(np.inf), new=(0, 1, 2), weeks=0) == pytest.approx(nominally)


@pytest.mark.parametrize("a_week", [1, 3, 8])
def test_the_surges_that_a_history_holds_hardly_move_the_thresholds(a_week):
    with_surges = [found(*rehearsed(surges=8 * a_week, seed=seed)) for seed in range(8)]
    without = [found(*rehearsed(seed=seed)) for seed in range(8)]
    assert abs(np.mean(with_surges, axis=0) - np.mean(without, axis=0)).max() < 0.5


def test_what_comes_far_more_often_than_surges_do_is_usual():
    tree, high = rehearsed(surges=8 * 40)
    told = branches_of(high, tree, found(tree, high), quiet=24)
    assert MOST_SURGES / 2 * 8 < told <= (MOST_SURGES + 2) * 8


TWIGS = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
ALL, LEFT, RIGHT, LEAF, SISTER, OTHER = range(6)


def alarms(*told):
    """Of each its step, its node and its score."""
    step, nodes, score = (np.array(each) for each in zip(*told, strict=True))
    return Rehearsed(step, nodes, score.astype(float), np.zeros(len(step), int), score)


def test_alarms_of_a_node_that_follow_each_other_are_one_as_high_as_the_highest():
    high = alarms((3, LEAF, 2), (5, LEAF, 4), (4, OTHER, 3), (8, LEAF, 3), (11, LEAF, 5), (9, LEFT, 6))
    by_depth = peaks_of(high, TWIGS.depth, 3, quiet=3)
    assert [sorted(heights.tolist()) for heights in by_depth] == [[], [6.0], [3.0, 3.0, 4.0, 5.0]]
    by_depth = peaks_of(high, TWIGS.depth, 3, quiet=4)
    assert [sorted(heights.tolist()) for heights in by_depth] == [[], [6.0], [3.0, 5.0]]


@pytest.mark.parametrize(
    ("told", "causes"),
    [
        ([(1, LEAF, 5), (1, LEFT, 4), (1, ALL, 3)], 1),
        ([(1, LEAF, 5), (2, SISTER, 5)], 2),
        ([(1, LEAF, 5), (2, ALL, 5), (3, OTHER, 5)], 2),
        ([(1, ALL, 5), (2, LEAF, 5), (2, OTHER, 5)], 1),
        ([(1, LEAF, 5), (3, LEAF, 5)], 1),
        ([(1, LEAF, 5), (4, LEAF, 5)], 2),
        ([(1, LEAF, 5), (3, LEFT, 5), (5, LEAF, 5)], 1),
        ([(1, LEAF, 5), (1, OTHER, 1)], 1),
        ([(1, LEAF, 2)], 1),
    ],
)
def test_alarms_above_and_below_each_other_are_one_while_they_last(told, causes):
    limit = np.array([2.0, 2.0, 2.0])
    assert branches_of(alarms(*told), TWIGS, limit, quiet=3) == causes


def test_more_than_are_asked_for_are_not_counted_to_the_end():
    high = alarms(*((10 * step, LEAF, 5) for step in range(50)))
    assert branches_of(high, TWIGS, np.ones(3), quiet=3) == 50
    assert 5 < branches_of(high, TWIGS, np.ones(3), quiet=3, most=5) < 50


def test_a_surge_is_left_out_with_all_that_its_line_showed_meanwhile_and_nothing_else():
    surge = [(10, LEFT, 9), (12, LEFT, 3)]
    meanwhile = [(10, ALL, 2), (11, LEAF, 2), (12, SISTER, 2), (11, ALL, 2)]
    kept = [(9, LEAF, 2), (13, ALL, 2), (11, RIGHT, 2), (11, OTHER, 2), (40, LEFT, 2)]
    left, part = calm(alarms(*surge, *meanwhile, *kept), TWIGS, np.full(3, 8.0), steps=100, quiet=6)
    assert sorted(zip(left.step.tolist(), left.nodes.tolist(), strict=True)) == sorted(
        (step, node) for step, node, _ in kept
    )
    assert part == pytest.approx([1 - 3 / 100, 1 - 3 / 100 / 2, 1 - 2 * 3 / 100 / 3])


def test_what_only_reaches_the_limit_is_no_surge_and_some_of_a_history_is_always_left():
    high = alarms((10, LEFT, 8), (11, LEAF, 2))
    left, part = calm(high, TWIGS, np.full(3, 8.0), steps=100, quiet=6)
    assert (len(left.step), part.tolist()) == (2, [1, 1, 1])
    assert calm(high, TWIGS, np.full(3, 1.0), steps=2, quiet=6)[1].tolist() == [LEAST_LEFT, 0.5, 0.5]


def test_before_there_is_a_history_the_nominal_score_stands():
    assert abs(reached(np.zeros(0), 0.0, 5.5) - 5.5) < 0.1


@given(st.lists(st.floats(1.5, 12), max_size=200), st.floats(0.0, 400), st.floats(3, 8))
def test_every_threshold_is_finite_and_some_evidence(heights, allowed, standard):
    limit = reached(np.array(heights), allowed, standard)
    assert np.isfinite(limit)
    assert limit >= LOWEST


@settings(max_examples=10)
@given(st.floats(1, 1e9))
def test_thresholds_are_finite_however_high_the_surges(height):
    limits = found(*rehearsed(surges=120, height=height))
    assert np.isfinite(limits).all()
    assert (limits >= LOWEST).all()


def test_more_nodes_and_less_budget_ask_for_more():
    assert nominal(100, 2, 168) < nominal(50_000, 2, 168) < nominal(50_000, 0.2, 168)


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=6).filter(any))
def test_the_depths_share_one_budget(nodes):
    assert abs(shares(np.array(nodes, float)).sum() - 1) < 1e-9


def counted(leaves):
    """(steps, nodes), a root and six groups above the leaves; and their parents."""
    parents = np.array([-1] + [0] * 6 + [1 + k % 6 for k in range(LEAVES)], np.int32)
    groups = np.stack([leaves[:, k::6].sum(axis=1) for k in range(6)], axis=1)
    return np.concatenate([leaves.sum(axis=1)[:, None], groups, leaves], axis=1).astype(np.float32), parents


def drawn():
    rng = np.random.default_rng(8)
    mean = rng.lognormal(-2.5, 1.2, LEAVES) * np.exp(np.cos(np.arange(STEPS) * 2 * np.pi / 24))[:, None]
    return rng.poisson(rng.gamma(mean / 0.3, 0.3)), rng


STAMPS = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(STEPS + 48), HOUR)


def test_a_tree_without_surges_keeps_its_budget():
    count, parents = counted(drawn()[0])
    past = STEPS - 2 * 168
    told = {}
    for budget in (2.0, 20.0):
        surge = TreeSurge.start(count[:past], STAMPS, parents, TreeSettings(false_pages_per_week=budget))
        told[budget] = sum(len(surge.close(row)) for row in count[past:])
    assert told[2.0] <= 8
    assert told[2.0] < told[20.0] <= 80


def test_a_bad_month_does_not_blind_the_next_ones():
    leaves, rng = drawn()
    count, parents = counted(leaves)
    calm = TreeSurge.start(count, STAMPS, parents).learned.thresholds
    for begin in rng.integers(STEPS - 5 * 168, STEPS - 4, size=5 * 6):
        leaves[begin : begin + 4, rng.integers(LEAVES)] += 6
    after = TreeSurge.start(counted(leaves)[0], STAMPS, parents).learned.thresholds
    assert (after < calm + 1).all()
