"""New nodes: what they are to bring follows from their parents, and what their siblings lack is theirs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from thirty_leaves import FIRST_LEAF, PARENTS, PAST, STAMPS, begun, ordinary, rolled_up, weeks

from detectors.tree.borrowing import Borrowing, borrow, borrow_young, tickets_in
from detectors.tree.branches import Branches
from detectors.tree.surge import TreeSurge

GROUP = 3
FEW = Branches(np.array([-1, 0, 0, 0, 0, 1], np.int32))


@st.composite
def borrowings(draw: Any) -> tuple[Any, Borrowing]:
    """Parents of a forest, and some of its nodes that are new."""
    parents = [draw(st.integers(-1, node - 1)) for node in range(draw(st.integers(1, 12)))]
    nodes = np.array(sorted(draw(st.sets(st.integers(0, len(parents) - 1)))), np.intp)
    share = np.random.default_rng(len(parents)).uniform(0.1, 1, len(nodes))
    return np.array(parents, np.int32), Borrowing(nodes, share, np.ones(len(nodes)))


@given(borrowings())
def test_a_new_node_has_its_share_of_what_its_parent_has_also_where_that_is_new(drawn: Any):
    parents, new = drawn
    due = np.random.default_rng(1).uniform(1, 9, (2, len(parents))).astype(np.float32)
    before, found = due.copy(), new.due(due, parents)
    assert due.tolist() == before.tolist()
    share = dict(zip(new.nodes.tolist(), new.share.tolist(), strict=True))
    for node, parent in enumerate(parents.tolist()):
        lent = found[:, parent] * share[node] if node in share and parent >= 0 else before[:, node]
        assert found[:, node] == pytest.approx(lent, rel=1e-5)


def share(own, parents, node=4):
    return float(borrow(FEW, np.array([node]), np.array([own]), np.array([parents])).share[0])


def test_before_its_first_ticket_a_node_has_half_of_an_equal_share():
    assert share(0.0, 0.0) == 1 / 8
    assert share(0.0, 0.0, node=5) == 1 / 2, "an only child"
    assert share(0.0, 0.0, node=0) == 1 / 2, "a root has nobody to share with"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_share_comes_near_to_that_of_the_tickets_and_is_never_more_than_all(own, others):
    found = share(float(own), float(own + others))
    assert 0 < found <= 1
    assert found == pytest.approx(own / max(own + others, 1), abs=8 / (own + others + 1))
    assert share(own + 50.0, float(own)) == 1


def test_a_share_is_the_surer_the_more_tickets_a_node_has_brought():
    relative = [
        float(borrow(FEW, np.array([4]), np.array([own]), np.ones(1)).relative[0]) for own in (0.0, 9)
    ]
    assert relative == [1.0, 0.1]


def test_nodes_that_appear_later_borrow_beside_those_that_did_before():
    first, later = (borrow(FEW, np.array([node]), np.zeros(1), np.zeros(1)) for node in (4, 5))
    both = first.with_more(later)
    assert both.nodes.tolist() == [4, 5]
    assert both.share.tolist() == [1 / 8, 1 / 2]
    assert both.relative.tolist() == [1, 1]


def test_a_node_is_new_for_a_week_after_its_first_ticket_and_so_is_one_that_has_none_yet():
    count, leaf, week = rolled_up(weeks()[:PAST]), FIRST_LEAF + 7, 168
    group = PARENTS[leaf]
    count[:-week, [group + 1, leaf]] = 0
    count[: -week - 1, leaf + 1], count[-week - 1, leaf + 1] = 0, 1
    count[:, leaf + 2] = np.nan
    found = borrow_young(count, Branches(PARENTS), tickets_in(count), week)
    assert found.nodes.tolist() == [group + 1, leaf, leaf + 2]
    first = np.flatnonzero(count[:, leaf])[0]
    own, parents = count[first:, leaf].sum(), count[first:, group].sum()
    assert found.share[1] == pytest.approx((own + 1) / (parents + 12))
    assert found.share[2] == pytest.approx(1 / 12)


def test_roots_have_nobody_to_borrow_from_and_an_empty_history_no_tickets_to_tell_how_much():
    tree = Branches(np.array([-1, -1, 0], np.int32))
    for steps in (0, 20):
        nothing = np.zeros((steps, 3), np.float32)
        found = borrow_young(nothing, tree, tickets_in(nothing), 168)
        assert (found.nodes.tolist(), found.share.tolist()) == ([2], [0.5])


def test_a_new_node_borrows_from_its_parent_and_says_so():
    surge = begun()
    surge.grow(np.append(PARENTS, GROUP))
    row = np.append(rolled_up(weeks()[PAST : PAST + 1])[0], 40.0)
    row[[GROUP, 0]] += 40
    assert [(cause.node, cause.borrowed) for cause in surge.tick(row, passed=0.9)] == [(len(PARENTS), True)]


def test_a_renamed_node_is_no_surge():
    count = rolled_up(ordinary(PAST + 72, mean=4.0))
    surge = TreeSurge.start(count[:PAST], STAMPS, PARENTS)
    surge.grow(np.append(PARENTS, PARENTS[FIRST_LEAF + 7]))
    for row in count[PAST:]:
        renamed = np.append(row, row[FIRST_LEAF + 7])
        renamed[FIRST_LEAF + 7] = 0
        assert surge.close(renamed) == []
