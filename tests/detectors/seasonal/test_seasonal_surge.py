"""The parts of `seasonal_surge`, each on series made for it."""

import sys

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR, PERIODS, WEEK
from detectors.seasonal.replaying import Following, replay
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.start import start
from detectors.seasonal.tail import chance_of_none, log_mass, log_ratio, lower_tail


def steps(period, count, start="2023-01-02"):
    unit = {"hour": "h", "day": "D", "week": "D"}[period.name]
    every = 7 if period.name == "week" else 1
    return name_steps(np.datetime64(start, unit) + np.arange(count) * every, period)


def hourly_course(weeks, *, mean=6.0):
    hour = np.arange(weeks * 168) % 24
    return mean * np.exp(0.8 * np.cos(2 * np.pi * (hour - 15) / 24))


def draws(mean, nodes=20, dispersion=1.6, seed=5):
    rng = np.random.default_rng(seed)
    rate = rng.gamma(np.repeat(mean[:, None], nodes, axis=1) / (dispersion - 1)) * (dispersion - 1)
    return rng.poisson(rate).astype(float)


@pytest.mark.parametrize("dispersion", [1.0, 1.3, 4.0])
def test_the_tail_adds_up_to_what_the_mass_says(dispersion):
    mean, counts = np.array([4.0]), np.arange(400.0)
    poisson, spread = np.exp(
        log_mass(counts, np.repeat(mean, 400), np.array([[1.0], [max(dispersion, 1.1)]]))
    )
    mass = poisson if dispersion == 1 else spread
    assert mass.sum() == pytest.approx(1, abs=1e-6)
    tail = lower_tail(np.array([9.0]), mean, np.array(dispersion))
    assert tail[0] == pytest.approx(mass[:10].sum(), rel=1e-6)
    assert np.exp(-chance_of_none(mean, np.array([dispersion])))[0] == pytest.approx(mass[0], rel=1e-6)


def test_the_likelihood_ratio_is_that_of_the_masses():
    count, mean, grid = np.array([7.0]), np.array([3.0]), np.array([[1.0], [2.5]])
    ratio = log_ratio(count, mean, np.array([[6.0]]), np.array([2.5]))
    expected = log_mass(count, np.array([6.0]), grid)[-1] - log_mass(count, mean, grid)[-1]
    assert ratio[0, 0] == pytest.approx(expected[0])


def test_false_alarms_on_ordinary_hours_are_about_as_many_as_the_score_says():
    mean = hourly_course(14)
    score = replay(draws(mean, nodes=60), steps(HOUR, len(mean))).score[6 * 168 :]
    assert 0.0002 < (score >= 3).mean() < 0.002


def test_the_daily_rise_is_silent_and_the_same_count_at_night_is_not():
    mean = hourly_course(8)
    counts = draws(mean)
    night = len(mean) - 24 + 3
    counts[night, 0] = 26
    score = replay(counts, steps(HOUR, len(mean))).score
    assert score[night, 0] > 5
    assert (score[4 * 168 :, 1:] > 5).mean() < 0.001


def test_where_single_hours_burst_now_and_then_another_one_says_less_than_a_surge_that_lasts():
    mean = hourly_course(10)
    counts = draws(mean, nodes=2)
    counts[np.arange(50, len(mean) - 168, 101), 0] *= 8
    both = [counts.copy(), counts.copy()]
    both[0][-40] = 8 * mean[-40]
    both[1][-40:-34] = np.round(2.5 * mean[-40:-34, None])
    burst, lasting = (replay(c.round(), steps(HOUR, len(mean))).score[-40:-34].max(axis=0) for c in both)
    assert burst[0] < lasting[0]
    assert burst[1] > lasting[1]


def test_a_batch_job_is_learned_within_weeks():
    mean = hourly_course(9, mean=1.0)
    counts = draws(mean)
    tuesdays = np.arange(24 + 21, len(mean), 168)
    counts[tuesdays] += 22
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[tuesdays[0]] > 3).mean() > 0.7
    assert (score[tuesdays[-3:]] < 3).mean() > 0.9


def test_a_surge_leaves_no_echo_when_it_is_over():
    mean = hourly_course(8)
    counts = draws(mean)
    counts[-60:-50] *= 6
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[-58:-50].max(axis=0) > 3).all()
    assert (score[-46:] > 3).mean() < 0.01


