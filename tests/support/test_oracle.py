"""Cases computed by hand that pin the brute force itself."""

import gzip
import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from histories import KOLKATA, NEW_YORK, SHANGHAI, History, at, burst, histories, later, ticket
from hypothesis import HealthCheck, given, settings
from oracle import (
    Calendar,
    CsvMapping,
    OracleResult,
    OracleRule,
    OracleTicket,
    final_tickets,
    identity,
    jsonable,
    lasting,
    read_csv_with_rejects,
    run,
    to_json,
)
from realdata import COUNCIL, INCIDENTS, NYC311, default_rules, needs

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

DAILY = OracleRule("day", "daily_threshold", thresholds={"三级预警": 100})
MONTHLY = OracleRule("month", "monthly_escalation", thresholds={"三级预警": 5})
HOURLY = OracleRule("hour", "hour_over_hour")
PEOPLE = OracleRule("people", "distinct_complainants", thresholds={"二级预警": 3})
AGAIN = OracleRule("again", "repeat_after_close", thresholds={"三级预警": 3})
OVERDUE = OracleRule("overdue", "overdue")
TAGGED = OracleRule("tagged", "tagged", tags=frozenset({"regulator", "media"}))


def judge(
    versions: Sequence[OracleTicket],
    *rules: OracleRule,
    zone: str = SHANGHAI,
    levels: int = 1,
    gaps: dict[str, list[tuple[datetime, datetime]]] | None = None,
    sources: Sequence[str] = ("s",),
) -> OracleResult:
    return run(versions, rules, zone=zone, levels_of_taxonomy=levels, gaps=gaps or {}, sources=sources)


def seen(signals: list[dict[str, Any]], *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(signal[name] for name in fields) for signal in signals]


# Time


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


# daily_threshold


@pytest.mark.parametrize(("number", "signals"), [(99, 0), (100, 1), (101, 1)])
def test_the_hundredth_ticket_of_a_day_fires_once(number: int, signals: int) -> None:
    start = at("2026-05-09T08:00")
    fired = judge(burst(number, start), DAILY).signals
    assert len(fired) == signals
    if fired:
        assert fired[0] == {
            "rule": "day",
            "kind": "daily_threshold",
            "node": ["a"],
            "depth": 1,
            "exact": False,
            "window_start": at("2026-05-09T00:00"),
            "window_end": at("2026-05-10T00:00"),
            "observed": 100,
            "threshold": 100,
            "level": "三级预警",
            "crossed_at": start + 99 * SECOND,
            "created_at": start + 99 * SECOND,
            "late_seconds": 0,
            "revised_to": None,
        }


def test_midnight_in_shanghai_parts_two_days() -> None:
    start = at("2026-05-09T23:59:10")
    assert judge(burst(100, start), DAILY).signals == []
    assert len(judge(burst(100, start), DAILY, zone=NEW_YORK).signals) == 1


def test_a_ticket_moved_away_before_the_crossing_does_not_count() -> None:
    first, *rest = burst(100, at("2026-05-09T08:00"))
    moved = later(first, first.updated_at + 50 * SECOND, path=("b",))
    assert judge([first, moved, *rest], DAILY).signals == []


def test_a_ticket_moved_away_after_the_crossing_revises_the_signal() -> None:
    tickets = burst(100, at("2026-05-09T08:00"))
    moved = later(tickets[0], at("2026-05-11T08:00"), path=("b",))
    assert seen(judge([*tickets, moved], DAILY).signals, "observed", "revised_to") == [(100, 99)]


def test_a_count_that_comes_back_is_not_revised_and_does_not_fire_again() -> None:
    tickets = burst(100, at("2026-05-09T08:00"))
    away = later(tickets[0], at("2026-05-09T09:00"), void=True)
    back = later(tickets[0], at("2026-05-09T10:00"))
    assert seen(judge([*tickets, away, back], DAILY).signals, "observed", "revised_to") == [(100, None)]


def test_a_late_ticket_completes_yesterday_and_says_how_late() -> None:
    tickets = burst(99, at("2026-05-09T08:00"))
    late = ticket("late", at("2026-05-09T09:00"), updated_at=at("2026-05-10T00:01:30"))
    assert seen(judge([*tickets, late], DAILY).signals, "crossed_at", "created_at", "late_seconds") == [
        (at("2026-05-10T00:01:30"), at("2026-05-09T09:00"), 90)
    ]


def test_a_recategorised_ticket_completes_its_original_day_when_the_move_is_seen() -> None:
    tickets = burst(99, at("2026-05-09T08:00"))
    other = ticket("other", at("2026-05-09T07:00"), "b")
    moved = later(other, at("2026-05-12T00:00"), path=("a",))
    assert seen(judge([*tickets, other, moved], DAILY).signals, "crossed_at", "window_end") == [
        (at("2026-05-12T00:00"), at("2026-05-10T00:00"))
    ]


