"""A real daemon places texts, is killed in between, and ends where one that was not killed ends."""

import random
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from dropping import World, drop_bytes, stamp, zone_at_noon
from oracle import OracleRule
from placed import PARCEL, labelled, unlabelled
from process import DaemonProcess, eventually
from storing import stored_counts

from connectors.windows import Calendar
from monitor.clock import SystemClock
from monitor.storage import Store
from monitor.storage.recount import recount

RULES = [OracleRule("volume", "daily_threshold", (2,), {"low": 10})]
MORE = "[privacy]\nkeep_text = true\n[clustering]\nleast_labelled = 30\nsentence_model = false\n"


def file_of(tickets) -> bytes:
    names = ("id", "created", "updated", "escalated", "closed", "void", "tags", "who", "text", "c0", "c1")
    lines = [",".join(names)]
    for one in tickets:
        path = [*one.path, "", ""][:2]
        cells = [one.id, stamp(one.created_at), stamp(one.updated_at), *[""] * 5, one.text or "", *path]
        lines.append(",".join(cells))
    return "\n".join([*lines, ""]).encode()


@pytest.mark.slow
def test_a_daemon_that_is_killed_again_and_again_places_every_ticket_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'complaints.db'}"
    world = World(tmp_path, url, RULES, zone=zone_at_noon(), every="50ms", tick="50ms", levels=2, more=MORE)
    world.write()
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8").replace('id = "id"', 'id = "id"\ntext = "text"'), "utf-8")
    now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    story = unlabelled(PARCEL, 24, at=now)
    dice = random.Random(4)

    def drop(name, tickets):
        drop_bytes(world.inbox("s") / f"{name}.csv", file_of(tickets))

    store = Store.open(url)
    with DaemonProcess(tmp_path) as daemon:
        drop("000", labelled(90, at=now, source="s"))
        for number in range(6):
            daemon.started()
            part = story[4 * number : 4 * number + 4]
            drop(f"{number + 1:03}", [*dice.sample(story[: 4 * number + 1], 1), *part])
            if number % 2:
                eventually(lambda n=number: counted(store) >= 90 + 4 * n, what="the tickets")
            daemon.kill()
        daemon.started()
        eventually(lambda: counted(store) == 114, what="all tickets")
        assert daemon.terminate() == 0
    found = Counter()
    for (_, path), count in stored_counts(store)[0].items():
        if path[:1] == ("Emerging",):
            found[path] += count
    with store.reading() as tx:
        assert len(recount(tx, Calendar(ZoneInfo(world.zone)))) == 0
        assert tx.placements.figures() == (24, 0)
        signals = [s.signal for s in tx.signals.find() if s.signal.node[:1] == ("Emerging",)]
        pages = [page for page in tx.outbox.pages() if page.node[:1] == ("Emerging",)]
    store.close()
    assert list(found.values()) == [24]
    assert len(signals) == len(pages) == 1


def counted(store) -> int:
    return sum(stored_counts(store)[0].values())
