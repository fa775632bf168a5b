"""Hours of a small tree by detectors made for it: which nodes are told, and when."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.followers.river import RiverSettings, RiverTree
from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps

PARENTS = np.array([-1, 0, 0, 1, 1], np.int32)
"""A root, two groups, and two leaves of the first."""
PAST = 21 * 24
STAMPS = name_steps(np.datetime64("2026-03-02T00") + np.arange(PAST + 100), HOUR)
ORDINARY = np.array([20, 16, 4, 8, 8], np.float32)


class Far:
    """Scores how far a count is from the last one that it saw."""

    def __init__(self):
        self.last = None

    def score_one(self, x):
        return 0.0 if self.last is None else abs(x["count"] - self.last)

    def learn_one(self, x):
        self.last = x["count"]


class Alike(Far):
    """Tells hours without tickets from all others."""

    def score_one(self, x):
        return float(x["count"] > 0)


class Young(Far):
    """Finds its first days stranger than anything afterwards."""

    def __init__(self):
        self.seen = 0

    def score_one(self, x):
        return 1000.0 if self.seen < PAST / 4 else x["count"]

    def learn_one(self, x):
        self.seen += 1


class Steps:
    """Says that there is drift in the hour in which the level has been another for twelve hours."""

    def __init__(self):
        self.levels, self.drift_detected = [], False

    def update(self, level):
        self.levels.append(level)
        before, after = self.levels[-13:-12], self.levels[-12:]
        self.drift_detected = bool(before) and all(abs(one - before[0]) > 0.1 for one in after)


SETTINGS = RiverSettings(
    make=Far, false_pages_per_week=2.0, fewest=5, busiest=9, depths=(0, 1, 2), quiet=3, least_change=0.2
)


def begun(make=Far, **chosen):
    """It has seen three weeks, with a busier hour now and then and one without a ticket."""
    history = np.tile(ORDINARY, (PAST, 1))
    history[50::100] *= 1.25
    history[-30] = 0
    return RiverTree(history, STAMPS, PARENTS, replace(SETTINGS, make=make, **chosen), origin=1000)


def more(leaf, rest=0):
    """An ordinary hour, and so many more at one leaf and in the other group."""
    return ORDINARY + np.array([leaf + rest, leaf, rest, leaf, 0], np.float32)


def test_an_hour_is_told_at_the_deepest_node_that_holds_half_of_the_excess():
    for leaf, rest, node in ((30, 0, 3), (30, 25, 3), (30, 35, 2), (0, 40, 2)):
        [found] = begun().close(more(leaf, rest))
        assert (found.node, found.since, found.hours, found.change) == (node, 1000 + PAST, 1, None)
        assert (found.observed, round(found.expected)) == (more(leaf, rest)[node], ORDINARY[node])


def test_what_is_strange_for_being_little_or_few_is_not_told():
    assert begun().close(ORDINARY * 0.4) == []
    assert begun(fewest=40).close(more(25))[0].node == 1
    assert begun(fewest=50).close(more(25)) == []


def test_only_the_busiest_nodes_of_the_depths_that_are_asked_for_are_watched():
    for chosen, nodes in (({"busiest": 2}, [0, 1]), ({"depths": (1,)}, [1, 2]), ({}, [0, 1, 2, 3, 4])):
        assert begun(**chosen).nodes.tolist() == nodes


def test_an_hour_that_is_unknown_tells_nothing_and_teaches_nothing():
    judge = begun()
    assert judge.close(more(30), known=False) == []
    assert [found.node for found in judge.close(more(30))] == [3]


@pytest.mark.parametrize(("quiet", "again"), [(3, True), (4, False)])
def test_a_node_is_told_again_when_it_has_been_quiet_for_so_many_hours(quiet, again):
    judge = begun(quiet=quiet)
    hours = [more(30), more(60), ORDINARY, ORDINARY, ORDINARY, more(60)]
    told = [bool(judge.close(hour)) for hour in hours]
    # The third is far from the second, and goes on.
    assert told == [True, False, False, False, False, again]


def test_what_was_told_of_a_node_that_has_come_back_today_is_not_told_again_above_it():
    judge = begun()
    judge.grow(np.append(PARENTS, np.int32(2)))
    back = len(PARENTS)
    judge.restore({"open": [{"node": back, "last": judge.now - 1}]})
    assert judge.close(np.append(more(0, 40), np.float32(40))) == [], "it is in the second group"
    assert [found.node for found in begun().close(more(0, 40))] == [2]


def test_the_first_third_of_the_history_sets_no_bar():
    assert [found.node for found in begun(Young).close(more(30))] == [3]


def test_of_hours_that_score_alike_those_are_told_that_are_greater_beside_what_is_usual():
    judge = begun(Alike)
    assert judge.close(ORDINARY * 1.2) == []
    assert [found.node for found in judge.close(more(30))] == [3]


def test_a_detector_that_fails_at_an_hour_does_not_tell_it():
    class Brittle(Far):
        def score_one(self, x):
            if x["count"] == 38:
                raise OverflowError(f"{x['count']:g}")
            return float(x["count"] == 25)

    judge = begun(Brittle)
    assert [found.node for found in judge.close(more(30))] == [1], "the leaf holds it, and is not judged"
    assert judge.failures() == {3: "OverflowError: 38"}


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_level_that_falls_or_rises_is_told_once_at_the_topmost_node_with_its_first_hour(factor):
    judge, told = begun(Steps), []
    for _ in range(40):
        told += judge.close(ORDINARY * np.float32(factor))
    [shift] = told
    assert (shift.node, shift.since, shift.hours) == (0, 1000 + PAST, 12)
    assert shift.change == pytest.approx(factor - 1, rel=0.02)
    assert (shift.observed, shift.expected) == pytest.approx((20 * 12 * factor, 20 * 12), rel=0.02)


def test_a_change_of_level_that_is_too_small_is_not_told():
    for least, times in ((0.2, 1), (0.4, 0)):
        judge = begun(Steps, least_change=least)
        assert len([one for _ in range(40) for one in judge.close(ORDINARY * np.float32(1.3))]) == times
