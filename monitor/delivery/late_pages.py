"""Pages that wait too long on a channel: operators are told on another channel, once, and they go on waiting.

Pages of one channel that become late together share one notice, about the one of the highest level: a channel
that is down must not flood the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts import notices
from alerts.catalogue import Sentence
from alerts.page import Page, Reason, Told
from alerts.plan import ResponsePlan
from monitor.storage.outbox import Delivery, State
from monitor.storage.store import Store, Transaction

log: Final = structlog.get_logger()

Late = tuple[str, str]
"""A page's key, and the channel on which it is late."""


class LatePages:
    """Remembers since when this process has seen each delivery wait, and of which operators were told.

    What an earlier process left behind gets its full time first.
    """

    def __init__(self, store: Store, *, late_after: timedelta) -> None:
        self._store = store
        self._late_after = late_after
        self._since: dict[int, datetime] = {}
        self._told: set[Late] = set()

    def look(self, now: datetime, plan: ResponsePlan) -> bool:
        """Tell operators of what has become late; whether a notice was stored. Raises StoreError."""
        with self._store.reading() as tx:
            waiting = tx.outbox.deliveries(state=State.PENDING)
        self._since = {one.id: self._since.get(one.id, now) for one in waiting}
        self._told &= {_late(one) for one in waiting}
        late = [
            one
            for one in waiting
            if now - self._since[one.id] >= self._late_after and _late(one) not in self._told
        ]
        stored = False
        for channel in dict.fromkeys(one.told.channel for one in late):
            mine = [one for one in late if one.told.channel == channel]
            stored |= self._tell(channel, mine, now=now, plan=plan)
            self._told |= {_late(one) for one in mine}
        return stored

    def _tell(self, channel: str, late: Sequence[Delivery], *, now: datetime, plan: ResponsePlan) -> bool:
        pages = len({one.page_key for one in late})
        why = next((one.last_error for one in reversed(late) if one.last_error), None)
        why = why or Sentence("trouble.channel.waiting")
        log.warning("pages_late", channel=channel, pages=pages, error=why)
        key = "late_several" if pages > 1 else "late"
        error = Sentence(f"trouble.channel.{key}", why=why, channel=channel, pages=str(pages))
        with self._store.writing() as tx:
            found = _most_important(tx, late, plan, now)
            if found is None:
                return False
            page, told = found
            notice = notices.undeliverable(page, told, error=error, plan=plan, now=now)
            # On the same channel it would only arrive together with the page that it says is missing.
            readers = tuple(one for one in notice.told if one.channel != channel)
            return bool(readers and tx.outbox.save([replace(notice, told=readers)]))


def _late(delivery: Delivery) -> Late:
    return delivery.page_key, delivery.told.channel


def _most_important(
    tx: Transaction, late: Sequence[Delivery], plan: ResponsePlan, now: datetime
) -> tuple[Page, Told] | None:
    """The page to name, with somebody whom it did not reach; None where operators know of all."""
    found: list[tuple[Page, Told]] = []
    for key in dict.fromkeys(one.page_key for one in late):
        told = next(one.told for one in late if one.page_key == key)
        try:
            page = tx.outbox.page(key)
        except ValueError:
            # A later version wrote it; the attempts to send it say so.
            continue
        if (
            page is not None
            and page.reason is not Reason.UNDELIVERABLE
            and not _told(tx, page, told, plan, now)
        ):
            found.append((page, told))
    return max(found, key=lambda one: plan.rank(one[0].level), default=None)


def _told(tx: Transaction, page: Page, told: Told, plan: ResponsePlan, now: datetime) -> bool:
    """Whether operators were told that this page did not reach somebody on this channel."""
    return any(
        tx.outbox.page(notices.undeliverable(page, one, error="", plan=plan, now=now).key) is not None
        for one in {(one.channel, one.address): one for one in page.told}.values()
        if one.channel == told.channel
    )
