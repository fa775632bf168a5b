# ruff: noqa: DTZ001 - readings of a source's clock have no zone

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.databases.bounds import bounds_of
from connectors.rows.stamps import Stamps
from connectors.ticket import to_us

ROME = ZoneInfo("Europe/Rome")
AT = datetime(2026, 3, 1, 9, 30, 15, 500_000, tzinfo=UTC)  # 10:30:15.5 in Rome


@pytest.mark.parametrize(
    ("value", "layout", "below", "above"),
    [
        ("2026-01-01 10:00:00", None, "2026-03-01 10:30:15", "2026-03-01 10:30:16"),
        ("2026-01-01T10:00:00.123", None, "2026-03-01T10:30:15", "2026-03-01T10:30:16"),
        ("2026-01-01T10:00:00Z", None, "2026-03-01T09:30:15", "2026-03-01T09:30:16"),
        ("2026-01-01T10:00+08:00", None, "2026-03-01T17:30", "2026-03-01T17:31"),
        ("2026-01-01", None, "2026-03-01", "2026-03-02"),
        ("2026/01/01 10:00", "%Y/%m/%d %H:%M", "2026/03/01 10:30", "2026/03/01 10:31"),
        ("20260101100000", "%Y%m%d%H%M%S", "20260301103015", "20260301103016"),
        (
            datetime(2026, 1, 1),
            None,
            datetime(2026, 3, 1, 10, 30, 15, 500_000),
            datetime(2026, 3, 1, 10, 30, 15, 500_000),
        ),
        (datetime(2026, 1, 1, tzinfo=UTC), None, AT, AT),
        (date(2026, 1, 1), None, date(2026, 3, 1), date(2026, 3, 2)),
        (1_700_000_000, "unix", 1_772_357_415, 1_772_357_416),
        (Decimal(1_700_000_000_000), "unix_ms", 1_772_357_415_500, 1_772_357_415_501),
    ],
)
def test_an_instant_is_written_as_the_column_holds_its_stamps(value, layout, below, above):
    bounds = bounds_of(value, value, Stamps(ROME, layout))
    assert bounds.below(to_us(AT), now=to_us(AT)) == below
    assert bounds.above(to_us(AT), since=to_us(AT)) == above


@pytest.mark.parametrize(
    ("smallest", "largest", "layout"),
    [
        ("01/02/2026", "31/01/2026", "%d/%m/%Y"),
        ("2026-1-5", "2026-1-9", "%Y-%m-%d"),
        ("2026-01-01 10:00", "2026-01-01T10:00", None),
        ("2026-01-01T10:00:00+01:00", "2026-07-01T10:00:00+02:00", None),
        ("2026-01-01T10:00", "2026-01-01T10:00:00", None),
        ("", "2026-01-01", None),
        (5, "2026-01-01", None),
        (5, 7, None),
        ("soon", "%Y", "%Y-%m-%d"),
        (b"\0", b"\1", None),
    ],
)
def test_a_column_whose_order_is_not_that_of_time_is_recognised(smallest, largest, layout):
    assert bounds_of(smallest, largest, Stamps(ROME, layout)) is None


def test_the_hour_that_occurs_twice_is_read_again():
    bounds = bounds_of(datetime(2026, 1, 1), datetime(2026, 1, 1), Stamps(ROME))
    before = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)  # 02:59, first time
    now = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10, second time
    assert bounds.below(to_us(before), now=to_us(now)) <= datetime(2026, 10, 25, 2, 0)
    assert bounds.above(to_us(now), since=to_us(before)) >= datetime(2026, 10, 25, 3, 0)


def test_offsets_of_text_are_those_that_it_shows():
    bounds = bounds_of("2026-01-01T10:00:00-05:00", "2026-01-02T10:00:00-05:00", Stamps(ROME))
    assert bounds.zone == timezone(timedelta(hours=-5))
