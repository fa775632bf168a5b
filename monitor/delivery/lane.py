"""One channel's part of the outbox: a page to an address is taken, sent and marked, then the next one.

A page that was sent and could not be marked is remembered and marked later; this process does not send it
again. A process that is killed in between leaves it pending: the next one sends it with the same key, and
says that it may have arrived already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Final

import structlog

from alerts import notices
from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, Message, Notifier, Receipt, message_key
from alerts.page import Reason
from alerts.retry import next_attempt
from connectors.ticket import at_us, to_us
from monitor.clock import Clock
from monitor.delivery.fallback import fall_back
from monitor.delivery.pace import Pace
from monitor.delivery.parcel import Parcel, packed
from monitor.delivery.settings import Settings
from monitor.delivery.updating import Updating, heard
from monitor.storage.outbox import State
from monitor.storage.store import Store, Transaction
from monitor.storage.threads import Thread

log: Final = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Either it has arrived (`receipt`) or not (`error`); then it is tried again `next_at`, or never by itself.
    """

    parcel: Parcel
    at: datetime
    receipt: Receipt | None = None
    error: DeliveryError | None = None
    next_at: datetime | None = None

    @property
    def given_up(self) -> bool:
        """No repetition can help."""
        return self.error is not None and self.next_at is None


class Lane:
    """The deliveries of one channel. Safe to use from several threads; a notifier is used by one."""

    def __init__(self, channel: str, store: Store, clock: Clock, *, inherited: Iterable[int] = ()) -> None:
        self.channel = channel
        self.updating = Updating(channel, store, clock)
        self._store = store
        self._clock = clock
        self._lock = RLock()
        # Deliveries that may have arrived: pending since an earlier process, or their answer was lost.
        self._uncertain = set(inherited)
        self._busy: set[int] = set()
        self._unmarked: list[Outcome] = []
        self._pace = Pace()

    def take(self, now: datetime) -> Parcel | None:
        """What is to be sent now, or None. It is nobody else's until `record` is told what became of it."""
        with self._lock:
            if self._pace.held(now):
                return None
            taken = self._busy.union(*(outcome.parcel.ids for outcome in self._unmarked))
            with self._store.reading() as tx:
                due = tx.outbox.due(
                    to_us(now), channel=self.channel, limit=len(taken) + 1, untried=self._pace.fails(now)
                )
                first = next((delivery for delivery in due if delivery.id not in taken), None)
                parcel = None if first is None else packed(tx, first.page_key, first.told)
            if parcel is not None:
                self._busy.update(parcel.ids)
        return parcel

    def send(self, parcel: Parcel, notifier: Notifier, settings: Settings, *, now: datetime) -> Outcome:
        """Try once. Never raises: whatever goes wrong is the attempt's outcome."""
        try:
            receipt = notifier.deliver(self._message(parcel, settings))
        except DeliveryError as error:
            return self._failed(parcel, error, now)
        except Exception as error:
            # Somebody else's module may break its promise; the page stays, and so does the thread.
            log.exception("channel_broken", channel=self.channel, page=parcel.page_key)
            facts = {"channel": self.channel, "error": type(error).__name__}
            sentence = Sentence("trouble.channel.broken", **facts).heard(str(error))
            return self._failed(parcel, DeliveryError(sentence, retryable=True, uncertain=True), now)
        return Outcome(parcel, max(now, self._clock.now()), receipt=receipt)

    def unanswered(self, parcel: Parcel, *, seconds: float, now: datetime) -> Outcome:
        """The outcome of an attempt that nobody waits for any longer."""
        facts = {"channel": self.channel, "seconds": f"{seconds:.0f}"}
        sentence = Sentence("trouble.channel.silent", **facts)
        return self._failed(parcel, DeliveryError(sentence, retryable=True, uncertain=True), now)

    def record(self, outcome: Outcome, settings: Settings) -> None:
        """Remember an outcome, and mark it in the store. Raises StoreError; then `flush` does it later."""
        error, ids = outcome.error, outcome.parcel.ids
        with self._lock:
            self._busy.difference_update(ids)
            self._unmarked.append(outcome)
            if error is None:
                self._uncertain.difference_update(ids)
            elif error.uncertain:
                self._uncertain.update(ids)
            recovered = False
            if error is None:
                recovered = self._pace.arrived()
            else:
                self._pace.failed(error, at=outcome.at, next_at=outcome.next_at)
        _tell(self.channel, outcome)
        self.flush(settings)
        if recovered:
            with self._store.writing() as tx:
                tx.outbox.hurry(self.channel, at=to_us(outcome.at))

    def flush(self, settings: Settings) -> None:
        """Mark in the store what has become of deliveries; raises StoreError, and forgets nothing then."""
        with self._lock:
            while self._unmarked:
                with self._store.writing() as tx:
                    _mark(tx, self._unmarked[0], settings)
                del self._unmarked[0]

    def next_at(self) -> datetime | None:
        """When there is something to do again; None where nothing waits."""
        with self._store.reading() as tx:
            due = tx.outbox.next_due(self.channel)
        if due is None:
            return None
        return self._pace.not_before(at_us(due))

    def _message(self, parcel: Parcel, settings: Settings) -> Message:
        if parcel.page is None:
            raise DeliveryError(parcel.problem, retryable=True)
        told, page = parcel.told, parcel.page
        return Message(
            key=message_key(page, told.channel, told.address),
            page=page,
            channel=told.channel,
            address=parcel.remaining or told.address,
            language=told.language or settings.language,
            zone=settings.zone,
            uncertain=not self._uncertain.isdisjoint(parcel.ids),
            instead=parcel.instead,
            standing=parcel.standing,
            thread=None if parcel.thread is None else parcel.thread.reference,
            link=settings.link(page.incident, told.channel, told.address, at=page.at),
        )

    def _failed(self, parcel: Parcel, error: DeliveryError, now: datetime) -> Outcome:
        at = max(now, self._clock.now())
        next_at = next_attempt(error, attempts=parcel.attempts + 1, now=at, urgent=parcel.urgent)
        return Outcome(parcel, at, error=error, next_at=next_at)


