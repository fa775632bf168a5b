"""How long rows are kept: pruned in small transactions, never in a window that is still open.

Counts are sums of changes, so a ticket that is gone must not come back as a new one. Before tickets are
pruned their hours are *sealed*: nothing changes the counts before the seal any more, neither a late version
nor a recount. The seal lies at the start of a month, so that every day and month is whole on one side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from connectors.ticket import MICROSECOND
from connectors.windows import Calendar
from monitor.storage import bulk

if TYPE_CHECKING:
    from monitor.storage.store import Store, Transaction

ROWS_PER_TRANSACTION: Final = 5_000
"""Some tens of milliseconds, so that counting is never held up for long."""

# What each keep prunes, in this order. All parameters are the limit, but the last: rows at most.
_STATEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "tickets": (
        """
        DELETE FROM tickets WHERE (source_id, ticket_id) IN (
            SELECT source_id, ticket_id FROM tickets
            WHERE created < ? AND updated < ? AND seen < ? AND (escalated IS NULL OR escalated < ?)
            ORDER BY created LIMIT ?)
        """,
        """
        DELETE FROM placements WHERE (source_id, ticket_id) IN (
            SELECT source_id, ticket_id FROM placements
            WHERE created < ? AND NOT EXISTS (SELECT 1 FROM tickets
                WHERE tickets.source_id = placements.source_id AND tickets.ticket_id = placements.ticket_id)
            LIMIT ?)
        """,
    ),
    "texts": (
        """
        UPDATE tickets SET text = NULL WHERE (source_id, ticket_id) IN (
            SELECT source_id, ticket_id FROM tickets
            WHERE created < ? AND text IS NOT NULL ORDER BY created LIMIT ?)
        """,
    ),
    "counts": (
        """
        DELETE FROM counts WHERE (hour, node_id) IN (
            SELECT hour, node_id FROM counts WHERE hour < ? ORDER BY hour LIMIT ?)
        """,
    ),
    "trend": (
        """
        DELETE FROM trend WHERE (hour, node_id, revision) IN (
            SELECT hour, node_id, revision FROM trend WHERE hour < ? ORDER BY hour LIMIT ?)
        """,
        """
        DELETE FROM trend_signatures WHERE id IN (
            SELECT id FROM trend_signatures WHERE hour < ? LIMIT ?)
        """,
    ),
    "signals": (
        """
        DELETE FROM signals WHERE id IN (
            SELECT id FROM signals WHERE window_end < ? AND fired_at < ? AND awaiting IS NULL LIMIT ?)
        """,
    ),
    "pages": (
        """
        DELETE FROM outbox WHERE id IN (
            SELECT outbox.id FROM outbox JOIN pages ON pages.key = page_key
            WHERE pages.at < ? AND state = 'sent' LIMIT ?)
        """,
        """
        DELETE FROM pages WHERE key IN (
            SELECT key FROM pages WHERE at < ?
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE page_key = pages.key)
            AND NOT EXISTS (SELECT 1 FROM signals WHERE page_key = pages.key) LIMIT ?)
        """,
    ),
    "quarantine": (
        """
        DELETE FROM quarantine WHERE (source_id, key) IN (
            SELECT source_id, key FROM quarantine WHERE last_seen < ? LIMIT ?)
        """,
    ),
}


# Who kept what quiet, and who stood in for whom, is evidence of incidents and as old as they. What still
# mutes or is to come stays, and so does the last number.
_BESIDE_INCIDENTS: Final = (
    """
    DELETE FROM silences WHERE id IN (
        SELECT id FROM silences WHERE ended_at < ? AND id < (SELECT MAX(id) FROM silences) LIMIT ?)
    """,
    """
    DELETE FROM oncall_overrides WHERE id IN (
        SELECT id FROM oncall_overrides WHERE "end" < ? LIMIT ?)
    """,
)
# Of an incident all goes or nothing: half a story would be another one. The last stays, and so do numbers.
_INCIDENTS: Final = "incidents"
_OVER: Final = """
    SELECT id FROM incidents WHERE resolved_at < ? AND state = 'resolved' AND NOT clocks
    AND id < (SELECT MAX(id) FROM incidents) ORDER BY id LIMIT ?
    """
_OF_INCIDENTS: Final = (
    "DELETE FROM incident_threads WHERE incident_id {among}",
    "DELETE FROM incident_events WHERE incident_id {among}",
    "DELETE FROM incidents WHERE id {among}",
)
INCIDENTS_PER_TRANSACTION: Final = 50


@dataclass(frozen=True)
class Pruned:
    """Rows that one transaction removed, or for texts emptied, of one kind."""

    what: str
    rows: int


def prune(
    store: Store,
    keep: Mapping[str, timedelta],
    *,
    now: int,
    calendar: Calendar,
    rows: int = ROWS_PER_TRANSACTION,
) -> Iterator[Pruned]:
    """Remove what is older than its keep, transaction by transaction; each is told as it is done.

    Parameters
    ----------
    keep : for tickets, texts, counts, trend, signals, pages, quarantine and incidents how long their rows
        are kept; what is not named is kept for ever
    now : int64 microseconds UTC
    rows : at most so many in one transaction
    """
    known = (*_STATEMENTS, _INCIDENTS)
    unknown = sorted(set(keep) - set(known))
    if unknown:
        raise ValueError(f"nothing to prune is called {', '.join(unknown)}; there are {', '.join(known)}")
    for what, statements in _STATEMENTS.items():
        if what not in keep:
            continue
        before = now - keep[what] // MICROSECOND
        for statement in statements:
            yield from _pruned(store, what, statement, before=before, now=now, calendar=calendar, rows=rows)
    if _INCIDENTS in keep:
        before = now - keep[_INCIDENTS] // MICROSECOND
        yield from _pruned_incidents(store, before)
        for statement in _BESIDE_INCIDENTS:
            yield from _pruned(
                store, _INCIDENTS, statement, before=before, now=now, calendar=calendar, rows=rows
            )


def _pruned_incidents(store: Store, before: int) -> Iterator[Pruned]:
    while True:
        with store.writing() as tx:
            ids = [id for (id,) in bulk.rows(tx.connection, _OVER, before, INCIDENTS_PER_TRANSACTION)]
            for statement in _OF_INCIDENTS:
                bulk.change_among(tx.connection, statement, keys=ids)
        if not ids:
            return
        yield Pruned(_INCIDENTS, len(ids))


def _pruned(
    store: Store, what: str, statement: str, *, before: int, now: int, calendar: Calendar, rows: int
) -> Iterator[Pruned]:
    removed = rows
    while removed >= rows:
        with store.writing() as tx:
            limit = _limit(tx, what, before, now, calendar)
            if what == "tickets" and limit > tx.facts.sealed_until():
                tx.facts.seal(limit)
            removed = bulk.change(tx.connection, statement, *[limit] * (statement.count("?") - 1), rows)
        if removed:
            yield Pruned(what, removed)


def _limit(tx: Transaction, what: str, before: int, now: int, calendar: Calendar) -> int:
    """What is older than this may go."""
    if what in {"counts", "signals"}:
        # What is not sealed can still change: counts would go wrong, and a signal would fire again.
        return min(before, tx.facts.sealed_until())
    if what == "tickets":
        return calendar.month(min(before, _open_from(tx, now, calendar)))
    if what == "trend":
        return min(before, _open_from(tx, now, calendar))
    return before


def _open_from(tx: Transaction, now: int, calendar: Calendar) -> int:
    """Start of the month before the oldest hour that is not closed: rules may still look there."""
    closed = tx.facts.closed_until()
    oldest = now if closed is None else min(now, closed)
    return calendar.month(calendar.month(oldest) - 1)
