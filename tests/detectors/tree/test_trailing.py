"""Windows that end now: which of them tells most, and how sure their expectation is."""

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR, WEEK
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.tail import upper_tail
from detectors.tree.branches import Branches
from detectors.tree.clumps import together
from detectors.tree.outlook import COURSE, MISSHAPEN, Outlook

PAST = 8 * 168
FIRST = np.datetime64("2026-01-05T00", "h")
ROOT, BUSY, QUIET = 0, 1, 2


@pytest.fixture(scope="module")
def outlook():
    """A root with a busy leaf and a quiet one."""
    rng = np.random.default_rng(4)
    leaves = rng.poisson([6.0, 0.2], (PAST, 2))
    count = np.concatenate((leaves.sum(axis=1)[:, None], leaves), axis=1).astype(np.float32)
    tree = Branches(np.array([-1, 0, 0], np.int32))
    return Outlook(count, name_steps(FIRST + np.arange(PAST + 48), HOUR), tree)


def weighed(outlook, window, windows):
    """The score of twenty tickets of the quiet leaf, where two were to come, in one window alone."""
    came, due = np.zeros((windows, 1), np.float32), np.full((windows, 1), 2, np.float32)
    came[window] = 20
    return outlook.trailing.weigh(np.array([QUIET]), came, came, due, fewest=5).score[0]


@pytest.mark.parametrize("short", [0, 6, 7, 8])
def test_as_much_evidence_within_an_hour_scores_less_than_over_several(outlook, short):
    longer = {weighed(outlook, window, 9) for window in range(1, 6)}
    assert len(longer) == 1
    assert longer.pop() - weighed(outlook, short, 9) == pytest.approx(np.log10(3))


@pytest.mark.parametrize("windows", [6, 9])
def test_chances_are_corrected_for_all_windows_that_are_looked_at(outlook, windows):
    """As Bonferroni does with unequal parts: the parts add up to one."""
    trailing, nodes, came, due = outlook.trailing, np.array([QUIET]), np.full(1, 20.0), np.full(1, 2.0)
    relative = trailing.relative[nodes]
    tickets = upper_tail(came, due, trailing.own[nodes] + relative * due)
    chance = together(tickets, trailing.clumps.tail(came.astype(np.float32), due, nodes, relative))[0]
    corrected = np.array([10 ** -weighed(outlook, window, windows) for window in range(windows)])
    assert (chance / corrected).sum() == pytest.approx(1)


def test_the_course_of_a_week_is_the_less_certain_the_fewer_tickets_showed_it(outlook):
    relative = outlook.trailing.relative
    least, most = MISSHAPEN["hour"]
    added = np.clip(COURSE["hour"] / outlook.total, least, most)
    assert added[QUIET] == most
    assert added[ROOT] == added[BUSY] == least
    due = outlook.surge.expect()
    level = (due.dispersion - due.own) / due.expected
    assert relative == pytest.approx(level + added, rel=1e-5)


@pytest.mark.parametrize("period", [DAY, WEEK])
def test_days_and_weeks_weigh_alike(period):
    count = np.ones((60, 1), np.float32)
    step = np.timedelta64(1 if period is DAY else 7, "D")
    stamps = name_steps(np.datetime64("2025-01-06", "D") + np.arange(70) * step, period)
    outlook = Outlook(count, stamps, Branches(np.array([-1], np.int32)))
    assert set(outlook.trailing.weights) == {1.0}
