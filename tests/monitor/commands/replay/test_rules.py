"""What `replay` writes for the rules at their edges, against the brute force."""

from datetime import timedelta

import pytest
from histories import NEW_YORK, at, burst, later, ticket
from oracle import OracleRule
from replaying import DAILY, MONTHLY, seen

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HOURLY = OracleRule("hour", "hour_over_hour", level="一级预警")


@pytest.mark.parametrize(("number", "fired"), [(99, []), (100, [(100,)]), (101, [(100,)])])
def test_the_hundredth_ticket_of_a_day_fires_once(replayed, number, fired):
    assert seen(replayed(burst(number, at("2026-05-09T10:00")), DAILY), "observed") == fired


def test_the_hundredth_ticket_is_named_with_the_instant_it_was_seen_and_created(replayed):
    found = replayed(burst(100, at("2026-05-09T10:00"), updated_at=at("2026-05-10T01:00")), DAILY)
    assert seen(found, "crossed_at", "created_at", "window_end", "late_seconds") == [
        (
            "2026-05-10T01:00:00+08:00",
            "2026-05-09T10:01:39+08:00",
            "2026-05-10T00:00:00+08:00",
            3600,
        )
    ]


def test_tickets_on_both_sides_of_midnight_in_shanghai_are_two_days(replayed):
    start = at("2026-05-09T23:59:10")
    assert replayed(burst(120, start), DAILY).signals == []
    whole_day = replayed(burst(100, start - MINUTE * 60), DAILY)
    assert seen(whole_day, "window_start") == [("2026-05-09T00:00:00+08:00",)]


@pytest.mark.parametrize(
    ("day", "hours", "window"),
    [
        ("2026-03-08", 23, ("2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00")),
        ("2026-11-01", 25, ("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00")),
    ],
)
def test_a_day_of_23_or_25_hours_in_new_york_is_one_window(replayed, day, hours, window):
    start = at(f"{day}T00:00", NEW_YORK)
    versions = [ticket(f"{n}", start + n * hours * HOUR / 100) for n in range(100)]
    found = replayed(versions, DAILY, zone=NEW_YORK)
    assert seen(found, "window_start", "window_end") == [window]
    assert len({row["hour"] for row in found.trend if row["hour"].startswith(day)}) == hours


def test_escalations_of_two_months_are_counted_apart(replayed):
    end = at("2026-05-31T23:59:59")
    versions = [
        ticket(f"{n}", end - DAY, updated_at=end, escalated_at=end + (n % 2) * timedelta(seconds=1))
        for n in range(8)
    ]
    assert replayed(versions, MONTHLY).signals == []
    found = replayed([*versions, ticket("more", end, escalated_at=end)], MONTHLY)
    assert seen(found, "observed", "window_start", "window_end") == [
        (5, "2026-05-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00")
    ]


def test_an_escalation_dated_last_month_completes_last_month_late(replayed):
    created, told = at("2026-05-30T09:00"), at("2026-06-02T00:00")
    versions = [ticket(f"{n}", created, escalated_at=created) for n in range(4)]
    versions += [ticket("late", created), later(ticket("late", created), told, escalated_at=created)]
    assert seen(replayed(versions, MONTHLY), "crossed_at", "late_seconds") == [
        ("2026-06-02T00:00:00+08:00", 24 * 3600)
    ]


def test_a_ticket_moved_away_before_the_crossing_does_not_count(replayed):
    versions = burst(100, at("2026-05-09T10:00"))
    moved = later(versions[0], versions[0].created_at + timedelta(seconds=30), path=("b",))
    assert replayed([*versions, moved], DAILY).signals == []


def test_a_ticket_moved_away_after_the_crossing_leaves_a_revised_signal(replayed):
    versions = burst(100, at("2026-05-09T10:00"))
    moved = [later(one, at("2026-05-09T12:00"), path=("b",)) for one in versions[:3]]
    found = replayed([*versions, *moved], DAILY)
    assert seen(found, "observed", "revised_to") == [(100, 97)]
    assert found.summary["revised"] == {"day": 1}


@pytest.mark.parametrize(("before", "now", "fires"), [(0, 16, True), (2, 4, False), (0, 0, False)])
def test_an_hour_against_the_hour_before(replayed, before, now, fires):
    start = at("2026-05-09T10:00")
    versions = [
        ticket("first", start - DAY),
        *burst(before, start, prefix="x"),
        *burst(now, start + HOUR),
        ticket("last", start + 5 * HOUR, "b"),
    ]
    found = replayed(versions, HOURLY)
    assert bool(found.signals) is fires
    for signal in found.signals:
        assert signal["previous"] == 0
        assert "previous_start" not in signal


def test_a_gap_is_unknown_and_not_zero(replayed):
    start = at("2026-05-09T10:00")
    versions = [ticket("first", start - DAY), *burst(16, start + HOUR)]
    found = replayed(versions, HOURLY, gaps={"s": [(start, start + MINUTE)]})
    assert found.signals == []
    [row] = [row for row in found.trend if row["hour"] == "2026-05-09T11:00:00+08:00" and row["depth"] == 1]
    assert (row["count"], row["previous"], row["change"], row["ratio"]) == (16, None, None, None)


def test_there_is_no_ratio_to_nothing(replayed):
    start = at("2026-05-09T10:00")
    found = replayed([ticket("first", start - DAY), *burst(3, start)])
    [row] = [row for row in found.trend if row["hour"] == "2026-05-09T10:00:00+08:00" and row["depth"] == 0]
    assert (row["previous"], row["change"], row["ratio"]) == (0, 3, None)
