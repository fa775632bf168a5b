"""Quiet nodes of a tree: their levels are sums over their few tickets."""

import numpy as np
import pytest

from detectors.seasonal.level import Level
from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.sparse import MOST_A_STEP, start_tree

STEPS = 5 * 168
TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))


def counts(gap=None, late=None):
    """A busy root, a busy child that lends its course, and quiet ones, one with an old outbreak."""
    rng = np.random.default_rng(4)
    course = np.exp(np.cos(np.arange(STEPS) * 2 * np.pi / 24))[:, None]
    count = rng.poisson(course * np.array([9.0, 4, 0.02, 0.05, 0.03, 0.02])).astype(np.float32)
    count[100, 3] = 40
    if gap:
        count[gap] = np.nan
    if late:
        count[:late, 5] = np.nan
    return count


@pytest.mark.parametrize(("gap", "late"), [(None, None), (slice(200, 260), None), (slice(200, 230), 300)])
def test_the_level_of_a_quiet_node_is_the_sum_over_all_its_steps(gap, late):
    count = counts(gap, late)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(STEPS + 48), HOUR)
    found = start_tree(count, stamps, TREE, np.nansum(count, axis=0))
    last, quiet = STEPS - HOUR.guard, np.array([2, 3, 4, 5])
    some = count[:last, quiet]
    known = ~np.isnan(some)
    some = np.minimum(np.where(known, some, 0), MOST_A_STEP)
    weekly = found.seasonal.weekly(stamps, 0, last)[:, quiet].astype(float)
    level = Level(len(quiet), HOUR)
    level.rebuild(some, known.astype(float), known=known, seasonal=weekly, flat=weekly)
    for name in ("came", "foretold", "plain"):
        assert getattr(found.level, name)[:, quiet] == pytest.approx(getattr(level, name), rel=1e-5, abs=1e-5)
    assert (found.dispersion.value >= 1).all()


def test_a_history_that_is_all_unknown_has_no_level():
    count = np.full((100, 6), np.nan, np.float32)
    stamps = name_steps(np.datetime64("2026-01-05T00", "h") + np.arange(148), HOUR)
    found = start_tree(count, stamps, TREE, np.zeros(6, np.float32))
    assert not found.level.came.any()
    assert found.dispersion.value == pytest.approx(1)
