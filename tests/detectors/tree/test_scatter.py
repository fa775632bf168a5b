"""One cause, one page, where a branch has many leaves: a surge over thirty of them, and at single ones."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.focus import Seen
from detectors.tree.scatter import WIDE, risen, scattered, widest
from detectors.tree.surge import TreeSurge

PAST, DAYS = 8 * 168, 3
BRANCHES, WIDTH = 3, 120
PARENTS = np.array([-1] + [0] * BRANCHES + [1 + k // WIDTH for k in range(BRANCHES * WIDTH)], np.int32)
FIRST_LEAF, BUSY_BRANCH = 1 + BRANCHES, 2
LEAVES = FIRST_LEAF + np.arange(WIDTH, 2 * WIDTH)
STAMPS = name_steps(np.datetime64("2024-01-01T00", "h") + np.arange(PAST + 200), HOUR)


def rolled_up(leaves):
    count = np.zeros((len(leaves), len(PARENTS)), np.float32)
    count[:, FIRST_LEAF:] = leaves
    for node in range(len(PARENTS) - 1, 0, -1):
        count[:, PARENTS[node]] += count[:, node]
    return count


def usual():
    """(leaves,) tickets an hour: some hundred leaves with two a day and less, and a few with hundreds."""
    rates = np.exp(np.random.default_rng(4).normal(-4.2, 1.3, BRANCHES * WIDTH))
    rates[::30] = 12.0
    return rates


@pytest.fixture(scope="module")
def history():
    return np.random.default_rng(5).poisson(usual(), (PAST + DAYS * 24, BRANCHES * WIDTH))


@pytest.fixture(scope="module")
def learned(history):
    return TreeSurge.start(rolled_up(history[:PAST]), STAMPS, PARENTS).learned


def begun(history, learned, *, origin=0):
    return TreeSurge.start(rolled_up(history[:PAST]), STAMPS, PARENTS, learned=learned, origin=origin)


def scattered_over(came, leaves, hours, *, seed, tickets):
    """Tickets an hour over some leaves, each of them as likely as any other."""
    for hour in hours:
        at = np.random.default_rng([seed, hour]).choice(leaves, tickets) - FIRST_LEAF
        np.add.at(came[PAST + hour], at, 1)


def told(surge, came, hours=DAYS * 24):
    found = []
    for row in rolled_up(came)[PAST : PAST + hours]:
        found += surge.tick(row / 2, passed=0.5) + surge.close(row)
    return [cause.node for cause in found if not cause.again]


@pytest.mark.parametrize("seed", range(4))
def test_a_surge_over_thirty_leaves_of_a_wide_branch_is_one_page(history, learned, seed):
    came = history.copy()
    some = np.random.default_rng(seed).choice(LEAVES, 30, replace=False)
    scattered_over(came, some, range(5, 13), seed=seed, tickets=22)
    assert told(begun(history, learned), came, 24) == [BUSY_BRANCH]


@pytest.mark.parametrize("seed", range(4))
def test_surges_at_two_leaves_of_a_wide_branch_are_two_pages(history, learned, seed):
    came = history.copy()
    quiet = LEAVES[usual()[LEAVES - FIRST_LEAF] < 0.1]
    first, second = np.random.default_rng(seed).choice(quiet, 2, replace=False).tolist()
    came[PAST + 5 : PAST + 9, first - FIRST_LEAF] += 4
    came[PAST + 6 : PAST + 10, second - FIRST_LEAF] += 4
    assert sorted(told(begun(history, learned), came, 24)) == sorted([first, second])


def test_a_cause_that_turns_out_to_be_wider_is_not_told_twice(history, learned):
    came = history.copy()
    leaf = int(LEAVES[1])
    came[PAST + 5, leaf - FIRST_LEAF] += 9
    scattered_over(came, LEAVES[:31], range(6, 12), seed=3, tickets=24)
    surge = begun(history, learned)
    assert told(surge, came, 24) == [leaf]
    assert [episode.node for episode in surge.register.open] == [BUSY_BRANCH]


@pytest.mark.parametrize("origin", [0, 480_000])
def test_a_cause_that_turns_out_much_later_to_have_been_wider_all_along_is_not_told_twice(
    history, learned, origin
):
    came = history.copy()
    leaf = int(LEAVES[1])
    came[PAST + 5, leaf - FIRST_LEAF] += 9
    scattered_over(came, LEAVES[:31], range(6, 24), seed=2, tickets=3)
    surge = begun(history, learned, origin=origin)
    assert told(surge, came, 24) == [leaf]
    assert [episode.node for episode in surge.register.open] == [BUSY_BRANCH]


@pytest.mark.parametrize("origin", [0, 480_000])
def test_a_leafs_cause_of_yesterday_does_not_hide_a_surge_over_its_siblings(history, learned, origin):
    came = history.copy()
    leaf = int(LEAVES[1])
    came[PAST + 2 : PAST + 5, leaf - FIRST_LEAF] += 6
    scattered_over(came, LEAVES[2:32], range(20, 26), seed=3, tickets=24)
    assert told(begun(history, learned, origin=origin), came, 36) == [leaf, BUSY_BRANCH]


def test_a_restart_while_a_cause_widens_changes_nothing(history, learned):
    came = history.copy()
    came[PAST + 5, 1 + WIDTH] += 9
    scattered_over(came, LEAVES[:31], range(6, 12), seed=3, tickets=24)
    rows = rolled_up(came)[PAST:]
    running, states = begun(history, learned), []
    pages = []
    for row in rows[:30]:
        states.append(json.dumps(running.state()))
        pages.append([*running.tick(row / 2, passed=0.5), *running.close(row)])
    for stopped in (6, 7, 9, 12):
        again = begun(history, learned)
        for row in rows[:stopped]:
            again.close(row)
        again.restore(json.loads(states[stopped]))
        assert [[*again.tick(row / 2, passed=0.5), *again.close(row)] for row in rows[stopped:30]] == pages[
            stopped:
        ]


def made_of(leaves, usual, parents):
    """Branches and what was seen of them, of the leaves, which come last."""
    tree = Branches(np.array(parents, np.int32))
    observed, expected = np.zeros((2, len(tree)))
    observed[-len(leaves) :], expected[-len(leaves) :] = leaves, usual
    for node in range(len(tree) - 1, 0, -1):
        observed[parents[node]] += observed[node]
        expected[parents[node]] += expected[node]
    return tree, Seen(observed, expected, np.ones(len(tree)))


@pytest.mark.parametrize(
    ("others", "wide"),
    [([0] * 20, False), ([3] * 8 + [0] * 12, True), ([90, 60] + [0] * 18, False), ([1] + [0] * 19, False)],
)
def test_a_cause_is_its_branchs_if_several_siblings_rose_and_not_if_one_or_two_rose_high(others, wide):
    """Beside a busy one, that has as many as ever: so no factor that all have in common explains it."""
    tree, seen = made_of([6, *others, 40], [0.1] * 21 + [40], [-1] + [0] * 22)
    assert widest(tree, seen, 1) == (0 if wide else 1)


def test_children_that_have_a_busy_day_in_common_are_no_wide_cause():
    tree, seen = made_of([60] + [26] * 20, 20.0, [-1] + [0] * 21)
    assert widest(tree, seen, 1) == 1


def test_of_busy_siblings_single_quiet_leaves_may_have_risen():
    """None of the branches has strangely many tickets; some leaf of most of them has."""
    parents = [-1] + [0] * 13 + [1 + k // 2 for k in range(26)]
    some, none = ([200, 4], [200, 0])
    for many, wide in ((9, True), (1, False)):
        leaves = np.ravel([none, *[some] * many, *[none] * (12 - many)])
        tree, seen = made_of(leaves, [200, 0.1] * 13, parents)
        assert (scattered(tree, seen, 0, but=1) >= WIDE) == wide


def test_of_several_nodes_above_whose_children_rose_the_topmost_is_the_cause():
    parents = [-1, 0] + [1] * 21 + [0] * 21
    around, leaf, usual = [6] + [3] * 8 + [0] * 11 + [40], 2, ([0.1] * 20 + [40]) * 2
    for other, top in (([0] * 20 + [40], 1), ([3] * 8 + [0] * 12 + [40], 0)):
        tree, seen = made_of([*around, *other], usual, parents)
        assert widest(tree, seen, leaf) == top


def test_an_only_child_has_no_siblings_that_could_have_risen():
    tree, seen = made_of([50], 0.1, [-1, 0])
    assert scattered(tree, seen, 0, but=1) == scattered(tree, seen, 1) == -np.inf
    assert widest(tree, seen, 1) == 1


def test_chance_hardly_ever_makes_a_cause_its_branchs():
    rng = np.random.default_rng(6)
    tree = Branches(np.array([-1] + [0] * 150, np.int32))
    found = []
    for _ in range(400):
        expected = np.exp(rng.normal(-2.0, 2.0, 150))
        leaves = rng.negative_binomial(expected / 0.5, 1 / 1.5)
        seen = Seen(
            np.append(leaves.sum(), leaves).astype(float),
            np.append(expected.sum(), expected),
            np.full(151, 1.5),
        )
        found.append(scattered(tree, seen, 0, but=1))
    assert np.mean(np.exp(found)) < 1
    assert np.mean(np.array(found) >= WIDE) < np.exp(-WIDE)


@st.composite
def nodes_of_trees(draw):
    nodes = draw(st.integers(1, 40))
    parents = [-1] + [draw(st.integers(-1, k - 1)) for k in range(1, nodes)]
    observed = draw(st.lists(st.integers(0, 10**6), min_size=nodes, max_size=nodes))
    expected = draw(st.lists(st.floats(0, 1e6), min_size=nodes, max_size=nodes))
    seen = Seen(np.array(observed, float), np.array(expected), np.full(nodes, draw(st.floats(0.1, 1e4))))
    return Branches(np.array(parents, np.int32)), seen, draw(st.integers(0, nodes - 1))


@given(nodes_of_trees())
def test_how_likely_a_node_has_risen_says_nothing_of_another(drawn):
    tree, seen, _ = drawn
    every = risen(tree, seen, np.arange(len(tree)), 1.5)
    alone = [risen(tree, seen, np.array([node]), 1.5)[:, 0].tolist() for node in range(len(tree))]
    assert every.T.tolist() == alone


@settings(deadline=None)
@given(nodes_of_trees())
def test_the_widest_is_the_node_or_above_it_whatever_the_counts(drawn):
    tree, seen, node = drawn
    assert widest(tree, seen, node) in (node, *tree.above(node))
    assert not np.isnan([scattered(tree, seen, above) for above in tree.above(node)]).any()
