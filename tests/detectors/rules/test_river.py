"""Any detector of river: scored before it learns, within the budget; a lasting change is a shift."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from engine import ticket_of
from histories import SHANGHAI
from hypothesis import given
from hypothesis import strategies as st
from live import Live, plan_of, sqlite
from river.anomaly import GaussianScorer
from structlog.testing import capture_logs
from surging import DAY, HOUR, TODAY, World, before

from connectors.taxonomy import Taxonomy
from connectors.ticket import TicketBatch
from connectors.windows import Calendar
from detectors.followers.levels import changed_at
from detectors.followers.watchers import scored
from detectors.rules.river import Detector, Options
from monitor.engine.rules import Rules
from monitor.replay.history import versions_of
from monitor.replay.replay import replay


def rule(detector, arguments=None, **told):
    options = Options(detector, arguments or {}, level="mild", false_pages_per_week=2.0, **told)
    return Detector("river", (0, 1), options)


GAUSS = rule("river.anomaly.GaussianScorer", {"grace_period": 24})
EVERY = [
    GAUSS,
    rule("river.anomaly.StandardAbsoluteDeviation"),
    rule("river.anomaly.HalfSpaceTrees", {"window_size": 48, "seed": 1}),
]


def busy(seed=1, *, days=14, until=TODAY):
    """Days of about five tickets an hour."""
    world = World(Random(seed))
    for _ in range(8):
        world.ordinary(TODAY - days * DAY, until)
    return world


def of_replay(versions, detector):
    return [signal for signal in replayed(versions, detector).signals if seen(signal) > TODAY]


def replayed(versions, detector):
    taxonomy = Taxonomy(["level 0", "level 1"])
    return replay(
        versions_of([(0, TicketBatch.of("s", map(ticket_of, versions)))], taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(SHANGHAI)),
        sources=["s"],
        detectors={"river": detector},
    )


def live_of(folder, detector):
    live = Live.__new__(Live)
    live.url, live.sources, live.levels, live.pages = sqlite(folder), ["s"], 2, []
    live.calendar = Calendar(ZoneInfo(SHANGHAI))
    live.rules = Rules(detectors={"river": detector}, plan=plan_of(["mild"]), sources=("s",))
    live.open()
    return live


def seen(signal):
    return datetime.fromisoformat(signal.detail["detected_at"])


def key(signal):
    detail = {name: value for name, value in signal.detail.items() if name != "detected_at"}
    return str((signal.node, signal.window_start, signal.observed, signal.crossed_at, detail))


@pytest.mark.parametrize("detector", EVERY, ids=lambda one: one.options.detector)
def test_a_burst_is_found_in_its_hour(detector):
    world = busy(until=TODAY + 15 * HOUR)
    world.surge(TODAY + 11 * HOUR, "a/x", 60, HOUR)
    found = of_replay(world.in_order(), detector)
    assert [signal.node for signal in found] == [("a",)]
    [signal] = found
    assert signal.crossed_at - signal.window_start == HOUR // timedelta(microseconds=1)
    assert signal.observed >= 60 > signal.detail["expected"]
    assert signal.detail["detector"] == detector.options.detector


def test_a_burst_of_two_hours_is_told_once_though_an_hour_of_quiet_is_enough():
    world = busy(days=7, until=TODAY + 15 * HOUR)
    for hour in (10, 11, 13):
        world.surge(TODAY + hour * HOUR, "a/x", 60, HOUR)
    detector = rule("river.anomaly.GaussianScorer", {"grace_period": 24}, quiet_hours=1)
    found = of_replay(world.in_order(), detector)
    assert [seen(signal) - TODAY for signal in found] == [11 * HOUR, 14 * HOUR]


@pytest.mark.slow
@pytest.mark.parametrize("drift", ["river.drift.ADWIN", "river.drift.PageHinkley"])
def test_a_level_that_has_changed_for_good_is_told_once_with_its_beginning(drift):
    began = TODAY + 8 * HOUR
    world = busy(days=21, until=TODAY + 5 * DAY)
    for _ in range(6):
        world.ordinary(began, TODAY + 5 * DAY)
    detector = rule(drift, {"min_instances": 30, "threshold": 12.0} if "Page" in drift else {})
    whole = [s for s in of_replay(world.in_order(), detector) if s.node == ()]
    assert len(whole) == 1
    [shift] = whole
    assert 0.4 < shift.detail["change"] < 1.3
    since = datetime.fromisoformat(shift.detail["since"])
    assert abs(since - began) <= 12 * HOUR
    assert seen(shift) - began <= 3 * DAY


def test_the_daemon_finds_what_a_replay_finds_also_across_restarts(tmp_path: Path):
    world = busy(days=7, until=TODAY + 8 * HOUR)
    world.surge(TODAY + 3 * HOUR, "a/x", 60, HOUR)
    world.surge(TODAY + 5 * HOUR, "b/x", 50, HOUR)
    versions = world.in_order()
    live = live_of(tmp_path, GAUSS)
    live.arrive(before(versions, TODAY), TODAY, imported=999)
    live.reach(TODAY)
    for hour in range(1, 9):
        now = TODAY + hour * HOUR
        for version in versions:
            if now - HOUR <= version.updated_at < now:
                live.arrive([version], version.updated_at)
        live.reach(now)
        live.restart()
    replayed = of_replay(versions, GAUSS)
    assert len(replayed) >= 2
    upto = [s for s in replayed if seen(s) <= TODAY + 8 * HOUR]
    assert sorted(map(key, live.signals())) == sorted(map(key, upto))


def test_it_is_scored_before_it_learns():
    class Spy:
        def __init__(self):
            self.calls = []

        def score_one(self, x):
            self.calls.append(("score", x["count"]))
            return float("nan")

        def learn_one(self, x):
            self.calls.append(("learn", x["count"]))

    spy = Spy()
    assert scored(spy, 7.0, 30) == 0.0, "what is no number is no alarm"
    assert spy.calls == [("score", 7.0), ("learn", 7.0)]


@given(st.integers(8, 60), st.integers(8, 60), st.floats(0.1, 3))
def test_the_beginning_of_a_clear_shift_is_found_exactly(before_it, after, height):
    level = np.array([1.0] * before_it + [1 + height] * after)
    assert changed_at(level, np.ones(len(level))) == before_it


def test_a_shift_of_a_third_is_found_whatever_the_nights_with_few_tickets_say():
    usual = np.tile([0.5] * 8 + [30.0] * 16, 14)
    raised = np.repeat([1, 1.38], [250, 86])
    for seed in range(10):
        level = np.random.default_rng(seed).poisson(usual * raised) / usual
        assert abs(changed_at(level, usual) - 250) <= 12


def test_what_has_told_no_hour_from_another_yet_alarms_at_none():
    trees = rule("river.anomaly.HalfSpaceTrees", {"window_size": 10_000, "seed": 1})
    world = busy(days=4, until=TODAY + 15 * HOUR)
    world.surge(TODAY + 11 * HOUR, "a/x", 60, HOUR)
    assert of_replay(world.in_order(), trees) == []


@pytest.fixture
def brittle(monkeypatch):
    """River's scorer, which cannot bear more than 55 tickets in an hour."""
    score = GaussianScorer.score_one

    def brittle(self, x, y):
        if y > 55:
            raise OverflowError(f"{y:g} is too much")
        return score(self, x, y)

    monkeypatch.setattr(GaussianScorer, "score_one", brittle)
    world = busy(days=7, until=TODAY + 8 * HOUR)
    world.surge(TODAY - 30 * HOUR, "a/x", 60, HOUR)
    world.surge(TODAY + 3 * HOUR, "a/x", 30, HOUR)
    world.surge(TODAY + 5 * HOUR, "b/x", 40, HOUR)
    return world.in_order()


