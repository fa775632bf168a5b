"""Counting to a threshold by brute force, held against cases computed by hand."""

from datetime import datetime
from typing import Any

import pytest
from by_hand import DAILY, SECOND, judge, seen
from histories import NEW_YORK, at, burst, later, ticket
from oracle import OracleRule, OracleTicket, final_tickets

MONTHLY = OracleRule("month", "monthly_escalation", thresholds={"三级预警": 5})


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
