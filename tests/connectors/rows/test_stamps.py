# ruff: noqa: DTZ001 - readings of a source's clock have no zone

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from connectors.rows.stamps import UNREADABLE, Stamps
from connectors.ticket import NEVER, at_us, to_us

ROME = ZoneInfo("Europe/Rome")


def read(value, *, zone=ROME, layout=None):
    us = int(Stamps(zone, layout).read([value])[0])
    return us if us in {NEVER, UNREADABLE} else at_us(us)


@pytest.mark.parametrize(
    ("value", "layout", "expected"),
    [
        ("2026-01-05T10:00:00", None, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05 10:00", None, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (" 2026-01-05 10:00 ", None, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05", None, datetime(2026, 1, 4, 23, tzinfo=UTC)),
        ("20260105T100000", None, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T10:00:00.123456789", None, datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-05T10:00:00Z", None, datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ("2026-01-05T10:00:00+08:00", None, datetime(2026, 1, 5, 2, tzinfo=UTC)),
        ("29/2/2016 01:16", "%d/%m/%Y %H:%M", datetime(2016, 2, 29, 0, 16, tzinfo=UTC)),
        ("05.01.2026 10:00 +0800", "%d.%m.%Y %H:%M %z", datetime(2026, 1, 5, 2, tzinfo=UTC)),
        (datetime(2026, 1, 5, 10), "%d/%m/%Y", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (
            datetime(2026, 1, 5, 10, tzinfo=timezone(timedelta(hours=8))),
            None,
            datetime(2026, 1, 5, 2, tzinfo=UTC),
        ),
        (date(2026, 1, 5), None, datetime(2026, 1, 4, 23, tzinfo=UTC)),
        (1_767_603_600, "unix", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("1767603600.5", "unix", datetime(2026, 1, 5, 9, 0, 0, 500_000, tzinfo=UTC)),
        (Decimal("1767603600.25"), "unix", datetime(2026, 1, 5, 9, 0, 0, 250_000, tzinfo=UTC)),
        (1_767_603_600_123, "unix_ms", datetime(2026, 1, 5, 9, 0, 0, 123_000, tzinfo=UTC)),
        (datetime(2026, 1, 5, 9, tzinfo=UTC), "unix", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (None, None, NEVER),
        ("yesterday", None, UNREADABLE),
        ("now", None, UNREADABLE),
        ("today-----", None, UNREADABLE),
        ("NaT", None, UNREADABLE),
        ("2026", None, UNREADABLE),
        ("2026-13-01", None, UNREADABLE),
        ("2026-02-30", None, UNREADABLE),
        ("2026-01-05T25:00", None, UNREADABLE),
        ("2026-01-05", "%d/%m/%Y", UNREADABLE),
        ("0001-01-01T00:00:00+10:00", None, UNREADABLE),
        (1_767_603_600, None, UNREADABLE),
        (True, "unix", UNREADABLE),
        ("nan", "unix", UNREADABLE),
        ("inf", "unix", UNREADABLE),
        (10**30, "unix", UNREADABLE),
        ([2026], None, UNREADABLE),
    ],
)
def test_a_stamp_is_read_in_the_zone_of_its_source(value, layout, expected):
    assert read(value, layout=layout) == expected


def test_a_local_stamp_that_occurs_twice_is_its_first_occurrence_and_a_missing_one_keeps_the_old_offset():
    assert read("2026-10-25T02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read("2026-03-29T02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_one_unreadable_stamp_leaves_its_neighbours_as_they_are():
    column = Stamps(ROME).read(["2026-01-05", "soon", None, "2026-01-05T00:00:00Z", "2026-01-05 01:00"])
    day = to_us(datetime(2026, 1, 4, 23, tzinfo=UTC))
    hour = 3_600_000_000
    assert column.tolist() == [day, UNREADABLE, NEVER, day + hour, day + hour]


@effort(deadline=None)
@given(
    st.lists(
        st.datetimes(min_value=datetime(1902, 1, 1), max_value=datetime(2099, 1, 1)).map(
            lambda stamp: stamp.replace(fold=0)
        ),
        max_size=20,
    ),
    st.sampled_from(["T", " "]),
    st.sampled_from(["Europe/Rome", "America/New_York", "Asia/Kathmandu"]),
)
def test_columns_are_read_as_python_reads_each_stamp(stamps, mark, zone):
    expected = [
        to_us(stamp.replace(tzinfo=ZoneInfo(zone))) if stamp.year >= 1970 else None for stamp in stamps
    ]
    found = Stamps(ZoneInfo(zone)).read([stamp.isoformat(mark) for stamp in stamps]).tolist()
    assert [us for us, wanted in zip(found, expected, strict=True) if wanted is not None] == [
        wanted for wanted in expected if wanted is not None
    ]
