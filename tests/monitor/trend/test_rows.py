"""Which rows the hourly log holds, and what is in them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from histories import NEW_YORK, SHANGHAI, at
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, HOUR, to_us
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.known_time import KnownTime, Missing
from monitor.trend.rows import HourCounts, Hours, open_hours, trend_rows

PATHS = [("a",), ("a", "x"), ("a", "y"), ("b",)]
NOON = to_us(at("2026-05-09T12:00"))


def counts(taxonomy, cells, start=NOON):
    """Tickets by (hours since the start, path)."""
    return HourCounts(
        np.array([start + hour * HOUR for hour, _ in cells], dtype=np.int64),
        taxonomy.nodes(path for _, path in cells),
        np.array(list(cells.values()), dtype=np.int64),
    )


def log(hours, cells, *, escalated=None, signals=(), also=None, missing=(), zone=SHANGHAI, start=NOON):
    """Rows by (hours since the start, path)."""
    taxonomy, calendar = Taxonomy(["one", "two"], PATHS), Calendar(ZoneInfo(zone))
    starts = np.array([start + hour * HOUR for hour in hours], dtype=np.int64)
    known = KnownTime(calendar, (start - 100 * DAY,), tuple(missing))
    logged = None
    if also is not None:
        logged = (
            np.array([start + hour * HOUR for hour, _ in also]),
            taxonomy.nodes(path for _, path in also).astype(np.int64),
        )
    rows = trend_rows(
        taxonomy,
        calendar,
        hours=Hours.of(starts, known),
        tickets=counts(taxonomy, cells, start),
        escalated=counts(taxonomy, escalated or {}, start),
        signals=signals,
        also=logged,
    )
    assert (np.diff(rows.hour) >= 0).all(), "rows come by hour"
    found = {}
    for i in range(len(rows)):
        key = ((int(rows.hour[i]) - start) // HOUR, taxonomy.paths[rows.node[i]])
        assert key not in found, "a row came twice"
        found[key] = rows.take(np.array([i]))
    return found


def numbers(rows, *columns):
    return {key: tuple(getattr(row, name).item() for name in columns) for key, row in rows.items()}


def signal(path, crossed_at, window_end, start=NOON):
    fields = {"rule": "r", "kind": "daily_threshold", "exact": False, "level": "low", "created_at": start}
    window = {"window_start": window_end - DAY, "window_end": window_end, "crossed_at": crossed_at}
    return Signal(**fields, **window, node=path, observed=1, threshold=1)


def test_every_depth_has_a_row_in_the_hour_of_a_ticket_and_in_the_hour_after():
    rows = log([-1, 0, 1, 2], {(0, ("a", "x")): 3, (0, ("a",)): 1})
    assert numbers(rows, "count", "previous") == {
        (0, ()): (4, 0),
        (0, ("a",)): (4, 0),
        (0, ("a", "x")): (3, 0),
        (1, ()): (0, 4),
        (1, ("a",)): (0, 4),
        (1, ("a", "x")): (0, 3),
    }


def test_the_day_to_date_begins_at_the_zone_s_midnight():
    cells = {(-13, ("b",)): 5, (-12, ("b",)): 7, (0, ("b",)): 1, (1, ("b",)): 9}
    assert numbers(log([0, 11, 12], cells), "day_to_date") == {(0, ()): (8,), (0, ("b",)): (8,)}


def test_a_day_on_which_the_clock_changes_is_one_day():
    midnight = to_us(at("2026-11-01T00:00", NEW_YORK))
    cells = {(hour, ("b",)): 1 for hour in range(-1, 26)}
    rows = numbers(log([0, 24, 25], cells, zone=NEW_YORK, start=midnight), "day_to_date")
    assert [rows[hour, ("b",)] for hour in (0, 24, 25)] == [(1,), (25,), (1,)]


def test_escalations_are_summed_from_the_first_of_the_month_to_the_end_of_the_hour():
    month = -8 * 24 - 12
    escalated = {(month - 1, ("b",)): 5, (month, ("b",)): 2, (0, ("b",)): 1, (1, ("b",)): 4}
    rows = numbers(log([0], {(0, ("b",)): 1}, escalated=escalated), "month_escalated")
    assert rows == {(0, ()): (3,), (0, ("b",)): (3,)}


def test_escalations_alone_make_no_row():
    assert log([0], {}, escalated={(0, ("b",)): 5}) == {}


@pytest.mark.parametrize(
    ("crossed", "end", "hours"),
    [
        (0, -20, [0, 1, 2, 3]),
        (0.5, -20, [0, 1, 2, 3]),
        (1, -20, [1, 2, 3]),
        (1, -21.5, [1, 2]),
        (1, -22, [1]),
        (5, -20, []),
        (5, -40, []),
    ],
)
def test_a_node_with_an_open_signal_has_a_row_even_at_zero(crossed, end, hours):
    fired = signal(("b",), NOON + int(crossed * HOUR), NOON + int(end * HOUR))
    assert open_hours(fired) == (fired.crossed_at, fired.window_end + DAY)
    rows = log(range(6), {}, signals=[fired])
    assert numbers(rows, "count", "previous") == {(hour, ("b",)): (0, 0) for hour in hours}


def test_rows_that_were_logged_before_are_logged_again():
    rows = log([0, 1], {}, also=[(1, ("a", "y")), (7, ("b",))])
    assert numbers(rows, "count") == {(1, ("a", "y")): (0,)}


def test_an_unknown_hour_is_not_complete_and_the_next_one_has_no_previous():
    gap = Missing(NOON + HOUR, NOON + HOUR + 1)
    rows = log([0, 1, 2], {(hour, ("b",)): 1 for hour in range(3)}, missing=[gap])
    told = numbers(rows, "complete", "previous_known")
    assert [told[hour, ("b",)] for hour in range(3)] == [(True, True), (False, True), (True, False)]


def test_no_hours_make_no_rows():
    assert log([], {(0, ("b",)): 1}, signals=[signal(("b",), NOON, NOON)]) == {}


CELLS = st.dictionaries(
    st.tuples(st.integers(-30, 5), st.sampled_from(PATHS)), st.integers(1, 4), max_size=10
)


@settings(deadline=None, max_examples=80)
@given(CELLS, st.sets(st.integers(-5, 5)).map(sorted))
def test_rows_say_what_plain_sums_say(cells, hours):
    def total(path, low, high):
        return sum(n for (hour, p), n in cells.items() if p[: len(path)] == path and low <= hour < high)

    expected = {}
    for hour in hours:
        for path in [(), *PATHS]:
            now, before = total(path, hour, hour + 1), total(path, hour - 1, hour)
            if now or before:
                expected[hour, path] = (now, before, total(path, -12, hour + 1))
    assert numbers(log(hours, cells), "count", "previous", "day_to_date") == expected
