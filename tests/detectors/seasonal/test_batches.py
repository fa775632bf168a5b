"""Batch jobs: what comes at its hour again and again is expected, and hides nothing else."""

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR, WEEK
from detectors.seasonal.replaying import replay
from detectors.seasonal.stamps import name_steps

WEEKS, BEGUN = 20, 8


def named(period, count):
    return name_steps(np.datetime64("2024-01-01", "h" if period is HOUR else "D") + np.arange(count), period)


def hours(level, nodes=12, seed=3):
    hour = np.arange(WEEKS * 168)
    course = 1 + 0.5 * np.cos(2 * np.pi * (hour % 24 - 14) / 24)
    return np.random.default_rng(seed).poisson(level * course[:, None], (len(hour), nodes)).astype(float)


def job(counts, at, size, *, varies=False, seed=4):
    """Put a batch at each of these steps; its size is within a factor of two where it varies."""
    rng = np.random.default_rng(seed)
    factor = 2 ** rng.uniform(-1, 1, (len(at), counts.shape[1])) if varies else 1.0
    counts[at] += rng.poisson(size * factor, (len(at), counts.shape[1]))
    return counts


def mondays(first=BEGUN, every=1):
    return np.arange(first, WEEKS, every) * 168 + 9


def alarms(score, at):
    return (score[at] >= 3).mean(axis=1)


@pytest.mark.parametrize(("level", "times"), [(0.2, 100), (5, 10), (5, 100), (50, 3), (50, 100)])
def test_a_weekly_batch_alarms_twice_and_is_then_expected(level, times):
    counts = job(hours(level), mondays(), level * times)
    found = replay(counts, named(HOUR, len(counts)))
    fired = alarms(found.score, mondays())
    assert fired[:2].min() > 0.9
    assert fired[2:].max() < 0.1
    assert found.expected[mondays()[-1]].mean() == pytest.approx(level * times + 1.2 * level, rel=0.3)


@pytest.mark.parametrize("every", [1, 2])
def test_a_batch_whose_size_varies_by_a_factor_of_two_is_expected_too(every):
    at = mondays(every=every)
    counts = job(hours(5), at, 200, varies=True)
    score = replay(counts, named(HOUR, len(counts))).score
    assert alarms(score, at)[3:].mean() < 0.1


def test_a_batch_that_was_there_from_the_first_week_is_expected():
    counts = job(hours(5), mondays(0), 500)
    score = replay(counts, named(HOUR, len(counts))).score
    assert alarms(score, mondays(3)).max() < 0.1


def test_a_batch_of_each_night_is_expected_after_three_nights():
    nights = np.concatenate([mondays() - 7 + 24 * day for day in range(5)])
    nights.sort()
    counts = job(hours(5), nights, 100)
    score = replay(counts, named(HOUR, len(counts))).score
    assert alarms(score, nights[:3]).min() > 0.9
    assert alarms(score, nights[3:]).mean() < 0.05


def test_a_whole_day_that_is_filled_each_week_is_one_batch_and_not_twenty_four():
    at = (mondays()[:, None] - 9 + np.arange(24)).ravel()
    rng = np.random.default_rng(4)
    sizes = np.repeat(50 * 2 ** rng.uniform(-1, 1, (len(mondays()), 12)), 24, axis=0)
    counts = hours(5)
    counts[at] += rng.poisson(sizes)
    score = replay(counts, named(HOUR, len(counts))).score[at].reshape(-1, 24, 12).max(axis=1)
    assert (score[3:] >= 3).mean() < 0.1


@pytest.mark.parametrize("size", [50, 500])
def test_a_surge_elsewhere_in_the_week_is_found_as_if_there_were_no_batches(size):
    surge = np.zeros((WEEKS * 168, 1))
    surge[17 * 168 + 60 : 17 * 168 + 66] = 9
    counts = job(hours(5), mondays(), size, varies=True) + surge
    score = replay(counts, named(HOUR, len(counts))).score
    assert (score[17 * 168 + 60 : 17 * 168 + 66].max(axis=0) >= 3).all()
    quiet = np.delete(score, mondays(), axis=0)[BEGUN * 168 : 17 * 168]
    assert (quiet >= 3).mean() < 0.002


def test_a_batch_three_times_its_usual_size_alarms():
    counts = job(hours(5), mondays(), 100)
    counts[mondays()[-1]] += 200
    score = replay(counts, named(HOUR, len(counts))).score
    assert (score[mondays()[-1]] >= 3).mean() > 0.9


def test_a_batch_that_fails_to_come_changes_nothing_of_what_is_expected_around_it():
    counts = job(hours(5), mondays(), 500)
    missed = counts.copy()
    missed[mondays()[-2]] = 5
    with_it, without = (replay(one, named(HOUR, len(one))).expected for one in (counts, missed))
    later = slice(mondays()[-2] + 1, mondays()[-1])
    np.testing.assert_allclose(without[later], with_it[later], rtol=0.02)


def test_a_batch_job_that_ended_is_forgotten_in_a_month():
    ended = mondays()[:6]
    counts = job(hours(5), ended, 500)
    found = replay(counts, named(HOUR, len(counts)))
    assert found.expected[mondays()[-1]].mean() < 8


def test_a_day_that_is_filled_each_week_alarms_twice_and_hides_no_surge_of_other_days():
    rng = np.random.default_rng(5)
    day = np.arange(70 * 7)
    counts = rng.poisson(np.where(day % 7 < 5, 20.0, 12.0)[:, None], (len(day), 12)).astype(float)
    monday = np.arange(30, 70) * 7
    job(counts, monday, 1000)
    surge = slice(65 * 7 + 2, 65 * 7 + 5)
    counts[surge] += 22
    score = replay(counts, named(DAY, len(day))).score
    fired = alarms(score, monday)
    assert fired[:2].min() > 0.9
    assert fired[2:].mean() < 0.02
    assert (score[surge].max(axis=0) >= 3).mean() > 0.8


def test_a_surge_of_weeks_is_no_batch_job_of_weeks():
    calm = np.random.default_rng(6).poisson(20.0, (150, 8)).astype(float)
    surge = calm.copy()
    surge[-3:] += 60
    score = replay(surge, name_steps(np.datetime64("2020-01-06") + 7 * np.arange(150), WEEK)).score
    assert (score[-3:] >= 3).all(axis=0).mean() > 0.9
