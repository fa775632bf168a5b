"""Which hours are known, and from when on an hour can be judged."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from histories import KOLKATA, SHANGHAI, at
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.counting import Versions
from connectors.ticket import HOUR, NEVER, to_us
from connectors.windows import Calendar
from monitor.known_time import KnownTime, Missing, first_created, judged_from

CALENDAR = Calendar(ZoneInfo(SHANGHAI))
START = to_us(at("2026-05-09T00:00"))
HOURS = START + np.arange(8) * HOUR
LONG_AGO = START - 100 * HOUR


def known(*, first=(LONG_AGO,), missing=(), calendar=CALENDAR, hours=HOURS):
    """The numbers of the hours that are known."""
    gaps = tuple(Missing(START + int(a * HOUR), START + int(b * HOUR)) for a, b in missing)
    return np.flatnonzero(KnownTime(calendar, first, gaps).hours(hours)).tolist()


@pytest.mark.parametrize(
    ("missing", "unknown"),
    [
        ([], []),
        ([(2, 3)], [2]),
        ([(2.5, 2.6)], [2]),
        ([(2.5, 4)], [2, 3]),
        ([(2.5, 4.001)], [2, 3, 4]),
        ([(0, 1), (6.5, 99)], [0, 6, 7]),
        ([(-5, 0)], []),
    ],
)
def test_hours_that_missing_time_touches_are_unknown(missing, unknown):
    assert known(missing=missing) == [hour for hour in range(8) if hour not in unknown]


@pytest.mark.parametrize(
    ("first", "from_hour"),
    [
        ([LONG_AGO], 0),
        ([START - 1], 0),
        ([START], 1),
        ([START + 2 * HOUR + 1], 3),
        ([LONG_AGO, START + 3 * HOUR - 1], 3),
        ([LONG_AGO, NEVER], 8),
        ([], 0),
    ],
)
def test_the_hour_of_each_source_s_first_ticket_and_all_before_it_are_unknown(first, from_hour):
    assert known(first=tuple(first)) == list(range(from_hour, 8))


def test_a_gap_without_an_end_leaves_everything_after_it_unknown():
    known_time = KnownTime(CALENDAR, (LONG_AGO,), (Missing(START + 3 * HOUR, NEVER),))
    assert known_time.hours(HOURS).tolist() == [True] * 3 + [False] * 5


def test_an_hour_can_be_compared_when_it_and_the_hour_before_it_are_known():
    gap = (Missing(START + 3 * HOUR, START + 4 * HOUR),)
    pairs = KnownTime(CALENDAR, (START,), gap).pairs(HOURS)
    assert np.flatnonzero(pairs).tolist() == [2, 5, 6, 7]


def test_hours_that_begin_at_half_past_are_touched_as_they_are_cut():
    calendar = Calendar(ZoneInfo(KOLKATA))
    hours = calendar.hours_between(START, START + 3 * HOUR)
    assert known(missing=[(0.4, 0.5)], calendar=calendar, hours=hours) == [1, 2, 3]
    assert known(missing=[(0.4, 0.6)], calendar=calendar, hours=hours) == [2, 3]


def told(rows):
    """Versions of (source, created, seen), both in hours since the start."""
    n = len(rows)
    source, created, seen = zip(*rows, strict=True) if rows else [()] * 3
    instants = [
        START + (np.array(hours, dtype=np.float64) * HOUR).astype(np.int64) for hours in (created, seen)
    ]
    never, zeros = np.full(n, NEVER), np.zeros(n, dtype=np.int32)
    return Versions(
        np.arange(n),
        np.array(source, dtype=np.int32),
        zeros,
        instants[0],
        instants[1],
        never,
        never,
        np.zeros(n, dtype=np.bool_),
        instants[1],
    )


@pytest.mark.parametrize(
    ("what", "rows", "sources", "ready"),
    [
        ("known all along", [(0, -9, -9)], 1, [1, 1, 1]),
        ("nobody ever told anything", [], 1, [None, None, None]),
        ("a source is silent", [(0, -9, -9)], 2, [None, None, None]),
        ("the first ticket is in the hour before", [(0, 0.5, 0.5)], 1, [None, None, 1]),
        ("an older ticket comes late", [(0, 1.5, 1.5), (0, -9, 2.5)], 1, [2, 2, 2]),
    ],
)
def test_an_hour_is_ready_after_so_many_versions(what, rows, sources, ready):
    found, _ = judged_from(CALENDAR, HOURS[:3], told(rows), sources=sources, missing=[])
    assert [None if number == NEVER else number for number in found.tolist()] == ready, what


def test_a_version_seen_at_the_very_end_of_an_hour_comes_after_it_has_closed():
    versions = told([(0, -9, -9), (0, 0.5, 1), (0, 0.5, 1.5)])
    position, at_us = judged_from(CALENDAR, HOURS[:2], versions, sources=1, missing=[])
    assert position.tolist() == [1, 3]
    assert at_us.tolist() == [START + HOUR, START + 2 * HOUR]


def test_an_hour_that_a_late_ticket_made_known_is_ready_when_that_ticket_was_seen():
    versions = told([(0, 5, 5), (0, -9, 6)])
    position, at_us = judged_from(CALENDAR, HOURS[:2], versions, sources=1, missing=[])
    assert position.tolist() == [2, 2]
    assert at_us.tolist() == [START + 6 * HOUR] * 2


ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([-2, 0, 0.5, 1, 2, 3.5]), st.integers(0, 9)), max_size=8
)
GAPS = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 3)), max_size=2)


@settings(deadline=None, max_examples=100)
@given(ROWS, GAPS)
def test_an_hour_is_ready_as_soon_as_it_is_over_and_what_has_arrived_makes_both_hours_known(rows, gaps):
    versions = told(sorted(rows, key=lambda row: row[2]))
    missing = tuple(Missing(START + a * HOUR, START + (a + n) * HOUR) for a, n in gaps)
    found, _ = judged_from(CALENDAR, HOURS, versions, sources=2, missing=missing)
    for hour, position in zip(HOURS.tolist(), found.tolist(), strict=True):
        ready = [
            number
            for number in range(len(versions) + 1)
            if (number == len(versions) or versions.seen[number] >= hour + HOUR)
            for first in [
                tuple(
                    versions.created[:number][versions.source[:number] == s].min(initial=NEVER)
                    for s in (0, 1)
                )
            ]
            if KnownTime(CALENDAR, first, missing).pairs(np.array([hour]))[0]
        ]
        assert position == (ready[0] if ready else NEVER)


def test_the_first_ticket_of_a_source_is_its_earliest_whenever_it_was_seen():
    versions = told([(0, 5, 5), (0, -9, 6), (1, 2, 7)])
    assert first_created(versions, 3) == {0: START - 9 * HOUR, 1: START + 2 * HOUR, 2: NEVER}
