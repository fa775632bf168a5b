"""The process: one a store, graceful at its end, back at once after `kill -9`, re-read on SIGHUP."""

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropping import World, drop_bytes, replace_file, zone_at_noon
from fakes.switch import Switch
from histories import burst
from oracle import OracleRule, OracleTicket
from process import PATIENCE, DaemonProcess, eventually

from monitor.commands import Exit
from monitor.storage import Store
from monitor.storage.outbox import State

VOLUME = OracleRule("volume", "daily_threshold", thresholds={"high": 10})


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, f"sqlite:///{tmp_path}/complaints.db", [VOLUME], zone=zone_at_noon(), levels=1)
    world.write()
    return world


@pytest.fixture
def daemon(world: World):
    with DaemonProcess(world.folder) as process:
        yield process


def today(number: int, path: str = "a", **told: str) -> list[OracleTicket]:
    """So many tickets of the day that it is now."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return burst(number, start, path, step=timedelta(0), **told)


def counted(world: World) -> int:
    store = Store.open(world.url)
    with store.reading() as tx:
        found = int(tx.counts.leaf("tickets", 0, 2**62)[1].sum())
    store.close()
    return found


def pages_sent(world: World) -> list[int]:
    """Counts named by the signals of the pages that were sent."""
    store = Store.open(world.url)
    with store.reading() as tx:
        assert tx.outbox.figures()[State.PENDING] == 0
        found = [signal.observed for page in tx.outbox.pages() for signal in page.signals]
    store.close()
    return found


def test_sigterm_ends_it_with_exit_code_0_and_the_next_start_goes_on(world, daemon):
    world.drop("1.csv", today(6))
    daemon.started()
    eventually(lambda: daemon.told("source_read"))
    assert daemon.terminate() == Exit.OK
    [stopping], [stopped] = daemon.told("stopping"), daemon.told("stopped")
    assert (stopping["why"], stopped["unfinished"]) == ("SIGTERM", [])
    world.drop("2.csv", today(4, prefix="u"))
    daemon.started()
    eventually(lambda: daemon.told("page_sent"))
    assert daemon.terminate() == Exit.OK
    assert counted(world) == 10
    assert pages_sent(world) == [10]
    assert daemon.printed().total() == 1


def test_a_second_instance_is_refused_and_told_who_is_at_work(world, daemon):
    daemon.started()
    assert daemon.process is not None
    other = DaemonProcess(world.folder)
    other.log = world.folder / "other.jsonl"
    other.start()
    assert other.process is not None
    assert other.process.wait(PATIENCE) == Exit.LEASE
    assert f"{socket.gethostname()} process {daemon.process.pid} already writes" in other.lines()[-1]["text"]
    assert daemon.running


def test_after_a_kill_a_restart_takes_over_at_once(world, daemon):
    daemon.started()
    daemon.kill()
    daemon.started()
    assert daemon.terminate() == Exit.OK


def test_a_lowered_threshold_judges_the_open_day_at_once_and_pages_once(world, daemon):
    world.drop("1.csv", [*today(12), *today(7, "b", prefix="u")])
    daemon.started()
    eventually(lambda: daemon.told("page_sent"))
    world.rules = [OracleRule("volume", "daily_threshold", thresholds={"high": 6})]
    world.write()
    daemon.hang_up()
    eventually(lambda: daemon.told("config_reloaded"))
    eventually(lambda: len(daemon.told("page_sent")) == 2)
    daemon.hang_up()
    eventually(lambda: len(daemon.told("config_reloaded")) == 2)
    assert daemon.terminate() == Exit.OK
    # Of what had fired by ten nothing is sent again.
    assert pages_sent(world) == [10, 6]
    assert daemon.printed().total() == 2


def test_an_invalid_configuration_is_refused_with_all_reasons_and_the_old_one_stays(world, daemon):
    daemon.started()
    text = world.text()
    text = text.replace("timezone", "timezome").replace("daily_threshold", "dayly_threshold")
    replace_file(world.config, text)
    daemon.hang_up()
    refused = eventually(lambda: daemon.told("config_refused"))
    problems = " ".join(line["problem"] for line in refused)
    assert "timezome" in problems
    assert "dayly_threshold" in problems
    world.drop("1.csv", today(10))
    eventually(lambda: daemon.told("page_sent"))
    world.config.unlink()
    daemon.hang_up()
    eventually(lambda: len(daemon.told("config_refused")) > len(refused))
    assert daemon.running


def test_what_needs_a_restart_is_refused_with_a_sentence(world, daemon):
    daemon.started()
    world.levels = 2
    world.tick = "300ms"
    world.write()
    daemon.hang_up()
    [refused] = eventually(lambda: daemon.told("config_refused"))
    assert refused["problem"] == (
        "taxonomy.levels, daemon.tick cannot change while the daemon runs; stop it and start it again"
    )


def test_sources_come_and_go_on_a_reload(world, daemon):
    world.drop("1.csv", today(3))
    daemon.started()
    eventually(lambda: daemon.told("source_read", source="s"))
    world.sources = ("s", "web")
    world.write()
    world.drop("1.csv", today(7, prefix="w", source="web"), "web")
    daemon.hang_up()
    eventually(lambda: daemon.told("source_read", source="web"))
    eventually(lambda: daemon.told("page_sent"))
    world.sources = ("web",)
    world.write()
    daemon.hang_up()
    eventually(lambda: len(daemon.told("config_reloaded")) == 2)
    world.drop("2.csv", today(5, "b", prefix="late"), "s")
    world.drop("2.csv", today(5, "b", prefix="late", source="web"), "web")
    eventually(lambda: len(daemon.told("source_read", source="web")) == 2)
    assert daemon.terminate() == Exit.OK
    assert counted(world) == 15


def test_a_source_that_is_mended_by_a_reload_is_read(world, daemon):
    world.source_keys = {"s": 'empty = ["a"]'}
    world.write()
    world.drop("1.csv", today(10))
    daemon.started()
    eventually(lambda: daemon.told("source_read"))
    world.source_keys = {}
    world.write()
    daemon.hang_up()
    eventually(lambda: daemon.told("signal_fired", node="a"))


def test_health_says_that_it_runs_and_what_it_reads(world, daemon):
    world.drop("1.csv", today(10))
    daemon.started()
    eventually(lambda: daemon.told("page_sent"))
    status, body = daemon.health()
    assert status == 200
    assert body["state"] == "running"
    assert [source["name"] for source in body["sources"]] == ["s"]


def test_a_dead_man_switch_is_asked_from_the_start_to_the_end_and_another_one_after_a_reload(world, daemon):
    with Switch() as first, Switch() as second:
        for number, switch in enumerate((first, second)):
            world.more = f'[audit]\nheartbeat = "{switch.address}"\nheartbeat_every = "50ms"\n'
            world.write()
            daemon.hang_up() if number else daemon.started()
            eventually(lambda switch=switch: len(switch.beats) > 2)
        eventually(lambda: daemon.told("config_reloaded"))
        assert daemon.terminate() == Exit.OK
        assert not daemon.told("heartbeat_failed")


def test_a_port_in_use_is_an_error_that_leaves_the_store_to_the_next(world, daemon):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        replace_file(world.config, world.text().replace("port = 0", f"port = {port}"))
        daemon.start()
        assert daemon.process is not None
        assert daemon.process.wait(PATIENCE) == Exit.USAGE
    world.write()
    store = Store.open(world.url)
    assert store.holding().holder is None
    store.close()


HANGING = '''
"""A source that never answers, or only after a while."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC

