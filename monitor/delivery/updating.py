"""What becomes of incidents is told where they were told: messages edited, stories continued.

Only what is new is told, together where several things happened; pages go first. A channel that asks to wait
is told less often, and nothing is lost: how much is known where stands in the store.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.catalogue import Sentence, raw_of
from alerts.incidents.event import Kind
from alerts.incidents.incident import Incident
from alerts.notifier import BusyError, DeliveryError, Follows, Update
from alerts.page import Page
from alerts.retry import next_attempt
from connectors.ticket import at_us, to_us
from monitor.clock import Clock
from monitor.delivery.fallback import came_instead
from monitor.delivery.pictures import Pictures
from monitor.delivery.settings import Settings
from monitor.storage.store import Store
from monitor.storage.threads import Thread

log: Final = structlog.get_logger()

# One place is told at most so often, and less often where the channel asks to wait.
LEAST_GAP: Final = timedelta(seconds=3)
LONGEST_GAP: Final = timedelta(minutes=5)
# After these a picture is worth the room that it takes.
_PICTURED: Final = frozenset({Kind.OPENED, Kind.HANDLED, Kind.REOPENED, Kind.RESOLVED})


class Updating:
    """One channel's incidents. Used by the thread of that channel."""

    def __init__(self, channel: str, store: Store, clock: Clock) -> None:
        self.pictures = Pictures()
        self._channel = channel
        self._store = store
        self._clock = clock
        self._gap = LEAST_GAP
        self._held_until: datetime | None = None
        # Of others an earlier process may have told more than it could note.
        self._met: set[tuple[int, str]] = set()

    def tell_one(self, notifier: Follows, settings: Settings, *, now: datetime) -> bool:
        """Tell one place what is new; False where there is nothing to tell now. Raises StoreError."""
        if self._held_until is not None and now < self._held_until:
            return False
        with self._store.reading() as tx:
            thread = tx.threads.due(self._channel, to_us(now))
            incident = None if thread is None else tx.incidents.get(thread.incident)
            page = None if thread is None else tx.outbox.page(thread.page_key)
            why = None if thread is None or page is None else came_instead(tx, page, thread)
        if thread is None or incident is None:
            return self._show_picture(notifier, settings)
        if page is not None:
            uncertain = thread.attempts > 0 or (thread.incident, thread.address) not in self._met
            update = _update(thread, incident, page, settings)
            update = replace(update, uncertain=uncertain, instead=why)
            error = self._told(notifier, update)
            if isinstance(error, BusyError):
                known = thread.seen if error.seen is None else error.seen
                with self._store.writing() as tx:
                    tx.threads.wait(thread, seen=known, until=to_us(self._clock.now() + error.after))
                return True
            if error is not None:
                self._failed(thread, error, len(incident.log))
                return True
            if any(event.kind in _PICTURED for event in update.news):
                self.pictures.ask(thread, incident)
        self._met.add((thread.incident, thread.address))
        self._gap = max(LEAST_GAP, self._gap / 2)
        self._shown(thread, len(incident.log))
        return True

    def _show_picture(self, notifier: Follows, settings: Settings) -> bool:
        """Show one that has been drawn; False where none is ready. It is shown once, or not at all."""
        ready = self.pictures.take()
        if ready is None:
            return False
        thread, incident, picture = ready
        with self._store.reading() as tx:
            page = tx.outbox.page(thread.page_key)
        if page is not None:
            known = replace(thread, seen=len(incident.log))
            update = replace(_update(known, incident, page, settings), chart=picture)
            error = self._told(notifier, update)
            if error is not None:
                log.info("picture_lost", incident=incident.id, error=str(error.sentence))
        return True

    def next_at(self) -> datetime | None:
        """When there is something to tell again; None where all is told."""
        with self._store.reading() as tx:
            due = tx.threads.next_due(self._channel)
        if due is None:
            return None
        return at_us(due) if self._held_until is None else max(at_us(due), self._held_until)

    def _told(self, notifier: Follows, update: Update) -> DeliveryError | None:
        try:
            notifier.follow(update)
        except DeliveryError as error:
            return error
        except Exception as error:
            # Somebody else's module may break its promise; the incident goes on.
            log.exception("channel_broken", channel=self._channel, incident=update.incident.id)
            facts = {"channel": self._channel, "error": type(error).__name__}
            return DeliveryError(Sentence("trouble.channel.broken", **facts), retryable=True)
        return None

    def _failed(self, thread: Thread, error: DeliveryError, known: int) -> None:
        now = self._clock.now()
        again = next_attempt(error, attempts=thread.attempts + 1, now=now)
        told = log.bind(channel=self._channel, incident=thread.incident, address=thread.address)
        if again is None:
            # A page that says the same has its own way; what was only to be shown is not shown.
            told.warning("update_given_up", error=str(error.sentence), **heard(error.sentence))
            self._shown(thread, known)
            return
        if error.retry_after is not None:
            self._gap = min(LONGEST_GAP, self._gap * 2)
            self._held_until = now + max(error.retry_after, self._gap)
        told.info("update_waits", error=str(error.sentence), **heard(error.sentence), next_at=again)
        with self._store.writing() as tx:
            tx.threads.failed(thread, next_at=to_us(again))

    def _shown(self, thread: Thread, known: int) -> None:
        with self._store.writing() as tx:
            tx.threads.shown(thread, seen=known, next_at=to_us(self._clock.now() + self._gap))


def heard(sentence: str) -> dict[str, str]:
    """For the log: what the other side said in its own words, where it said anything."""
    raw = raw_of(sentence)
    return {"answer": raw} if raw else {}


def _update(thread: Thread, incident: Incident, page: Page, settings: Settings) -> Update:
    return Update(
        incident=incident,
        page=page,
        channel=thread.channel,
        address=thread.address,
        reference=thread.reference,
        language=thread.language,
        zone=settings.zone,
        seen=thread.seen,
        link=settings.link(incident.id, thread.channel, thread.address, at=page.at),
    )