def test_the_same_id_of_two_sources_is_two_tickets() -> None:
    rule = OracleRule("day", "daily_threshold", thresholds={"x": 2})
    noon = at("2026-05-09T12:00")
    tickets = [ticket("1", noon), ticket("1", noon, source="other")]
    assert len(judge(tickets, rule, sources=("s", "other")).signals) == 1
    assert judge([ticket("1", noon), ticket("1", noon)], rule).signals == []


def test_a_ladder_fires_each_level_at_its_own_ticket() -> None:
    rule = OracleRule("day", "daily_threshold", thresholds={"low": 2, "high": 3})
    start = at("2026-05-09T12:00")
    assert seen(judge(burst(4, start), rule).signals, "level", "observed", "crossed_at") == [
        ("low", 2, start + SECOND),
        ("high", 3, start + 2 * SECOND),
    ]


def test_short_paths_are_groups_of_their_own_and_fire_once_for_all_depths() -> None:
    rule = OracleRule("day", "daily_threshold", depths=(0, 2, 3), thresholds={"x": 2})
    noon = at("2026-05-09T12:00")
    tickets = [ticket(str(n), noon, path) for n, path in enumerate(["a", "a", "a/b", "a/b/c", "", ""])]
    fired = seen(judge(tickets, rule, levels=3).signals, "node", "exact", "depth")
    assert sorted(fired) == [
        ([], False, 0),  # everything
        ([], True, 0),  # no category
        (["a"], True, 1),  # shorter than 2 and 3, without a/b
        (["a", "b"], False, 2),  # a/b and a/b/c; a/b alone is one ticket
    ]


def test_equal_times_are_taken_in_input_order() -> None:
    rule = OracleRule("day", "daily_threshold", thresholds={"x": 1})
    noon = at("2026-05-09T12:00")
    first, second = ticket("1", noon, "a"), ticket("1", noon, "b")
    assert seen(judge([first, second], rule).signals, "node", "revised_to") == [(["a"], 0), (["b"], None)]
    assert final_tickets([first, second])["s", "1"].path == ("b",)
    assert final_tickets([second, first])["s", "1"].path == ("a",)


# monthly_escalation


def escalated(number: int, moment: datetime, **more: Any) -> list[OracleTicket]:
    return [ticket(f"e{n}", at("2026-01-05T12:00"), escalated_at=moment, **more) for n in range(number)]


@pytest.mark.parametrize(("number", "signals"), [(4, 0), (5, 1), (6, 1)])
def test_five_escalations_in_a_month_fire(number: int, signals: int) -> None:
    assert len(judge(escalated(number, at("2026-02-03T10:00")), MONTHLY).signals) == signals


def test_an_escalation_counts_in_the_month_of_its_escalation_and_says_how_late_it_came() -> None:
    tickets = escalated(5, at("2026-02-28T23:59:59"), updated_at=at("2026-03-01T00:01"))
    assert seen(
        judge(tickets, MONTHLY).signals, "window_start", "window_end", "crossed_at", "late_seconds"
    ) == [(at("2026-02-01T00:00"), at("2026-03-01T00:00"), at("2026-03-01T00:01"), 60)]


def test_the_earliest_escalation_moves_a_ticket_to_its_month_for_good() -> None:
    tickets = escalated(5, at("2026-03-02T00:00"), updated_at=at("2026-03-02T00:00"))
    dated_back = later(tickets[0], at("2026-03-03T00:00"), escalated_at=at("2026-02-27T00:00"))
    withdrawn = later(dated_back, at("2026-03-04T00:00"), escalated_at=None)
    assert seen(judge([*tickets, dated_back, withdrawn], MONTHLY).signals, "window_start", "revised_to") == [
        (at("2026-03-01T00:00"), 4)
    ]


def test_a_void_version_does_not_count_but_its_escalation_is_remembered() -> None:
    four = escalated(4, at("2026-02-03T10:00"))
    void = ticket("v", at("2026-02-04T10:00"), escalated_at=at("2026-02-05T10:00"), void=True)
    assert judge([*four, void], MONTHLY).signals == []
    valid = ticket("v", at("2026-02-04T10:00"), updated_at=at("2026-02-07T10:00"))
    assert seen(judge([*four, void, valid], MONTHLY).signals, "crossed_at") == [(at("2026-02-07T10:00"),)]


# hour_over_hour

OPENER = ticket("opener", at("2026-05-09T00:00"), "z")
"""Makes the hours from 01:00 on known ones."""