def _mark(tx: Transaction, outcome: Outcome, settings: Settings) -> None:
    """Write an outcome; a page that is given up becomes a notice to operators in the same transaction."""
    parcel, at, plan = outcome.parcel, to_us(outcome.at), settings.plan
    if outcome.receipt is not None and parcel.standing is not None:
        tx.threads.told(_thread(parcel, outcome.receipt, parcel.standing.id, settings.language), at=at)
    for id in parcel.ids:
        if outcome.receipt is not None:
            tx.outbox.sent(id, at=at, receipt=_answer(outcome.receipt))
        elif outcome.error is not None and outcome.next_at is not None:
            left = outcome.error.remaining
            receipt = None if left is None else {"remaining": left}
            tx.outbox.failed(id, outcome.error.sentence, next_at=to_us(outcome.next_at), receipt=receipt)
        elif outcome.error is not None:
            tx.outbox.undeliverable(id, outcome.error.sentence, at=at)
    if outcome.given_up:
        settled = tx.outbox.deliveries(parcel.page_key, state=State.UNDELIVERABLE)
        fall_back(tx, [one for one in settled if one.id in parcel.ids], plan, now=outcome.at)
    # A notice that is lost itself has nobody left to tell; it stays in `status`.
    page, error = parcel.page, outcome.error
    if (
        error is not None
        and outcome.given_up
        and page is not None
        and page.reason is not Reason.UNDELIVERABLE
    ):
        notice = notices.undeliverable(page, parcel.told, error=error.sentence, plan=plan, now=outcome.at)
        tx.outbox.save([notice])


def _thread(parcel: Parcel, receipt: Receipt, incident: int, language: str) -> Thread:
    """Where the incident is told from now on; its whole story is still to be told there."""
    told = parcel.told
    return Thread(
        incident=incident,
        channel=told.channel,
        address=told.address,
        reference=receipt.reference,
        page_key=_shown(parcel),
        language=told.language or language,
        seen=0,
        attempts=0,
    )


def _shown(parcel: Parcel) -> str:
    """The page that the incident's message shows: the last one with signals, which says what and how many."""
    if parcel.thread is None or (parcel.page is not None and parcel.page.signals):
        return parcel.page_key
    return parcel.thread.page_key


def _answer(receipt: Receipt) -> dict[str, object]:
    return {"reference": receipt.reference, **({"repeated": True} if receipt.repeated else {})}


def _tell(channel: str, outcome: Outcome) -> None:
    """Log an outcome, once."""
    parcel = outcome.parcel
    told = log.bind(channel=channel, page=parcel.page_key, roles=parcel.roles, attempt=parcel.attempts + 1)
    if outcome.receipt is not None:
        told.info("page_sent", repeated=outcome.receipt.repeated)
    elif outcome.error is not None and outcome.given_up:
        sentence = outcome.error.sentence
        told.error("page_undeliverable", error=sentence, **heard(sentence))
    elif outcome.error is not None:
        sentence = outcome.error.sentence
        told.warning("page_not_sent", error=sentence, **heard(sentence), next_at=outcome.next_at)
