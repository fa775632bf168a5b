"""A history judged from its beginning: what teaches, what does not, and when a surge is no news any more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.period import DAY, HOUR, WEEK
from detectors.seasonal.replaying import Following, replay
from detectors.seasonal.stamps import name_steps


def named(steps, period=DAY):
    """Steps from a Monday on."""
    first, every = np.datetime64("2024-01-01", "h" if period is HOUR else "D"), 7 if period is WEEK else 1
    return name_steps(first + every * np.arange(steps), period)


def judged(count, period=DAY):
    return replay(count, named(len(count), period))


def draws(mean, steps, nodes=24, seed=3):
    return np.random.default_rng(seed).poisson(mean, (steps, nodes)).astype(float)


def alarms(found, first, last):
    """Share of the series that alarm at each step."""
    return (found.score[first:last] >= 3).mean(axis=1)


@given(st.integers(0, 999), st.integers(0, 99), st.sampled_from([DAY, WEEK]))
@settings(max_examples=10)
def test_what_is_said_of_a_step_depends_on_none_after_it_and_on_no_other_series(seed, cut, period):
    rng = np.random.default_rng(seed)
    count = np.where(rng.random((100, 2)) < 0.1, np.nan, rng.poisson(rng.choice([0.3, 9.0, 80.0], (100, 2))))
    other = count.copy()
    other[cut:, 0] = rng.choice([0.0, 40.0, 1e5, np.nan], 100 - cut)
    before, after = judged(count, period), judged(other, period)
    for of in ("score", "expected", "dispersion"):
        known, again = getattr(before, of), getattr(after, of)
        first = cut if of == "score" else cut + 1
        assert known[:first, 0] == pytest.approx(again[:first, 0], rel=1e-6, abs=1e-9)
        assert known[:, 1] == pytest.approx(again[:, 1], rel=1e-6, abs=1e-9)


def test_a_gap_teaches_nothing():
    count = draws(20.0, 140)
    count[100:119] = np.nan
    found = judged(count)
    assert (found.score[100:119] == 0).all()
    for of in (found.expected, found.dispersion):
        assert of[119].mean() == pytest.approx(of[99].mean(), rel=0.05)


@pytest.mark.parametrize(("mean", "unknown"), [(40.0, True), (3.0, False)])
def test_a_day_without_a_ticket_was_not_recorded_at_a_busy_node_and_is_a_count_at_a_quiet_one(mean, unknown):
    none = draws(mean, 160)
    none[130:137] = 0
    missing = none.copy()
    missing[130:137] = np.nan
    found, without = judged(none), judged(missing)
    for of in ("score", "expected", "dispersion"):
        assert np.array_equal(getattr(found, of), getattr(without, of)) == unknown


def test_of_what_has_shown_hardly_anything_nothing_is_said():
    count = draws(20.0, 60)
    count[:30, 0] = np.nan
    count[3], count[33] = 500, 500
    found = judged(count)
    assert found.score[3].max() == found.score[33, 0] == 0, "its fourth day"
    assert found.score[33, 1:].min() > 3
    assert found.dispersion[33, 0] > 1.3 * found.dispersion[33, 1:].max()


def test_a_day_that_sticks_out_teaches_half_as_much_as_an_ordinary_one():
    calm = draws(20.0, 127)
    odd = calm.copy()
    odd[112] += 60
    rise = (judged(odd).expected[119:126] - judged(calm).expected[119:126]).mean()
    assert 0.4 < rise < 1.0, "of 1.4 that another 60 tickets would teach in ordinary days"


def test_who_spikes_each_fourth_day_is_expected_to():
    count = draws(20.0, 220)
    count[np.random.default_rng(5).random(count.shape) < 0.25] *= 5
    found = judged(count)
    assert found.expected[-1].mean() == pytest.approx(40, rel=0.15), "20 + 80 / 4"
    assert (found.score[120:] >= 3).mean() < 0.018
    assert np.median(found.baseline.dispersion.value) > 8


def test_a_fall_is_followed_at_once_as_nothing_that_is_low_is_an_outlier():
    count = draws(20.0, 147)
    count[112:] = draws(5.0, 35, seed=4)
    assert judged(count).expected[140].mean() == pytest.approx(5, rel=0.3)


def test_a_busy_series_that_begins_at_night_is_not_cut_to_what_the_night_has_brought():
    day = np.arange(48) % 24 >= 8
    found = judged(draws(1000.0, 48, nodes=3) * day[:, None], HOUR)
    assert found.expected[12].mean() > 100


def test_a_level_that_has_doubled_for_good_is_told_for_a_month_of_weeks_and_then_hardly_any_more():
    count = draws(20.0, 80, nodes=100)
    count[50:] = draws(40.0, 30, nodes=100, seed=5)
    found = judged(count, WEEK)
    told = alarms(found, 50, 80)
    assert told[:4].min() > 0.6
    assert told[4:].sum() < 1.3


def test_after_a_shift_what_is_still_too_much_is_news_until_it_has_held_as_long_again():
    count = draws(20.0, 80, nodes=100)
    count[50:] = draws(60.0, 30, nodes=100, seed=5)
    found = judged(count, WEEK)
    told = alarms(found, 50, 80)
    assert told[:4].min() > 0.9
    assert told[4] < 0.1
    assert told[5:8].min() > 0.4
    assert told[10:].max() < 0.1
    assert found.expected[54].mean() > 35, "all four weeks count in full"


def test_another_level_after_a_gap_is_known_within_ten_days():
    count = draws(20.0, 170)
    count[100:140], count[140:] = np.nan, draws(40.0, 30, seed=5)
    found = judged(count)
    assert alarms(found, 147, 170).max() < 0.3
    assert found.expected[147:154].mean() > 31


def test_outbreaks_of_six_days_each_month_do_not_add_up_to_a_new_level():
    count = draws(20.0, 160, nodes=60)
    count[112:118] *= 3
    count[140:146] *= 3
    assert judged(count).expected[147:153].mean() < 26


def test_a_node_of_which_nothing_is_known_any_more_is_as_uncertain_as_a_new_one():
    count = draws(6.0, 20 * 168, nodes=3)
    count[2 * 168 : -48, 0] = np.nan
    count[:-48, 1] = np.nan
    found = judged(count, HOUR)
    back, new, known = (found.dispersion[-1] - found.baseline.dispersion.value) / found.expected[-1]
    assert back == pytest.approx(new, rel=0.1)
    assert known < new / 10


def test_a_job_four_hundred_times_as_high_as_all_else_teaches_nothing_and_is_expected_in_full():
    count = draws(5.0, 5 * 168, nodes=12)
    mondays = np.arange(2, 5) * 168 + 9
    count[mondays] += 2000
    found = judged(count, HOUR)
    assert found.expected[mondays[2]].mean() == pytest.approx(2005, rel=0.02)
    assert found.expected[mondays[0] + 2 :: 24].mean() < 8


def test_spikes_before_the_course_was_known_are_no_false_alarms():
    count = draws(5.0, 3 * 168)
    count[5:160:9] += 25
    count[420:424] *= 3
    assert judged(count, HOUR).score[420:425].max(axis=0).mean() > 4.7


def test_weeks_that_are_unknown_are_no_weeks_of_errors_that_persist():
    whole = draws(20.0, 155)
    whole[150:153] = np.round(1.8 * whole[150:153])
    gaps = whole.copy()
    gaps[90:97] = gaps[120:127] = np.nan
    before, after = (judged(count).score[150:153].max(axis=0).mean() for count in (whole, gaps))
    assert after > before - 0.15


def test_what_a_batch_job_has_taught_as_spikes_is_taken_back_and_nothing_else_with_it():
    count = draws(5.0, 8 * 168, nodes=16)
    count[50::83, :8] += 25
    with_job = count.copy()
    with_job[168 + 9 :: 168] += 300
    bursts = []
    for of in (count, with_job):
        following = Following(of, named(len(of), HOUR))
        while following.baseline.now < len(of):
            following.advance()
        bursts.append(following.calibration.bursts.reshape(2, 8).mean(axis=1))
    assert bursts[1] == pytest.approx(bursts[0], rel=0.05), "of those that spike, and of those that do not"
