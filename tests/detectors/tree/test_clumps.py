"""Occasions: a clump counts once, and what spreads or lasts tells more than a clump."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.clumps import Clumps, counted
from detectors.tree.likelihood import StepByStep, Windows
from detectors.tree.outlook import Look
from detectors.tree.surge import TreeSurge

PAST, LEAVES = 8 * 168, 60


@st.composite
def forests(draw):
    parents = [-1]
    parents += [draw(st.integers(-1, node - 1)) for node in range(1, draw(st.integers(1, 12)))]
    nodes = len(parents)
    rows = draw(st.lists(st.lists(st.integers(0, 4), min_size=nodes, max_size=nodes), min_size=1, max_size=3))
    busy = draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes))
    return np.array(parents, np.int32), np.array(rows, np.float32), np.array(busy)


@given(forests())
def test_an_occasion_is_a_leaf_and_a_step_with_tickets_and_a_busy_leafs_tickets_are_all_counted(given_):
    parents, own, busy = given_
    total, wanted = own.copy(), np.where(busy, own, own > 0).astype(np.float32)
    for node in range(len(parents) - 1, -1, -1):
        if parents[node] >= 0:
            total[:, parents[node]] += total[:, node]
            wanted[:, parents[node]] += wanted[:, node]
    assert counted(Branches(parents), busy, total).tolist() == wanted.tolist()


def test_what_is_unknown_is_no_occasion():
    tree = Branches(np.array([-1, 0, 0], np.int32))
    rows = np.array([[np.nan] * 3, [3, 3, 0]], np.float32)
    assert counted(tree, np.zeros(3, bool), rows).tolist() == [[0, 0, 0], [1, 1, 0]]


def test_a_new_node_is_as_its_parent_is():
    tree = Branches(np.array([-1, 0], np.int32))
    known = Clumps(
        tree,
        np.array([False, True]),
        np.array([0.8, 0.6], np.float32),
        np.full(2, 1.5, np.float32),
        np.array([0.1, 0.5], np.float32),
    )
    grown = known.grown(Branches(np.array([-1, 0, 1, 2], np.int32)))
    assert grown.ratio.tolist() == known.ratio.tolist() + [known.ratio[1]] * 2
    assert grown.dispersion.tolist() == [1.5] * 4
    assert (grown.tickets > 0.2).tolist() == [False, True, True, True]


def of_clumped_leaves():
    """Where three tickets of a leaf often come together."""
    rng = np.random.default_rng(5)
    parents = np.array([-1] + [0] * LEAVES, np.int32)
    own = rng.poisson(0.006, (PAST, LEAVES)) * rng.integers(1, 5, (PAST, LEAVES))
    count = np.concatenate((own.sum(axis=1)[:, None], own), axis=1).astype(np.float32)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(PAST + 48), HOUR)
    return TreeSurge.start(count, stamps, parents).outlook


def test_eight_tickets_in_six_hours_are_stranger_than_eight_at_once():
    outlook = of_clumped_leaves()

    def score(came):
        nodes, count = np.array([1]), came[:, None].astype(np.float32)
        due = np.repeat(outlook.trailing.expected[-1:, nodes], len(came), axis=0)
        often = np.minimum(count, 1)
        seen = Windows(
            *(np.repeat(of.sum(axis=0)[None], 6, axis=0) for of in (count, due)),
            lambda _: StepByStep(count, often, due, np.ones(1)),
        )
        seen.came[[0, 1, 2, 4, 5]] = 0
        return outlook.trailing.strongest(nodes, seen, fewest=5)[1].score[0]

    assert score(np.array([2, 2, 1, 1, 1, 1])) > score(np.array([4, 4, 0, 0, 0, 0])) + 1
    assert score(np.array([4, 4, 0, 0, 0, 0])) > score(np.array([8, 0, 0, 0, 0, 0]))


def test_quiet_leaves_are_no_clump_because_busy_ones_of_other_branches_are():
    rng, quiet = np.random.default_rng(7), 20
    parents = np.array([-1, 0, 0] + [1] * quiet + [2] * 3, np.int32)
    clumped = rng.poisson(0.4, (PAST, 3)) * rng.integers(1, 5, (PAST, 3))
    own = np.concatenate((rng.poisson(0.004, (PAST, quiet)), clumped), axis=1)
    branches = np.stack((own[:, :quiet].sum(axis=1), own[:, quiet:].sum(axis=1)), axis=1)
    count = np.concatenate((own.sum(axis=1)[:, None], branches, own), axis=1).astype(np.float32)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(PAST + 48), HOUR)
    clumps = TreeSurge.start(count, stamps, parents).outlook.trailing.clumps
    assert clumps.dispersion[1] < 1.1
    assert clumps.dispersion[2] > 2
    assert (clumps.dispersion[3 : 3 + quiet] < 1.1).all()


def test_above_leaves_eight_tickets_of_eight_leaves_tell_far_more_than_eight_of_one():
    outlook = of_clumped_leaves()

    def score(of_leaf):
        row = np.zeros(LEAVES, np.float32)
        row[: len(of_leaf)] = of_leaf
        look = Look(np.append(row.sum(), row).astype(np.float32), 1.0, None)
        return outlook.judge(look, np.array([0]), fewest=4).score[0]

    assert score([1] * 8) > score([8]) + 2
