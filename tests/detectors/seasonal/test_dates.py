"""What a date does to a day, by the years before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.dates import effect


def of(*counts, expected=100.0, dispersion=1.0):
    """Factor of a date that brought these counts, each beside so many expected."""
    due = np.broadcast_to(np.asarray(expected, float), len(counts))[:, None]
    return float(effect(np.array(counts, float)[:, None], due, np.array([dispersion]))[0])


def test_a_rise_is_believed_after_two_years_and_a_fall_after_three():
    assert of(300) == 1
    assert of(300, 300) == pytest.approx(3, rel=0.05)
    assert of(30, 30) == 1
    assert 0.3 < of(30, 30, 30) < 0.4, "three years of a hundred are hardly enough"


@pytest.mark.parametrize("odd", [0, 900])
def test_one_year_that_was_otherwise_changes_nothing(odd):
    assert of(100, 100, odd, 100) == 1
    assert of(300, 300, 900, 300) == pytest.approx(of(300, 300, 300, 300))
    assert of(30, 30, 0, 30) == pytest.approx(of(30, 30, 30, 30))


def test_what_is_within_chance_or_the_error_of_the_baseline_is_ordinary():
    assert of(108, 108, 108) == 1
    assert of(12_000, 12_000, 12_000, expected=10_000) == 1, "far beyond chance, within twice the error"
    assert of(150, 150, 150, dispersion=30.0) == 1
    assert of(150, 150, 150) > 1.3


def test_a_year_that_is_unknown_or_on_which_nothing_is_open_tells_nothing():
    assert of(300, 0, 300, expected=[100, 0, 100]) == pytest.approx(of(300, 300))
    assert of(300, 5, 300, expected=[100, 1, 100]) == pytest.approx(of(300, 300))
    assert of(5, 300, expected=[1, 100]) == 1


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=6), st.floats(0.1, 500), st.floats(1, 20))
def test_a_factor_lies_between_one_and_what_was_seen_and_within_bounds(counts, expected, dispersion):
    found = of(*counts, expected=expected, dispersion=dispersion)
    ratios = [*(count / expected for count in counts), 1.0]
    assert 0.05 <= found <= 8
    assert min(ratios) - 1e-9 <= found <= max(ratios) + 1e-9 or found == 0.05


def test_no_date_is_without_any_ticket_or_more_than_eight_times_as_busy():
    assert of(0, 0, 0, expected=1e4) == pytest.approx(0.05, rel=0.01)
    assert of(9e5, 9e5, expected=1e4) == 8


def test_each_node_has_its_own_factor():
    counts = np.array([[300.0, 100, 30]] * 4)
    both = effect(counts, np.full((4, 3), 100.0), np.ones(3))
    assert both.tolist() == pytest.approx([of(*column) for column in counts.T])
