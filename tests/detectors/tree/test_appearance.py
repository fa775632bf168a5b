"""A node that was opened or renamed some weeks ago is expected to bring what it has brought since then."""

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.appearance import there_from
from detectors.tree.branches import Branches
from detectors.tree.sparse import start_tree

TREE = Branches(np.array([-1, 0, 0, 0], np.int32))
RENAMED = 1


def expected(rate, *, period=HOUR, weeks=8, since=6):
    """(nodes,) of the next step; a node is renamed in a history of weeks, its root goes on as before."""
    steps, of_week = weeks * period.cycle, period.cycle
    came = np.random.default_rng(3).poisson(np.tile([rate, rate, 20 * rate], (steps, 1)))
    came[: since * of_week, 0] = 0
    came[since * of_week :, 1] = 0
    count = np.column_stack((came.sum(axis=1), came)).astype(np.float32)
    unit = {"hour": "h", "day": "D"}[period.name]
    stamps = name_steps(np.datetime64("2026-01-05", unit) + np.arange(steps + 48), period)
    return start_tree(count, stamps, TREE, np.nansum(count, axis=0)).expect().expected


@pytest.mark.parametrize("rate", [0.05, 2.0])
def test_a_node_that_was_renamed_is_expected_to_bring_what_it_has_brought_since(rate):
    assert expected(rate)[RENAMED] == pytest.approx(rate, rel=0.35)


def test_a_day_is_judged_alike():
    assert expected(3.0, period=DAY, weeks=20, since=16)[RENAMED] == pytest.approx(3.0, rel=0.2)


def test_one_that_was_only_quiet_has_the_level_of_all_weeks():
    # Five tickets an eight weeks' history: after five weeks without, as many as chance brings.
    assert expected(0.005, since=5)[RENAMED] < 0.005 * 0.7


def test_one_that_was_closed_in_the_first_days_keeps_them():
    """A history that begins on a Saturday: an office's weekend is no sign that there was no office."""
    hour = np.arange(168)
    open_ = (hour // 24 >= 2) & (hour % 24 >= 8) & (hour % 24 < 18)
    count = np.random.default_rng(5).poisson(9 * open_)[:, None]
    step, node = np.nonzero(count)
    assert not there_from(step, node, nodes=1, steps=168, cycle=168).any()
