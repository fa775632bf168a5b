"""The daemon's work without its threads: polls, ticks and deliveries, one by one, on a clock to move.

What `monitor.daemon` does from its threads, in the same calls and in a fixed order, so that months pass in
seconds and every run is the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alerts.notifier import DeliveryError, Message, Notifier, Receipt
from alerts.page import Page, Reason
from alerts.plan import Channel
from connectors.source import SourceError
from connectors.ticket import at_us, to_us
from detectors.signal import Signal
from monitor.clock import ManualClock
from monitor.config import load
from monitor.delivery import Delivery
from monitor.engine.polling import poll_source
from monitor.engine.watching import watch_sources
from monitor.privacy import configured_key, preparing, stored_key
from monitor.storage import Store
from monitor.storage.signals import StoredSignal
from monitor.wiring import adopt_cut, engine_of, rules_of


@dataclass
class Reader:
    """A channel that keeps what it is given; `broken` makes it refuse."""

    sent: list[Message] = field(default_factory=list)
    broken: bool = False

    def deliver(self, message: Message) -> Receipt:
        if self.broken:
            raise DeliveryError("the reader is away; wait", retryable=True)
        self.sent.append(message)
        return Receipt(reference=str(len(self.sent)))

    def examine(self) -> list[str]:
        return []


Carrier = Callable[[Channel, Reader], Notifier]
"""What sends on a channel, and lets the reader keep what has arrived."""


class Simulation:
    """A daemon over the config.toml of a world, on a clock of its own.

    Attributes
    ----------
    reader : who gets everything that is sent, over all restarts
    problems : what polls failed with
    """

    def __init__(
        self, config: Path, now: datetime, *, clock: ManualClock | None = None, carrier: Carrier | None = None
    ) -> None:
        self.file = config
        self.clock = clock or ManualClock(now)
        self.reader = Reader()
        self._carrier = carrier or (lambda _, reader: reader)
        self.problems: list[str] = []
        self.open()

    def open(self) -> None:
        """Start, from what the store holds."""
        self.config = load(self.file)
        self.store = Store.open(self.config.store.address())
        adopt_cut(self.config, self.store)
        self.engine = engine_of(self.config, self.store)
        key = configured_key(self.config.privacy) or stored_key(self.store)
        self.prepare = preparing(self.config.privacy, key)
        self.delivery = Delivery(
            self.store,
            self.clock,
            plan=self.config.plan,
            language=self.config.language,
            zone=self.config.timezone,
            opener=lambda channel: self._carrier(channel, self.reader),
        )
        self.sources = {
            source.settings.name: (source.settings, source.open()) for source in self.config.sources
        }
        self.started = self.clock.now()
        self.engine.reconsider(rules_of(self.config), now=to_us(self.started))

    def close(self) -> None:
        """Stop."""
        self.store.close()

    def restart(self, after: timedelta = timedelta(0)) -> None:
        """Stop, and start so much later."""
        self.close()
        self.clock.advance(after)
        self.open()

    def reload(self) -> None:
        """Read the configuration again."""
        config = load(self.file)
        self.delivery.configure(plan=config.plan, language=config.language, zone=config.timezone)
        self.engine.reconsider(rules_of(config), now=to_us(self.clock.now()))
        self.config = config

    def poll(self, names: Iterable[str] | None = None) -> int:
        """Ask sources once, all of them unless named: how many versions came."""
        versions = 0
        for name in self.sources if names is None else names:
            settings, source = self.sources[name]
            try:
                parts = poll_source(self.engine, settings, source, clock=self.clock, prepare=self.prepare)
                versions += sum(done.versions for done in parts)
            except SourceError as error:
                self.problems.append(str(error))
        return versions

    def tick(self) -> None:
        """Watch the sources, close what is over, send what is due."""
        settings = [settings for settings, _ in self.sources.values()]
        now = to_us(self.clock.now())
        watch_sources(self.store, self.engine.rules, settings, started=to_us(self.started), now=now)
        while self.engine.close(now=now).hours:
            pass
        self.delivery.deliver_due()

    def reach(self, now: datetime, names: Iterable[str] | None = None) -> None:
        """It is then: poll and tick."""
        self.clock.set(now)
        self.poll(names)
        self.tick()

    def run(self, until: datetime, every: timedelta, names: Iterable[str] | None = None) -> None:
        """Poll and tick again and again, until then."""
        while self.clock.now() < until:
            self.reach(min(until, self.clock.now() + every), names)

    def finish_day(self) -> None:
        """Let the clock reach the end of the business day."""
        calendar = self.engine.calendar
        self.reach(at_us(calendar.day_end(calendar.day(to_us(self.clock.now())))))

    # -- what became of it --------------------------------------------------------------------------------

    def stored(self) -> list[StoredSignal]:
        """All signals with their pages."""
        with self.store.reading() as tx:
            return tx.signals.find()

    def signals(self) -> list[Signal]:
        """All signals."""
        return [stored.signal for stored in self.stored()]

    def pages(self, *reasons: Reason) -> list[Page]:
        """Decided pages, of these reasons if any are named, in the order of their decision."""
        with self.store.reading() as tx:
            return [page for page in tx.outbox.pages() if not reasons or page.reason in reasons]

    def paged(self) -> list[str]:
        """Identities of the signals in pages that were sent, as often as they were."""
        return [signal.identity for message in self.reader.sent for signal in message.page.signals]
