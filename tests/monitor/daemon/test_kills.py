"""`kill -9` at random moments of a real daemon: nothing is lost, and nothing is paged twice."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from dropping import World
from engine import signal_record, ticket_of
from histories import later
from oracle import OracleRule, OracleTicket, identity, lasting, run
from process import DaemonProcess, eventually
from storing import plain_recount, stored_counts

from alerts.incidents.branch import related
from connectors.ticket import DAY, to_us
from connectors.windows import Calendar
from monitor.audit.auditing import audit
from monitor.config import load
from monitor.storage import Store
from monitor.storage.outbox import State
from monitor.storage.recount import recount
from monitor.wiring import rules_of

KILLS = 26
ZONE = "Asia/Shanghai"
RULES = [
    OracleRule("volume", "daily_threshold", (1, 2), {"low": 10, "high": 40}),
    OracleRule("escalated", "monthly_escalation", (0, 1, 2), {"low": 3}),
    OracleRule("hours", "hour_over_hour", (0, 1, 2), min_count=8, alpha=0.05, level="low"),
]
PATHS = [("net", "slow"), ("net", "down"), ("bill", "wrong"), ("bill",), ()]


class Feed:
    """Files to drop, without end: new tickets, later versions, files again, at times an old export."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.dropped: list[OracleTicket] = []
        self._numbers = count()
        # The running hour stays empty, so that every hour with a ticket has closed by the end.
        self.until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def files(self) -> Iterator[tuple[str, list[OracleTicket]]]:
        for number in count():
            if number % 40 == 25:
                yield f"{number:05}-export.csv", self._told(self._old(150))
            elif number % 7 == 6:
                yield f"{number:05}-again.csv", self._told(self.dice.sample(self.dropped, 20))
            else:
                yield f"{number:05}.csv", self._told([*self._new(12), *self._later(4)])

    def _told(self, versions: list[OracleTicket]) -> list[OracleTicket]:
        self.dropped += versions
        return versions

    def _new(self, number: int) -> Iterator[OracleTicket]:
        for _ in range(number):
            created = self.until - timedelta(seconds=self.dice.randint(1, 5 * 3600))
            yield self._ticket(created, escalated=self.dice.random() < 0.05)

    def _old(self, number: int) -> list[OracleTicket]:
        start = self.until - timedelta(days=400 + self.dice.randint(0, 20))
        return [self._ticket(start + timedelta(seconds=n), escalated=n % 20 == 0) for n in range(number)]

    def _later(self, number: int) -> Iterator[OracleTicket]:
        """A ticket that moved, was voided, or changed back; also versions older than what is known."""
        for one in self.dice.sample(self.dropped, min(number, len(self.dropped))):
            updated = one.updated_at + timedelta(seconds=self.dice.choice([-5, 1, 2, 3]))
            if updated < one.created_at:
                continue
            changes = self.dice.choice([{"path": self.dice.choice(PATHS)}, {"void": not one.void}])
            yield later(one, updated, **changes)

    def _ticket(self, created: datetime, *, escalated: bool) -> OracleTicket:
        return OracleTicket(
            source="s",
            id=str(next(self._numbers)),
            created_at=created,
            updated_at=created,
            path=self.dice.choices(PATHS, [8, 4, 2, 1, 1])[0],
            escalated_at=created if escalated else None,
        )


@pytest.mark.slow
def test_a_daemon_that_is_killed_again_and_again_loses_nothing_and_pages_nothing_twice(store_url, tmp_path):
    # So many pages an hour would be withheld and summed up; here each is to be seen.
    flood = "[flood]\nmost_per_hour = 100000"
    world = World(tmp_path, store_url, RULES, zone=ZONE, every="50ms", tick="50ms", more=flood)
    world.write()
    feed = Feed(seed=20)
    files = feed.files()
    with DaemonProcess(tmp_path) as daemon:
        for kill in range(KILLS):
            world.drop(*next(files))
            daemon.start()
            moment = moment_to_kill(daemon, kill, feed.dice)
            while (left := moment - time.monotonic()) > 0:
                world.drop(*next(files))
                time.sleep(min(left, 0.03))
            assert daemon.running, daemon.lines()
            daemon.kill()
        world.drop(*next(files))
        daemon.started()
        store = Store.open(store_url)
        eventually(lambda: all_is_done(store, feed), what="counting, closing and delivery")
        assert daemon.terminate() == 0
    assert_nothing_is_lost(store, feed.dropped)
    assert_each_signal_is_in_one_page(store)
    assert_each_signal_is_in_one_incident(store)
    assert_the_audit_finds_no_gap(store, world)
    assert_each_page_was_printed(store, daemon.printed())
    store.close()


