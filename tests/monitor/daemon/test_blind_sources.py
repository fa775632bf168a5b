"""Law 3: a source that goes silent is not a source without tickets."""

from datetime import timedelta
from pathlib import Path

import pytest
from dropping import World, drop_bytes
from histories import at, burst
from oracle import OracleRule
from simulating import Simulation

from alerts.page import Page, Reason
from connectors.ticket import at_us, to_us
from monitor.engine.knowing import known_time

MORNING = at("2026-05-09T08:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RULES = [
    OracleRule("volume", "daily_threshold", thresholds={"high": 10}),
    OracleRule("hours", "hour_over_hour", min_count=5, alpha=0.05, level="low"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, f"sqlite:///{tmp_path}/complaints.db", RULES, levels=1, sources=("desk", "web"))
    world.write()
    return world


@pytest.fixture
def simulation(world: World):
    simulation = Simulation(world.config, MORNING)
    # A first ticket of each, so that the hours from nine on are known.
    for source in world.sources:
        world.drop("0.csv", burst(1, MORNING, prefix="first", source=source), source)
    simulation.run(MORNING + 2 * HOUR, 5 * MINUTE)
    yield simulation
    simulation.close()


def silence(world: World, source: str) -> None:
    """The export's disk is gone."""
    world.inbox(source).rename(world.folder / f"{source} away")


def speak(world: World, source: str) -> None:
    (world.folder / f"{source} away").rename(world.inbox(source))


def hours_known(simulation: Simulation) -> set[int]:
    """Hours of the local day that have been closed and are known."""
    calendar = simulation.engine.calendar
    with simulation.store.reading() as tx:
        closed = tx.facts.closed_until()
        assert closed is not None
        hours = calendar.hours_between(calendar.day(closed), closed)
        known = known_time(tx, calendar, simulation.engine.rules).hours(hours)
    zone = simulation.config.timezone
    return {at_us(hour).astimezone(zone).hour for hour in hours[known].tolist()}


def about_sources(simulation: Simulation) -> list[Page]:
    return simulation.pages(Reason.SOURCE_BLIND, Reason.SOURCE_RECOVERED)


def test_a_silent_source_is_blind_after_its_time_and_operators_are_paged_once(world, simulation):
    world.drop("1.csv", burst(10, MORNING + 2 * HOUR, source="desk"), "desk")
    simulation.run(MORNING + 2 * HOUR + 5 * MINUTE, MINUTE)
    [signal] = simulation.signals()
    silence(world, "desk")
    begun = simulation.clock.now()
    simulation.run(begun + 15 * MINUTE, MINUTE)
    assert about_sources(simulation) == []
    simulation.run(begun + 16 * MINUTE, MINUTE)
    [page] = about_sources(simulation)
    assert (page.reason, page.fact("source"), {one.role for one in page.told}) == (
        Reason.SOURCE_BLIND,
        "desk",
        {"operator"},
    )
    assert "inbox/desk" in page.fact("error")
    simulation.run(begun + 8 * HOUR, 5 * MINUTE)
    assert len(about_sources(simulation)) == 1
    # Nothing is resolved, revised or fired by the silence.
    assert simulation.signals() == [signal]


def test_the_hours_of_a_blind_source_are_unknown_and_not_zero(world, simulation):
    silence(world, "desk")
    simulation.run(MORNING + 5 * HOUR, 5 * MINUTE)
    speak(world, "desk")
    simulation.run(MORNING + 8 * HOUR, 5 * MINUTE)
    # The last complete look was at ten sharp; the first one afterwards at five past one.
    assert hours_known(simulation) == {9, 14, 15}
    [blind, back] = about_sources(simulation)
    assert (blind.reason, back.reason) == (Reason.SOURCE_BLIND, Reason.SOURCE_RECOVERED)


def test_what_a_blind_source_held_back_still_counts_and_pages(world, simulation):
    silence(world, "desk")
    simulation.run(MORNING + 5 * HOUR, 5 * MINUTE)
    speak(world, "desk")
    world.drop("1.csv", burst(12, MORNING + 3 * HOUR, source="desk"), "desk")
    simulation.run(MORNING + 6 * HOUR, 5 * MINUTE)
    # A surge of one hour after another cannot be judged in unknown hours; the day's count can.
    assert [(one.rule, one.observed) for one in simulation.signals()] == [("volume", 10)]
    assert simulation.paged() == [one.identity for one in simulation.signals()]


def test_hours_of_the_other_sources_are_closed_while_one_is_blind(world, simulation):
    silence(world, "desk")
    simulation.run(MORNING + 5 * HOUR, 5 * MINUTE)
    with simulation.store.reading() as tx:
        assert tx.facts.closed_until() == to_us(MORNING + 5 * HOUR)


def test_a_restart_makes_no_source_see_again(world, simulation):
    silence(world, "desk")
    simulation.run(MORNING + 4 * HOUR, 5 * MINUTE)
    for _ in range(3):
        simulation.restart(after=MINUTE)
        simulation.run(simulation.clock.now() + 2 * MINUTE, MINUTE)
    assert [page.reason for page in about_sources(simulation)] == [Reason.SOURCE_BLIND]
    speak(world, "desk")
    simulation.run(simulation.clock.now() + 2 * MINUTE, MINUTE)
    assert [page.reason for page in about_sources(simulation)] == [
        Reason.SOURCE_BLIND,
        Reason.SOURCE_RECOVERED,
    ]
    assert hours_known(simulation) == {9}


def test_time_in_which_the_monitor_was_down_makes_no_source_blind(world, simulation):
    simulation.restart(after=5 * HOUR)
    simulation.run(simulation.clock.now() + 30 * MINUTE, MINUTE)
    assert about_sources(simulation) == []


def test_a_source_that_was_never_read_becomes_blind_too(tmp_path):
    world = World(tmp_path, f"sqlite:///{tmp_path}/complaints.db", RULES, levels=1)
    world.write()
    world.inbox().rmdir()
    simulation = Simulation(world.config, MORNING)
    simulation.run(MORNING + HOUR, MINUTE)
    assert [page.reason for page in about_sources(simulation)] == [Reason.SOURCE_BLIND]
    drop_bytes(world.inbox() / "1.csv", world.table(burst(1, MORNING)).encode())
    simulation.run(MORNING + 2 * HOUR, MINUTE)
    assert len(about_sources(simulation)) == 2
    simulation.close()


def test_a_source_that_is_blind_for_a_second_time_is_paged_again(world, simulation):
    for day in range(2):
        silence(world, "desk")
        simulation.run(MORNING + (3 + 3 * day) * HOUR, 5 * MINUTE)
        speak(world, "desk")
        simulation.run(MORNING + (4 + 3 * day) * HOUR, 5 * MINUTE)
    assert len(about_sources(simulation)) == 4


def test_a_page_says_which_sources_are_blind(world, simulation):
    silence(world, "desk")
    simulation.run(MORNING + 4 * HOUR, 5 * MINUTE)
    world.drop("1.csv", burst(10, MORNING + 3 * HOUR, source="web"), "web")
    simulation.run(MORNING + 4 * HOUR + MINUTE, MINUTE)
    [page] = simulation.pages(Reason.LEVEL_REACHED)
    assert page.blind == ("desk",)
