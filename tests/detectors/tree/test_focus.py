"""Which node explains an excess: the lowest one that does, and as many as there are causes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from thirty_leaves import FIRST_LEAF, LEAVES, PAST, begun, told, weeks

from detectors.tree.branches import Branches
from detectors.tree.focus import MOST_APART, Seen, focus

TREE = Branches(np.array([-1] + [0] * 8, np.int32))
"""A root and eight leaves."""


def found(leaves, *, own=0, usual=5.0, alarmed=None):
    """Foci where the leaves, and the root itself, have brought so much, and each leaf was to bring `usual`.

    What alarms is the root and, where no others are named, each leaf that has twice what was to come.
    """
    observed, expected = np.array(leaves, float), np.full(8, usual)
    seen = Seen(np.append(observed.sum() + own, observed), np.append(8 * usual, expected), np.ones(9))
    high = np.flatnonzero(seen.observed >= 2 * seen.expected) if alarmed is None else alarmed
    return focus(TREE, seen, np.union1d(0, high))


def test_one_leaf_that_rose_alone_explains_what_its_parent_has():
    assert found([30, 5, 5, 5, 5, 5, 5, 5]) == [1]


def test_a_leaf_that_rose_alone_is_named_although_only_its_parent_alarms():
    assert found([30, 5, 5, 5, 5, 5, 5, 5], alarmed=[0]) == [1]


def test_leaves_that_rose_alike_are_one_cause_of_their_parent():
    assert found([10] * 8) == [0]
    assert found([2] * 8, usual=0.0) == [0], "also where nothing was to come"


def test_what_a_node_brings_itself_is_no_childs():
    assert found([5] * 8, own=40) == [0]
    assert found([9, 5, 5, 5, 5, 5, 5, 5], own=40) == [0]
    assert found([30, 5, 5, 5, 5, 5, 5, 5], own=20) == [0], "although one of them rose, too"


def test_leaves_that_rose_strongly_while_others_did_not_are_a_cause_each():
    assert found([30, 5, 5, 40, 5, 5, 5, 5]) == [1, 4]
    assert found([30, 5, 5, 40, 5, 5, 5, 35]) == [1, 4, 8]


def test_a_leaf_that_does_not_alarm_is_no_cause_beside_another():
    assert found([40, 5, 5, 30, 5, 5, 5, 5], alarmed=[0, 1]) == [1]


def test_more_than_a_few_leaves_that_rose_are_one_cause_of_their_parent():
    assert found([30] * (MOST_APART + 2) + [5] * (8 - MOST_APART - 2)) == [0]


def test_all_children_that_rose_are_one_cause_however_few_they_are():
    tree = Branches(np.array([-1, 0, 0], np.int32))
    seen = Seen(np.array([80.0, 50, 30]), np.array([10.0, 5, 5]), np.ones(3))
    assert focus(tree, seen, np.arange(3)) == [0]


def test_trees_that_stand_side_by_side_are_explained_each_by_itself():
    tree = Branches(np.array([-1, -1, 0, 0, 1, 1], np.int32))
    seen = Seen(np.array([45.0, 40, 40, 5, 20, 20]), np.array([10.0, 10, 5, 5, 5, 5]), np.ones(6))
    assert focus(tree, seen, np.array([0, 1, 2])) == [2, 1]


def test_a_surge_spread_thinly_over_thirty_leaves_is_found_at_their_parent():
    came = weeks()
    came[PAST + 5 : PAST + 12] += np.random.default_rng(3).poisson(0.7, (7, LEAVES))
    assert [cause.node for cause in told(begun(), came) if not cause.again] == [0]


def test_two_leaves_far_apart_are_two_causes():
    came = weeks()
    came[PAST + 5 : PAST + 9, [2, 28]] += 15
    causes = [cause.node for cause in told(begun(), came) if not cause.again]
    assert sorted(causes) == [FIRST_LEAF + 2, FIRST_LEAF + 28]


@st.composite
def trees(draw):
    nodes = draw(st.integers(1, 40))
    parents = [-1] + [draw(st.integers(-1, k - 1)) for k in range(1, nodes)]
    observed = draw(st.lists(st.integers(0, 60), min_size=nodes, max_size=nodes))
    expected = draw(st.lists(st.floats(0, 30), min_size=nodes, max_size=nodes))
    alarmed = draw(st.sets(st.integers(0, nodes - 1), min_size=1))
    seen = Seen(np.array(observed, float), np.array(expected), np.full(nodes, 1.3))
    return Branches(np.array(parents, np.int32)), seen, np.array(sorted(alarmed))


@settings(deadline=None)
@given(trees())
def test_focus_is_never_empty_and_never_nested(drawn):
    tree, seen, alarmed = drawn
    foci = focus(tree, seen, alarmed)
    assert foci
    assert not [1 for one in foci for other in foci if one < other and tree.nested(one, other)]
    assert all(any(tree.nested(one, node) for node in alarmed.tolist()) for one in foci)
