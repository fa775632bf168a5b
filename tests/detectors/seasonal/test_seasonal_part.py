"""What weekdays, the season and dates do to a series, fitted to its past."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.period import DAY, HOUR, PERIODS, WEEK
from detectors.seasonal.profile import profile_of
from detectors.seasonal.seasonal_part import (
    History,
    by_slot,
    fit_seasonal_part,
    fitted_cycles,
    no_seasonal_part,
)
from detectors.seasonal.stamps import name_steps

MONDAY = "2018-01-01"


def named(period, steps, first=MONDAY):
    every = 7 if period is WEEK else 1
    return name_steps(np.datetime64(first, "h" if period is HOUR else "D") + every * np.arange(steps), period)


def fitted(count, *, period=DAY, weight=None, stamps=None, times=1):
    """The fit to a series of one node, unknown where nan, and the stamps of it and of a year to come."""
    count = np.asarray(count, float)[:, None]
    known = ~np.isnan(count)
    weight = known.astype(float) if weight is None else np.asarray(weight, float)[:, None] * known
    stamps = stamps or named(period, len(count) + round(period.year))
    history = History(np.where(known, count, 0.0), known, weight)
    found = no_seasonal_part(period.slots, 1)
    for _ in range(times):
        found = fit_seasonal_part(
            history, stamps, now=len(count), before=found, shape=profile_of(period.slots),
            dispersion=np.ones(1),
        )  # fmt: skip
    return found, stamps


def weekdays(count, **told):
    """Factor of each day of the week."""
    return fitted(count, **told)[0].profile[:, 0].astype(float)


def ahead(found, stamps, now):
    """What the slow part says of the next year."""
    return found.slow_at(stamps, now, len(stamps.slot))[:, 0]


def week(*, monday=1.0, weeks=30, mean=40.0):
    return np.tile([mean * monday, *[mean] * 6], weeks)


def test_a_monday_after_a_holiday_is_expected_to_bring_what_mondays_do():
    mondays = week(monday=1.5)
    shut = mondays.copy()
    shut[7 * 20 + 6] = 0
    assert weekdays(mondays)[0] == pytest.approx(1.4, rel=0.05)
    assert weekdays(shut)[0] == pytest.approx(weekdays(mondays)[0], rel=0.01)


def test_before_two_weeks_have_passed_besides_the_newest_days_nothing_is_fitted():
    enough = 2 * 7 + 2 * DAY.guard
    for days, is_fitted in ((enough - 1, False), (enough, True)):
        assert (weekdays(week(monday=9.0)[:days])[0] > 1) == is_fitted


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_the_newest_steps_teach_nothing_as_they_may_be_an_outbreak(period):
    calm = np.random.default_rng(3).poisson(30.0, 40 * period.cycle).astype(float)
    outbreak, before = calm.copy(), calm.copy()
    outbreak[-period.guard :] *= 20
    before[-period.guard - 1] *= 20
    parts = [fitted(count, period=period) for count in (calm, outbreak, before)]
    told = [
        (part.profile.tolist(), np.asarray(part.slow_at(stamps, len(calm), len(calm) + 9)).tolist())
        for part, stamps in parts
    ]
    assert told[1] == told[0] != told[2]


def test_an_unknown_monday_is_none_without_tickets():
    gaps = week(monday=1.5)
    gaps[::14] = np.nan
    assert weekdays(gaps)[0] == pytest.approx(weekdays(week(monday=1.5))[0], rel=0.03)


def test_an_outbreak_on_mondays_counts_little_and_what_is_always_an_outlier_is_the_truth():
    count, ordinary = week(), np.ones(210)
    count[140::7] *= 5
    odd = np.where(count > 50, 1e-3, ordinary)
    assert weekdays(count, weight=odd)[0] < 0.85 * weekdays(count)[0]
    always = week(monday=5.0)
    assert weekdays(always, weight=np.where(always > 50, 1e-3, 1.0))[0] > 2.5


def test_a_level_that_has_risen_makes_no_weekday_of_the_one_that_is_known_only_since():
    count = np.repeat([20.0, 60.0], [140, 70])
    count[:140:7] = np.nan
    assert weekdays(count) == pytest.approx(1, rel=0.12)


def test_weeks_of_which_the_busiest_day_is_unknown_are_not_taken_for_a_lower_level():
    count = week(monday=5.0)
    count[:105:7] = np.nan
    again = weekdays(count, times=3)
    assert again[0] / again[1] == pytest.approx(5, rel=0.05)


def test_mondays_of_a_year_ago_are_forgotten_for_those_of_the_last_months():
    count = np.concatenate([week(monday=3.0, weeks=52), week(weeks=52)])
    assert weekdays(count)[0] < 1.5
    assert weekdays(count[: 70 * 7])[0] > 1.5


def turning(years):
    """Days with a season of the year, until the end of a year."""
    day = np.arange(round(365.25 * years))
    stamps = named(DAY, len(day) + 365)
    return 30 * np.exp(0.5 * np.cos(2 * np.pi * stamps.years[: len(day)])), stamps


def test_after_some_years_of_days_the_next_is_expected_to_turn_as_they_did():
    count, stamps = turning(4)
    found, _ = fitted(count, stamps=stamps)
    due = ahead(found, stamps, len(count))
    assert due == pytest.approx(30 * np.exp(0.5 * np.cos(2 * np.pi * stamps.years[len(count) :])), rel=0.1)
    assert weekdays(count, stamps=stamps) == pytest.approx(1, rel=0.03), "the season makes no weekday"


def test_hours_have_neither_trend_nor_season_nor_dates():
    found, _ = fitted(np.full(24 * 70, 5.0), period=HOUR)
    assert found.slow is None
    assert not found.effect


def test_an_outbreak_hardly_raises_the_course_of_years_and_tickets_that_are_never_ordinary_do():
    count, ordinary = np.full(1000, 10.0), np.ones(1000)
    count[600:630] *= 20
    heights = [
        ahead(*fitted(count, weight=np.where(count > 10, 1e-3, ordinary)), 1000).mean(),
        ahead(*fitted(count), 1000).mean(),
        ahead(*fitted(np.full(1000, 10.0), weight=0 * ordinary), 1000).mean(),
    ]
    assert heights[0] == pytest.approx(10, rel=0.05)
    assert heights[1] > 12
    assert heights[2] == pytest.approx(10, rel=0.05)


def of_december_26th(counts, years=4, around=30):
    """What that day is expected to do, three days before it; what it brought in each year, of 30 a day.

    `around` is what came in the four weeks with it in their middle.
    """
    first, last = np.datetime64("2018-01-01"), np.datetime64("2018-12-23") + round(365.25 * (years - 1))
    stamps = name_steps(np.arange(first, last + 60), DAY)
    count = np.full((last - first).astype(int), 30.0)
    at = np.flatnonzero(stamps.date[: len(count)] == 12 * 32 + 26)
    for day in at:
        count[day - 14 : day + 15] = around
    count[at] = counts
    return fitted(count, stamps=stamps)[0].effect.get(12 * 32 + 26, np.ones(1))[0]


def test_a_day_after_christmas_that_doubled_in_each_year_is_expected_to():
    assert of_december_26th([60, 60, 60]) == pytest.approx(2, rel=0.15)
    assert of_december_26th([60, 60, np.nan]) == pytest.approx(2, rel=0.25), "one of them is not known"
    assert of_december_26th([60, 30, 30]) == 1, "once is no habit"
    assert of_december_26th([90], years=2) == 1
    assert of_december_26th([60, 60, 60], around=60) == 1, "as all days of these weeks did"


def test_dates_are_those_that_come_before_the_next_fit():
    found, stamps = fitted(week(weeks=160))
    coming = DAY.steps_until_refit(1120)
    assert set(found.effect) == set(stamps.date[1120 : 1120 + coming].tolist())
    assert not fitted(week(weeks=55))[0].effect, "a year has each date once"


@pytest.mark.parametrize(
    ("period", "last", "expected"),
    [
        (HOUR, 24 * 3 + 5, (0, 72, 24)),
        (HOUR, 2 * 168 + 11, (0, 336, 24)),
        (HOUR, 2 * 168 + 12, (12, 348, 168)),
        (HOUR, 60 * 168 + 1, (44 * 168 + 1, 60 * 168 + 1, 168)),
        (DAY, 20, (6, 20, 7)),
        (WEEK, 9, (0, 9, 1)),
    ],
)
def test_what_is_fitted_are_whole_weeks_and_whole_days_at_first_and_no_more_than_is_remembered(
    period, last, expected
):
    assert fitted_cycles(named(period, last + 1), last)[:3] == expected


def test_days_are_whole_from_midnight_on_though_the_series_begins_at_five():
    assert fitted_cycles(named(HOUR, 99, "2018-01-01T05"), 77)[:3] == (19, 67, 24)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(0, 6), st.booleans())
def test_a_slot_is_the_sum_of_its_steps_whether_or_not_holidays_are_in_between(slots, first, regular):
    slot = (first + np.arange(14)) % 7 if regular else np.array(slots)
    value = np.random.default_rng(3).integers(0, 9, (len(slot), 2)).astype(float)
    sums = [value[slot == one].sum(axis=0).tolist() for one in range(7)]
    assert by_slot(value, slot, 7).tolist() == sums
