"""Baselines of many nodes at once, from the counts of the last weeks."""

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR, PERIODS, WEEK
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.start import start


def begun(count, period=HOUR):
    """The baseline after these steps, from a Monday on."""
    first, every = np.datetime64("2022-01-03", "h" if period is HOUR else "D"), 7 if period is WEEK else 1
    return start(count.astype(np.float32), name_steps(first + every * np.arange(len(count) + 9), period))


def due(count, period=HOUR):
    return begun(count, period).expect()


def varying(mean, times, steps=8 * 168, nodes=12, seed=3):
    """Counts whose variance is so many times their mean."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(mean / (times - 1), times - 1, (steps, nodes))).astype(float)


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_the_newest_steps_teach_nothing_as_they_may_be_an_outbreak(period):
    calm = varying(9.0, 1.5, 40 * period.cycle, nodes=3)
    outbreak, before = calm.copy(), calm.copy()
    outbreak[-period.guard :] = 400
    before[-period.guard - 1] = 400
    expected = [due(count, period) for count in (calm, outbreak, before)]
    for of in ("expected", "dispersion", "own"):
        of_calm, of_outbreak, of_before = (getattr(one, of).tolist() for one in expected)
        assert of_outbreak == of_calm
        if of == "expected":
            assert of_before != of_calm


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_what_is_known_of_a_node_does_not_depend_on_how_many_others_there_are(period):
    many = varying(9.0, 1.5, 30 * period.cycle, nodes=131) * np.linspace(0, 3, 131).round()
    whole = due(many, period)
    for some in (slice(0, 2), slice(129, 131)):
        few = due(many[:, some], period)
        for of in ("expected", "dispersion", "own"):
            assert getattr(whole, of)[some] == pytest.approx(getattr(few, of), rel=1e-5)


def test_an_outbreak_of_the_past_hardly_raises_what_is_expected_nor_how_much_a_node_varies():
    calm = varying(9.0, 1.5)
    outbreak = calm.copy()
    outbreak[600:620] *= 8
    plain, after = due(calm), due(outbreak)
    assert after.expected == pytest.approx(plain.expected, rel=0.15)
    assert np.median(after.own) < 1.5 * np.median(plain.own)


def test_a_level_that_is_four_times_as_high_since_four_days_is_half_believed():
    count = varying(9.0, 1.5)
    count[-4 * 24 :] *= 4
    assert 11.8 < due(count).expected.mean() < 13


def test_what_falls_short_counts_in_full():
    count = varying(40.0, 1.2)
    count[np.random.default_rng(4).random(count.shape) < 0.3] = 0
    assert due(count).expected.mean() == pytest.approx(28, rel=0.05)


def test_at_a_quiet_node_one_or_two_tickets_are_no_outlier():
    count = np.random.default_rng(5).poisson(0.05, (8 * 168, 60)).astype(float)
    assert due(count).expected.mean() == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("times", [1.1, 6.0, 60.0])
def test_how_much_nodes_vary_is_known_from_eight_weeks(times):
    assert np.median(due(varying(90.0, times)).own) == pytest.approx(times, rel=0.3)


def test_without_tickets_a_node_is_taken_to_vary_half_as_much_again_as_chance():
    assert due(np.zeros((8 * 168, 1))).own == pytest.approx(1.5, rel=0.1)
    two = np.zeros((8 * 168, 1))
    two[[300, 700]] = 1
    assert due(two).own == pytest.approx(1.5, rel=0.1), "two tickets say nothing of it"
    assert np.median(due(varying(0.1, 6.0, nodes=60)).own) > 1.8, "a hundred do"


def test_even_what_is_always_the_same_varies_a_little_and_what_is_absurd_not_without_end():
    same = np.full((8 * 168, 2), 50.0)
    same[::7, 1] = 1e7
    regular, absurd = due(same).own
    assert 0.02 < regular < 0.2
    assert absurd < 20_000


def test_after_three_weeks_a_node_is_no_new_one_and_one_that_has_shown_two_days_is():
    count = varying(9.0, 1.5, 21 * 24, nodes=2)
    count[:-48, 1] = np.nan
    baseline = begun(count)
    old, new = baseline.young(baseline.seen)
    assert (old, new) == (0, pytest.approx(1 - 48 / 336))
    known = baseline.expect()
    assert known.expected[1] == pytest.approx(9, rel=0.3), "what is missing is unknown, and not zero"


def test_years_of_days_are_expected_to_go_on_turning():
    turn = 2 * np.pi * np.arange(4 * 365 + 182) / 365.25
    count = np.random.default_rng(6).poisson(30 * np.exp(0.6 * np.cos(turn))[:, None], (len(turn), 4))
    expected = due(count.astype(float), DAY).expected
    assert expected.mean() == pytest.approx(30 * np.exp(-0.6), rel=0.15)