@pytest.mark.parametrize(
    ("previous", "count", "threshold"),
    [
        (0, 16, 10),  # 2^-10 = 0.00098; nine would be 0.00195
        (0, 10, 10),
        (0, 9, None),
        (0, 0, None),
        (2, 4, None),
        (1, 13, 13),  # (14 + 1) / 2^14 = 0.00092; twelve against one is 14 / 2^13 = 0.0017
        (1, 12, None),
    ],
)
def test_an_hour_against_the_one_before(previous: int, count: int, threshold: int | None) -> None:
    tickets = [
        OPENER,
        *burst(previous, at("2026-05-09T09:00"), prefix="p"),
        *burst(count, at("2026-05-09T10:00"), prefix="c"),
    ]
    fired = seen(
        judge(tickets, HOURLY).signals, "observed", "threshold", "crossed_at", "created_at", "window_start"
    )
    created = at("2026-05-09T10:00") + (count - 1) * SECOND
    expected = (count, threshold, at("2026-05-09T11:00"), created, at("2026-05-09T10:00"))
    assert fired == ([] if threshold is None else [expected])


@pytest.mark.parametrize(("factor", "count", "fires"), [(3.0, 30, True), (3.1, 30, False), (3.1, 31, True)])
def test_the_factor_is_the_decimal_that_was_written(factor: float, count: int, fires: bool) -> None:
    rule = OracleRule("hour", "hour_over_hour", factor=factor, alpha=0.01)
    tickets = [
        OPENER,
        *burst(10, at("2026-05-09T09:00"), prefix="p"),
        *burst(count, at("2026-05-09T10:00"), prefix="c"),
    ]
    fired = seen(judge(tickets, rule).signals, "window_start")
    assert ((at("2026-05-09T10:00"),) in fired) is fires


def test_alpha_is_met_by_exactly_its_value() -> None:
    rule = OracleRule("hour", "hour_over_hour", min_count=1, alpha=0.125)
    assert len(judge([OPENER, *burst(3, at("2026-05-09T10:00"))], rule).signals) == 1  # 1/8
    assert judge([OPENER, *burst(2, at("2026-05-09T10:00"))], rule).signals == []  # 1/4


def test_what_is_seen_at_the_hours_end_comes_after_its_close() -> None:
    tickets = burst(11, at("2026-05-09T10:00"))
    tickets[10] = later(tickets[10], at("2026-05-09T11:00"))
    assert seen(judge([OPENER, *tickets], HOURLY).signals, "observed") == [(10,)]
    tickets[10] = later(tickets[10], at("2026-05-09T10:59:59"))
    assert seen(judge([OPENER, *tickets], HOURLY).signals, "observed") == [(11,)]


def test_a_version_seen_at_the_hours_end_has_the_closed_hour_judged_again() -> None:
    tickets = burst(10, at("2026-05-09T10:00"))
    tickets[9] = later(tickets[9], at("2026-05-09T11:00"))
    assert seen(judge([OPENER, *tickets], HOURLY).signals, "observed", "crossed_at") == [
        (10, at("2026-05-09T11:00"))
    ]


def test_a_late_ticket_has_its_hour_judged_again() -> None:
    late = ticket("late", at("2026-05-09T10:30"), updated_at=at("2026-05-09T12:15"))
    tickets = [OPENER, *burst(9, at("2026-05-09T10:00")), late]
    assert seen(judge(tickets, HOURLY).signals, "observed", "crossed_at", "created_at", "late_seconds") == [
        (10, at("2026-05-09T12:15"), at("2026-05-09T10:30"), 75 * 60)
    ]


def test_a_change_of_the_hour_before_has_the_next_judged_again() -> None:
    before = ticket("before", at("2026-05-09T09:30"))
    gone = later(before, at("2026-05-09T13:00"), void=True)
    tickets = [OPENER, before, *burst(10, at("2026-05-09T10:00")), gone]
    assert seen(judge(tickets, HOURLY).signals, "window_start", "crossed_at", "created_at") == [
        (at("2026-05-09T10:00"), at("2026-05-09T13:00"), at("2026-05-09T09:30"))  # the ticket that went
    ]


def test_a_late_ticket_of_the_hour_before_revises_the_signal_with_its_own_count() -> None:
    late = burst(1, at("2026-05-09T09:30"), prefix="late", updated_at=at("2026-05-09T13:00"))
    tickets = [OPENER, *burst(10, at("2026-05-09T10:00")), *late]
    assert seen(judge(tickets, HOURLY).signals, "observed", "revised_to") == [(10, 10)]


