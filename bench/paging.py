"""From a stored signal to the request at Slack, with 50 open incidents whose stories go on meanwhile.

The fake Slack answers on loopback in this process and shares its cores. One signal of a new category is
stored about every second; its page goes to one of ten channels or people. In between the hour closes: each of
the 50 incidents has new figures, which are told in its thread.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from alerts import slack
from alerts.incidents.book import Book, Changed
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident
from alerts.incidents.transitions import after
from alerts.page import Page
from alerts.plan import Channel, Contact, Department, Level, ResponsePlan, Role
from alerts.respond import respond
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack
from bench.result import Figure
from connectors.options import Secret
from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, HOUR, NEVER, to_us
from detectors.signal import Signal
from monitor.clock import SystemClock
from monitor.delivery import Delivery
from monitor.storage import Store
from monitor.storage.store import Transaction

OPEN = 50
ADDRESSES = ("C0", "C1", "C2", "C3", "C4", "U0", "U1", "U2", "U3", "U4")
WANTED = 1.0
TREE = Taxonomy(["address", "category", "detail"])


class Watched(FakeSlack):
    """Notes when each page's message arrives."""

    def __init__(self) -> None:
        super().__init__(channels=ADDRESSES[:5], members=ADDRESSES[5:])
        self.arrived: dict[str, float] = {}

    def answer(self, method, token, body):
        now = time.perf_counter()
        metadata = body.get("metadata")
        told = json.loads(metadata) if isinstance(metadata, str) else metadata or {}
        if method == "chat.postMessage" and told.get("event_type") == slack.EVENT:
            self.arrived.setdefault(told["event_payload"]["key"], now)
        return super().answer(method, token, body)


def plan() -> ResponsePlan:
    """Ten departments, each with one person or channel."""
    return ResponsePlan(
        levels=(Level("三级预警", ("desk",)),),
        roles=(Role("desk", by_department=True),),
        contacts=tuple(Contact(address, {"slack": address}) for address in ADDRESSES),
        channels=(Channel("slack", "slack"),),
        departments=tuple(Department(address, ((address,),), {"desk": (address,)}) for address in ADDRESSES),
    )


def signal(number: int, now: int) -> Signal:
    """The hundredth ticket of a category of its own."""
    node = (ADDRESSES[number % len(ADDRESSES)], f"类目 {number // len(ADDRESSES)}", f"{number}")
    start = now // DAY * DAY
    return Signal(
        rule="day",
        kind="daily_threshold",
        node=node,
        exact=False,
        window_start=start,
        window_end=start + DAY,
        level="三级预警",
        observed=100,
        threshold=100,
        crossed_at=now,
        created_at=NEVER,
    )


def decide(tx: Transaction, book: Book, signals: list[Signal]) -> list[Page]:
    """What the engine does with signals that fired."""
    now = datetime.now(UTC)
    TREE.nodes([signal.node for signal in signals])
    tx.nodes.save(TREE)
    tx.signals.save(signals, fired_at=to_us(now))
    response = respond(signals, plan=plan(), now=now, book=book)
    tx.incidents.save(book.taken())
    return tx.outbox.save(response.pages)


def close_hour(tx: Transaction, incidents: list[Incident]) -> None:
    """Each incident has the figures of another hour."""
    now = to_us(datetime.now(UTC))
    changed = []
    for incident in incidents:
        facts = (("hour", str(now // HOUR * HOUR)), ("count", "31"), ("previous", "50"))
        event = Event(event_key(incident.key, Kind.MEASURED, "hour"), Kind.MEASURED, now, facts=facts)
        after_it = after(incident, event)
        assert isinstance(after_it, Incident)
        changed.append(Changed(after_it, (event,)))
    tx.incidents.save(changed)


def wait_for(slack: Watched, count: int) -> None:
    until = time.perf_counter() + 120
    while len(slack.arrived) < count and time.perf_counter() < until:
        time.sleep(0.05)


def latencies(store: Store, slack: Watched, signals: int) -> Iterator[float]:
    """Seconds from each stored signal to its request."""
    os.environ["BENCH_SLACK"] = slack_api.TOKEN
    options = slack_options(slack)
    delivery = Delivery(
        store,
        SystemClock(),
        plan=plan(),
        language="zh",
        zone=ZoneInfo("Asia/Shanghai"),
        opener=lambda _: slack_notifier(options),
    )
    delivery.start()
    try:
        with store.writing() as tx:
            decide(tx, tx.incidents.book(), [signal(n, to_us(datetime.now(UTC))) for n in range(OPEN)])
        delivery.wake()
        wait_for(slack, OPEN)
        stored: dict[str, float] = {}
        draw = random.Random(7)
        for number in range(signals):
            time.sleep(draw.uniform(0.6, 1.4))
            if number == signals // 3:
                with store.writing() as tx:
                    close_hour(tx, tx.incidents.find(only_open=True)[:OPEN])
                delivery.wake()
            with store.writing() as tx:
                pages = decide(tx, tx.incidents.book(), [signal(OPEN + number, to_us(datetime.now(UTC)))])
            at = time.perf_counter()
            stored.update({key: at for page in pages for key in keys_of(page)})
            delivery.wake()
        wait_for(slack, OPEN + signals)
        yield from (slack.arrived[key] - at for key, at in stored.items() if key in slack.arrived)
    finally:
        delivery.stop(timedelta(seconds=5))


def keys_of(page: Page) -> list[str]:
    from alerts.notifier import message_key

    return [message_key(page, told.channel, told.address) for told in page.told]


def slack_options(fake: Watched) -> slack.Options:
    return slack.Options(Secret("env:BENCH_SLACK"), base_url=fake.url)


def slack_notifier(options: slack.Options) -> slack.Notifier:
    return slack.Notifier("slack", options)


def measure(*, quick: bool) -> list[Figure]:
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    signals = 10 if quick else 120
    with tempfile.TemporaryDirectory() as folder, Watched() as fake:
        store = Store.open(f"sqlite:///{Path(folder) / 'bench.db'}")
        found = np.array(list(latencies(store, fake, signals)))
        store.close()
    p50, p99 = np.percentile(found, [50, 99])
    note = f"p50 {p50:.3f} s, worst {found.max():.2f} s; {len(found)} of {signals} arrived"
    return [Figure("stored signal to Slack request, p99", float(p99), WANTED, "s", note=note)]
