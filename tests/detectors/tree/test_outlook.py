"""What windows were to bring, also those that lie across the border of the hour."""

import numpy as np
import pytest
from thirty_leaves import FIRST_LEAF, PARENTS, PAST, STAMPS, ordinary, rolled_up, weeks

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.outlook import StampsExhaustedError
from detectors.tree.surge import TreeSurge


def test_tickets_of_the_last_minutes_are_seen_beside_those_of_a_long_quiet_hour():
    busy = ordinary(PAST + 1, mean=12.0)
    leaf, so_far = 7, busy[-1].copy()
    so_far[leaf] = 17
    recent = np.repeat(so_far[None] / 60, 3, axis=0) * np.array([[10], [20], [40]])
    recent[:, leaf] = 12, 13, 15
    surge = TreeSurge.start(rolled_up(busy[:PAST]), STAMPS, PARENTS)
    assert surge.tick(rolled_up(so_far[None])[0], passed=0.98) == []
    told = surge.tick(rolled_up(so_far[None])[0], passed=0.98, recent=rolled_up(recent))
    assert [(cause.node, cause.minutes) for cause in told] == [(FIRST_LEAF + leaf, 10)]


def test_a_step_without_a_name_says_what_to_do():
    count = rolled_up(weeks()[: PAST + 1])
    stamps = name_steps(np.arange(PAST + 1).astype("datetime64[h]"), HOUR)
    surge = TreeSurge.start(count[:PAST], stamps, PARENTS)
    with pytest.raises(StampsExhaustedError, match="start anew"):
        surge.close(count[PAST])