from connectors.source import Poll
from connectors.ticket import TicketBatch


@dataclass(frozen=True)
class Options:
    pause: float = 0.0


class Source:
    def __init__(self, settings, options):
        self.name, self.pause = settings.name, options.pause

    def poll(self, cursor, now):
        if self.pause == 0:
            threading.Event().wait()
        time.sleep(self.pause)
        yield Poll(TicketBatch.empty(self.name), (), "", now)

    def history(self, now):
        yield from ()

    def examine(self, now):
        return []
'''


def with_a_hanging_source(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_bytes(world.folder / "modules" / "hanging" / "__init__.py", b"")
    drop_bytes(world.folder / "modules" / "hanging" / "source.py", HANGING.encode())
    paths = [str(world.folder / "modules"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    world.sources_toml = """
[[sources]]
name = "stuck"
kind = "hanging.source"
every = "100ms"
timeout = "300ms"
blind_after = "1s"

[[sources]]
name = "slow"
kind = "hanging.source"
every = "100ms"
pause = 3.0
"""
    world.write()


def test_a_source_that_hangs_has_failed_in_its_time_and_delays_no_other(world, daemon, monkeypatch):
    with_a_hanging_source(world, monkeypatch)
    world.drop("1.csv", today(10))
    daemon.started()
    eventually(lambda: daemon.told("page_sent"))
    failed = eventually(lambda: daemon.told("source_failed", source="stuck"))
    assert "did not answer for" in failed[0]["error"]
    world.drop("2.csv", today(10, "b", prefix="u"))
    eventually(lambda: daemon.told("signal_fired", node="b"))
    # It is blind, and paged, like one that says nothing; its threads do not pile up.
    eventually(lambda: daemon.told("page_decided", reason="source blind"))
    eventually(lambda: len(daemon.told("source_failed", source="stuck")) == 3)
    status, body = daemon.health()
    assert status == 200
    assert body["warnings"] == ["source stuck is blind: its hours are unknown"]
    assert daemon.terminate() == Exit.OK
    assert daemon.told("stopped")[0]["unfinished"] == ["stuck"]
    assert len(daemon.told("source_failed", source="stuck")) == 3
