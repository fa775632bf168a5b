"""The signal of a cause: which window it names, and what it says of it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from courses import HOUR, course, steady
from hypothesis import given
from hypothesis import strategies as st
from surging import DAY, TODAY

from connectors.ticket import NEVER, to_us
from detectors.followers.nodes import Nodes
from detectors.followers.telling import Teller, half_excess
from detectors.tree.cause import Cause
from monitor.replay.following import HistoryMoment

NOON = TODAY + 12 * HOUR
TELLER = Teller("surge", "seasonal_surge", ("mild", "grave"))
CAUSE = Cause(1, 0, 3, 0, 40.0, 10.04, 6.789, 1, borrowed=False, again=False, concentrated="")
"""Of three hours, the last of which is the one from noon."""


def day():
    """A day of a/x, from ten to one with ten more an hour of a/y, by one in the north."""
    found = steady(TODAY - 2 * DAY, TODAY + DAY, "a/x", an_hour=3)
    more = steady(NOON - 2 * HOUR, NOON + HOUR, "a/y", an_hour=10)
    found = [replace(one, region="south") for one in found]
    return course([*found, *(replace(one, region="north", complainant="Li") for one in more)])


def told(cause=CAUSE, *, now=NOON + HOUR, crossed_at=None, since=NOON - 2 * HOUR, history=None, **more):
    of = history or day()
    nodes = Nodes(of.step.taxonomy, deepest=2, leaves=np.unique(of.step.versions.node))
    moment = HistoryMoment(of, to_us(now), to_us(NOON), len(of.step.versions))
    return TELLER.signal(
        cause,
        nodes,
        moment,
        since=to_us(since),
        hour=to_us(NOON),
        crossed_at=to_us(crossed_at or now),
        **more,
    )


def window(signal):
    """Hours from noon on."""
    return [(one - to_us(NOON)) / to_us_of(HOUR) for one in (signal.window_start, signal.window_end)]


def to_us_of(span):
    return span // timedelta(microseconds=1)


def test_a_cause_of_hours_names_them_and_half_of_its_excess():
    signal = told()
    assert (signal.node, signal.exact, signal.level, signal.created_at) == (("a",), False, "mild", NEVER)
    assert window(signal) == [-2, 1]
    assert (signal.observed, signal.threshold, signal.crossed_at) == (40, 26, to_us(NOON + HOUR))
    detail = signal.detail
    assert (detail["expected"], detail["score"], detail["focus"]) == (10.0, 6.79, ["a"])
    assert (detail["hours"], detail["minutes"], detail["concentrated"]) == (3, None, None)
    assert detail["detected_at"] == "2026-04-27T13:00:00+08:00"
    assert "days" not in detail


def test_a_cause_of_minutes_begins_in_the_hour_in_which_they_began():
    signal = told(replace(CAUSE, steps=1, minutes=15), now=NOON + timedelta(minutes=5))
    assert window(signal) == [-1, 1]
    assert (signal.detail["minutes"], signal.detail["hours"]) == (15, None)
    assert signal.detail["explanation"]["observed"] == 4, "from ten to noon to five past"


@pytest.mark.parametrize(("seconds", "minutes"), [(20, 1), (90, 1), (1200, 20)])
def test_the_running_hour_alone_is_told_by_its_minutes(seconds, minutes):
    signal = told(replace(CAUSE, steps=1), since=NOON, now=NOON + timedelta(seconds=seconds))
    assert (signal.detail["minutes"], signal.detail["hours"], window(signal)) == (minutes, None, [0, 1])


def test_an_hour_that_has_closed_is_an_hour_however_late_it_is_looked_at():
    signal = told(replace(CAUSE, steps=1), since=NOON, now=NOON + 5 * HOUR, crossed_at=NOON + HOUR)
    assert (signal.detail["minutes"], signal.detail["hours"]) == (None, 1)


def test_whole_days_are_told_as_days():
    detail = told(replace(CAUSE, steps=1), days=1, crossed_at=NOON + timedelta(minutes=1)).detail
    assert (detail["days"], detail["hours"], detail["minutes"]) == (1, None, None)


def test_the_level_is_that_of_the_severity():
    assert [told(replace(CAUSE, severity=one)).level for one in (1, 2)] == ["mild", "grave"]


def test_what_the_excess_is_made_of_is_told_by_child_and_region_and_names_no_complainant():
    found = told().detail["explanation"]
    assert (found["observed"], found["child"], found["region"]) == (39, "y", "north")
    assert found["complainants"] == {"distinct": 1, "most": None, "tickets": 30, "of": 30, "alone": True}


def test_a_leaf_has_no_children():
    assert told(replace(CAUSE, node=2)).detail["explanation"]["children"] == []


def test_what_is_usual_is_what_came_before_it_in_a_day_or_where_those_are_few_in_a_month():
    def expected(history):
        return {
            one["value"]: one["expected"]
            for one in told(history=course(history)).detail["explanation"]["children"]
        }

    month = steady(TODAY - 28 * DAY, TODAY - 2 * DAY, "a/x", an_hour=1 / 6)
    surge = steady(NOON - 2 * HOUR, NOON + HOUR, "a/y", an_hour=10)
    assert expected([*month, *surge])["y"] < 0.5
    busy = steady(TODAY - 2 * DAY, TODAY + DAY, "a/y", an_hour=30)
    assert expected([*month * 10, *busy])["y"] > 9.9, "yesterday alone tells enough"


@given(st.integers(1, 500), st.floats(0, 400))
def test_under_half_of_the_excess_there_is_less_than_half_of_it(observed, expected):
    found = half_excess(observed, expected)
    assert 1 <= found <= observed
    if observed - 1 > expected:
        assert found - expected >= (observed - expected) / 2 - 1e-9
        assert found - 1 - expected < (observed - expected) / 2 or found == 1
