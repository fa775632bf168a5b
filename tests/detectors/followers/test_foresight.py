"""All looks at an hour counted at once, beside the same counted look by look."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.followers.foresight import Counted

MOMENTS, COLUMNS = 6, 4
CHANGE = st.tuples(
    st.integers(0, COLUMNS - 1), st.integers(0, COLUMNS - 1), st.integers(-3, 5),
    st.integers(0, MOMENTS + 2), st.integers(0, MOMENTS + 2),
)  # fmt: skip


@given(st.lists(CHANGE, max_size=12))
def test_a_change_counts_at_all_its_columns_from_its_first_moment_up_to_its_last(changes: Any):
    rows = np.array(changes, np.int64).reshape(-1, 5)
    column, tickets, since, until = rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4]
    found = Counted(column, tickets, (MOMENTS, COLUMNS)).between(since, until)
    for moment in range(MOMENTS):
        counted = np.zeros(COLUMNS, int)
        for one in rows[(since <= moment) & (moment < until)]:
            for at in one[:2]:
                counted[at] += one[2]
        assert found[moment].tolist() == counted.tolist()