def test_the_first_hours_of_a_source_are_not_judged() -> None:
    assert judge(burst(16, at("2026-05-09T10:00")), HOURLY).signals == []  # the first hour itself
    opener = ticket("o", at("2026-05-09T09:59:59"), "z")
    # now its previous is the first hour
    assert judge([opener, *burst(16, at("2026-05-09T10:00"))], HOURLY).signals == []
    opener = ticket("o", at("2026-05-09T08:59:59"), "z")
    assert len(judge([opener, *burst(16, at("2026-05-09T10:00"))], HOURLY).signals) == 1


def test_a_late_ticket_from_before_makes_hours_known_and_they_are_judged_then() -> None:
    early = ticket("early", at("2026-05-09T03:00"), "z", updated_at=at("2026-05-09T15:20"), void=True)
    tickets = [*burst(16, at("2026-05-09T10:00")), early]
    assert seen(judge(tickets, HOURLY).signals, "node", "observed", "crossed_at", "created_at") == [
        (["a"], 16, at("2026-05-09T15:20"), at("2026-05-09T10:00:15"))
    ]


def test_an_hour_is_known_only_when_every_source_knows_it() -> None:
    tickets = [OPENER, *burst(16, at("2026-05-09T10:00"))]
    assert judge(tickets, HOURLY, sources=("s", "other")).signals == []
    other = ticket("1", at("2026-05-09T08:00"), "z", source="other", updated_at=at("2026-05-09T14:00"))
    fired = judge([*tickets, other], HOURLY, sources=("s", "other")).signals
    assert seen(fired, "crossed_at") == [(at("2026-05-09T14:00"),)]


@pytest.mark.parametrize(
    ("start", "end", "fires"),
    [
        ("2026-05-09T10:15", "2026-05-09T10:20", False),
        ("2026-05-09T09:15", "2026-05-09T09:20", False),
        ("2026-05-09T08:00", "2026-05-09T09:00", True),
        ("2026-05-09T08:00", "2026-05-09T09:00:01", False),
        ("2026-05-09T11:00", "2026-05-09T12:00", True),
    ],
)
def test_an_hour_that_a_gap_touches_is_not_judged_nor_the_next(start: str, end: str, fires: bool) -> None:
    tickets = [OPENER, *burst(16, at("2026-05-09T10:00"))]
    assert bool(judge(tickets, HOURLY, gaps={"s": [(at(start), at(end))]}).signals) is fires


@pytest.mark.parametrize(("day", "previous"), [("2026-03-08", "01:30"), ("2026-11-01", "01:30")])
def test_the_previous_hour_is_the_real_one_when_clocks_change(day: str, previous: str) -> None:
    """Spring: 03:00 follows 01:00. Autumn: the second 01:00 follows the first."""
    first = at(f"{day}T{previous}", NEW_YORK)
    opener = ticket("o", first - timedelta(days=1), "z")
    tickets = [opener, *burst(10, first, prefix="p"), *burst(10, first + HOUR, prefix="c")]
    fired = judge(tickets, HOURLY, zone=NEW_YORK).signals
    assert seen(fired, "window_start") == [(first - timedelta(minutes=30),)]


def test_hours_are_judged_at_every_depth_and_for_exact_groups() -> None:
    rule = OracleRule("hour", "hour_over_hour", depths=(1, 2))
    noon = at("2026-05-09T12:00")
    tickets = [OPENER, *burst(10, noon, "a", prefix="s"), *burst(10, noon, "a/b", prefix="l")]
    fired = seen(judge(tickets, rule, levels=2).signals, "node", "exact", "observed")
    assert sorted(fired) == [(["a"], False, 20), (["a"], True, 10), (["a", "b"], False, 10)]


# Plan P


def test_the_third_complainant_of_a_month_fires() -> None:
    people = ["x", "x", None, "", "y", "z", "z"]
    noon = at("2026-05-09T12:00")
    tickets = [ticket(str(n), noon + n * SECOND, complainant=who) for n, who in enumerate(people)]
    assert seen(judge(tickets, PEOPLE).signals, "observed", "created_at", "revised_to") == [
        (3, noon + 5 * SECOND, None)
    ]
    same = later(tickets[4], at("2026-05-10T12:00"), complainant="x")
    assert seen(judge([*tickets, same], PEOPLE).signals, "revised_to") == [(2,)]


def repeated(*closed: str | None, start: str = "2026-05-01T12:00") -> list[OracleTicket]:
    """One ticket a day of one person, each with its closing time."""
    return [
        ticket(
            str(n),
            at(start) + timedelta(days=n),
            "a",
            closed_at=None if end is None else at(end),
            complainant="x",
        )
        for n, end in enumerate(closed)
    ]


