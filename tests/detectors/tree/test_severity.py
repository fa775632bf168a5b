"""How bad a cause is: by what it brings and how long it lasts, and never by how rare it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.severity import Severities

LEVELS = Severities(excess=(30.0, 150.0), steps=(2, 3), factor=2.0)
TICKETS, STEPS = st.integers(0, 5000), st.integers(1, 48)
EXPECTED = st.floats(0, 2000)
HIGHEST = st.integers(1, 3)


def test_severity_follows_excess_and_duration_and_not_rarity():
    levels = Severities()
    assert levels.of(6, 0.001, 1) == 1
    assert levels.of(400, 100, 1) == 2
    assert levels.of(400, 100, 3) == 3


@pytest.mark.parametrize(
    ("observed", "expected", "steps", "level"),
    [
        (39, 10, 2, 1),
        (40, 10, 2, 2),
        (40, 10, 1, 1),
        (160, 10, 3, 3),
        (159, 10, 3, 2),
        (160, 10, 2, 2),
        (400, 200, 3, 3),
        (399, 200, 3, 2),
        (20, 90, 24, 1),
    ],
)
def test_a_level_begins_where_its_excess_and_its_steps_are_reached(observed, expected, steps, level):
    assert LEVELS.of(observed, expected, steps) == level


@given(TICKETS, EXPECTED, STEPS, HIGHEST, st.integers(0, 500))
def test_what_brings_more_or_lasts_longer_is_never_milder(observed, expected, steps, highest, more):
    levels = Severities(highest=highest)
    level = levels.of(observed, expected, steps)
    assert 1 <= level <= highest
    assert levels.of(observed + more, expected, steps) >= level
    assert levels.of(observed, expected, steps + more) >= level
    assert levels.of(observed, expected + more, steps) <= level


@given(TICKETS, EXPECTED, STEPS, HIGHEST, st.integers(1, 3))
def test_an_open_cause_is_never_told_at_a_lower_level_nor_twice_at_one(
    observed, expected, steps, highest, told
):
    levels = Severities(highest=highest)
    again = levels.again(observed, expected, steps, told=told)
    assert again in (told, levels.of(observed, expected, steps))
    assert again >= told
    assert levels.again(observed, expected, steps, told=again) == again


def test_an_open_cause_is_told_again_once_it_brings_as_much_as_the_gravest_and_not_before():
    levels = Severities()
    assert levels.of(152, 3, 8) == 2
    assert levels.again(152, 3, 8, told=1) == 1
    assert levels.again(153, 3, 8, told=1) == 3
    assert levels.again(2150, 2000, 8, told=1) == 2, "it is not twice what was expected"
