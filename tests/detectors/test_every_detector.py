"""Promises that every detector keeps: each kind of rule in detectors/rules is found here."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from histories import SHANGHAI, History, at, histories, later, ticket
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stepping import Told

import detectors.rules
from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER
from connectors.windows import Calendar
from detectors.judging import judge
from detectors.signal import Signal
from detectors.step import Detector, Place
from monitor.replay.final_counts import FinalCounts
from monitor.replay.history import versions_of
from monitor.replay.replay import replay

MODULES = [
    module
    for name in sorted(found.name for found in pkgutil.iter_modules(detectors.rules.__path__))
    for module in [importlib.import_module(f"detectors.rules.{name}")]
    # Those that follow the clock are told of hours and not of steps: tests/monitor/engine/following/.
    if hasattr(module, "Options") and hasattr(module, "Detector") and not hasattr(module.Detector, "follower")
]
KINDS = [module.__name__.rpartition(".")[2] for module in MODULES]
every_detector = pytest.mark.parametrize("module", MODULES, ids=KINDS)
# A history takes too long to shrink: what fails is printed as it was found.
THOROUGHLY = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
BRIEFLY = settings(THOROUGHLY, max_examples=10)

# What a detector is told under these names; whatever else it can be told has its default.
TOLD = st.fixed_dictionaries(
    {
        "thresholds": st.sampled_from([{"low": 1}, {"low": 2}, {"low": 2, "high": 3}]),
        "level": st.just("high"),
        "tags": st.just(("regulator", "media")),
        "factor": st.sampled_from([1.0, 1.5, 2.0]),
        "min_count": st.integers(1, 3),
        "alpha": st.sampled_from([0.5, 0.25, 1.0]),
        "seasonal": st.booleans(),
    }
)
MIDDLING = {
    "thresholds": {"low": 3},
    "level": "high",
    "tags": ("regulator",),
    "factor": 2.0,
    "min_count": 3,
    "alpha": 0.5,
}


def detector_of(module: Any, told: dict[str, Any], depths: tuple[int, ...]) -> Detector:
    known = {field.name for field in fields(module.Options)}
    options = module.Options(**{name: value for name, value in told.items() if name in known})
    return module.Detector("the rule", depths, options)


def told_apart(signals: list[Signal]) -> dict[str, Signal]:
    """Signals by identity, the first of each. Of the tickets of an hour, none alone made its count."""
    found: dict[str, Signal] = {}
    for signal in signals:
        plain = replace(signal, created_at=NEVER) if signal.kind == "hour_over_hour" else signal
        found.setdefault(signal.identity, plain)
    return found


def a_lively_month() -> History:
    """Something for everyone: many at once, escalated, of several people, again and again, tagged, open."""
    versions = [ticket("first", at("2026-05-09T07:00"), "b")]
    for n in range(5):
        created = at(f"2026-05-09T10:{n:02}")
        version = ticket(f"t{n}", created, "a", complainant=f"person {n}", tags=["regulator"])
        versions += [version, later(version, at("2026-05-09T11:00"), escalated_at=at("2026-05-09T11:00"))]
    versions += [
        ticket(f"r{n}", created, "a", closed_at=created, complainant="x")
        for n in range(5)
        for created in [at(f"2026-05-1{n}T10:00")]
    ]
    versions.append(ticket("last", at("2026-07-01T07:00"), "b"))
    versions.sort(key=lambda version: version.updated_at)
    return History(versions, [], SHANGHAI, 1, ["s"], {})


def test_the_detectors_are_found():
    assert {"daily_threshold", "monthly_escalation", "hour_over_hour"} <= set(KINDS)


@every_detector
def test_a_lively_month_makes_it_fire_and_its_signals_are_well_formed(module):
    told = Told.of(a_lively_month())
    step = told.whole()
    detector = detector_of(module, MIDDLING, (1,))
    signals = detector.judge(step)
    assert signals
    for signal in signals:
        assert (signal.rule, signal.kind) == ("the rule", module.__name__.rpartition(".")[2])
        assert step.taxonomy.find(signal.node) is not None
        assert signal.window_start < signal.window_end
        assert signal.observed >= signal.threshold >= 1
        assert step.clock_from <= signal.crossed_at <= step.clock_to
        assert signal.revised_to is None


@every_detector
@THOROUGHLY
@given(histories(max_tickets=10), TOLD, st.data())
def test_one_step_or_two_split_at_any_version_give_the_same_signals(module, history, options, data):
    depths = data.draw(st.sets(st.integers(0, history.levels), min_size=1), label="depths")
    detector = detector_of(module, options, tuple(sorted(depths)))
    told = Told.of(history)
    cut = data.draw(st.integers(0, len(told.versions)), label="cut")
    in_two = [signal for step in told.halves(cut) for signal in judge([detector], step)]
    assert told_apart(in_two) == told_apart(judge([detector], told.whole()))


@every_detector
@BRIEFLY
@given(histories(max_tickets=8), TOLD)
def test_asked_twice_it_answers_the_same_in_order_of_crossing(module, history, options):
    detector = detector_of(module, options, (history.levels,))
    step = Told.of(history).whole()
    signals = detector.judge(step)
    assert detector.judge(step) == signals
    crossed = [signal.crossed_at for signal in signals]
    assert crossed == sorted(crossed)


@every_detector
@BRIEFLY
@given(histories(max_tickets=8), TOLD)
def test_standing_answers_once_for_each_signal_with_nothing_or_a_count_that_does_not_fire(
    module, history, options
):
    detector = detector_of(module, options, (history.levels,))
    step = Told.of(history).whole()
    signals = judge([detector], step)
    assert len({signal.identity for signal in signals}) == len(signals)
    place, final = Place(step.taxonomy, step.calendar), FinalCounts(step)
    standing = detector.standing(signals, final, place)
    assert len(standing) == len(signals)
    assert all(count is None or count >= 0 for count in standing)
    backwards = detector.standing(signals[::-1], final, place)
    assert backwards == standing[::-1], "what it says of one signal depends on the others"


@every_detector
def test_after_everything_is_void_no_signal_stands(module):
    history = a_lively_month()
    end = at("2026-07-02T00:00")
    gone = [later(version, end, void=True) for version in history.versions]
    told = Told.of(replace(history, versions=[*history.versions, *gone]))
    step, detector = told.whole(), detector_of(module, MIDDLING, (1,))
    signals = judge([detector], step)
    assert signals
    assert detector.standing(signals, FinalCounts(step), told.place) == [0] * len(signals)


@every_detector
def test_nothing_ever_arrives_and_nothing_fires(module):
    taxonomy = Taxonomy(["level"])
    detector = detector_of(module, MIDDLING, (1,))
    found = replay(
        versions_of([], taxonomy),
        taxonomy=taxonomy,
        calendar=Calendar(ZoneInfo(SHANGHAI)),
        sources=["s"],
        detectors={"the rule": detector},
    )
    assert found.signals == ()
    assert detector.standing([], FinalCounts(found.step), Place(taxonomy, found.step.calendar)) == []


def test_a_ticket_that_falls_due_beside_new_tickets_is_not_taken_for_one_of_them():
    module = importlib.import_module("detectors.rules.overdue")
    created = at("2026-05-09T10:00")
    closed = ticket("closed", created, closed_at=created)
    late = ticket("late", at("2026-05-01T10:00"), updated_at=at("2026-06-09T09:00"))
    told = Told.of(History([closed, ticket("open", created), late], [], SHANGHAI, 1, ["s"], {}))
    first, rest = told.halves(2)
    detector = detector_of(module, MIDDLING, (1,))
    assert detector.judge(first) == []
    assert [dict(signal.subject)["id"] for signal in detector.judge(rest)] == ["late", "open"]
