"""When the daily digest is due, and what it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from alerts.digest import Day, digest, digest_key
from alerts.page import Page
from alerts.plan import ResponsePlan
from connectors.ticket import at_us
from connectors.windows import Calendar
from monitor.storage.store import Store, Transaction

# The day is counted when all its hours are closed; a source that is blind holds it up no longer than this.
PATIENCE: Final = timedelta(hours=3)


def digest_due(store: Store, plan: ResponsePlan, calendar: Calendar, *, now: int) -> list[Page]:
    """Store the digest of yesterday, once, when its time has come: the page, if it is new."""
    at = plan.alerts.digest_at
    if at is None:
        return []
    today, local = calendar.day(now), at_us(now).astimezone(calendar.zone)
    due = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if local < due:
        return []
    start = calendar.day(today - 1)
    with store.reading() as tx:
        closed = tx.facts.closed_until()
        done = tx.outbox.page(digest_key(start)) is not None
    whole = closed is not None and closed >= today
    if done or (not whole and local < due + PATIENCE):
        return []
    with store.writing() as tx:
        return tx.outbox.save(
            [digest(_day(tx, start, today, calendar, whole=whole), plan=plan, now=at_us(now))]
        )


def _day(tx: Transaction, start: int, end: int, calendar: Calendar, *, whole: bool) -> Day:
    def tickets(first: int, last: int) -> int:
        return int(tx.counts.leaf("tickets", first, last)[1].sum())

    found = tx.incidents.find(end=end)
    return Day(
        start=start,
        tickets=tickets(start, end) if whole else None,
        before=tickets(calendar.day(start - 1), start) if whole else None,
        opened=sum(start <= one.opened_at for one in found),
        resolved=sum(one.resolved_at is not None and start <= one.resolved_at < end for one in found),
        pages=sum(bool(page.told) for page in tx.outbox.pages(start, end)),
        open=tx.incidents.find(only_open=True),
    )
