"""The level: which memory is trusted, and what no trend and no outlier can do to it."""

import numpy as np
import pytest

from detectors.seasonal.level import Level
from detectors.seasonal.period import DAY, HOUR, WEEK


def taught(counts, *, period=DAY, weight=None, flat=1.0, blocks=1):
    """A level that has seen these counts, each of a base of 1; `flat` is the base of that without season."""
    level, counts = Level(1, period), np.asarray(counts, float)[:, None]
    weight = np.ones(counts.shape) if weight is None else np.asarray(weight, float)[:, None]
    for part, of in zip(np.array_split(counts, blocks), np.array_split(weight, blocks), strict=True):
        bases = level.bases(np.ones(part.shape), np.full(part.shape, flat))
        expected, _, forecast = level.expected(bases, np.ones(1), grounded=False)
        level.learn(
            part, of, known=np.ones(part.shape, bool), bases=bases, expected=expected, forecast=forecast,
            dispersion=np.ones(1),
        )  # fmt: skip
    return level


def due(level, *, seasonal=1.0, flat=1.0, grounded=False):
    bases = level.bases(np.full((1, 1), seasonal), np.full((1, 1), flat))
    return float(level.expected(bases, np.ones(1), grounded=grounded)[0][0, 0])


@pytest.mark.parametrize("period", [HOUR, DAY, WEEK], ids=["hour", "day", "week"])
def test_what_came_all_the_time_is_expected(period):
    assert due(taught([7.0] * 900, period=period, blocks=90)) == pytest.approx(7, rel=0.02)


def test_the_memories_are_trusted_by_what_they_foretold_and_add_up_to_one():
    shifted = taught([5.0] * 200 + [20.0] * 20, blocks=44)
    share = shifted.shares()[:, 0]
    assert share.sum() == pytest.approx(1)
    assert share[1] > 0.9, "the shortest knows of the last weeks"
    assert due(shifted) > 14
    assert taught([5.0] * 220, blocks=44).shares()[:, 0].max() < 0.5


def test_one_step_hardly_changes_who_is_trusted():
    calm, odd = (
        taught([5.0] * 100, blocks=20),
        taught([5.0] * 99 + [1e6], weight=[1] * 99 + [1e-3], blocks=20),
    )
    assert np.abs(calm.choice - odd.choice).max() < 0.1


def test_after_a_shift_the_shortest_memory_leads():
    level = taught([5.0] * 200 + [20.0] * 5, blocks=41)
    before = due(level)
    level.shift(np.array([True]))
    assert level.shares()[:, 0].argmax() == 1
    assert due(level) != before


def test_no_weight_is_so_small_that_what_always_comes_is_not_expected():
    level = taught([0.0] * 50 + [100.0] * 300, weight=[1.0] * 50 + [0.0] * 300, blocks=70)
    assert due(level) > 20


def test_where_the_seasonal_part_has_the_height_a_level_of_one_is_to_be_expected():
    nothing = Level(1, DAY)
    assert due(nothing, seasonal=40.0, flat=40.0, grounded=True) == pytest.approx(40)


def test_summed_up_anew_it_is_as_if_it_had_been_learned_step_by_step():
    counts = np.random.default_rng(3).poisson(6, 140).astype(float)
    level, again = taught(counts, flat=2.0, blocks=20), Level(1, DAY)
    ones = np.ones((140, 1))
    again.rebuild(counts[:, None], ones, known=ones.astype(bool), seasonal=ones, flat=2 * ones)
    for name in ("came", "foretold", "plain"):
        assert getattr(again, name) == pytest.approx(getattr(level, name), rel=1e-4)
