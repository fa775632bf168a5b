"""Rows of the trend log by brute force, held against cases computed by hand."""

from typing import Any

from by_hand import DAILY, HOUR, OPENER, judge
from histories import at, burst, later, ticket
from oracle import OracleResult, OracleRule


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
