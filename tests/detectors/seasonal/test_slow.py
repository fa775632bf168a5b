"""Level, trend and season of the year from weekly sums."""

import numpy as np
import pytest

from detectors.seasonal.period import WEEK
from detectors.seasonal.slow import features, fit_slow


def weeks(years, *, trend=0.0, season=0.0, level=50.0, until=20.0):
    """Middles of weeks up to a time in years, and what they bring."""
    at = until - (np.arange(round(years * 52.18))[::-1] + 0.5) / 52.18
    return at, level * np.exp(trend * (at - until) + season * np.cos(2 * np.pi * at))[None]


def fitted(at, count, *, now=20.0, before=None):
    return fit_slow(
        count,
        np.ones(count.shape),
        years=at,
        now=now,
        dispersion=np.ones(len(count)),
        period=WEEK,
        before=before,
    )


def ahead(slow, at):
    return float(np.exp(slow.coefficients @ features(np.array([at]), slow.now).T)[0, 0])


def test_a_trend_and_a_season_of_five_years_go_on():
    slow = fitted(*weeks(5, trend=0.2, season=0.5))
    assert slow.coefficients[0, :3] == pytest.approx([np.log(50), 0.2, 0.5], abs=0.05)
    assert ahead(slow, 20.5) == pytest.approx(50 * np.exp(0.1 - 0.5), rel=0.05)


def test_a_single_year_has_neither():
    at, count = weeks(1, trend=1.0, season=0.8)
    slow = fitted(at, count)
    assert np.abs(slow.coefficients[0, 1:]).max() < 0.1, "of a trend of 1 and a season of 0.8"
    assert np.exp(slow.coefficients[0, 0]) == pytest.approx(count.mean(), rel=0.1)


def test_few_tickets_tell_how_high_they_are_and_no_more():
    at, count = weeks(3, level=0.05)
    slow = fitted(at, count)
    assert np.exp(slow.coefficients[0, 0]) == pytest.approx(0.05, rel=0.15)
    assert slow.covariance[0, 1, 1] > 0.03, "hardly less than the prior"


def test_a_fit_goes_on_from_the_one_before_though_its_clock_has_moved():
    at, count = weeks(6, trend=-0.4, season=0.3)
    early = at < 18
    before = fitted(at[early], count[:, early], now=18.0)
    again = fitted(at, count, before=before)
    assert again.coefficients == pytest.approx(fitted(at, count).coefficients, abs=0.02)
