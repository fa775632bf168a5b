"""How unlikely counts are, beside scipy's laws and beside each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.seasonal.dispersion import GRID
from detectors.seasonal.tail import chance_of_none, log_mass, log_ratio, lower_tail

MEANS, COUNTS = st.floats(0.05, 500), st.integers(0, 800)


def law(mean, dispersion):
    return stats.poisson(mean) if dispersion == 1 else stats.nbinom(mean / (dispersion - 1), 1 / dispersion)


@given(COUNTS, MEANS, st.sampled_from([1.0, 1.1, 1.5, 4.0, 50.0]))
def test_above_one_all_are_those_of_poisson_or_the_negative_binomial(count, mean, dispersion):
    n, of, spread = np.array([float(count)]), np.array([mean]), np.array([dispersion])
    assert lower_tail(n, of, spread)[0] == pytest.approx(
        law(mean, dispersion).cdf(count), rel=1e-7, abs=1e-300
    )
    assert chance_of_none(of, spread)[0] == pytest.approx(-law(mean, dispersion).logpmf(0), rel=1e-7)
    ratio = law(2 * mean, dispersion).logpmf(count) - law(mean, dispersion).logpmf(count)
    assert log_ratio(n, of, np.array([[2 * mean]]), spread)[0, 0] == pytest.approx(ratio, rel=1e-6, abs=1e-6)


@given(COUNTS, MEANS, st.sampled_from([0.1, 0.25, 0.5]))
def test_below_one_a_count_is_as_telling_as_so_many_times_as_many_of_poisson(count, mean, dispersion):
    times = 1 / dispersion
    n, of, spread = np.array([float(count)]), np.array([mean]), np.array([dispersion])
    one = np.ones(1)
    ratio = log_ratio(n, of, np.array([[2 * mean]]), spread)
    assert ratio[0, 0] == pytest.approx(
        log_ratio(n * times, of * times, np.array([[2 * mean * times]]), one)[0, 0]
    )
    tail = lower_tail(n, of, spread)[0]
    assert lower_tail(n * times, of * times, one)[0] <= tail + 1e-12
    assert tail <= lower_tail((n + 1) * times, of * times, one)[0] + 1e-12


@pytest.mark.parametrize("mean", [3.0, 400.0])
@pytest.mark.parametrize("true", [0.1, 1.0, 3.2])
def test_the_dispersion_of_what_came_is_the_likeliest_where_it_can_be_told(mean, true):
    random = np.random.default_rng(3)
    if true == 3.2:
        came = random.negative_binomial(mean / 2.2, 1 / 3.2, 4000).astype(float)
    else:
        came = (
            np.round(mean + np.sqrt(true * mean) * random.standard_normal(4000))
            if true < 1
            else random.poisson(mean, 4000).astype(float)
        )
    total = log_mass(came, np.full(4000, mean), GRID[:, None]).sum(axis=1)
    found = GRID[total.argmax()]
    assert found == (true if mean > 100 or true > 1 else 1.0)


def test_under_one_the_masses_of_a_busy_node_add_up_to_one():
    counts = np.arange(0.0, 900)
    mass = np.exp(log_mass(counts, np.full(900, 400.0), GRID[:, None]))
    assert mass[:12].sum(axis=1) == pytest.approx(1, rel=0.01)
