"""A webhook in a real daemon: a ticket is judged at once, and `kill -9` loses none that was accepted."""

import random
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPException
from zoneinfo import ZoneInfo

import pytest
from bringing import Sender
from dropping import World, zone_at_noon
from oracle import OracleRule
from ports import reserved_port
from process import DaemonProcess, eventually

from connectors.windows import Calendar
from monitor.storage import Store
from monitor.storage.recount import recount

SECRET = "a secret of the desk"
RULES = [OracleRule("volume", "daily_threshold", (1,), {"low": 10})]
SOURCE = """
[[sources]]
name = "desk"
kind = "webhook"
secrets = ["env:DESK_WEBHOOK"]
journal = "journal"
port = {port}
every = "1h"
[sources.fields]
id = "id"
created_at = "created"
updated_at = "updated"
category = ["a", "b"]
"""


@pytest.fixture
def port():
    with reserved_port() as port:
        yield port


@pytest.fixture
def daemon(tmp_path, monkeypatch, port):
    monkeypatch.setenv("DESK_WEBHOOK", SECRET)
    world = World(
        tmp_path,
        f"sqlite:///{tmp_path}/complaints.db",
        RULES,
        zone=zone_at_noon(),
        sources=(),
        sources_toml=SOURCE.format(port=port),
    )
    world.write()
    with DaemonProcess(tmp_path) as process:
        yield process


def ticket(ident, path=("net", "slow"), **changes):
    now = datetime.now(UTC).isoformat()
    return {"id": ident, "created": now, "updated": now, "a": path[0], "b": path[1]} | changes


def test_the_tenth_ticket_that_is_brought_pages_without_waiting_for_the_next_poll(daemon, port):
    daemon.started()
    sender = Sender(port, SECRET, lambda: datetime.now(UTC))
    eventually(lambda: _answers(sender), what="the endpoint")
    for n in range(10):
        sender.bring(ticket(f"T{n}"))
    eventually(lambda: daemon.told("page_decided"), what="the page")
    assert daemon.terminate() == 0


def test_after_a_reload_tickets_are_brought_to_the_same_port(daemon, port, tmp_path):
    daemon.started()
    sender = Sender(port, SECRET, lambda: datetime.now(UTC))
    eventually(lambda: _answers(sender), what="the endpoint")
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace('category = ["a", "b"]', 'category = ["a"]'))
    daemon.hang_up()
    eventually(lambda: daemon.told("config_reloaded"), what="the reload")
    eventually(lambda: _answers(sender), what="the endpoint")
    assert sender.bring(ticket("T1"))[0] == 202
    with closing(Store.open(f"sqlite:///{tmp_path}/complaints.db")) as store:
        eventually(lambda: _stored(store) == ["T1"], what="the ticket")
    assert daemon.told("source_failed") == []


@pytest.mark.slow
def test_kill_9_while_tickets_are_brought_loses_none_that_was_accepted(daemon, port, tmp_path):
    dice, kills = random.Random(5), random.Random(6)
    accepted, stop = {}, threading.Event()
    sender = Sender(port, SECRET, lambda: datetime.now(UTC))

    def bring():
        for n in range(100_000):
            if stop.is_set():
                return
            path = dice.choice([("net", "slow"), ("net", "down"), ("bill", "wrong")])
            one = ticket(f"T{n}", path)
            while not stop.is_set():
                # A daemon that is killed may have told the head of its answer only.
                with suppress(OSError, HTTPException):
                    if sender.bring(one)[0] == 202:
                        accepted[one["id"]] = path
                        break

    daemon.start()
    bringing = threading.Thread(target=bring)
    bringing.start()
    try:
        for _ in range(3):
            enough = len(accepted) + kills.randint(6, 41)
            eventually(lambda enough=enough: len(accepted) >= enough, what="more tickets")
            daemon.kill()
            daemon.start()
        eventually(lambda: min(_of(accepted, "net"), _of(accepted, "bill")) >= 10, what="both limits")
    finally:
        stop.set()
        bringing.join()
    daemon.wait_for_start()
    with closing(Store.open(f"sqlite:///{tmp_path}/complaints.db")) as store:
        eventually(lambda: set(accepted) <= set(_stored(store)), what="all that was accepted")
        assert daemon.terminate() == 0
        with store.reading() as tx:
            assert len(recount(tx, Calendar(ZoneInfo(zone_at_noon())))) == 0
            fired = [stored.signal.node for stored in tx.signals.find()]
    assert sorted(fired) == [("bill",), ("net",)]


def _of(accepted, business):
    return sum(path[0] == business for path in list(accepted.values()))


def _stored(store):
    with store.reading() as tx:
        return tx.ticket_reads.versions(0).ids.tolist()


def _answers(sender):
    with suppress(OSError, HTTPException):
        return sender.send(b"", {}, "GET")[0] == 405
    return False