@pytest.mark.parametrize("absurd", [1e4, 1e9])
@pytest.mark.parametrize(("period", "count", "at"), [(WEEK, 240, 70), (DAY, 800, 90), (HOUR, 900, 400)])
def test_one_absurd_count_neither_blinds_nor_raises_alarms_later(period, count, at, absurd):
    came = np.random.default_rng(4).poisson(6.0, (count, 8)).astype(float)
    came[at] = absurd
    came[at + 40] = 40.0
    found = replay(came, steps(period, count))
    assert found.score[at].min() > 5
    assert np.abs(np.log(np.median(found.expected[at + 1 :], axis=0) / 6)).max() < 0.3
    assert found.score[at + 40].min() > 3, "it is blind"
    quiet = np.delete(found.score, [at, at + 1, at + 40, at + 41], axis=0)[at:]
    assert (quiet >= 3).mean() < 0.004


def test_a_level_ten_thousand_times_as_high_is_not_taken_for_absurd_counts():
    rate = np.repeat([3.0, 3e4], [600, 400])
    came = np.random.default_rng(4).poisson(rate[:, None], (1000, 8)).astype(float)
    found = replay(came, steps(HOUR, 1000))
    assert np.median(found.expected[-150:]) > 1e4


def test_a_shift_of_level_is_followed_within_days():
    mean = hourly_course(10)
    mean[-2 * 168 :] *= 2
    score = replay(draws(mean), steps(HOUR, len(mean))).score
    assert (score[-168:] > 3).mean() < 0.01


def test_a_block_is_learned_at_its_end_with_what_its_later_steps_have_shown():
    calm = draws(np.full(210, 9.0), nodes=20, dispersion=1.1)
    surge = calm.copy()
    surge[-4:] += 20
    followings = [Following(counts, steps(DAY, len(calm))) for counts in (calm, surge)]
    for following in followings:
        while following.baseline.now < len(calm):
            following.advance()
    quiet, loud = (following.history.weight[-7:-4] for following in followings)
    assert quiet.mean() > 0.8
    assert loud.mean() < 0.3


def test_a_holiday_that_doubles_every_year_is_expected_in_the_fourth():
    stamps = steps(DAY, 4 * 365 + 30, start="2020-01-06")
    mean = np.where(stamps.date == 5 * 32 + 1, 60.0, 30.0)
    found = replay(draws(mean, dispersion=1.2), stamps)
    last = np.flatnonzero(stamps.date == 5 * 32 + 1)[-1]
    assert (found.score[last] < 3).mean() > 0.9
    assert found.expected[last].mean() > 50


def test_an_annual_season_is_no_surge():
    turn = 2 * np.pi * np.arange(52 * 8) / 52.18
    mean = 20 * np.exp(0.9 * np.cos(turn))
    score = replay(draws(mean), steps(WEEK, len(mean))).score[52 * 4 :]
    assert (score > 3).mean() < 0.003


def test_what_has_calmed_down_after_a_flood_is_not_expected_to_fall_for_ever():
    day = np.arange(1400)
    mean = np.maximum(2000 * 0.5 ** (day / 70), 0.6)
    found = replay(draws(mean, dispersion=1.3), steps(DAY, len(day)))
    assert 0.3 < np.median(found.expected[-200:]) < 1.2
    assert (found.score[-200:] >= 3).mean() < 0.01


def test_what_is_missing_is_unknown_and_not_zero():
    mean = hourly_course(8)
    whole = draws(mean)
    holes = whole.copy()
    holes[-200:-150] = np.nan
    found, full = (replay(counts, steps(HOUR, len(mean))) for counts in (holes, whole))
    assert (found.score[-200:-150] == 0).all()
    assert np.corrcoef(found.expected[-100:].ravel(), full.expected[-100:].ravel())[0, 1] > 0.98


def test_an_hour_in_which_nothing_was_recorded_teaches_nothing():
    mean = hourly_course(8, mean=40.0)
    counts = draws(mean)
    counts[-30:-26] = 0
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[-26:] > 3).mean() < 0.01


def dispersion_learned(counts, period):
    return replay(counts, steps(period, len(counts))).baseline.dispersion.value


@pytest.mark.parametrize(("every", "steps", "factor", "most"), [(90, 6, 3.0, 1.7), (14, 1, 0.0, 2.1)])
def test_outbreaks_and_outages_of_the_past_are_hardly_taken_for_how_much_a_node_varies(
    every, steps, factor, most
):
    counts = draws(np.full(730, 9.0), nodes=40, dispersion=1.5)
    for first in range(20, 730, every):
        counts[first : first + steps] *= factor
    assert 1.2 < np.median(dispersion_learned(counts, DAY)) < most


