"""The daemon against three real ticket servers while people work in them, servers restart and it is killed.

At the end what is stored equals the servers' own full listing, and each rule that should have fired has fired
once, and is in one page. `REAL_SECONDS=300` lasts five minutes.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from zoneinfo import ZoneInfo

import httpx
import pytest
from dropping import World, zone_at_noon
from oracle import OracleRule
from process import DaemonProcess, eventually

from connectors.windows import Calendar
from monitor.storage import Store
from monitor.storage.outbox import State
from monitor.storage.recount import recount

pytestmark = [pytest.mark.real, pytest.mark.slow]

SECONDS = float(os.environ.get("REAL_SECONDS", "30"))
# So often the daemon is killed, and so often servers are restarted, in turn.
TIMES = 9 if SECONDS >= 120 else 3
KEYS = """
every = "2s"
settle = "2s"
lookback = "1m"
deleted_every = "5s"
"""
LOW, ESCALATED = 6, 3
RULES = [
    OracleRule("volume", "daily_threshold", (2,), {"low": LOW}),
    OracleRule("escalated", "monthly_escalation", (2,), {"low": ESCALATED}),
]
# On these so many tickets stay that their rules fire; on the calm ones there are never enough.
SURGE, URGENT = ("net", "down"), ("bill", "wrong")
CALM = [("net", f"part {n}") for n in range(40)]
# So many are open on them in each of the three desks at most, one on each: half of what would fire.
OPEN = 30


class Day:
    """What people do in one desk, so that it is known which rules fire, whenever the daemon looks."""

    def __init__(self, desk, seed: int) -> None:
        self.desk, self.dice = desk, random.Random(seed)
        self.calm: dict[str, tuple[str, str]] = {}
        self.finished: set[str] = set()
        self.done = Counter()
        self._tasks = self._planned()

    def step(self) -> None:
        """The next thing that somebody does; it is done again when the server was not there, or broke off."""
        task = next(self._tasks)
        while True:
            try:
                task()
            except (httpx.HTTPError, ValueError):
                time.sleep(0.5)
            else:
                self.done[task.__name__] += 1
                return

    def _planned(self) -> Iterator:
        surging = [self.surge] * (LOW + 2) + [self.urgent] * (ESCALATED + 1)
        self.dice.shuffle(surging)
        while True:
            if surging:
                yield surging.pop()
            yield from self.dice.sample(
                [self.opening, self.opening, self.moving, self.closing, self.deleting], 3
            )

    def surge(self) -> None:
        self.desk.open(SURGE)

    def urgent(self) -> None:
        """Opened elsewhere, moved, and then escalated: it counts where it is."""
        ident = self.desk.open(self._room())
        self.desk.move(ident, URGENT)
        self.desk.escalate(ident)

    def opening(self) -> None:
        if len(self.calm) < OPEN:
            path = self._room()
            self.calm[self.desk.open(path)] = path

    def moving(self) -> None:
        if self.calm:
            ident, path = self.dice.choice(list(self.calm)), self._room()
            self.desk.move(ident, path)
            self.calm[ident] = path

    def closing(self) -> None:
        left = [ident for ident in self.calm if ident not in self.finished]
        if left:
            ident = self.dice.choice(left)
            self.desk.finish(ident)
            self.finished.add(ident)

    def deleting(self) -> None:
        if len(self.calm) > 3:
            ident = self.dice.choice(list(self.calm))
            self.desk.delete(ident)
            del self.calm[ident]

    def _room(self) -> tuple[str, str]:
        """A path that stays calm, also if this was done although the answer was lost."""
        used = set(self.calm.values())
        return self.dice.choice([path for path in CALM if path not in used])


@pytest.mark.timeout(SECONDS + 900)
def test_three_servers_and_the_monitor_agree_in_the_end(roundup, redmine, request_tracker, tmp_path):
    desks = [roundup, redmine, request_tracker]
    before = {desk.name: Counter(desk.listing().values()) for desk in desks}
    zone = zone_at_noon()
    world = World(
        tmp_path,
        f"sqlite:///{tmp_path}/complaints.db",
        RULES,
        zone=zone,
        sources=(),
        sources_toml="".join(desk.toml(KEYS) for desk in desks),
    )
    world.write()
    days = [Day(desk, seed) for seed, desk in enumerate(desks)]
    dice, began = random.Random(7), time.monotonic()
    kills = restarts = 0
    with DaemonProcess(tmp_path) as daemon:
        daemon.start()
        while (passed := time.monotonic() - began) < SECONDS or any(not _surged(day) for day in days):
            for day in days:
                day.step()
            if restarts < TIMES and passed > SECONDS * (restarts + 1) / (TIMES + 1):
                _restart(desks[restarts % 3])
                restarts += 1
            if kills < TIMES and passed > SECONDS * (kills + 1) / (TIMES + 1):
                daemon.kill()
                time.sleep(dice.uniform(0, 1))
                daemon.start()
                kills += 1
        daemon.wait_for_start()
        listed = {(desk.name, ident): path for desk in desks for ident, path in desk.listing().items()}
        store = Store.open(world.url)
        try:
            eventually(lambda: _stored(store) == listed, what="the agreement of store and servers")
            eventually(lambda: _all_sent(store), what="the delivery of all pages")
            assert daemon.terminate() == 0
            with store.reading() as tx:
                assert len(recount(tx, Calendar(ZoneInfo(zone)))) == 0
                found, pages = tx.signals.find(), tx.outbox.pages()
        finally:
            store.close()
    fired = Counter((stored.signal.rule, stored.signal.node) for stored in found)
    earlier = Counter()
    for counts in before.values():
        earlier.update(counts)
    busy = {path for path in earlier if earlier[path] >= LOW - 2} - {SURGE, URGENT}
    assert {key: times for key, times in fired.items() if key[1] not in busy} == {
        ("volume", SURGE): 1,
        ("volume", URGENT): 1,
        ("escalated", URGENT): 1,
    }
    paged = Counter(signal.identity for page in pages for signal in page.signals)
    assert paged == Counter(stored.signal.identity for stored in found)
    _tell(days, kills, restarts, len(listed))


def _surged(day: Day) -> bool:
    return day.done["surge"] >= LOW + 2 and day.done["urgent"] >= ESCALATED + 1


def _restart(desk) -> None:
    desk.server.stop()
    desk.server.start()


def _stored(store: Store) -> dict[tuple[str, str], tuple[str, ...]]:
    """Paths of the tickets that count, by source and id."""
    with store.reading() as tx:
        names = {tx.sources.id(state.name): state.name for state in tx.sources.all()}
        versions, paths = tx.ticket_reads.versions(0), tx.nodes.paths()
    found = {}
    for source, ident, node, void in zip(
        versions.source,
        versions.ids if versions.ids is not None else (),
        versions.node,
        versions.void,
        strict=True,
    ):
        if not void:
            found[names[int(source)], str(ident)] = paths[int(node)]
    return found


def _all_sent(store: Store) -> bool:
    with store.reading() as tx:
        return tx.outbox.figures()[State.PENDING] == 0 and not tx.signals.waiting("")


def _tell(days, kills: int, restarts: int, tickets: int) -> None:
    done = Counter()
    for day in days:
        done.update(day.done)
    with suppress(OSError):
        print(f"{dict(done)}; {kills} kills, {restarts} restarts; {tickets} tickets agree")