def test_the_third_repeat_after_a_close_fires() -> None:
    tickets = repeated("2026-05-01T13:00", "2026-05-02T13:00", "2026-05-03T13:00", None)
    fired = judge(tickets, AGAIN, levels=2).signals
    assert seen(fired, "observed", "node", "exact", "crossed_at", "window_start", "complainant") == [
        (3, ["a"], True, at("2026-05-04T12:00"), at("2026-05-01T00:00"), "x")
    ]


@pytest.mark.parametrize("third", [None, "2026-05-04T12:00", "2026-05-05T00:00"])
def test_a_ticket_made_before_or_at_the_close_is_no_repeat(third: str | None) -> None:
    tickets = repeated("2026-05-01T13:00", "2026-05-02T13:00", third, None)
    assert judge(tickets, AGAIN).signals == []


def test_a_close_that_is_seen_later_makes_the_repeat_then() -> None:
    tickets = repeated("2026-05-01T13:00", "2026-05-02T13:00", None, None)
    closed = later(tickets[2], at("2026-05-20T12:00"), closed_at=at("2026-05-03T13:00"))
    assert seen(judge([*tickets, closed], AGAIN).signals, "crossed_at", "created_at", "revised_to") == [
        (at("2026-05-20T12:00"), at("2026-05-03T12:00"), None)
    ]
    reopened = later(tickets[2], at("2026-05-21T12:00"))
    assert seen(judge([*tickets, closed, reopened], AGAIN).signals, "observed", "revised_to") == [(3, 2)]


def test_a_ticket_that_leaves_may_make_its_neighbours_a_repeat() -> None:
    tickets = repeated("2026-05-01T13:00", "2026-05-02T13:00", "2026-05-03T13:00", None)
    between = ticket("between", at("2026-05-02T12:30"), "a", complainant="x")
    assert judge([*tickets, between], AGAIN).signals == []  # two: its neighbours have it between them
    gone = later(between, at("2026-06-02T00:00"), path=("b",))
    assert seen(
        judge([*tickets, between, gone], AGAIN).signals, "node", "observed", "created_at", "crossed_at"
    ) == [(["a"], 3, at("2026-05-02T12:30"), at("2026-06-02T00:00"))]


FAR = ticket("far", at("2026-12-01T00:00"), "z", closed_at=at("2026-12-01T00:01"))
"""Lets the clock run on."""


def test_a_ticket_open_for_a_month_is_overdue_once() -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a")
    fired = judge([old, FAR], OVERDUE).signals
    assert seen(
        fired, "ticket", "crossed_at", "window_start", "window_end", "observed", "threshold", "late_seconds"
    ) == [
        (
            {"source": "s", "id": "1"},
            at("2026-02-28T10:15"),
            at("2026-01-31T10:15"),
            at("2026-02-28T10:15"),
            1,
            1,
            0,
        )
    ]


@pytest.mark.parametrize(
    ("closed", "crossed"),
    [
        ("2026-02-28T10:15", None),
        ("2026-02-28T10:15:01", "2026-02-28T10:15"),
        ("2026-02-01T00:00", None),
    ],
)
def test_a_ticket_closed_by_its_due_time_is_not_overdue(closed: str, crossed: str | None) -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a", closed_at=at(closed))
    assert seen(judge([old, FAR], OVERDUE).signals, "crossed_at") == (
        [] if crossed is None else [(at(crossed),)]
    )


def test_the_due_time_follows_a_corrected_created_at() -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a")
    corrected = later(old, at("2026-02-10T00:00"), created_at=at("2026-02-05T08:00"))
    assert seen(judge([old, corrected, FAR], OVERDUE).signals, "crossed_at", "window_start") == [
        (at("2026-03-05T08:00"), at("2026-02-05T08:00"))
    ]


def test_what_is_seen_at_the_due_time_comes_after_it() -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a")
    closed = later(old, at("2026-02-28T10:15"), closed_at=at("2026-02-28T10:00"))
    assert seen(judge([old, closed, FAR], OVERDUE).signals, "crossed_at", "revised_to") == [
        (at("2026-02-28T10:15"), 0)
    ]


def test_a_ticket_seen_void_or_closed_at_first_is_overdue_when_that_is_taken_back() -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a", void=True)
    valid = later(old, at("2026-03-05T00:00"), void=False)
    assert seen(judge([old, valid, FAR], OVERDUE).signals, "crossed_at", "late_seconds") == [
        (at("2026-03-05T00:00"), (at("2026-03-05T00:00") - at("2026-02-28T10:15")).total_seconds())
    ]
    closed = ticket("1", at("2026-01-31T10:15"), "a", closed_at=at("2026-02-01T00:00"))
    reopened = later(closed, at("2026-03-05T00:00"), closed_at=None)
    assert seen(judge([closed, reopened, FAR], OVERDUE).signals, "crossed_at") == [(at("2026-03-05T00:00"),)]


