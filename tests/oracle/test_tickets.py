"""Complainants and single tickets by brute force, held against cases computed by hand."""

from datetime import timedelta

import pytest
from by_hand import HOUR, SECOND, judge, seen
from histories import at, later, ticket
from oracle import OracleRule, OracleTicket

PEOPLE = OracleRule("people", "distinct_complainants", thresholds={"二级预警": 3})
AGAIN = OracleRule("again", "repeat_after_close", thresholds={"三级预警": 3})
OVERDUE = OracleRule("overdue", "overdue")
TAGGED = OracleRule("tagged", "tagged", tags=frozenset({"regulator", "media"}))


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
