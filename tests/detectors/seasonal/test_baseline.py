"""What the next step of a series would bring, and how surely that is known."""

import numpy as np
import pytest

from detectors.seasonal.baseline import Baseline
from detectors.seasonal.period import DAY, HOUR, PERIODS, WEEK
from detectors.seasonal.replaying import replay
from detectors.seasonal.seasonal_part import SeasonalPart
from detectors.seasonal.slow import Slow
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.start import start


def named(period, steps):
    """Steps from a Monday on."""
    first, every = np.datetime64("2024-01-01", "h" if period is HOUR else "D"), 7 if period is WEEK else 1
    return name_steps(first + every * np.arange(steps), period)


def slowly(per_day, *, uncertain):
    """A slow part that stays where it is; `uncertain` is the variance of its logarithm."""
    coefficients, covariance = np.zeros((1, 6)), np.zeros((1, 6, 6))
    coefficients[0, 0], covariance[0, 0, 0] = np.log(per_day), uncertain
    return Slow(coefficients, covariance, 24.0)


def of_parts(*, mondays=1.0, per_day=1.0, uncertain=0.0, holiday=None):
    """A baseline of days that knows no more; the holiday is January 15th, a Monday."""
    baseline = Baseline(1, named(DAY, 60))
    profile = np.ones((7, 1), np.float16)
    profile[0] = mondays
    effect = {} if holiday is None else {int(baseline.stamps.date[14]): np.array([holiday])}
    baseline.seasonal = SeasonalPart(profile, slowly(per_day, uncertain=uncertain), effect)
    baseline.seen[:] = 1000
    return baseline


def due(baseline, at):
    baseline.now = at
    return float(baseline.expect().expected[0])


def relative_variance(due):
    """Of the expectations, beside that of the counts."""
    return (due.dispersion - due.own) / due.expected


def test_a_monday_brings_what_mondays_do_times_the_season_and_a_holiday_what_it_does_besides():
    baseline = of_parts(mondays=1.5, per_day=40.0, holiday=0.25)
    assert [due(baseline, day) for day in (7, 8)] == pytest.approx([60, 40])
    assert due(baseline, 14) == pytest.approx(60 * 0.25), "a Monday that is that holiday"
    assert due(baseline, 21) == pytest.approx(60), "the Monday after is one as any other"


def test_the_memory_without_season_knows_of_weekdays_and_holidays_and_of_no_season():
    baseline = of_parts(mondays=1.5, per_day=40.0, holiday=0.25)
    long, *_, flat = baseline.bases(14, 15)[0, :, 0]
    assert (long, flat) == (pytest.approx(15), pytest.approx(1.5 * 0.25))


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_a_node_is_young_until_it_has_shown_twice_what_warms_it(period):
    shown = period.warm * np.array([0.0, 0.5, 1.0, 2.0, 2.1, 100.0])
    assert Baseline(1, named(period, 1)).young(shown) == pytest.approx([1, 0.75, 0.5, 0, 0, 0])


def test_of_a_node_that_has_shown_nothing_anything_may_come():
    fresh = Baseline(1, named(HOUR, 9)).expect()
    assert fresh.own == pytest.approx(1.5, rel=0.1)
    assert relative_variance(fresh) == pytest.approx(3), "two as no ticket has come, and one as it is new"


def test_the_more_tickets_have_come_the_surer_is_what_is_expected():
    counts = np.zeros((4 * 168, 2))
    counts[::20, 0] = 1
    counts[:, 1] = np.random.default_rng(3).poisson(5.0, len(counts))
    due = replay(counts, named(HOUR, len(counts) + 1)).baseline.expect()
    quiet, busy = relative_variance(due)
    assert quiet == pytest.approx(due.own[0] / 25, rel=0.5), "there were some two dozen tickets"
    assert busy < quiet / 20


def test_where_trend_and_season_are_fitted_it_is_as_sure_as_they_are():
    for uncertain in (0.0, 0.2):
        due = of_parts(per_day=40.0, uncertain=uncertain).expect()
        assert relative_variance(due) == pytest.approx(uncertain)


def test_where_nothing_came_in_a_year_not_half_a_ticket_is_expected_in_the_next():
    nothing = np.zeros((365, 1), np.float32)
    assert 365 * start(nothing, named(DAY, 366)).expect().expected[0] < 0.1