@pytest.mark.parametrize(("last", "number"), [("2026-02-28T00:00", 1), ("2026-02-27T23:59", 0)])
def test_overdue_needs_the_clock_to_reach_it_in_the_run(last: str, number: int) -> None:
    old = ticket("1", at("2026-01-31T10:15"), "a")
    end = ticket("2", at(last), "z")
    assert len(judge([old, end], OVERDUE).signals) == number


def test_the_first_valid_version_with_the_tag_fires_once() -> None:
    noon = at("2026-05-09T12:00")
    plain = ticket("1", noon, "a", tags=["other"])
    void = later(plain, noon + HOUR, tags=frozenset({"media"}), void=True)
    valid = later(void, noon + 24 * HOUR, void=False)
    again = later(valid, noon + 48 * HOUR, tags=frozenset({"media", "regulator"}))
    fired = judge([plain, void, valid, again], TAGGED).signals
    assert seen(fired, "crossed_at", "window_start", "created_at", "revised_to", "ticket") == [
        (noon + 24 * HOUR, at("2026-05-10T00:00"), noon, None, {"source": "s", "id": "1"})
    ]
    gone = later(again, noon + 72 * HOUR, void=True)
    assert seen(judge([plain, void, valid, again, gone], TAGGED).signals, "revised_to") == [(0,)]


# Trend rows


def rows_of(result: OracleResult, node: list[str]) -> list[dict[str, Any]]:
    return [row for row in result.trend if row["node"] == node]


def test_a_row_says_count_previous_day_and_month() -> None:
    tickets = [
        OPENER,
        *burst(2, at("2026-05-09T09:00"), "a/b", prefix="p"),
        *burst(3, at("2026-05-09T10:00"), "a/c", prefix="c"),
        ticket("e", at("2026-05-09T10:30"), "a", escalated_at=at("2026-05-09T10:59:59")),
        ticket("v", at("2026-05-09T09:30"), "a/b", escalated_at=at("2026-05-01T10:00"), void=True),
        ticket("f", at("2026-05-04T09:30"), "a/b", escalated_at=at("2026-05-05T10:00")),
        ticket("g", at("2026-04-04T09:30"), "a/b", escalated_at=at("2026-04-30T23:59")),
    ]
    row = {"node": ["a"], "depth": 1, "complete": True}
    rows = [r for r in rows_of(judge(tickets, levels=2), ["a"]) if r["hour"] >= at("2026-05-09T00:00")]
    assert rows == [
        row
        | {"hour": at("2026-05-09T09:00"), "count": 2, "previous": 0, "change": 2, "ratio": None}
        | {"day_to_date": 2, "month_escalated": 1},
        row
        | {"hour": at("2026-05-09T10:00"), "count": 4, "previous": 2, "change": 2, "ratio": 1.0}
        | {"day_to_date": 6, "month_escalated": 2},
        row
        | {"hour": at("2026-05-09T11:00"), "count": 0, "previous": 4, "change": -4, "ratio": -1.0}
        | {"day_to_date": 6, "month_escalated": 2},
    ]


def test_every_ancestor_has_rows_and_the_root_is_everything() -> None:
    result = judge([OPENER, ticket("1", at("2026-05-09T10:00"), "a/b")], levels=2)
    assert {tuple(row["node"]) for row in result.trend} == {(), ("z",), ("a",), ("a", "b")}
    assert [row["hour"] for row in rows_of(result, [])] == [
        at(f"2026-05-09T{hour}:00") for hour in ("00", "01", "10", "11")
    ]


def test_unknown_hours_have_rows_that_say_so() -> None:
    gap = (at("2026-05-09T09:30"), at("2026-05-09T09:31"))
    result = judge(
        [OPENER, ticket("1", at("2026-05-09T10:00")), ticket("2", at("2026-05-09T09:00"))], gaps={"s": [gap]}
    )
    assert [
        (r["count"], r["previous"], r["change"], r["ratio"], r["complete"]) for r in rows_of(result, ["a"])
    ] == [
        (1, 0, 1, None, False),
        (1, None, None, None, True),
        (0, 1, -1, -1.0, True),
    ]
    assert [row["complete"] for row in rows_of(result, ["z"])] == [False, True]


def test_rows_show_the_final_truth() -> None:
    first = ticket("1", at("2026-05-09T10:00"), "a")
    moved = later(first, at("2026-05-20T10:00"), path=("b",))
    result = judge([OPENER, first, moved])
    assert rows_of(result, ["a"]) == []
    assert [row["hour"] for row in rows_of(result, ["b"])] == [at("2026-05-09T10:00"), at("2026-05-09T11:00")]


