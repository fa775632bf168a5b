"""Many alarms are one cause, and what was told is told again only where it has become worse."""

import numpy as np
from thirty_leaves import FIRST_LEAF, LEAVES, PARENTS, PAST, STAMPS, begun, rolled_up, told, weeks

from detectors.tree.severity import Severities
from detectors.tree.surge import TreeSurge

LEAF = FIRST_LEAF + 7


def test_a_cause_that_grows_is_told_again_as_often_as_there_are_levels():
    came = weeks()
    came[PAST + 5 : PAST + 12, 7] += np.array([12, 160, 90, 90, 90, 90, 90])
    for highest in (1, 2, 3):
        causes = told(begun(severities=Severities(highest=highest)), came)
        assert [cause.severity for cause in causes if cause.node == LEAF] == [1, 2, 3][:highest]


def test_a_cause_that_grows_to_less_than_a_crisis_is_told_once():
    came = weeks()
    came[PAST + 5 : PAST + 13, 7] += np.array([6, 10, 15, 20, 25, 20, 10, 5])
    causes = told(begun(), came)
    assert [(cause.severity, cause.again) for cause in causes if cause.node == LEAF] == [(1, False)]


def test_a_cause_that_comes_again_is_as_grave_as_all_that_it_has_brought():
    came = weeks()
    came[PAST + 2, 7] += 25
    came[PAST + 8 : PAST + 11, 7] += 45
    first, again = [cause for cause in told(begun(), came) if cause.node == LEAF]
    assert (first.since, first.severity, first.again) == (PAST + 2, 1, False)
    assert (again.since + again.steps - 1, again.severity, again.again) == (PAST + 10, 3, True)
    assert again.observed - again.expected < Severities().excess[1]


def test_a_cause_that_pauses_and_goes_on_is_told_once():
    came = weeks()
    came[PAST + 2 : PAST + 8, 7] += 5
    came[PAST + 18 : PAST + 24, 7] += 5
    assert [(c.node, c.again) for c in told(begun(), came, 48)] == [(LEAF, False)]


def test_a_cause_that_is_over_is_not_told_again_by_what_chance_brings_to_its_node():
    busy = weeks()
    busy[:, 7] = np.random.default_rng(2).poisson(12, len(busy))
    surge = TreeSurge.start(rolled_up(busy[:PAST]), STAMPS, PARENTS)
    busy[PAST + 2 : PAST + 5, 7] = 12 + np.array([20, 60, 60])
    busy[PAST + 5 : PAST + 12, 7] = 15
    assert [(c.node, c.again) for c in told(surge, busy)] == [(LEAF, False)]


def test_what_is_high_somewhere_below_does_not_keep_a_cause_of_everything_open():
    came = weeks()
    came[PAST + 1 : PAST + 4] += np.random.default_rng(3).poisson(1.0, (3, LEAVES))
    for hour in range(8, 68, 5):
        came[PAST + hour, 7 * hour % LEAVES] += 3
    surge = begun()
    assert [cause.node for cause in told(surge, came, 68)] == [0]
    assert surge.register.open == []
