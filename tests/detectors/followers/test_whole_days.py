"""Days and weeks of a business zone, as a rule counts them."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connectors.ticket import DAY, HOUR, at_us
from connectors.windows import Calendar
from detectors.followers.whole_days import WholeDays
from detectors.seasonal.period import PERIODS

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe"]
TEN_YEARS = np.arange(14_600, 18_250, dtype=np.int64) * DAY


def in_zone(zone, period):
    return WholeDays(Calendar(ZoneInfo(zone)), PERIODS[period])


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_where_the_calendar_says_whatever_the_clock_does(zone):
    days = in_zone(zone, "day")
    starts = days.calendar.days(TEN_YEARS)
    assert [days.start(number) for number in days.numbers(starts).tolist()] == starts.tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_a_week_begins_on_monday_and_has_seven_days(zone):
    weeks = in_zone(zone, "week")
    numbers = weeks.numbers(TEN_YEARS)
    assert set(np.diff(np.flatnonzero(np.diff(numbers))).tolist()) == {7}
    starts = [weeks.start(number) for number in np.unique(numbers).tolist()]
    assert {at_us(start).astimezone(weeks.calendar.zone).weekday() for start in starts} == {0}
    assert weeks.calendar.days(np.array(starts)).tolist() == starts


@pytest.mark.parametrize("period", ["day", "week"])
def test_the_day_on_which_the_clock_changes_has_23_or_25_hours(period):
    some = in_zone("Europe/Berlin", period)
    numbers = np.unique(some.numbers(TEN_YEARS)).tolist()[1:]
    lengths = {(some.start(number + 1) - some.start(number)) // HOUR for number in numbers}
    whole = 24 * some.length
    assert lengths == {whole - 1, whole, whole + 1}


def test_a_date_that_the_zone_has_left_out_is_unknown():
    class Known:
        def known(self, hours):
            return np.ones(len(hours), dtype=bool)

    days = in_zone("Pacific/Apia", "day")
    left_out = int(np.datetime64("2011-12-30").astype(np.int64))
    assert days.known(left_out - 2, left_out + 2, Known()).tolist() == [True, True, False, True]
