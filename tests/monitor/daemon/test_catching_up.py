"""After downtime, and after an import: the right signals, and no storm of pages."""

from datetime import timedelta
from pathlib import Path

import pytest
from dropping import World
from engine import signal_record
from histories import at, burst
from oracle import OracleRule, OracleTicket, identity, lasting, run
from simulating import Simulation

from alerts.page import Reason

MORNING = at("2026-05-09T08:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = [
    OracleRule("volume", "daily_threshold", (1,), {"high": 100}),
    OracleRule("escalated", "monthly_escalation", (1,), {"high": 5}),
    OracleRule("hours", "hour_over_hour", (0, 1), level="low"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, f"sqlite:///{tmp_path}/complaints.db", RULES, levels=1)
    world.write()
    return world


@pytest.fixture
def simulation(world: World):
    simulation = Simulation(world.config, MORNING)
    world.drop("0.csv", burst(1, MORNING, prefix="first"))
    simulation.run(MORNING + 2 * HOUR, 5 * MINUTE)
    yield simulation
    simulation.close()


def five_hours() -> list[OracleTicket]:
    """From ten to three: surges in twelve categories in every other hour, and one category of 110."""
    start = MORNING + 2 * HOUR
    surges = [
        one
        for hour in range(0, 5, 2)
        for node in range(12)
        for one in burst(20, start + hour * HOUR, f"node {node}", prefix=f"{hour}-{node}-", step=MINUTE)
    ]
    return surges + burst(110, start, "bad day", prefix="day", step=2 * MINUTE)


def everything_is_paged_once(simulation: Simulation) -> bool:
    return sorted(simulation.paged()) == sorted(signal.identity for signal in simulation.signals())


def test_hours_missed_in_downtime_share_one_page_and_todays_count_has_its_own(world, simulation):
    simulation.restart(after=5 * HOUR)
    world.drop("1.csv", five_hours())
    simulation.run(simulation.clock.now() + 10 * MINUTE, MINUTE)
    expected = run(
        [*burst(1, MORNING, prefix="first"), *five_hours()],
        RULES,
        zone=world.zone,
        levels_of_taxonomy=1,
        gaps={},
        sources=["s"],
    )
    found = [signal_record(signal) for signal in simulation.signals()]
    assert {identity(one) for one in found} == lasting(expected)
    [missed] = simulation.pages(Reason.CAUGHT_UP)
    [day] = [page for page in simulation.pages() if page.node == ("bad day",)]
    assert [signal.rule for signal in day.signals] == ["volume"]
    assert len(missed.signals) > 24
    # What ended within the last two hours is no history yet: each of its nodes has its page.
    assert len(simulation.pages()) <= 2 + 12 + 1
    assert everything_is_paged_once(simulation)


def test_a_file_that_comes_hours_late_pages_each_of_its_nodes_once(world, simulation):
    simulation.run(MORNING + 7 * HOUR, 5 * MINUTE)
    world.drop("1.csv", five_hours())
    simulation.run(simulation.clock.now() + 10 * MINUTE, MINUTE)
    nodes = [page.node for page in simulation.pages()]
    # Thirteen nodes; what fired for all of them together is in the page of the branch that explains it.
    assert len(nodes) == len(set(nodes)) == 13
    assert len(simulation.signals()) > 37
    assert everything_is_paged_once(simulation)


def last_year() -> list[OracleTicket]:
    return [
        one
        for day in range(10)
        for one in burst(120, at("2025-03-01T10:00") + day * DAY, f"node {day % 3}", prefix=f"d{day}-")
    ]


def test_a_bulk_import_of_last_year_is_one_page(world, simulation):
    world.drop("import.csv", last_year())
    simulation.run(MORNING + 3 * HOUR, 5 * MINUTE)
    [page] = simulation.pages()
    assert (page.reason, page.fact("source"), page.fact("tickets")) == (Reason.BULK_IMPORT, "s", "1200")
    assert sum(signal.rule == "volume" for signal in page.signals) == 10
    assert everything_is_paged_once(simulation)
    assert {role.role for role in page.told} == {"supervisor"}


def test_files_dropped_again_change_nothing(world, simulation):
    world.drop("import.csv", last_year())
    world.drop("today.csv", burst(120, MORNING + HOUR))
    simulation.run(MORNING + 3 * HOUR, 5 * MINUTE)
    before = simulation.stored(), simulation.pages()
    world.drop("import.csv", last_year())
    world.drop("import again.csv", last_year())
    world.drop("today.csv", burst(120, MORNING + HOUR))
    simulation.restart()
    simulation.run(MORNING + 4 * HOUR, 5 * MINUTE)
    assert (simulation.stored(), simulation.pages()) == before
    assert everything_is_paged_once(simulation)


def test_an_import_beside_a_file_that_cannot_be_read_is_paged_all_the_same(world, simulation):
    world.drop("import.csv", last_year())
    (world.inbox() / "broken.csv").write_bytes(b"\x1f\x8b\x08\x00 and no more")
    simulation.run(MORNING + 3 * HOUR, 5 * MINUTE)
    assert len(simulation.signals()) >= 10
    assert everything_is_paged_once(simulation)


def test_a_restart_sends_nothing_again(world, simulation):
    world.drop("today.csv", burst(120, MORNING + HOUR))
    simulation.run(MORNING + 3 * HOUR, 5 * MINUTE)
    sent = len(simulation.reader.sent)
    assert sent == len(simulation.pages())
    for _ in range(3):
        simulation.restart(after=MINUTE)
        simulation.run(simulation.clock.now() + 2 * MINUTE, MINUTE)
    assert len(simulation.reader.sent) == sent


def test_what_was_decided_and_not_sent_before_a_restart_is_sent_after_it(world, simulation):
    simulation.reader.broken = True
    world.drop("today.csv", burst(120, MORNING + HOUR))
    simulation.run(MORNING + 2 * HOUR + MINUTE, MINUTE)
    assert simulation.reader.sent == []
    simulation.reader.broken = False
    simulation.restart(after=HOUR)
    simulation.tick()
    assert everything_is_paged_once(simulation)
    assert all(message.uncertain for message in simulation.reader.sent)
