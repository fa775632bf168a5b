"""`silence`: what a rule is told is what it keeps to, and what a signal says of a lull and of a source."""

from dataclasses import replace
from math import log10

import pytest
from courses import HOUR, closing, course, led, steady
from hypothesis import given
from hypothesis import strategies as st
from surging import DAY, TODAY

from connectors.ticket import NEVER, Ticket, to_us
from detectors.rules.silence import Detector, Options, half_missing
from detectors.step import Place
from monitor.replay.final_counts import FinalCounts

WEEKS = 17 * DAY
LATE = Ticket("s", "", TODAY + 9 * HOUR, TODAY + 20 * HOUR)
RULE = Detector("quiet", (0, 1), Options(level="mild"))


def desks(*silences, an_hour=(12.0, 6.0), sources=("s", "s")):
    """Weeks of two desks, a and b; b brings nothing in these hours of today, nor a where it says so."""
    found = []
    for path, rate, source in zip(("a/x", "b/x"), an_hour, sources, strict=True):
        found += steady(TODAY - WEEKS, TODAY + DAY, path, an_hour=rate, source=source)
    hours = [(TODAY + since * HOUR, TODAY + until * HOUR) for since, until in silences]
    return course(
        one for one in found
        if one.path[0] == "a" or not any(since <= one.created_at < until for since, until in hours)
    )  # fmt: skip


def told(of, rule=RULE, *, hours=24, **chosen):
    rule = replace(rule, options=replace(rule.options, **chosen))
    return led(rule.follower(), of, TODAY, hours)


def at(hour):
    return to_us(TODAY + hour * HOUR)


def test_a_lull_is_told_with_its_whole_hours_when_the_hour_closes_that_makes_it_one():
    [signal] = told(desks((8, 24)))
    assert (signal.node, signal.exact, signal.level, signal.kind) == (("b",), False, "mild", "silence")
    assert (signal.window_start, signal.window_end, signal.crossed_at) == (at(8), at(10), at(10))
    assert (signal.observed, signal.threshold, signal.created_at) == (0, 6, NEVER)
    assert (signal.detail["hours"], signal.detail["expected"]) == (2, pytest.approx(12, abs=1))


def test_a_lull_was_there_at_the_end_of_its_hour_however_late_that_is_looked_at():
    of, follower = desks((8, 24)), RULE.follower()
    assert led(follower, of, TODAY, 9) == []
    hour, moment = closing(of, TODAY + 9 * HOUR)
    [signal] = follower.close(hour, replace(moment, now=at(12)))
    assert (signal.crossed_at, signal.detail["detected_at"]) == (at(10), "2026-04-27T12:00:00+08:00")


@pytest.mark.parametrize(
    ("chosen", "since", "until"),
    [
        ({"min_expected": 5.0}, 8, 9),
        ({"min_expected": 40.0}, 5, 17),
        ({"min_expected": 40.0, "at_most": 0}, 8, 20),
        ({"min_expected": 3.0, "false_pages_per_week": 1e-8}, 8, 9),
        ({"min_expected": 3.0, "false_pages_per_week": 1e-14}, 8, 10),
    ],
)
def test_the_first_window_with_tickets_enough_to_miss_and_rare_enough_for_the_budget_is_told(
    chosen, since, until
):
    [signal] = told(desks((8, 20)), **chosen)
    assert (signal.window_start, signal.window_end) == (at(since), at(until))


@pytest.mark.parametrize(
    ("quiet", "again"), [(1, True), (9, True), (10, True), (11, True), (12, False), (13, False)]
)
def test_a_node_that_came_back_is_told_again_after_the_hours_that_are_asked_for(quiet, again):
    found = told(desks((2, 5), (15, 24)), quiet_hours=quiet)
    assert [signal.crossed_at for signal in found] == [at(4), at(17)][: 1 + again]


def test_only_nodes_of_the_depths_that_are_asked_for_are_told():
    tickets = desks((8, 24))
    for depths, nodes in (((0,), []), ((1,), [("b",)]), ((0, 1, 2), [("b",)]), ((2,), [("b", "x")])):
        assert [signal.node for signal in told(tickets, replace(RULE, depths=depths))] == nodes


def test_a_source_is_told_beside_its_node_and_each_of_its_lulls_by_itself():
    found = told(desks((2, 5), (15, 24), sources=("s", "t")), quiet_hours=6)
    named = [signal for signal in found if signal.subject]
    assert [(signal.node, signal.exact, signal.detail["source"]) for signal in named] == [((), True, "t")] * 2
    assert [signal.crossed_at for signal in named] == [at(4), at(17)]
    assert len({signal.key for signal in found}) == len(found) == 4
    assert (
        told(desks((2, 5), sources=("s", "t")), sources=False) == told(desks((2, 5), sources=("s", "t")))[:1]
    )


def test_sources_have_a_tenth_of_the_budget_in_addition_to_that_of_the_nodes():
    node, source = told(desks((8, 20), an_hour=(6.0, 1.0), sources=("s", "t")))
    assert node.crossed_at < source.crossed_at
    assert -log10(2 / 168 / 5) <= node.detail["rarity"] < 3.0
    assert source.detail["rarity"] >= -log10(0.2 / 168 / 3)


def test_on_a_public_holiday_a_desk_that_rests_on_sundays_is_not_silent():
    pytest.importorskip("holidays")
    labour_day, weeks = TODAY + 4 * DAY, 25
    open_days = [
        labour_day - n * DAY for n in range(1, weeks) if (labour_day - n * DAY + 8 * HOUR).weekday() < 6
    ]
    of = course(
        one
        for path, source, days in (("a/x", "s", [*open_days, labour_day]), ("b/x", "t", open_days))
        for day in days
        for one in steady(day + 9 * HOUR, day + 18 * HOUR, path, an_hour=12, source=source)
    )

    def named(country):
        rule = replace(RULE, options=replace(RULE.options, country=country))
        return [signal.detail.get("source") for signal in led(rule.follower(), of, labour_day + 8 * HOUR, 12)]

    assert named(None) == [None, "t"]
    assert named("CN") == []


@given(st.floats(0, 500), st.floats(0.5, 500))
def test_the_most_that_leaves_half_of_what_is_missing(observed, missing):
    found, half = half_missing(observed, observed + missing), observed + missing / 2
    assert found <= half + 1e-9
    assert found + 1 > half - 1e-9


def test_a_lull_stands_while_half_of_what_was_missing_still_is_and_that_of_a_source_always():
    found = told(desks((8, 10), sources=("s", "t")), hours=12)
    assert [(signal.threshold, bool(signal.subject)) for signal in found] == [(6, False), (6, True)]
    for late, left in ((6, None), (7, 7)):
        node = [one for path in ((), ("b", "x")) for one in [path] * late]
        afterwards = course(replace(LATE, path=path) for path in node).step
        place = Place(afterwards.taxonomy, afterwards.calendar)
        assert RULE.standing(found, FinalCounts(afterwards), place) == [left, None]
