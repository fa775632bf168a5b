"""Hours, days and months of a zone, also where its clock does odd things, against zoneinfo."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ticket import EPOCH, HOUR, MICROSECOND, at_us, to_us
from connectors.windows import Calendar

# Zone, and local days about which its clock changes.
SEAMS = [
    ("Asia/Shanghai", "2026-05-09"),
    ("America/New_York", "2026-03-08"),  # 02:00 is 03:00
    ("America/New_York", "2026-11-01"),  # 02:00 is 01:00 again
    ("Asia/Kolkata", "2026-05-01"),  # half hours
    ("Australia/Lord_Howe", "2026-04-05"),  # half an hour back
    ("Australia/Lord_Howe", "2026-10-04"),  # half an hour forth
    ("Asia/Beirut", "2022-03-27"),  # no midnight
    ("Asia/Beirut", "2022-10-30"),  # 00:00 is 23:00 of the day before
    ("America/Sao_Paulo", "2018-11-04"),  # no midnight
    ("America/Sao_Paulo", "2018-02-18"),  # 00:00 is 23:00 of the day before
    ("America/Recife", "2000-10-08"),  # forth, and a week later back
    ("America/Recife", "2000-10-15"),
]
ZONES = sorted({zone for zone, _ in SEAMS})
seams = pytest.mark.parametrize(("zone", "day"), SEAMS)
MINUTE = timedelta(minutes=1)


def calendar_of(zone):
    return Calendar(ZoneInfo(zone))


def local(us, zone):
    return at_us(us).astimezone(ZoneInfo(zone))


def about(zone, day):
    """Every minute from a day before to two days after the local day begins."""
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(days=1)
    return [to_us(start + n * MINUTE) for n in range(3 * 24 * 60)]


@seams
@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_windows_partition_time(zone, day, unit):
    calendar = calendar_of(zone)
    minutes = np.array(about(zone, day))
    starts = calendar.windows(unit, minutes)
    assert (starts <= minutes).all()
    assert (np.diff(starts) >= 0).all()
    for start, following in pairwise(np.unique(starts).tolist()):
        assert calendar.end(unit, start) == following, "a window ends where the next one begins"
        inside = np.array([start, start + 1, following - 1])
        assert calendar.windows(unit, inside).tolist() == [start] * 3
    assert (minutes < [calendar.end(unit, start) for start in starts.tolist()]).all()


@seams
def test_a_day_holds_exactly_the_minutes_whose_clock_shows_its_date(zone, day):
    minutes = about(zone, day)
    starts = calendar_of(zone).days(np.array(minutes)).tolist()
    dates = [local(minute, zone).date() for minute in minutes]
    assert {local(start, zone).date() for start in starts} == set(dates)
    # Where the clock goes back over midnight, a date would come in two pieces: it is one day all the same.
    for date in set(dates):
        assert len({start for start, shown in zip(starts, dates, strict=True) if shown == date}) == 1


@seams
def test_an_hour_shows_one_hour_of_the_clock_at_one_offset(zone, day):
    minutes = about(zone, day)
    calendar = calendar_of(zone)
    shown = [(local(us, zone).replace(minute=0, tzinfo=None), local(us, zone).utcoffset()) for us in minutes]
    by_start: dict = {}
    for start, hour in zip(calendar.hours(np.array(minutes)).tolist(), shown, strict=True):
        by_start.setdefault(start, set()).add(hour)
    assert all(len(hours) == 1 for hours in by_start.values())
    assert len(by_start) == len(set(shown)), "the hour that occurs twice is two windows"


@seams
def test_hours_between_are_all_hours_one_after_the_other(zone, day):
    calendar = calendar_of(zone)
    minutes = about(zone, day)
    hours = calendar.hours_between(minutes[0], minutes[-1])
    assert hours.tolist() == sorted(set(calendar.hours(np.array(minutes[:-1])).tolist()))
    assert calendar.hour_ends(hours[:-1]).tolist() == hours[1:].tolist()
    assert calendar.previous_hours(hours[1:]).tolist() == hours[:-1].tolist()
    assert len(calendar.hours_between(minutes[0], minutes[0])) == 0


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", "2026-05-09T12:00", 24),
        ("America/New_York", "2026-03-08T12:00", 23),
        ("America/New_York", "2026-11-01T12:00", 25),
        ("Australia/Lord_Howe", "2026-04-05T12:00", 24.5),
        ("Australia/Lord_Howe", "2026-10-04T12:00", 23.5),
        ("America/Sao_Paulo", "2018-11-04T12:00", 23),
        ("America/Sao_Paulo", "2018-02-17T12:00", 25),
        ("Asia/Beirut", "2022-03-27T12:00", 23),
    ],
)
def test_a_day_has_so_many_hours(zone, day, hours):
    calendar = calendar_of(zone)
    start = calendar.day(to_us(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))))
    assert (calendar.day_end(start) - start) / HOUR == hours


def test_a_day_without_midnight_begins_at_one():
    calendar = calendar_of("America/Sao_Paulo")
    noon = to_us(datetime(2018, 11, 4, 12, tzinfo=calendar.zone))
    assert calendar.iso(calendar.day(noon)) == "2018-11-04T01:00:00-02:00"


READINGS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1))  # noqa: DTZ001
NEAR = st.sampled_from(SEAMS).flatmap(
    lambda seam: st.tuples(
        st.just(seam[0]),
        st.integers(-1500, 1500).map(lambda n: datetime.fromisoformat(seam[1]) + n * MINUTE),
    )
)


@settings(deadline=None, max_examples=300)
@given(NEAR | st.tuples(st.sampled_from(ZONES), READINGS))
def test_a_reading_of_the_clock_is_the_instant_that_python_takes_it_for(case):
    zone, reading = case
    wall = to_us(reading.replace(tzinfo=UTC))
    expected = to_us(reading.replace(tzinfo=ZoneInfo(zone), fold=0))
    assert calendar_of(zone).from_wall(np.array([wall])).tolist() == [expected]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(ZONES), READINGS)
def test_the_offset_is_zoneinfo_s(zone, instant):
    us = to_us(instant.replace(tzinfo=UTC))
    offset = local(us, zone).utcoffset() // MICROSECOND
    assert calendar_of(zone).offset(np.array([us])).tolist() == [offset]
    assert calendar_of(zone).iso(us) == local(us, zone).isoformat()


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(SEAMS), st.integers(17, 400), st.sampled_from(["hour", "day", "month"]))
def test_a_long_rising_column_is_cut_like_its_single_instants(seam, size, unit):
    minutes = about(*seam)[24 * 60 :][:90]
    rising = np.sort(np.resize(np.array(minutes), size * 4))
    calendar = calendar_of(seam[0])
    one_by_one = [int(calendar.windows(unit, np.array([us]))[0]) for us in minutes]
    of_minute = dict(zip(minutes, one_by_one, strict=True))
    assert calendar.windows(unit, rising).tolist() == [of_minute[us] for us in rising.tolist()]


@pytest.mark.parametrize(
    ("zone", "created", "due"),
    [
        ("Asia/Shanghai", "2026-05-09T10:30:00+08:00", "2026-06-09T10:30:00+08:00"),
        ("Asia/Shanghai", "2026-01-31T10:00:00+08:00", "2026-02-28T10:00:00+08:00"),
        ("Asia/Shanghai", "2028-01-31T10:00:00+08:00", "2028-02-29T10:00:00+08:00"),
        ("Asia/Shanghai", "2026-12-31T23:59:59.5+08:00", "2027-01-31T23:59:59.500000+08:00"),
        ("Asia/Shanghai", "2026-02-28T00:00:00+08:00", "2026-03-28T00:00:00+08:00"),
        # 02:30 does not exist: it is read with the offset before the change.
        ("America/New_York", "2026-02-08T02:30:00-05:00", "2026-03-08T03:30:00-04:00"),
        # 01:30 occurs twice: it is the first.
        ("America/New_York", "2026-10-01T01:30:00-04:00", "2026-11-01T01:30:00-04:00"),
        ("America/New_York", "2026-11-01T01:30:00-05:00", "2026-12-01T01:30:00-05:00"),
    ],
)
def test_a_month_later_is_the_same_local_time_or_the_last_day(zone, created, due):
    calendar = calendar_of(zone)
    assert calendar.iso(calendar.month_later(to_us(datetime.fromisoformat(created)))) == due


@pytest.mark.parametrize("zone", ZONES)
def test_months_begin_on_the_first_and_follow_one_another(zone):
    calendar = calendar_of(zone)
    start = calendar.month(to_us(datetime(2017, 12, 15, tzinfo=UTC)))
    for month in range(60):
        assert (local(start, zone).day, local(start, zone).month) == (1, (11 + month) % 12 + 1)
        assert calendar.month(start) == start
        assert calendar.month(start - 1) != start
        start = calendar.month_end(start)


def test_an_instant_before_1970_lies_in_a_window_too():
    calendar = calendar_of("Asia/Shanghai")
    us = to_us(EPOCH - timedelta(minutes=1))
    assert calendar.hour(us) == -HOUR
    assert calendar.iso(calendar.day(us)) == "1970-01-01T00:00:00+08:00"