def test_a_very_quiet_node_is_not_taken_for_one_that_varies_enormously():
    counts = np.random.default_rng(4).poisson(0.04, (8 * 168, 40)).astype(float)
    assert dispersion_learned(counts, HOUR).max() < 3


def test_the_course_of_the_day_is_known_after_three_days():
    mean = hourly_course(2)
    counts = draws(mean, nodes=60)
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[4 * 24 :] >= 3).mean() < 0.003
    counts[6 * 24 + 3 : 6 * 24 + 6] += 12
    night = replay(counts, steps(HOUR, len(mean))).score[6 * 24 + 3 : 6 * 24 + 6]
    assert (night.max(axis=0) >= 3).mean() > 0.7


def test_the_first_mondays_of_a_series_are_no_surges():
    mean = hourly_course(2)
    mean *= np.where(np.arange(len(mean)) // 24 % 7 >= 5, 0.4, 1.0)
    score = replay(draws(mean, nodes=60), steps(HOUR, len(mean), start="2023-01-02")).score
    assert (score >= 3).mean() < 0.002


def test_one_holiday_in_the_first_week_does_not_make_a_weekday():
    mean = hourly_course(2)
    mean[4 * 24 : 5 * 24] *= 0.4
    score = replay(draws(mean, nodes=60), steps(HOUR, len(mean))).score
    assert (score[11 * 24 : 12 * 24] >= 3).mean() < 0.05


def test_a_new_node_is_not_judged_before_it_was_seen_for_a_while():
    mean = hourly_course(3)
    counts = draws(mean)
    counts[:200, 0] = np.nan
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[: 200 + HOUR.cold, 0] == 0).all()
    assert score[200 + HOUR.cold + HOUR.guard :, 0].max() > 0


def test_a_public_holiday_is_a_sunday_for_hours_and_has_its_own_name_for_days():
    pytest.importorskip("holidays")
    easter = name_steps(
        np.array(["2023-04-10", "2024-04-01", "2024-04-02"], "datetime64[D]"), DAY, country="DE"
    )
    assert easter.date[0] == easter.date[1] != easter.date[2]
    hour = name_steps(np.array(["2024-04-01T10"], "datetime64[h]"), HOUR, country="DE")
    assert hour.slot[0] == 6 * 24 + 10


def test_importing_detectors_imports_no_scipy():
    import subprocess

    code = "import sys, detectors.scoring, detectors.seasonal.baseline; print('scipy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_a_started_detector_expects_what_a_replay_expects():
    mean = hourly_course(8)
    counts = draws(mean, nodes=40)
    counts[300:310] = np.nan
    stamps = steps(HOUR, len(mean) + 24)
    replayed = replay(counts, steps(HOUR, len(mean))).expected[-1]
    started = start(counts[:-1].astype(np.float32), stamps).expect()
    assert np.abs(np.log(started.expected / replayed)).max() < 0.25
    assert 1.2 < np.median(started.own) < 2.2


@pytest.mark.parametrize("days", [3, 6, 10, 14])
def test_a_detector_started_with_a_few_days_expects_their_course(days):
    mean = hourly_course(3)
    baseline = start(draws(mean[: days * 24], nodes=40).astype(np.float32), steps(HOUR, len(mean)))
    due = [baseline.expect().expected.mean() for baseline.now in range(days * 24, days * 24 + 24)]
    assert np.corrcoef(due, mean[:24])[0, 1] > 0.97
    assert np.median(baseline.dispersion.value) < 2.2


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_a_detector_starts_from_any_length_of_history(period):
    for length in (period.guard + 1, 2 * period.slots + 3 * period.cycle + period.guard + 3, 500):
        baseline = start(draws(np.full(length, 3.0)).astype(np.float32), steps(period, length + 5))
        for baseline.now in range(length, length + 5):
            assert np.isfinite(baseline.expect().expected).all()


def test_the_state_of_a_node_is_less_than_600_bytes():
    baseline = start(draws(hourly_course(8), nodes=256).astype(np.float32), steps(HOUR, 9 * 168))
    parts = [baseline, baseline.seasonal, baseline.level, baseline.dispersion]
    arrays = {id(v): v for part in parts for v in vars(part).values() if isinstance(v, np.ndarray)}
    assert sum(v.nbytes for v in arrays.values() if 256 in v.shape) / 256 < 600
