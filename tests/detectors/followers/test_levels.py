"""What each hour of the week usually brings, and with which hour a level has changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.followers.levels import LEAST_SIDE, STEPS_A_WEEK, changed_at, mean, usual_by_slot

WEEKS = 8
SLOT = np.arange(WEEKS * STEPS_A_WEEK) % STEPS_A_WEEK


def test_an_hour_of_the_week_is_to_bring_what_its_hour_of_the_day_and_its_day_of_the_week_bring():
    hour, day = 1 + np.arange(24) % 5, 1 + np.arange(7) % 3
    course = (hour[None] * day[:, None]).ravel().astype(np.float32)
    count = np.tile(course, WEEKS)[:, None]
    assert usual_by_slot(count, SLOT)[:, 0] == pytest.approx(course, rel=0.08)


def test_hours_that_are_unknown_count_neither_as_tickets_nor_as_hours():
    count = np.full((len(SLOT), 2), 4.0, np.float32)
    count[10::3, 1] = np.nan
    assert usual_by_slot(count, SLOT) == pytest.approx(4.0)


@pytest.mark.parametrize("hours", [0, 1, 30])
def test_where_little_is_known_every_hour_is_to_bring_the_mean(hours):
    found = usual_by_slot(np.full((hours, 1), 3.0, np.float32), SLOT[:hours])
    assert found.shape == (STEPS_A_WEEK, 1)
    assert found == pytest.approx(3.0 if hours else 0.0)


def test_the_mean_is_that_of_what_is_known_by_its_weight():
    level, weight = np.array([1.0, np.nan, 4.0]), np.array([3.0, 100.0, 1.0])
    assert mean(level, weight) == 7 / 4
    assert mean(np.full(3, np.nan), weight) == 0


@given(st.integers(LEAST_SIDE, 60), st.integers(LEAST_SIDE, 60), st.floats(0.1, 0.8) | st.floats(1.3, 9))
def test_a_level_that_changes_once_has_changed_with_that_step(before, after, factor):
    level = np.repeat([2.0, 2.0 * factor], [before, after])
    assert changed_at(level, np.ones(len(level))) == before


def test_the_hours_that_are_to_bring_most_say_most_of_when_it_was():
    level = np.repeat([1.0, 3.0, 1.0, 2.0], [10, 10, 10, 30])
    quiet = np.repeat([1.0, 0.001, 1.0, 1.0], [10, 10, 10, 30])
    assert changed_at(level, quiet) == 30
    assert changed_at(level, np.ones(60)) != 30


def test_what_is_unknown_does_not_move_a_change():
    level = np.repeat([1.0, 2.0], [20, 20])
    level[[3, 19, 20, 33]] = np.nan
    assert changed_at(level, np.ones(40)) in (19, 20, 21)


def test_too_short_a_course_and_one_of_which_nothing_is_known_have_no_change():
    short = np.repeat([1.0, 9.0], [LEAST_SIDE, LEAST_SIDE - 1])
    assert changed_at(short, np.ones(len(short))) is None
    assert changed_at(np.append(short, 9.0), np.ones(len(short) + 1)) == LEAST_SIDE
    assert changed_at(np.full(40, np.nan), np.ones(40)) is None