def test_an_open_signal_keeps_its_node_in_the_log_until_a_day_after_its_window() -> None:
    rule = OracleRule("day", "daily_threshold", thresholds={"x": 2})
    tickets = [OPENER, *burst(2, at("2026-05-09T10:59:59")), ticket("last", at("2026-05-12T00:00"), "z")]
    hours = [row["hour"] for row in rows_of(judge(tickets, rule), ["a"])]
    # to the hour that ends with the 10th
    assert hours == [at("2026-05-09T10:00") + n * HOUR for n in range(38)]


def test_a_signal_that_came_too_late_was_never_open() -> None:
    rule = OracleRule("day", "daily_threshold", thresholds={"x": 2})
    late = burst(2, at("2026-05-09T10:00"), updated_at=at("2026-05-11T00:00"))
    result = judge([OPENER, *late], rule)
    assert len(result.signals) == 1
    assert len(rows_of(result, ["a"])) == 2
    late = burst(2, at("2026-05-09T10:00"), updated_at=at("2026-05-10T23:59:59"))
    assert [row["hour"] for row in rows_of(judge([OPENER, *late], rule), ["a"])][-1] == at("2026-05-10T23:00")


def test_rows_end_with_the_day_of_the_last_stamp() -> None:
    result = judge([ticket("1", at("2026-05-09T23:30"))])
    assert [row["hour"] for row in rows_of(result, ["a"])] == [at("2026-05-09T23:00")]


def test_nothing_in_is_nothing_out() -> None:
    assert judge([], DAILY) == OracleResult([], [])


# Printing and reading


def test_stamps_are_printed_in_the_business_zone() -> None:
    signal = judge(burst(100, at("2026-05-09T08:00")), DAILY).signals[0]
    printed = json.loads(to_json(signal, SHANGHAI))
    assert printed == jsonable(signal, SHANGHAI)
    assert printed["window_start"] == "2026-05-09T00:00:00+08:00"
    assert printed["crossed_at"] == "2026-05-09T08:01:39+08:00"
    assert identity(signal) == ("day", ("a",), False, at("2026-05-09T00:00"), "三级预警")


MAPPING = CsvMapping(
    source="s",
    timezone=NEW_YORK,
    id="number",
    created_at="opened",
    updated_at="changed",
    category=("c1", "c2", "c3"),
    datetime_format="%d/%m/%Y %H:%M",
    empty=("?",),
    escalated=("priority", frozenset({"1", "2"})),
    closed_at="closed",
    void=("state", frozenset({"spam"})),
    tags="tags",
    complainant="caller",
)

TEXT = """number,opened,changed,c1,c2,c3,priority,closed,state,tags,caller
1,1/11/2026 01:30,1/11/2026 09:00, a ,N/A,?,2,?,new,"media, tv",x
2,8/3/2026 02:30,,a,?,c,3,9/3/2026 10:00,spam,,?
?,8/3/2026 02:30,,a,b,c,3,,new,,
4,not a date,,a,b,c,3,,new,,
"""


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_the_reader_trims_drops_and_reads_local_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    raw = TEXT.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    result = read_csv_with_rejects(path, MAPPING)
    morning = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
    assert result.versions == [
        OracleTicket(
            source="s",
            id="1",
            created_at=datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # the first of two
            updated_at=morning,
            path=("a", "N/A"),
            escalated_at=morning,
            tags=frozenset({"media", "tv"}),
            complainant="x",
        ),
        OracleTicket(
            source="s",
            id="2",
            created_at=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # not there: the offset before
            updated_at=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
            path=("a",),
            closed_at=datetime(2026, 3, 9, 14, 0, tzinfo=UTC),
            void=True,
        ),
    ]
    assert [number for number, _ in result.rejected] == [3, 4]


