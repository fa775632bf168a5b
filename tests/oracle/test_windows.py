"""Hours, days and months of the brute force, as a calendar on the wall has them."""

from datetime import UTC, datetime

import pytest
from by_hand import HOUR
from histories import KOLKATA, NEW_YORK, SHANGHAI, at
from oracle import Calendar


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        (SHANGHAI, "2026-05-09T12:00", 24),
        (NEW_YORK, "2026-03-08T12:00", 23),
        (NEW_YORK, "2026-11-01T12:00", 25),
        (KOLKATA, "2026-05-09T12:00", 24),
    ],
)
def test_a_business_day_has_its_own_number_of_hours(zone: str, moment: str, hours: int) -> None:
    start, end = Calendar(zone).day(at(moment, zone))
    assert end - start == hours * HOUR


def test_an_hour_in_kolkata_begins_at_half_past_of_utc() -> None:
    assert Calendar(KOLKATA).hour(at("2026-05-09T10:20", KOLKATA)) == (
        datetime(2026, 5, 9, 4, 30, tzinfo=UTC),
        datetime(2026, 5, 9, 5, 30, tzinfo=UTC),
    )


def test_the_hour_that_occurs_twice_is_two_hours() -> None:
    calendar = Calendar(NEW_YORK)
    first = calendar.hour_start(datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
    second = calendar.hour_start(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert calendar.local(first).isoformat() == "2026-11-01T01:00:00-04:00"
    assert calendar.local(second).isoformat() == "2026-11-01T01:00:00-05:00"


@pytest.mark.parametrize(
    ("zone", "created", "due"),
    [
        (SHANGHAI, "2026-01-31T10:15", "2026-02-28T10:15"),
        (SHANGHAI, "2028-01-30T10:15", "2028-02-29T10:15"),
        (SHANGHAI, "2026-12-15T00:00", "2027-01-15T00:00"),
        (NEW_YORK, "2026-02-20T09:00", "2026-03-20T09:00"),  # the offset changes on the way
        (NEW_YORK, "2026-02-08T02:30", "2026-03-08T03:30"),  # 02:30 is not there: the offset before
        (NEW_YORK, "2026-10-01T01:30", "2026-11-01T01:30"),  # the first of two
    ],
)
def test_a_month_later_is_the_same_local_time(zone: str, created: str, due: str) -> None:
    assert Calendar(zone).a_month_later(at(created, zone)) == at(due, zone)
