"""A person whose channel fails is told on the next of their channels, and the page says so.

At once where the channel will never take the page, and after a while where it goes on being tried: what was
first meant for that channel stays in the outbox and arrives there too, when it works again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from alerts import routing
from alerts.catalogue import Sentence
from alerts.notifier import Instead
from alerts.page import Page
from alerts.plan import ResponsePlan
from connectors.ticket import to_us
from monitor.storage.outbox import Delivery, State
from monitor.storage.store import Store, Transaction
from monitor.storage.threads import Thread

log = structlog.get_logger()


class Fallbacks:
    """Remembers since when this process has seen each delivery wait."""

    def __init__(self, store: Store, *, after: timedelta) -> None:
        self._store = store
        self._after = after
        self._since: dict[int, datetime] = {}
        self._done: set[int] = set()

    def look(self, now: datetime, plan: ResponsePlan) -> bool:
        """Let those who have waited for long fall back; whether any did. Raises StoreError."""
        with self._store.reading() as tx:
            waiting = tx.outbox.deliveries(state=State.PENDING)
        self._since = {one.id: self._since.get(one.id, now) for one in waiting}
        self._done &= self._since.keys()
        late = [
            one
            for one in waiting
            if now - self._since[one.id] >= self._after
            and one.id not in self._done
            # Where somebody has no other channel there is nothing to be done, nor to be written.
            and routing.others(plan, one.told)
        ]
        if not late:
            return False
        with self._store.writing() as tx:
            stored = fall_back(tx, late, plan, now=now)
        self._done.update(one.id for one in late)
        return stored


def fall_back(tx: Transaction, failed: Iterable[Delivery], plan: ResponsePlan, *, now: datetime) -> bool:
    """Tell whoever these deliveries did not reach on the next channel that they were not told on yet."""
    stored = False
    for one in failed:
        together = tx.outbox.deliveries(one.page_key)
        mine = [d for d in together if (d.told.contact, d.told.role) == (one.told.contact, one.told.role)]
        if mine[-1].id != one.id:
            # It has been replaced already; what has replaced it is looked at by itself.
            continue
        tried = {d.told.channel for d in mine}
        places = {(d.told.channel, d.told.address) for d in together if d.state is not State.UNDELIVERABLE}
        found = next((t for t in routing.others(plan, one.told) if t.channel not in tried), None)
        # Who shares an address with somebody who was told there has been told there.
        if found is None or (found.channel, found.address) in places - _of(together, one):
            continue
        tx.outbox.tell(one.page_key, [found], at=to_us(now))
        log.warning(
            "page_falls_back",
            page=one.page_key,
            role=one.told.role,
            channel=one.told.channel,
            to=found.channel,
        )
        stored = True
    return stored


def instead(tx: Transaction, page: Page, one: Delivery) -> Instead | None:
    """The channel that a delivery takes the place of, and why; None where it was meant so."""
    if any(
        (t.role, t.channel, t.address) == (one.told.role, one.told.channel, one.told.address)
        for t in page.told
    ):
        return None
    before = [
        d
        for d in tx.outbox.deliveries(page.key)
        if d.told.contact == one.told.contact and d.told.channel != one.told.channel and d.id < one.id
    ]
    return (
        Instead(before[-1].told.channel, before[-1].last_error or Sentence("trouble.channel.waiting"))
        if before
        else None
    )


def came_instead(tx: Transaction, page: Page, thread: Thread) -> Instead | None:
    """The channel whose place the page took where a thread shows it."""
    there = (
        one
        for one in tx.outbox.deliveries(page.key)
        if (one.told.channel, one.told.address) == (thread.channel, thread.address)
    )
    first = next(there, None)
    return None if first is None else instead(tx, page, first)


def _of(together: Iterable[Delivery], one: Delivery) -> set[tuple[str, str]]:
    """Where the same person is told for another role of theirs by this very fallback."""
    return {
        (d.told.channel, d.told.address)
        for d in together
        if d.told.contact == one.told.contact and d.told.role != one.told.role and d.state is State.PENDING
    }
