from datetime import date
from zoneinfo import ZoneInfo

import pytest
from alerting import NOW, SHANGHAI, us

from alerts.rendering.moments import Moments
from connectors.ticket import DAY, HOUR, SECOND, to_us

NEW_YORK = ZoneInfo("America/New_York")
ZH = Moments("zh", SHANGHAI, to_us(NOW))
EN = Moments("en", SHANGHAI, to_us(NOW))


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        ("2026-11-22 00:00", "2026-11-23 00:00", "今日", "today"),
        ("2026-11-21 00:00", "2026-11-22 00:00", "昨日", "yesterday"),
        ("2026-11-20 00:00", "2026-11-21 00:00", "11月20日", "on 20 Nov"),
        ("2025-11-20 00:00", "2025-11-21 00:00", "2025年11月20日", "on 20 Nov 2025"),
        ("2026-11-01 00:00", "2026-12-01 00:00", "本月", "this month"),
        ("2026-02-01 00:00", "2026-03-01 00:00", "2月", "in Feb"),
        ("2025-02-01 00:00", "2025-03-01 00:00", "2025年2月", "in Feb 2025"),
        ("2026-11-22 14:00", "2026-11-22 15:00", "14:00–15:00", "14:00–15:00"),
        ("2026-11-21 23:00", "2026-11-22 00:00", "11月21日23:00–00:00", "21 Nov, 23:00–00:00"),
    ],
)
def test_a_window_is_named_as_people_do(start, end, zh, en):
    assert ZH.window(us(start), us(end)) == zh
    assert EN.window(us(start), us(end)) == en


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        ("2026-11-22 00:00", "2026-11-23 00:00", "2026-11-22（周日）00:00 起", "Sun 2026-11-22, since 00:00"),
        ("2026-11-21 00:00", "2026-11-22 00:00", "2026-11-21（周六）全天", "Sat 2026-11-21, all day"),
        ("2026-11-01 00:00", "2026-12-01 00:00", "2026-11-01 至 2026-11-30", "2026-11-01 to 2026-11-30"),
        (
            "2026-11-22 14:00",
            "2026-11-22 15:00",
            "2026-11-22（周日）14:00–15:00",
            "Sun 2026-11-22 14:00–15:00",
        ),
        (
            "2026-11-22 09:00",
            "2026-11-22 15:00",
            "2026-11-22（周日）09:00–15:00",
            "Sun 2026-11-22 09:00–15:00",
        ),
        (
            "2026-11-21 15:00",
            "2026-11-22 15:00",
            "2026-11-21（周六）15:00 至 2026-11-22（周日）15:00",
            "Sat 2026-11-21 15:00 to Sun 2026-11-22 15:00",
        ),
    ],
)
def test_a_window_in_full_has_its_date(start, end, zh, en):
    assert ZH.window_in_full(us(start), us(end)) == zh
    assert EN.window_in_full(us(start), us(end)) == en


@pytest.mark.parametrize("hours", [23, 25])
def test_days_of_23_and_25_hours_are_days(hours):
    day = {23: "2026-03-08", 25: "2026-11-01"}[hours]
    start = us(f"{day} 00:00", NEW_YORK)
    moments = Moments("en", NEW_YORK, start + 5 * HOUR)
    assert moments.window(start, start + hours * HOUR) == "today"


def test_the_hour_that_occurs_twice_says_which_it_is():
    moments = Moments("en", NEW_YORK, us("2026-11-01 12:00", NEW_YORK))
    first = us("2026-11-01 01:00", NEW_YORK)
    assert moments.clock(first) == "01:00 UTC-04:00"
    assert moments.clock(first + HOUR) == "01:00 UTC-05:00"
    assert moments.clock(first + 2 * HOUR) == "02:00"


@pytest.mark.parametrize(
    ("us_", "zh", "en"),
    [
        (5 * SECOND, "5秒", "5 seconds"),
        (60 * SECOND, "1分钟", "1 minute"),
        (119 * 60 * SECOND, "119分钟", "119 minutes"),
        (2 * HOUR, "2小时", "2 hours"),
        (47 * HOUR, "47小时", "47 hours"),
        (2 * DAY, "2天", "2 days"),
    ],
)
def test_a_span_is_said_in_its_largest_sensible_unit(us_, zh, en):
    assert ZH.span(us_) == zh
    assert EN.span(us_) == en


def test_a_near_time_needs_no_date():
    assert ZH.near(us("2026-11-22 16:04")) == "16:04"
    assert ZH.near(us("2026-11-23 00:04")) == "11月23日 00:04"
    assert EN.date_time(us("2026-11-22 16:04")) == "Sun 2026-11-22 16:04"
    assert EN.full_day(date(2026, 11, 23)) == "Mon 2026-11-23"
    assert ZH.zone_line() == "时间为 Asia/Shanghai（UTC+08:00）"


def test_what_is_kept_and_read_on_any_day_knows_no_today():
    start, kept = us("2026-11-22 00:00"), Moments("zh", SHANGHAI, to_us(NOW), dated=True)
    assert kept.near(us("2026-11-22 15:04")) == "11月22日 15:04"
    assert kept.window(start, start + DAY) == "11月22日"
    assert kept.window(start - DAY, start) == "11月21日"
    assert kept.window(start, start + HOUR) == "11月22日00:00–01:00"