def moment_to_kill(daemon: DaemonProcess, kill: int, dice: random.Random) -> float:
    """During the start, while the first tickets are read, or while it is at work."""
    if kill % 4 == 0:
        return time.monotonic() + dice.uniform(0.1, 1.2)
    daemon.wait_for_start()
    if kill % 4 == 1:
        return time.monotonic() + dice.uniform(0, 0.5)
    eventually(lambda: daemon.told("source_read"), what="the first tickets")
    return time.monotonic() + dice.uniform(0, 0.4)


def all_is_done(store: Store, feed: Feed) -> bool:
    with store.reading() as tx:
        source = tx.sources.all()[0]
        closed = tx.facts.closed_until()
        stored = len(tx.ticket_reads.versions(0))
        return (
            stored == len({one.id for one in feed.dropped})
            and source.complete_to is not None
            and closed is not None
            and closed >= to_us(feed.until)
            and not tx.signals.waiting("")
            and tx.outbox.figures()[State.PENDING] == 0
        )


def assert_nothing_is_lost(store: Store, dropped: list[OracleTicket]) -> None:
    """Counts are a plain recount of what was dropped, and what fired is what the brute force says."""
    calendar = Calendar(ZoneInfo(ZONE))
    assert stored_counts(store) == plain_recount(map(ticket_of, dropped), calendar)
    with store.reading() as tx:
        assert len(recount(tx, calendar)) == 0
        found = [stored.signal for stored in tx.signals.find()]
    expected = run(dropped, RULES, zone=ZONE, levels_of_taxonomy=2, gaps={}, sources=["s"])
    standing = [identity(signal_record(signal)) for signal in found if signal.revised_to is None]
    assert Counter(standing) == Counter(lasting(expected))
    assert len(standing) > 20


def assert_each_signal_is_in_one_page(store: Store) -> None:
    with store.reading() as tx:
        found = tx.signals.find()
        pages = tx.outbox.pages()
    paged = Counter(signal.identity for page in pages for signal in page.signals)
    assert paged == Counter(stored.signal.identity for stored in found)
    assert {stored.page_key for stored in found} == {page.key for page in pages}


def assert_each_signal_is_in_one_incident(store: Store) -> None:
    with store.reading() as tx:
        found = [stored.signal.identity for stored in tx.signals.find()]
        incidents = tx.incidents.find()
    assert Counter(identity for one in incidents for identity in one.signals) == Counter(found)
    nodes = [one.node for one in incidents if not one.state.over]
    assert not any(related(a, b) for i, a in enumerate(nodes) for b in nodes[:i])


def assert_the_audit_finds_no_gap(store: Store, world: World) -> None:
    config, now = load(world.config), to_us(datetime.now(UTC))
    calendar = Calendar(ZoneInfo(ZONE))
    found = audit(
        store, rules_of(config), calendar, settings=config.audit, rules_since=now - 2 * DAY, now=now
    ).findings
    assert found == ()


def assert_each_page_was_printed(store: Store, printed: Counter[str]) -> None:
    """Each at least once; again only after a kill, when nobody knew that it was printed."""
    with store.reading() as tx:
        pages = tx.outbox.pages()
        states = {delivery.state for delivery in tx.outbox.deliveries()}
    assert states == {State.SENT}
    assert set(printed) == {page.key[:8] for page in pages}
    assert printed.total() - len(printed) <= KILLS
