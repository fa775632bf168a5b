"""Hours beside the hours before them by brute force, held against cases computed by hand."""

from datetime import timedelta

import pytest
from by_hand import HOUR, OPENER, SECOND, judge, seen
from histories import NEW_YORK, at, burst, later, ticket
from oracle import OracleRule

HOURLY = OracleRule("hour", "hour_over_hour")


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
