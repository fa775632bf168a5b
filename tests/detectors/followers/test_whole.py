"""Days and weeks by a follower: what they are judged by, and what is open from one to the next."""

import json
from dataclasses import replace

import pytest
from courses import HOUR, course, led, steady
from surging import DAY, TODAY

from connectors.ticket import to_us
from detectors.followers.whole import MEMORY
from detectors.rules.seasonal_surge import Detector, Options
from monitor.known_time import Missing

RULE = Detector("surge", (0, 1), Options(levels=("mild", "grave"), period="day"))
BY_WEEK = replace(RULE, options=replace(RULE.options, period="week"))
LAST_HOUR = DAY - HOUR


def busy(*days, past=100, missing=(), usual=6):
    """Two nodes with six tickets a day, one of which has sixty more on some days from today on."""
    found = [
        one for path in "ab" for one in steady(TODAY - past * DAY, TODAY + 30 * DAY, path, an_hour=usual / 24)
    ]
    for day in days:
        found += steady(TODAY + day * DAY, TODAY + (day + 1) * DAY, "a", an_hour=2.5)
    return course(found, missing=missing, levels=1)


def told(of, days, rule=RULE, follower=None):
    """Day, node and count of what these days tell as they close."""
    one = follower or rule.follower()
    return [
        (day, signal.node, signal.observed, signal.detail["days"])
        for day in days
        for signal in led(one, of, TODAY + day * DAY + LAST_HOUR, 1)
    ]


def test_a_day_is_judged_when_its_last_hour_closes_and_not_before():
    of = busy(3)
    one = RULE.follower()
    assert led(one, of, TODAY + 3 * DAY, 23) == []
    assert told(of, [3], follower=one) == [(3, ("a",), 66 - 6 + 6, 1)]


def test_a_week_is_judged_on_sunday_and_has_seven_days():
    of = busy(8, 9, past=300)
    assert told(of, range(21), BY_WEEK) == [(13, ("a",), 7 * 6 + 120, 7)]


@pytest.mark.parametrize(("past", "judged"), [(56, False), (57, True)])
def test_nothing_is_judged_with_less_than_fifty_six_days(past, judged):
    assert bool(told(busy(3, past=past), range(5))) == judged


def test_a_day_with_an_unknown_hour_is_neither_judged_nor_a_small_count():
    gap = [Missing(to_us(TODAY + 3 * DAY), to_us(TODAY + 3 * DAY + HOUR))]
    assert told(busy(3, missing=gap), range(6)) == []
    months = [Missing(to_us(TODAY - 80 * DAY), to_us(TODAY - 10 * DAY))]
    quiet = [
        one
        for one in steady(TODAY - 100 * DAY, TODAY + 9 * DAY, "a", an_hour=1)
        if not TODAY - 80 * DAY <= one.created_at < TODAY - 10 * DAY
    ]
    assert told(course(quiet, missing=months, levels=1), range(9)) == [], "it is as busy as it ever was"


def test_what_was_more_than_a_year_ago_is_forgotten():
    """A year and a half ago a day like today was nothing special."""
    old = steady(TODAY - 500 * DAY, TODAY - 370 * DAY, "a", an_hour=2.5)
    now = steady(TODAY - 370 * DAY, TODAY + 5 * DAY, "a", an_hour=0.25)
    surge = steady(TODAY + 2 * DAY, TODAY + 3 * DAY, "a", an_hour=2.5)
    without = told(course([*now, *surge], levels=1), range(5))
    assert told(course([*old, *now, *surge], levels=1), range(5)) == without != []


def test_a_sunday_is_judged_by_tickets_of_the_year_before_its_monday_and_it_remembers_so_long():
    long_ago = steady(TODAY - 364 * DAY, TODAY - 350 * DAY, "a", an_hour=1)
    surge = steady(TODAY + 6 * DAY, TODAY + 7 * DAY, "a", an_hour=2.5)
    assert told(course([*long_ago, *surge], levels=1), [6]) != []
    assert to_us(TODAY + 7 * DAY) - to_us(TODAY - 364 * DAY) <= MEMORY == RULE.follower().memory()


def test_what_is_open_goes_on_beyond_monday_and_a_restart():
    of, one = busy(5, 6, 7, 8, 9), RULE.follower()
    assert told(of, range(7), follower=one) == [(5, ("a",), 66, 1)]
    state = json.loads(json.dumps(one.state()))
    assert [row["node"] for row in state["open"]] == [["a"]]
    other, fresh = RULE.follower(), RULE.follower()
    other.restore(state)
    assert told(of, range(7, 12), follower=one) == told(of, range(7, 12), follower=other) == []
    assert told(of, range(7, 12), follower=fresh) != []


def test_one_that_begins_in_the_middle_of_the_week_has_the_days_since_monday_behind_it():
    of = busy(1, 4)
    one, other = RULE.follower(), RULE.follower()
    told(of, range(4), follower=one)
    other.restore(one.state())
    assert told(of, range(4, 8), follower=other) == told(of, range(4, 8), follower=one)
    assert other.state() == one.state()
