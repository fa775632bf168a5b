"""Open causes: how long they last, what becomes one, and what a restart finds."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.branches import Branches
from detectors.tree.episodes import Episode, Register, ToldNodes

TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
ROOT, LEFT, RIGHT, LEAF, SISTER, OTHER = range(6)
QUIET = 6


def opened(node, *, since=10, told=11, last=12, severity=1):
    return Episode(node, since, told, last, severity)


def register(*causes):
    found = Register(QUIET)
    found.open = list(causes)
    return found


def test_a_cause_holds_the_line_above_it_and_all_below_and_not_what_is_beside_it():
    held = [node for node in range(len(TREE)) if opened(LEFT).holds(TREE, node)]
    assert held == [ROOT, LEFT, LEAF, SISTER]


def test_a_cause_ends_when_it_has_been_quiet_for_so_many_steps():
    causes = register(opened(LEAF, last=20), opened(OTHER, last=22))
    causes.expire(20 + QUIET - 1)
    assert [cause.node for cause in causes.open] == [LEAF, OTHER]
    causes.expire(20 + QUIET)
    assert [cause.node for cause in causes.open] == [OTHER]


def test_causes_that_turn_out_to_be_one_go_on_as_the_oldest_and_as_grave_as_the_worst():
    oldest, beside, graver = opened(LEAF, since=3), opened(OTHER), opened(SISTER, since=9, severity=3)
    causes = register(beside, oldest, graver)
    causes.widen([oldest, graver], LEFT, 15)
    assert causes.open == [beside, Episode(LEFT, since=3, told=11, last=15, severity=3)]


def test_a_cause_that_is_over_is_ended_and_no_other():
    one, other = opened(LEAF), opened(OTHER)
    causes = register(one, other)
    causes.end([one])
    assert causes.open == [other]
    causes.end([])
    assert causes.open == [other]


@given(st.lists(st.builds(Episode, *[st.integers(0, 10**6)] * 5), max_size=5))
def test_a_restart_finds_the_open_causes_as_they_were(causes):
    again = register()
    again.restore(json.loads(json.dumps(register(*causes).state())))
    assert again.open == causes


def told_at(*nodes, now=10):
    told = ToldNodes()
    told.last = dict.fromkeys(nodes, now)
    return told


def test_what_was_told_in_the_same_branch_is_told_already():
    held = [node for node in range(len(TREE)) if told_at(LEAF).hold(TREE, node, 12, wider=False)]
    assert held == [ROOT, LEFT, LEAF]


def test_a_whole_branch_is_news_after_a_part_of_it_and_a_part_of_it_never_is():
    assert not told_at(LEAF).hold(TREE, LEFT, 12, wider=True)
    assert told_at(LEFT).hold(TREE, LEAF, 12, wider=True)
    assert told_at(LEAF).hold(TREE, LEAF, 12, wider=True)


def test_what_is_told_already_goes_on_and_what_is_beside_it_does_not():
    told = told_at(LEAF, OTHER)
    told.hold(TREE, LEFT, 14, wider=True)
    assert told.last == {LEAF: 14, OTHER: 10}


def test_a_told_node_is_forgotten_when_it_has_been_quiet_for_so_many_steps():
    told = told_at(LEAF)
    told.expire(10 + QUIET - 1, QUIET)
    assert told.last == {LEAF: 10}
    told.expire(10 + QUIET, QUIET)
    assert told.last == {}


def test_a_restart_finds_the_told_nodes_as_they_were():
    again = ToldNodes()
    again.restore(json.loads(json.dumps(told_at(LEAF, ROOT).state())))
    assert again.last == {LEAF: 10, ROOT: 10}
