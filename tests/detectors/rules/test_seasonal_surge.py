"""`seasonal_surge`: what a rule is told is what it keeps to."""

from dataclasses import replace

import pytest
from courses import HOUR, course, led, steady
from surging import DAY, TODAY

from connectors.ticket import at_us, to_us
from detectors.rules.seasonal_surge import Detector, Options

RULE = Detector("surge", (0, 1, 2), Options(levels=("mild", "grave")))


def surging(*hours, more=10.0):
    """Three steady weeks of two branches; in some hours of today a/x has so many more."""
    found = [
        one
        for path in ("a/x", "a/y", "b/x")
        for one in steady(TODAY - 21 * DAY, TODAY + DAY, path, an_hour=2)
    ]
    for since, until in hours:
        found += steady(TODAY + since * HOUR, TODAY + until * HOUR, "a/x", an_hour=more)
    return course(found)


def told(of, rule=RULE, **chosen):
    rule = replace(rule, options=replace(rule.options, **chosen))
    return led(rule.follower(), of, TODAY, 24)


def days(signal):
    """First and last day of a signal's window, from today on."""
    since, until = (at_us(one) - TODAY for one in (signal.window_start, signal.window_end))
    return since // DAY, until // DAY - 1


def test_a_cause_is_told_when_its_hour_closes_at_the_node_that_explains_it():
    [signal] = told(surging((8, 12)))
    assert (signal.node, signal.level, signal.observed) == (("a", "x"), "mild", 12)
    assert (signal.window_start, signal.crossed_at) == (to_us(TODAY + 8 * HOUR), to_us(TODAY + 9 * HOUR))


@pytest.mark.parametrize(
    ("depths", "node"),
    [((0,), ()), ((1,), ("a",)), ((0, 1), ("a",)), ((2,), ("a", "x")), ((0, 2), ("a", "x"))],
)
def test_nothing_is_named_below_the_deepest_of_the_depths(depths, node):
    assert [signal.node for signal in told(surging((8, 12)), replace(RULE, depths=depths))] == [node]


def test_what_is_told_again_as_it_grows_is_told_at_as_many_levels_as_there_are():
    flood = surging((8, 12), more=100)
    for levels, found in (
        ((), [""]),
        (("one",), ["one"]),
        (("low", "high"), ["high"]),
        (("a", "b", "c"), ["b", "c"]),
    ):
        assert [signal.level for signal in told(flood, levels=levels)] == found


def test_few_tickets_and_what_is_likelier_than_the_budget_are_not_told():
    few = surging((8, 12), more=3)
    assert [signal.observed for signal in told(few)] == [5]
    assert told(few, false_pages_per_week=1e-9) == []
    assert [signal.observed >= 30 for signal in told(surging((8, 12)), min_count=30)] == [True]


@pytest.mark.parametrize("quiet", [None, 1, 6])
def test_a_surge_that_goes_on_is_told_once(quiet):
    signals = told(surging((8, 24), more=6), quiet_hours=quiet)
    assert [(signal.node, signal.crossed_at) for signal in signals] == [(("a", "x"), to_us(TODAY + 9 * HOUR))]


def by_period(period, *surges, quiet_hours=None):
    """First and last days of what is told in eight weeks, some days of which surge; and what is open then."""
    start, end = TODAY - (100 if period == "day" else 400) * DAY, TODAY + 56 * DAY
    found = [one for path in ("a/x", "b/x") for one in steady(start, end, path, an_hour=1 / 6)]
    for day in surges:
        found += steady(TODAY + day * DAY, TODAY + (day + 1) * DAY, "a/x", an_hour=5)
    options = replace(RULE.options, period=period, quiet_hours=quiet_hours)
    follower, of = replace(RULE, options=options).follower(), course(found)
    told = [days(one) for day in range(56) for one in led(follower, of, TODAY + day * DAY + 23 * HOUR, 1)]
    return told, [row["node"] for row in follower.state()["open"]]


def test_a_day_that_surges_is_told_as_a_day_and_a_week_as_a_week():
    assert by_period("day", 9) == ([(9, 9)], [])
    assert by_period("week", 9) == ([(7, 13)], [])


@pytest.mark.parametrize(
    ("period", "quiet", "is_open"), [("day", 24, False), ("day", 960, True), ("week", 168, False)]
)
def test_days_that_go_on_are_told_once_and_are_open_for_the_hours_that_are_asked_for(period, quiet, is_open):
    told, left = by_period(period, 9, 10, 11, quiet_hours=quiet)
    assert told == [(9, 9) if period == "day" else (7, 13)]
    assert left == [["a", "x"]] * is_open


def test_a_day_and_an_hour_of_quiet_are_two_days():
    start, end = TODAY - 100 * DAY, TODAY + 18 * DAY
    found = [one for path in ("a/x", "b/x") for one in steady(start, end, path, an_hour=1 / 6)]
    of, is_open = course([*found, *steady(TODAY, TODAY + DAY, "a/x", an_hour=5)]), {}
    for hours in (24, 25, 48, 49):
        rule = replace(RULE, options=replace(RULE.options, period="day", quiet_hours=hours))
        follower, is_open[hours] = rule.follower(), 0
        for day in range(17):
            led(follower, of, TODAY + day * DAY + 23 * HOUR, 1)
            is_open[hours] += bool(follower.state()["open"])
    assert is_open == {24: 14, 25: 15, 48: 15, 49: 16}, "the longest window sees it for two weeks"


def test_as_many_as_on_a_working_day_are_a_surge_on_a_public_holiday():
    pytest.importorskip("holidays")
    labour_day = TODAY + 4 * DAY
    of = course(
        one
        for n in range(-28, 5)
        for one in steady(
            TODAY + n * DAY,
            TODAY + (n + 1) * DAY,
            "a/x",
            an_hour=1 if (TODAY + n * DAY + 8 * HOUR).weekday() > 5 else 8,
        )
    )
    for country, found in ((None, 0), ("CN", 1)):
        rule = replace(RULE, options=replace(RULE.options, country=country))
        assert len(led(rule.follower(), of, labour_day, 6)) == found
