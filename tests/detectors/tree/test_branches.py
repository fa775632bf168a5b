"""The shape of a tree, beside the same told by walking up from each node."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.branches import Branches, TreeShapeError


@st.composite
def forests(draw: Any) -> Branches:
    """Up to twelve nodes, under one root or several."""
    parents = [draw(st.integers(-1, node - 1)) for node in range(draw(st.integers(1, 12)))]
    return Branches(np.array(parents, np.int32))


def line(tree: Branches, node: int) -> list[int]:
    """A node and all above it, the nearest first."""
    return [] if node < 0 else [node, *line(tree, int(tree.parents[node]))]


@given(forests())
def test_the_line_of_a_node_leads_to_its_root(tree: Branches):
    for node in range(len(tree)):
        assert [node, *tree.above(node)] == line(tree, node)
        assert tree.depth[node] == len(line(tree, node)) - 1


@given(forests(), st.data())
def test_children_are_those_whose_parent_a_node_is(tree: Branches, data: Any):
    every = [np.flatnonzero(tree.parents == node).tolist() for node in range(len(tree))]
    assert [tree.children(node).tolist() for node in range(len(tree))] == every
    some = data.draw(st.lists(st.integers(0, len(tree) - 1), unique=True))
    below, of = tree.children_of(np.array(some, np.intp))
    assert below.tolist() == [child for node in some for child in every[node]]
    assert of.tolist() == [place for place, node in enumerate(some) for _ in every[node]]


@given(forests())
def test_a_branch_lies_together(tree: Branches):
    first, last = tree.spans
    assert sorted(first.tolist()) == list(range(len(tree)))
    for node in range(len(tree)):
        inside = {other for other in range(len(tree)) if node in line(tree, other)}
        assert {other for other in range(len(tree)) if first[node] <= first[other] < last[node]} == inside
        assert first[node] == min(first[other] for other in inside)
        depth = int(tree.depth[node])
        assert {other for other in range(len(tree)) if tree.at_depth(depth)[other] == node} == inside


@given(forests(), st.integers(0, 5))
def test_what_does_not_lie_as_deep_stands_for_itself(tree: Branches, depth: int):
    for node, above in enumerate(tree.at_depth(depth).tolist()):
        own = line(tree, node)
        assert above == (node if len(own) <= depth else own[len(own) - 1 - depth])


@given(forests(), st.data())
def test_two_nodes_are_nested_if_one_lies_on_the_line_of_the_other(tree: Branches, data: Any):
    one, other = (data.draw(st.integers(0, len(tree) - 1)) for _ in range(2))
    assert tree.nested(one, other) == (one in line(tree, other) or other in line(tree, one))


@given(forests(), st.data())
def test_of_some_nodes_each_lies_below_exactly_one_of_the_topmost(tree: Branches, data: Any):
    some = np.array(sorted(data.draw(st.sets(st.integers(0, len(tree) - 1)))), np.intp)
    topmost = tree.topmost(some)
    branches = [tree.within(top, some).tolist() for top in topmost]
    lines = [[line(tree, node) for node in branch] for branch in branches]
    assert sorted(node for branch in branches for node in branch) == some.tolist()
    assert all(top in way for top, ways in zip(topmost, lines, strict=True) for way in ways)


def test_depths_are_chosen_by_name_and_all_of_them_by_none():
    tree = Branches(np.array([-1, 0, 0, 1], np.int32))
    assert tree.at((0, 2)).tolist() == [True, False, False, True]
    assert tree.at(()).all()


@pytest.mark.parametrize("parents", [[-1, 2, 0], [-1, 1, 0]])
def test_a_node_before_its_parent_is_refused(parents: list[int]):
    with pytest.raises(TreeShapeError, match=f"node 1 has the parent {parents[1]}"):
        Branches(np.array(parents, np.int32))
