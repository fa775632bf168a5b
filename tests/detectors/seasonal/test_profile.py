"""Factors of the slots of a week: smooth where there is little, each by itself where it sticks out."""

import numpy as np
import pytest

from detectors.seasonal.profile import profile_of, what_sticks_out

COURSE = np.exp(0.6 * np.cos(2 * np.pi * (np.arange(168) % 24 - 15) / 24))
ONE = np.ones(1)


def of_hours(count, weeks):
    return profile_of(168).fit((count * weeks)[None], np.full((1, 168), float(weeks)), ONE)[0]


def test_the_course_of_a_day_is_found_as_it_is():
    found = of_hours(5 * COURSE, 20)
    assert found / found.mean() == pytest.approx(COURSE / COURSE.mean(), rel=0.03)


def test_saturday_and_sunday_have_a_course_of_their_own():
    flat = np.where(np.arange(168) // 24 >= 5, COURSE.mean(), COURSE)
    # So few that no hour sticks out by itself.
    found = of_hours(3 * flat, 5)
    assert [day.max() / day.min() < 2 for day in found.reshape(7, 24)] == [False] * 5 + [True] * 2


def test_a_slot_that_sticks_out_is_taken_as_it_is_and_one_by_chance_is_not():
    odd = 5 * COURSE
    odd[45] += 22
    found, plain = of_hours(odd, 8), of_hours(5 * COURSE, 8)
    assert found[45] / plain[45] == pytest.approx(odd[45] / (5 * COURSE[45]), rel=0.1)
    assert found[10] == pytest.approx(plain[10], rel=0.15)
    expected = np.array([[100.0, 100.0, 100.0]])
    assert what_sticks_out(np.array([[139.0, 61.0, 300.0]]), expected, ONE)[0] == pytest.approx(
        [1, 1, 2.92], abs=0.01
    )


def test_an_hour_without_a_ticket_for_weeks_is_expected_to_have_hardly_any():
    closed = np.where(np.arange(168) % 24 < 8, 0.0, 400.0)
    assert of_hours(closed, 20)[2] < 0.02 * of_hours(closed, 20)[12]


def test_weekdays_differ_by_what_they_have_shown():
    week = np.array([10.0, 10, 10, 10, 10, 2, 2])
    for weeks, sunday in ((1, 0.39), (52, 0.26)):
        found = profile_of(7).fit((week * weeks)[None], np.full((1, 7), 7.7 * weeks), ONE)[0]
        assert found[6] == pytest.approx(sunday, abs=0.15)
        assert found[:5] == pytest.approx(10 / week.mean(), rel=0.25)
    assert profile_of(1).fit(np.ones((3, 1)), np.ones((3, 1)), ONE).tolist() == [[1]] * 3
