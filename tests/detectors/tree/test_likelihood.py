"""Steps of a window under a surge, and under what is usual."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.likelihood import (
    LEAST_PASSED,
    SHORT,
    StepByStep,
    even,
    in_proportion,
    likeliest,
    log_likelihood_ratio,
)

DUE = st.floats(1e-4, 300)
STEPS = st.lists(st.tuples(st.integers(0, 400), DUE), min_size=1, max_size=24)
DISPERSION = st.floats(0.5, 30)


def ratio(count, due, dispersion, *, best=False, most=np.inf):
    count, due, of = np.array(count, float), np.array(due), np.zeros(len(count), int)
    varied, part = np.full(len(count), dispersion), np.full(len(count), 1 / len(count))
    surge = likeliest(count, due, varied) if best else even(count, due, part, of)
    counted = np.full(len(count), most)
    return float(log_likelihood_ratio(count, due, varied, surge, of, most=counted)[0])


def parts(course, *windows):
    """Of a surge, in the steps of windows: column, first row and length of each."""
    return course.steps(*np.array(windows).T).part.tolist()


@given(STEPS, DISPERSION, st.floats(1, 30) | st.just(np.inf), st.data())
def test_a_surge_of_its_own_in_each_step_explains_more_than_any_and_fewer_tickets(
    steps, dispersion, most, data
):
    """Which ticks can tell anything is found by this bound, which takes each ticket for an occasion."""
    count, due = zip(*steps, strict=True)
    fewer = [data.draw(st.integers(0, came)) for came in count]
    bound = ratio(count, due, dispersion, best=True, most=most)
    assert bound >= ratio(fewer, due, dispersion, most=most) - SHORT


def test_where_bursts_are_usual_one_step_tells_hardly_more_the_higher_it_is_and_two_steps_tell_twice():
    one, higher = ratio([12], [0.02], 1.4, most=7), ratio([24], [0.02], 1.4, most=7)
    assert 7 < one < higher < 8
    assert ratio([12, 12], [0.02] * 2, 1.4, most=7) == pytest.approx(2 * one)
    assert ratio([12], [0.02], 1.4) > 2 * one


@given(STEPS, DISPERSION)
def test_what_is_no_more_than_usual_is_no_surge(steps, dispersion):
    _, due = zip(*steps, strict=True)
    assert ratio(np.floor(due), due, dispersion) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("tickets", [10, 1_000, 1_000_000_000])
def test_a_flood_is_the_stranger_the_more_it_brings(tickets):
    flood, more = ratio([tickets], [0.01], 1.4), ratio([10 * tickets], [0.01], 1.4)
    assert 2 < flood < more < np.inf


def test_a_surge_is_not_looked_for_in_steps_of_which_nothing_is_known():
    count, due = np.array([[4.0], [0.0], [0.0]]), np.array([[0.5], [0.0], [0.5]])
    assert parts(StepByStep(count, count, due, np.ones(1)), (0, 0, 3), (0, 0, 1)) == [0.5, 0, 0.5, 1]


def test_the_running_step_has_its_part_of_a_surge():
    ones = np.ones((3, 2), np.float32)
    course = StepByStep(ones, ones, ones, np.array([0.25, 0.0]))
    small = LEAST_PASSED / (1 + LEAST_PASSED)
    assert parts(course, (0, 0, 2), (1, 0, 2)) == pytest.approx([0.2, 0.8, small, 1 - small])


def test_a_short_window_is_a_step_of_its_own():
    """And has all of a surge, however much of the running step has passed."""
    count = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    steps = StepByStep(count, count, count, np.array([0.25, 0.5])).steps(*np.array([[1, 0], [0, 2], [2, 1]]))
    assert steps.of.tolist() == [0, 0, 1]
    assert steps.count.tolist() == [2, 4, 5]
    assert steps.part == pytest.approx([1 / 3, 2 / 3, 1])


@given(st.lists(st.floats(0, 50), min_size=1, max_size=24), st.floats(0.01, 1000))
def test_what_was_to_come_adds_up_to_what_the_window_was_to_bring(due, whole):
    found = in_proportion(np.array(due, np.float32), np.array([whole]), np.zeros(len(due), int))
    assert found.sum() == pytest.approx(whole)
    assert (found > 0).all()
