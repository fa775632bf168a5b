"""What the past of a node says about odds."""

import numpy as np
import pytest

from detectors.seasonal.calibration import FLOOR, Calibration
from detectors.seasonal.period import HOUR, PERIODS
from detectors.seasonal.replaying import windows

QUIET = -5.0


def taught(nodes, period, peaks):
    """A calibration after 600 steps; `peaks` (600, nodes) holds log odds, single peaks among quiet steps."""
    calibration, around = Calibration(nodes, period), (period.around - 1) // 2 * 2 + 1
    odds = np.vstack([np.full((around - 1, nodes), QUIET), peaks])
    for block in np.array_split(windows(odds, around), 60):
        calibration.learn_peaks(block, block[:, around // 2], np.ones((len(block), nodes), dtype=bool))
    return calibration


def with_peaks(nodes, *, every, height):
    found = np.full((600, nodes), QUIET)
    found[::every] = height
    return found


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_without_a_past_the_score_is_the_nominal_one(period):
    score = Calibration(1, period).score(np.array([FLOOR]), np.zeros(1))
    assert score[0] == pytest.approx(-np.log10(period.peaks))


def test_a_node_whose_counts_spike_without_cause_needs_more():
    spiky, calm = with_peaks(1, every=20, height=8.0), with_peaks(1, every=1000, height=8.0)
    score = taught(2, HOUR, np.hstack([spiky, calm])).score(np.full(2, 8.0), np.zeros(2))
    assert score[0] < 2.5
    assert score[1] > score[0] + 2


def test_outbreaks_that_last_teach_nothing():
    lasting = np.full((600, 3), QUIET)
    for first in range(0, 600, 60):
        lasting[first : first + 10] = 9.0
    calm = np.full((600, 3), QUIET)
    odds = np.full(3, 3.0)
    old = np.zeros(3)
    after, before = taught(3, HOUR, lasting), taught(3, HOUR, calm)
    np.testing.assert_allclose(after.score(odds, old), before.score(odds, old))
    np.testing.assert_allclose(after.bursts, before.bursts)


def test_a_node_bursts_as_often_as_it_was_high_for_a_step_and_no_longer():
    often, once, low = (
        with_peaks(1, every=30, height=8.0), with_peaks(1, every=1000, height=8.0),
        with_peaks(1, every=30, height=4.0),
    )  # fmt: skip
    bursts = taught(3, HOUR, np.hstack([often, once, low])).bursts
    assert bursts[0] == pytest.approx(1 / 30, rel=0.3)
    assert bursts[2] < bursts[1] < 1 / 300


def test_a_node_without_a_past_needs_more_than_one_that_has_shown_itself():
    score = Calibration(3, HOUR).score(np.full(3, 8.0), np.array([1.0, 0.5, 0.0]))
    assert score[0] == pytest.approx(score[2] - 2)
    assert score[1] == pytest.approx(score[2] - 0.5)
