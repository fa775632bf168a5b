"""The parts of `seasonal_surge`, each on series made for it."""

import sys

import numpy as np
import pytest

from detectors.seasonal.baseline import History
from detectors.seasonal.period import DAY, HOUR, PERIODS, WEEK
from detectors.seasonal.replaying import replay
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.start import start
from detectors.seasonal.surge import SeasonalSurge
from detectors.seasonal.tail import chance_of_none, log_mass, log_ratio, upper_tail
from detectors.seasonal.windows import most_surprising


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
    tail = upper_tail(np.array([9.0]), mean, np.array(dispersion))
    assert tail[0] == pytest.approx(mass[9:].sum(), rel=1e-6)
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


def test_a_batch_job_is_learned_within_weeks():
    mean = hourly_course(9, mean=1.0)
    counts = draws(mean)
    tuesdays = np.arange(24 + 21, len(mean), 168)
    counts[tuesdays] += 22
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[tuesdays[0]] > 3).all()
    assert (score[tuesdays[-3:]] < 3).mean() > 0.9


def test_a_surge_leaves_no_echo_when_it_is_over():
    mean = hourly_course(8)
    counts = draws(mean)
    counts[-60:-50] *= 6
    score = replay(counts, steps(HOUR, len(mean))).score
    assert (score[-58:-50].max(axis=0) > 3).all()
    assert (score[-46:] > 3).mean() < 0.01


def test_a_shift_of_level_is_followed_within_days():
    mean = hourly_course(10)
    mean[-2 * 168 :] *= 2
    score = replay(draws(mean), steps(HOUR, len(mean))).score
    assert (score[-168:] > 3).mean() < 0.01


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
    surge = SeasonalSurge(counts.shape[1], steps(period, len(counts)))
    known = np.ones(counts.shape, dtype=bool)
    history = History(counts, known.copy(), np.zeros(counts.shape))
    for row, there in zip(counts, known, strict=True):
        surge.close(row, there, history)
    return surge.dispersion.value


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
    assert (night.max(axis=0) >= 3).mean() > 0.9


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


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_asking_changes_nothing(period):
    counts = draws(np.full(40, 5.0))
    surge = SeasonalSurge(counts.shape[1], steps(period, 40))
    known = np.ones(counts.shape[1], dtype=bool)
    history = History(counts, np.ones(counts.shape, dtype=bool), np.zeros(counts.shape))
    for row in counts:
        first = surge.judge(row, known)
        surge.judge(row + 50, known, passed=0.5)
        closed = surge.close(row, known, history)
        np.testing.assert_array_equal(first.score, closed.score)


def test_a_surge_is_seen_in_the_part_of_the_hour_that_has_passed():
    mean = np.full(6 * 168, 12.0)
    counts = draws(mean)
    known = np.ones(counts.shape, dtype=bool)
    history, surge = (
        History(counts, known.copy(), np.zeros(counts.shape)),
        SeasonalSurge(20, steps(HOUR, len(mean))),
    )
    for row, there in zip(counts[:-1], known[:-1], strict=True):
        surge.close(row, there, history)
    after_20_minutes = surge.judge(np.full(20, 20.0), known[0], passed=1 / 3)
    ordinary = surge.judge(np.full(20, 4.0), known[0], passed=1 / 3)
    assert (after_20_minutes.score > 3).all()
    assert (ordinary.score < 2).all()


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

    code = "import sys, detectors, detectors.scoring, detectors.seasonal.surge; print('scipy' in sys.modules)"
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


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
def test_a_detector_starts_from_any_length_of_history(period):
    for length in (period.guard + 1, 2 * period.slots + 3 * period.cycle + period.guard + 3, 500):
        surge = start(draws(np.full(length, 3.0)).astype(np.float32), steps(period, length + 5))
        for row in draws(np.full(5, 3.0)):
            assert np.isfinite(surge.close(row, np.ones(20, dtype=bool)).score).all()


def test_the_gate_loses_no_alarm_and_asks_few():
    mean = hourly_course(8)
    counts = draws(mean, nodes=400)
    surge = start(counts.astype(np.float32), steps(HOUR, len(mean) + 24))
    rng = np.random.default_rng(8)
    few = 0
    for minute in (5, 20, 40, 59):
        now = rng.poisson(mean[0] * minute / 60, 400).astype(np.float32)
        now[:20] += rng.integers(1, 30, 20)
        full = surge.judge(now.astype(float), np.ones(400, dtype=bool), passed=minute / 60)
        alerted = surge.tick(now, passed=minute / 60)
        assert set(np.flatnonzero(full.score >= 3)) <= set(alerted.nodes)
        np.testing.assert_allclose(alerted.judgement.score, full.score[alerted.nodes], rtol=1e-6)
        few += len(alerted.nodes)
    assert few < 4 * 60


def test_the_state_of_a_node_is_less_than_a_kilobyte():
    surge = start(draws(hourly_course(8), nodes=256).astype(np.float32), steps(HOUR, 9 * 168))
    parts = [
        surge,
        surge.baseline,
        surge.level,
        surge.dispersion,
        surge.scan,
        surge.calibration,
        *surge.guarded,
    ]
    arrays = {id(v): v for part in parts for v in vars(part).values() if isinstance(v, np.ndarray)}
    assert sum(v.nbytes for v in arrays.values() if 256 in v.shape) / 256 < 1000


def test_a_restart_with_the_old_evidence_keeps_it():
    mean = hourly_course(8)
    counts = draws(mean)
    counts[-3:, 0] += 25
    stamps = steps(HOUR, len(mean) + 24)
    before = start(counts[:-3].astype(np.float32), stamps)
    for row in counts[-3:]:
        before.close(row, np.ones(20, dtype=bool))
    after = start(counts.astype(np.float32), stamps, before=before)
    np.testing.assert_array_equal(after.scan.carried, before.scan.carried)
    assert after.now == before.now


def test_the_window_that_a_page_names_is_the_most_surprising_one():
    counts = np.full((30, 3), 4.0)
    counts[-6:, 0], counts[-1, 1] = 9, 19
    found = most_surprising(counts, np.full((30, 3), 4.0), np.full(3, 1.3))
    assert found.length.tolist()[:2] == [6, 1]
    assert found.count.tolist()[:2] == [54, 19]
    assert (found.chance[:2] < 0.001).all()
    assert found.chance[2] > 0.5
