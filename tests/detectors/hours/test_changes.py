"""Rows of the changes of a step by hour, whatever order they came in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.hours.changes import RowsOfHour


@given(st.lists(st.integers(0, 4), max_size=15), st.booleans())
def test_each_hour_has_its_rows_in_order_of_arrival(hours, in_order):
    hours = np.array(sorted(hours) if in_order else hours, np.int64) * 100
    starts, run = np.unique(hours, return_inverse=True)
    rows = RowsOfHour(starts, run.astype(np.int32))
    for hour in range(-50, 550, 50):
        assert rows.of(hour).tolist() == np.flatnonzero(hours == hour).tolist()