# Laws, by chance


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_what_lasts_is_what_the_final_tickets_say(history: History) -> None:
    """A second, even plainer count over the final tickets alone."""
    result = history.run()
    calendar = Calendar(history.zone)
    final = [t for t in final_tickets(history.versions).values() if not t.void]
    windows: dict[str, Callable[[OracleTicket], Any]] = {
        "daily_threshold": lambda t: calendar.day(t.created_at)[0],
        "monthly_escalation": lambda t: t.escalated_at and calendar.month(t.escalated_at)[0],
        "distinct_complainants": lambda t: t.complainant and calendar.month(t.created_at)[0],
    }
    expected = set()
    for rule in history.rules:
        if rule.kind not in windows:
            continue
        members: dict[tuple[Any, ...], set[Any]] = {}
        for t in final:
            window = windows[rule.kind](t)
            for depth in (history.levels,) if rule.depths is None else rule.depths:
                if window:
                    group = (t.path[:depth], len(t.path) < depth)
                    what = t.complainant if rule.kind == "distinct_complainants" else t.key
                    members.setdefault((*group, window), set()).add(what)
        for cell, tickets in members.items():
            expected |= {
                (rule.name, *cell, name) for name, least in rule.thresholds.items() if len(tickets) >= least
            }
    assert {key for key in lasting(result) if key[0] in ("day", "month", "people")} == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_the_hours_that_last_are_those_of_the_final_counts(history: History) -> None:
    """Every hour of every group, judged once in hindsight by Pascal's triangle."""
    rule = next(rule for rule in history.rules if rule.kind == "hour_over_hour")
    calendar = Calendar(history.zone)
    first = {
        name: min(
            (calendar.hour_start(v.created_at) for v in history.versions if v.source == name), default=None
        )
        for name in history.sources
    }

    def known(hour: datetime) -> bool:
        return all(start is not None and start < hour for start in first.values()) and not any(
            min(end, hour + HOUR) > max(start, hour) for gaps in history.gaps.values() for start, end in gaps
        )

    count: dict[tuple[Any, ...], int] = {}
    for t in final_tickets(history.versions).values():
        if not t.void:
            depths = (history.levels,) if rule.depths is None else rule.depths
            for group in {(t.path[:depth], len(t.path) < depth) for depth in depths}:
                cell = (*group, calendar.hour_start(t.created_at))
                count[cell] = count.get(cell, 0) + 1
    expected = set()
    for (node, exact, hour), now in count.items():
        before = count.get((node, exact, hour - HOUR), 0)
        row = [1]
        for _ in range(now + before):
            row = [left + right for left, right in zip([0, *row], [*row, 0], strict=True)]
        surge = sum(row[now:]) / sum(row) <= float(rule.alpha)
        enough = now >= rule.min_count and now * 10 >= round(float(rule.factor) * 10) * before
        if surge and enough and known(hour) and known(hour - HOUR):
            expected.add((rule.name, node, exact, hour, rule.level))
    assert {key for key in lasting(history.run()) if key[0] == "hour"} == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_each_signal_fires_once_and_each_row_is_there_once(history: History) -> None:
    result = history.run()
    names = [identity(signal) for signal in result.signals]
    assert len(names) == len(set(names))
    rows = [(row["hour"], tuple(row["node"])) for row in result.trend]
    assert rows == sorted(set(rows))
    roots = sum(row["count"] for row in result.trend if row["depth"] == 0)
    assert roots == sum(not t.void for t in final_tickets(history.versions).values())


# The real sets


@needs(INCIDENTS)
def test_the_incident_log_is_read_whole() -> None:
    versions = INCIDENTS.versions()
    assert len(versions) == 83_526
    assert len({version.key for version in versions}) == 13_698


@needs(NYC311)
def test_ninety_seven_complaint_types_a_day_reach_a_hundred_in_new_york() -> None:
    """As the README of the data counts them: by complaint type alone, whatever the agency."""
    by_type = replace(
        NYC311, mapping=replace(NYC311.mapping, category=("complaint_type",)), levels=("complaint_type",)
    )
    versions = by_type.versions()
    signals = by_type.run([DAILY], versions).signals
    assert len(signals) == 97
    assert all(signal["observed"] == 100 for signal in signals)
    day = at("2026-04-12T00:00", NEW_YORK)
    parking = [t for t in versions if t.path == ("Illegal Parking",)]
    assert sum(Calendar(NEW_YORK).day(t.created_at)[0] == day for t in parking) == 1845


@needs(COUNCIL)
def test_the_council_complaints_are_read_whole() -> None:
    versions = COUNCIL.versions()
    assert len(versions) == 193_975
    assert len({version.key for version in versions}) == 193_898


def test_the_default_rules_are_three() -> None:
    assert [rule.kind for rule in default_rules(5)] == [
        "daily_threshold",
        "monthly_escalation",
        "hour_over_hour",
    ]


def test_a_set_can_be_written_as_a_table_of_the_configuration() -> None:
    (source,) = tomllib.loads(INCIDENTS.source_toml("x.csv"))["sources"]
    assert source["path"] == "x.csv"
    assert source["gaps"] == [{"from": "2016-03-01T00:00", "to": "2016-03-01T06:00"}]
    assert source["fields"]["escalated"] == {"column": "priority", "is": ["1", "2"]}
    assert source["fields"]["category"] == ["category", "subcategory", "u_symptom"]
