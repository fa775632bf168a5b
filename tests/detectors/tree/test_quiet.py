"""Nodes that fall silent: the lower tail, and what no silence is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.tail import lower_tail
from detectors.tree.quiet import QuietSettings, QuietTree

MONDAY = np.datetime64("2026-03-02T00")
PARENTS = np.array([-1, 0, 0], np.int32)


@given(st.integers(0, 60), st.floats(0.5, 200), st.sampled_from([1.0, 1.5, 4.0]))
def test_it_is_that_of_the_negative_binomial(count, mean, dispersion):
    found = lower_tail(np.array([count * 1.0]), np.array([mean]), np.array([dispersion]))[0]
    if dispersion == 1.0:
        expected = stats.poisson.cdf(count, mean)
    else:
        expected = stats.nbinom.cdf(count, mean / (dispersion - 1), 1 / dispersion)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def desk(days, *, rate, weekdays=False, seed=1):
    """Hours of two desks and all: 9 to 18, from Monday to Friday or each day, and nothing else."""
    hour = np.arange(24 * days)
    opened = (hour % 24 >= 9) & (hour % 24 < 18) & ((hour // 24 % 7 < 5) | (not weekdays))
    came = np.random.default_rng(seed).poisson(rate * opened[:, None] * np.array([0.6, 0.4]))
    return np.column_stack((came.sum(axis=1), came)).astype(np.float32)


def told(count, day):
    """Nodes and hours of the lulls of a day, by the eight weeks before it."""
    first, now = max(0, 24 * (day - 56)), 24 * day
    stamps = name_steps(MONDAY + np.arange(first, now + 48).astype("timedelta64[h]"), HOUR)
    settings = QuietSettings(2.0, 10.0, 0.3, depths=(0, 1), quiet=12)
    tree = QuietTree(count[first:now], stamps, PARENTS, settings, origin=first)
    return [(lull.node, hour) for hour in range(24) for lull in tree.close(count[now + hour])]


@pytest.mark.parametrize("weekdays", [False, True])
@pytest.mark.parametrize("rate", [10, 90, 900])
def test_a_desk_that_closes_is_not_silent_however_young_its_history_is(rate, weekdays):
    count = desk(60, rate=rate, weekdays=weekdays)
    assert [told(count, day) for day in (2, 3, 5, 7, 10, 12, 14, 15, 19, 23, 40, 57)] == [[]] * 12


@pytest.mark.parametrize("weekdays", [False, True])
def test_a_desk_that_falls_silent_while_it_is_open_is_told_within_the_hour_after_two_weeks(weekdays):
    count = desk(60, rate=90, weekdays=weekdays)
    for day in (16, 22, 57):
        silent = count.copy()
        silent[24 * day + 11 :] = 0
        assert told(silent, day) == [(0, 11)]
    silent = count.copy()
    silent[24 * 9 + 11 :] = 0
    assert told(silent, 9) == [], "what a weekday is cannot be known after one week"


def test_a_node_that_came_later_has_the_mean_of_the_weeks_since():
    count = desk(60, rate=90)
    count[: 24 * 40, 2] = 0
    count[:, 0] = count[:, 1] + count[:, 2]
    silent = count.copy()
    silent[24 * 57 + 11 :, 2] = 0
    silent[:, 0] = silent[:, 1] + silent[:, 2]
    assert [node for node, _ in told(silent, 57)] == [2]
