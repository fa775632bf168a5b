"""Names of steps: the slot of the week, the place in the year, the date."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.seasonal.period import DAY, HOUR, WEEK
from detectors.seasonal.stamps import name_steps


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_a_step_has_its_hour_and_weekday_and_equal_dates_of_different_years_are_equal(first, days):
    local = np.datetime64(first) + np.arange(days)
    by_day, by_hour = name_steps(local, DAY), name_steps(local.astype("datetime64[h]") + 5, HOUR)
    dates = [first + timedelta(days=n) for n in range(days)]
    assert by_day.slot.tolist() == [one.weekday() for one in dates]
    assert by_hour.slot.tolist() == [one.weekday() * 24 + 5 for one in dates]
    assert (by_hour.date == -1).all()
    assert by_day.years[0] == pytest.approx((first - date(2000, 1, 1)).days / 365.25)
    ten_later = name_steps(np.array([f"{one.year + 40}-{one:%m-%d}" for one in dates], "datetime64[D]"), DAY)
    assert by_day.date.tolist() == ten_later.date.tolist()


def test_each_date_of_a_year_is_another_and_weeks_have_none():
    year = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    assert len(set(name_steps(year, DAY).date.tolist())) == 366
    weeks = name_steps(year[::7], WEEK)
    assert set(weeks.slot.tolist()) == {0}
    assert set(weeks.date.tolist()) == {-1}


def test_each_public_holiday_has_a_name_of_its_own_that_is_no_date_of_december():
    pytest.importorskip("holidays")
    year = np.arange("2023-06-01", "2024-06-01", dtype="datetime64[D]")
    named = name_steps(year, DAY, country="DE")
    assert len(set(named.date.tolist())) == 366
    plain = name_steps(year, DAY)
    assert {str(day) for day in year[named.date != plain.date]} >= {"2023-10-03", "2024-04-01", "2024-05-01"}
    hours = name_steps(np.array(["2024-05-01T07", "2024-05-02T07"], "datetime64[h]"), HOUR, country="DE")
    assert hours.slot.tolist() == [6 * 24 + 7, 3 * 24 + 7]
