"""A category table and a rename while the daemon runs: tickets move, and nothing is paged twice."""

import subprocess

import pytest
from dropping import World, zone_at_noon
from oracle import OracleRule, OracleTicket
from process import PROGRAM, DaemonProcess, eventually
from storing import stored_counts

from monitor.clock import SystemClock
from monitor.storage import Store

RULES = [OracleRule("volume", "daily_threshold", (1, 2), {"low": 3})]


@pytest.mark.slow
def test_a_category_is_renamed_while_the_monitor_runs_and_after_a_kill_its_old_label_counts_there(tmp_path):
    url = f"sqlite:///{tmp_path / 'complaints.db'}"
    world = World(tmp_path, url, RULES, zone=zone_at_noon(), every="50ms", tick="50ms", levels=2)
    world.write()
    config = tmp_path / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace("taxonomy = { ", "taxonomy = { file = 't.csv', "), "utf-8"
    )
    (tmp_path / "t.csv").write_text("level1,level2,aliases\nMobile,Bill,fees;费用\n", encoding="utf-8")

    def tell(name, *paths):
        now = SystemClock().now()
        world.drop(
            f"{name}.csv",
            [OracleTicket("s", f"{name}{n}", now, now, path) for n, path in enumerate(paths)],
        )

    def counted():
        paths = {}
        for (_, path), count in stored_counts(store)[0].items():
            paths[path] = paths.get(path, 0) + count
        return {path: count for path, count in paths.items() if count}

    def told(*arguments):
        done = subprocess.run(
            [PROGRAM, "taxonomy", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout

    with DaemonProcess(tmp_path) as daemon:
        daemon.started()
        store = Store.open(url)
        tell("a", ("ＭＯＢＩＬＥ", "Fees"), ("mobile", "費用"), ("Mobile", "Bill"), ("Mobile", "eSIM"))
        eventually(lambda: counted() == {("Mobile", "Bill"): 3, ("Mobile", "eSIM"): 1}, what="the counts")
        assert "is done: tickets are counted by it" in told("rename", "Mobile", "Wireless")
        assert counted() == {("Wireless", "Bill"): 3, ("Wireless", "eSIM"): 1}
        daemon.kill()
        tell("b", ("mobile", "bill"))
        daemon.started()
        eventually(lambda: counted().get(("Wireless", "Bill")) == 4, what="the late ticket")
        # Another table is counted by when the configuration is read again, and a broken one is refused.
        (tmp_path / "t.csv").write_text(
            "level1,level2,aliases\nWireless,Bill,fees;费用\nWireless,Card,eSIM\n"
        )
        daemon.hang_up()
        eventually(lambda: counted().get(("Wireless", "Card")) == 1, what="the new table")
        (tmp_path / "t.csv").write_text("level1\nWireless\nWireless\n")
        daemon.hang_up()
        [refused] = eventually(lambda: daemon.told("config_refused"), what="the refusal")
        assert "line 3: Wireless is on line 2 already" in refused["problem"]
        assert daemon.terminate() == 0
    with store.reading() as tx:
        signals = [stored.signal for stored in tx.signals.find()]
    store.close()
    assert {signal.node for signal in signals} == {("Wireless",), ("Wireless", "Bill")}
    assert len(signals) == 2