def test_a_node_at_which_a_detector_fails_is_left_out_and_the_others_are_judged(brittle):
    found = replayed(brittle, GAUSS)
    assert [signal.node for signal in found.signals if seen(signal) > TODAY] == [("b",)]
    assert set(found.failures) == {("river", ()), ("river", ("a",))}
    assert "OverflowError: 6" in found.failures["river", ("a",)]


def test_the_daemon_says_once_at_which_nodes_a_detector_failed(brittle, tmp_path: Path):
    live = live_of(tmp_path, GAUSS)
    with capture_logs() as lines:
        live.arrive(before(brittle, TODAY), TODAY, imported=999)
        for hour in range(9):
            now = TODAY + hour * HOUR
            for version in brittle:
                if TODAY <= now - HOUR <= version.updated_at < now:
                    live.arrive([version], version.updated_at)
            live.reach(now)
        old = replace(brittle[0], id="old", updated_at=now)
        live.arrive([old], now, imported=1)
        live.reach(now + HOUR)
    assert [signal.node for signal in live.signals()] == [("b",)]
    said = [(line["node"], line["rule"]) for line in lines if line["event"] == "detector_failed"]
    assert sorted(said) == [("", "river"), ("a", "river")]


@pytest.mark.parametrize(
    ("detector", "arguments", "sentence"),
    [
        ("numpy.array", {}, '"numpy.array" is no class of river; write one such as "river.anomaly.Gaussian'),
        (
            "river.anomaly.Gauss",
            {},
            'river has no class "river.anomaly.Gauss"; see river.anomaly and river.d',
        ),
        ("river.anomaly.GaussianScorer", {"grace": 3}, "cannot be made with these arguments: .*'grace'"),
        ("river.drift.binary.DDM", {}, '"river.drift.binary.DDM" cannot judge counts: math domain error'),
        ("river.stats.Mean", {}, '"river.stats.Mean" detects neither anomalies nor drift'),
    ],
)
def test_a_mistake_is_a_sentence(detector, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Options(detector, arguments)
