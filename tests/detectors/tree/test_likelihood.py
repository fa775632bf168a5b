"""Steps of a window under a surge, and under what is usual."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.likelihood import (
    LEAST_PASSED,
    SHORT,
    Course,
    even,
    in_proportion,
    likeliest,
    log_likelihood_ratio,
)

DUE = st.floats(1e-4, 300)
STEPS = st.lists(st.tuples(st.integers(0, 400), DUE), min_size=1, max_size=24)
DISPERSION = st.floats(0.5, 30)


def ratio(count, due, dispersion, *, best=False):
    count, due = np.array(count, float)[:, None], np.array(due)[:, None]
    varied = np.array([dispersion])
    surge = likeliest(count, due, varied) if best else even(count, due, np.full(count.shape, 1 / len(count)))
    return float(log_likelihood_ratio(count, due, varied, surge)[0])


@given(STEPS, DISPERSION, st.data())
def test_a_surge_of_its_own_in_each_step_explains_more_than_any_and_fewer_tickets(steps, dispersion, data):
    """Which ticks can tell anything is found by this bound, which takes each ticket for an occasion."""
    count, due = zip(*steps, strict=True)
    fewer = [data.draw(st.integers(0, most)) for most in count]
    assert ratio(count, due, dispersion, best=True) >= ratio(fewer, due, dispersion) - SHORT


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
    course = Course(count, count, due, 1.0)
    assert course.spread()[:, 0].tolist() == [0.5, 0, 0.5]
    assert course.last(1, np.array([0])).spread()[:, 0].tolist() == [1]


def test_the_running_step_has_its_part_of_a_surge():
    ones = np.ones((2, 2), np.float32)
    course = Course(ones, ones, ones, np.array([0.25, 0.0]))
    assert course.spread()[0] == pytest.approx([0.2, LEAST_PASSED / (1 + LEAST_PASSED)])


@given(st.lists(st.floats(0, 50), min_size=1, max_size=24), st.floats(0.01, 1000))
def test_what_was_to_come_adds_up_to_what_the_window_was_to_bring(due, whole):
    found = in_proportion(np.array(due, np.float32)[:, None], np.array([whole]))
    assert found.sum() == pytest.approx(whole)
    assert (found > 0).all()
