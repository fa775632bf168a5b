"""Bad input: a clear error, nothing lost, and on it goes when it is mended."""

import gzip
import resource
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import fresh_database, told
from dropping import World, drop_bytes, zone_at_noon
from histories import at, burst, ticket
from oracle import OracleRule
from process import DaemonProcess, eventually
from simulating import Simulation

from monitor.storage import Store, StoreBusyError, database

MORNING = at("2026-05-09T08:00")
MINUTE = timedelta(minutes=1)
VOLUME = OracleRule("volume", "daily_threshold", (1,), {"high": 10})


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, f"sqlite:///{tmp_path}/complaints.db", [VOLUME], levels=1)
    world.write()
    return world


@pytest.fixture
def simulation(world: World):
    simulation = Simulation(world.config, MORNING)
    yield simulation
    simulation.close()


def quarantined(simulation: Simulation) -> list[tuple[str, str]]:
    with simulation.store.reading() as tx:
        return [(one.row.place, one.row.reason) for one in tx.quarantine.rows()]


def fired(simulation: Simulation) -> list[int]:
    return [signal.observed for signal in simulation.signals()]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("created", "2031-01-01T00:00:00Z", "2031-01-01"),
        ("created", "yesterday", "yesterday"),
        ("created", "", "created"),
        ("updated", "tomorrow at noon", "tomorrow"),
        ("id", "", "id"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_stops_no_other(
    column, value, reason, world, simulation
):
    good = world.table(burst(10, MORNING - MINUTE))
    header, *lines = good.splitlines()
    cells = lines[0].split(",")
    cells[header.split(",").index(column)] = value
    drop_bytes(world.inbox() / "1.csv", "\n".join([header, ",".join(cells), *lines]).encode())
    simulation.reach(MORNING)
    [(place, why)] = quarantined(simulation)
    assert place == "1.csv, line 2"
    assert reason in why
    assert fired(simulation) == [10]
    # Read again, it is counted once.
    world.drop("2.csv", burst(1, MORNING, prefix="u"))
    simulation.restart()
    simulation.reach(MORNING + MINUTE)
    assert len(quarantined(simulation)) == 1


def test_a_path_of_six_names_is_quarantined(world, simulation):
    world.sources = ()
    world.levels = 5
    world.sources_toml = """
[[sources]]
name = "s"
kind = "jsonl"
path = "inbox/s"
settle = "0s"
[sources.fields]
id = "id"
created_at = "at"
category = ["category"]
"""
    world.url = f"sqlite:///{world.folder}/other.db"
    world.write()
    simulation.restart()
    rows = [f'{{"id": "{n}", "at": "2026-05-09T00:00:00Z", "category": {list("abcde")}}}' for n in range(10)]
    rows.append(f'{{"id": "x", "at": "2026-05-09T00:00:00Z", "category": {list("abcdef")}}}')
    drop_bytes(world.inbox("s") / "1.jsonl", "\n".join(rows).replace("'", '"').encode())
    simulation.reach(MORNING)
    [(place, why)] = quarantined(simulation)
    assert place == "1.jsonl, line 11"
    assert "6" in why
    assert fired(simulation) == [10]


def test_an_empty_file_and_one_with_a_header_alone_are_no_trouble(world, simulation):
    drop_bytes(world.inbox() / "1.csv", b"")
    world.drop("2.csv", [])
    world.drop("3.csv", burst(10, MORNING - MINUTE))
    simulation.reach(MORNING)
    assert simulation.problems == []
    assert quarantined(simulation) == []
    assert fired(simulation) == [10]


def test_a_truncated_archive_is_named_and_read_whole_when_it_is_dropped_again(world, simulation):
    whole = gzip.compress(world.table(burst(500, MORNING - MINUTE, step=timedelta(0))).encode())
    drop_bytes(world.inbox() / "1.csv.gz", whole[: len(whole) // 2])
    world.drop("2.csv", burst(10, MORNING, "b", prefix="u"))
    simulation.reach(MORNING + MINUTE)
    [problem] = simulation.problems
    assert "1.csv.gz cannot be read to its end" in problem
    assert "drop it again whole" in problem
    assert {signal.node for signal in simulation.signals()} >= {("b",)}
    drop_bytes(world.inbox() / "1.csv.gz", whole)
    simulation.reach(MORNING + 2 * MINUTE)
    assert len(simulation.problems) == 1
    with simulation.store.reading() as tx:
        assert int(tx.counts.leaf("tickets", 0, 2**62)[1].sum()) == 510
    assert sorted(simulation.paged()) == sorted(signal.identity for signal in simulation.signals())


def test_a_missing_column_is_named_with_those_there_are(world, simulation):
    text = world.table(burst(10, MORNING - MINUTE)).replace("updated", "changed", 1)
    drop_bytes(world.inbox() / "1.csv", text.encode())
    world.drop("2.csv", burst(10, MORNING - MINUTE, "b", prefix="u"))
    simulation.reach(MORNING)
    [problem] = simulation.problems
    assert "updated" in problem
    assert "changed" in problem
    assert [signal.node for signal in simulation.signals()] == [("b",)]


def test_the_same_id_of_two_sources_is_two_tickets(world, simulation):
    world.sources = ("s", "web")
    world.write()
    simulation.restart()
    for source in world.sources:
        world.drop("1.csv", [ticket(f"{n}", MORNING, source=source) for n in range(5)], source)
    simulation.reach(MORNING + MINUTE)
    assert fired(simulation) == [10]


def test_a_locked_database_loses_nothing(world, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    simulation = Simulation(world.config, MORNING)
    world.drop("1.csv", burst(10, MORNING - MINUTE))
    other = sqlite3.connect(world.folder / "complaints.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="another program holds the store's lock; end it"):
        simulation.reach(MORNING)
    assert fired(simulation) == []
    other.execute("ROLLBACK")
    other.close()
    simulation.reach(MORNING + MINUTE)
    assert fired(simulation) == [10]
    assert len(simulation.paged()) == 1
    simulation.close()


# -- a real process ---------------------------------------------------------------------------------------


def now_world(folder: Path, url: str) -> World:
    world = World(folder, url, [VOLUME], zone=zone_at_noon(), levels=1)
    world.write()
    return world


def today(number: int, path: str) -> list:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return burst(number, start, path, prefix=path, step=timedelta(0))


def counted(url: str) -> int:
    store = Store.open(url)
    with store.reading() as tx:
        found = int(tx.counts.leaf("tickets", 0, 2**62)[1].sum())
    store.close()
    return found


def test_a_full_disk_stops_nothing_but_the_writing_and_everything_follows(tmp_path):
    url = f"sqlite:///{tmp_path}/complaints.db"
    world = now_world(tmp_path, url)
    Store.open(url).close()
    with DaemonProcess(tmp_path) as daemon:
        # No file may grow beyond 2 MB: the log of the daemon stays far below, the database does not.
        daemon.start("sh", "-c", 'ulimit -S -f 4096; exec "$0" "$@"')
        daemon.wait_for_start()
        world.drop("1.csv", today(10, "a"))
        eventually(lambda: daemon.told("page_sent"))
        world.drop("2.csv", today(60_000, "b"))
        [failed, *_] = eventually(lambda: daemon.told("store_failed"))
        assert (
            "nothing that was stored is lost" in failed["error"] or "answers with errors" in failed["error"]
        )
        assert daemon.running
        assert counted(url) % 20_000 == 10
        assert daemon.process is not None
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        eventually(lambda: daemon.told("signal_fired", node="b"))
        eventually(lambda: counted(url) == 60_010)
        eventually(lambda: len(daemon.told("page_sent")) == 2)
        assert daemon.terminate() == 0
    assert daemon.printed().total() == 2


@pytest.mark.slow
def test_a_database_that_is_locked_for_long_is_waited_for(tmp_path):
    url = f"sqlite:///{tmp_path}/complaints.db"
    world = now_world(tmp_path, url)
    with DaemonProcess(tmp_path).started() as daemon:
        eventually((tmp_path / "complaints.db").exists)
        other = sqlite3.connect(tmp_path / "complaints.db", isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        world.drop("1.csv", today(10, "a"))
        world.rules = [OracleRule("volume", "daily_threshold", (1,), {"high": 5})]
        world.write()
        # Both wait at once, each for ten seconds.
        daemon.hang_up()
        eventually(lambda: daemon.told("store_failed") or daemon.told("store_busy"))
        eventually(lambda: daemon.told("config_refused"))
        assert daemon.running
        other.execute("ROLLBACK")
        other.close()
        [fired] = eventually(lambda: daemon.told("signal_fired"))
        # The refused configuration is not in force.
        assert fired["threshold"] == 10
        assert daemon.terminate() == 0


@pytest.mark.postgres
@pytest.mark.slow
def test_a_database_that_turns_read_only_or_goes_away_is_waited_for(tmp_path, postgres_url):
    with fresh_database(postgres_url) as url, DaemonProcess(tmp_path) as daemon:
        world = now_world(tmp_path, url)
        name = url.rpartition("/")[2].partition("?")[0]
        cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        daemon.started()
        told(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on", cut)
        world.drop("1.csv", today(10, "a"))
        eventually(
            lambda: [one for one in daemon.told("store_failed") if "only allows reading" in one["error"]]
        )
        assert daemon.running
        told(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = off", cut)
        eventually(lambda: daemon.told("page_sent"))
        assert daemon.terminate() == 0
        assert counted(url) == 10
