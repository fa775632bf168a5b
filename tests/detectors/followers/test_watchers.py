"""Detectors of somebody else's, one for each series: what they are shown, and what their mistakes cost."""

import numpy as np
import pytest

from detectors.followers.watchers import Watchers, scored, tried


class Scorer:
    """Takes a target; scores how many it has seen, and cannot bear 13."""

    def __init__(self):
        self.seen = []

    def score_one(self, x, y):
        if y == 13:
            raise ArithmeticError("thirteen")
        return len(self.seen)

    def learn_one(self, x, y):
        self.seen.append((x["hour"], x["weekday"], y))


class Drift:
    """Says that a level above 3 is another one."""

    def update(self, level):
        self.drift_detected = level > 3


def test_one_that_takes_a_target_is_given_hour_and_weekday_and_the_count():
    one = Scorer()
    assert [scored(one, 5.0, 167), scored(one, 2.0, 25)] == [0.0, 1.0]
    assert one.seen == [(23.0, 6.0, 5.0), (1.0, 1.0, 2.0)]


def test_one_that_watches_drift_is_shown_the_level_and_not_the_count():
    each = Watchers(Drift, 2)
    assert each.learn(np.array([90.0, 1.0]), np.array([0.9, 4.0]), 0).tolist() == [0, 1]


def test_an_hour_that_is_unknown_is_shown_to_nobody():
    each = Watchers(Scorer, 2)
    for count in ([1.0, 2.0], [np.nan, np.nan], [1.0, 2.0]):
        found = each.learn(np.array(count), np.array(count), 0)
    assert found.tolist() == [1, 1]


def test_one_that_has_failed_is_asked_no_more_and_says_what_it_first_said():
    each = Watchers(Scorer, 2)
    found = [each.learn(np.array([13.0 - n, 1.0]), np.ones(2), n).tolist() for n in range(3)]
    assert found == [[0, 0], [0, 1], [0, 2]]
    assert each.failed == {0: "ArithmeticError: thirteen"}


@pytest.mark.parametrize("most", [6, 400])
def test_a_trial_has_quiet_hours_and_bursts(most):
    class Brittle(Scorer):
        def score_one(self, x, y):
            if y > most:
                raise OverflowError
            return 0.0

    with pytest.raises(OverflowError):
        tried(Brittle())


def test_nobody_watches_where_there_is_no_series():
    assert Watchers(Scorer, 0).learn(np.zeros(0), np.zeros(0), 0).tolist() == []
