"""How the store stands at one moment: what `status` tells, gathered and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from alerts.page import Page, page_line
from connectors.ticket import DAY
from connectors.windows import Calendar
from monitor.commands._records import signal_record
from monitor.config import Config
from monitor.storage import Transaction
from monitor.storage.errors import named
from monitor.storage.lease import Holding
from monitor.storage.outbox import Delivery, State
from monitor.storage.overview import tickets_by_source
from monitor.storage.quarantine import QuarantinedRow
from monitor.storage.signals import StoredSignal
from monitor.storage.sources import SourceState

# As many of the last pages as fit on a screen beside the rest.
PAGES: Final = 5
SET_ASIDE: Final = 3


@dataclass(frozen=True)
class SourceStanding:
    """A source: what the store knows of it, None before its first poll, and what it brought.

    `set_aside` are the last of its quarantined rows.
    """

    name: str
    state: SourceState | None
    configured: bool
    tickets: int
    quarantined: int
    set_aside: Sequence[QuarantinedRow]

    @property
    def condition(self) -> str:
        """One word for it."""
        if self.state is None or (self.state.polled_at is None and not self.state.failures):
            return "new"
        if self.state.blind_since is not None:
            return "blind"
        return "failing" if self.state.failures else "ok"


@dataclass(frozen=True)
class Standing:
    """Everything that `status` tells. Instants are int64 microseconds UTC.

    Attributes
    ----------
    closed_until : end of the last hour that was judged and logged
    signals : those that are open
    undeliverable : deliveries that were given up, with their pages
    unsigned : hours of the 24 before `closed_until` that nobody has signed
    """

    now: int
    store: str
    holding: Holding
    closed_until: int | None
    sources: Sequence[SourceStanding]
    signals: Sequence[StoredSignal]
    deliveries: Mapping[State, int]
    undeliverable: Sequence[tuple[Delivery, Page | None]]
    pages: Sequence[Page]
    unsigned: Sequence[int]

    @property
    def runs(self) -> bool:
        """An instance holds the store now."""
        return self.holding.holder is not None and self.holding.expires_at > self.now


def gathered(tx: Transaction, config: Config, *, now: int) -> Standing:
    """How the store stands now."""
    closed = tx.facts.closed_until()
    return Standing(
        now=now,
        store=named(tx.connection.engine.url).removeprefix("store "),
        holding=tx.lease.holding(),
        closed_until=closed,
        sources=_sources(tx, config),
        signals=tx.signals.open(now, now + 1),
        deliveries=tx.outbox.figures(),
        undeliverable=[
            (delivery, tx.outbox.page(delivery.page_key))
            for delivery in tx.outbox.deliveries(state=State.UNDELIVERABLE)
        ],
        pages=tx.outbox.pages(limit=PAGES),
        unsigned=[] if closed is None else _unsigned(tx, closed - DAY, closed),
    )


def as_json(standing: Standing, config: Config) -> dict[str, Any]:
    """The same for machines."""
    iso = cache(Calendar(config.timezone).iso)

    def optional(us: int | None) -> str | None:
        return None if us is None else iso(us)

    return {
        "at": iso(standing.now),
        "zone": config.timezone.key,
        "store": standing.store,
        "running": standing.runs,
        "holder": standing.holding.holder,
        "lease_until": iso(standing.holding.expires_at) if standing.holding.holder else None,
        "closed_until": optional(standing.closed_until),
        "sources": [_source_record(source, optional) for source in standing.sources],
        "open_signals": [signal_record(stored.signal, iso) for stored in standing.signals],
        "outbox": {state.value: number for state, number in standing.deliveries.items()},
        "undeliverable": [
            {
                "page": delivery.page_key,
                "role": delivery.told.role,
                "contact": delivery.told.contact,
                "channel": delivery.told.channel,
                "attempts": delivery.attempts,
                "error": delivery.last_error,
                "given_up_at": optional(delivery.settled_at),
                "at": None if page is None else iso(page.at),
                "level": None if page is None else page.level,
                "node": None if page is None else list(page.node),
            }
            for delivery, page in standing.undeliverable
        ],
        "last_pages": [{"page": page.key, **page_line(page, config.timezone)} for page in standing.pages],
        "unsigned_hours": [iso(hour) for hour in standing.unsigned],
    }


def _sources(tx: Transaction, config: Config) -> list[SourceStanding]:
    """The configured sources in their order, then those that the store remembers."""
    states = {state.name: state for state in tx.sources.all()}
    tickets = tickets_by_source(tx.connection)
    quarantined = {summary.source: summary.rows for summary in tx.quarantine.summary()}
    configured = [source.settings.name for source in config.sources]
    return [
        SourceStanding(
            name,
            states.get(name),
            name in configured,
            tickets.get(name, 0),
            quarantined.get(name, 0),
            tx.quarantine.rows(name, limit=SET_ASIDE) if name in quarantined else (),
        )
        for name in dict.fromkeys((*configured, *states))
    ]


def _unsigned(tx: Transaction, start: int, end: int) -> list[int]:
    """Hours in [start, end) that the log has rows of and nobody has signed."""
    signed = {signature.hour for signature in tx.trend.signatures(start, end)}
    logged = set(tx.trend.between(start, end, revisions=True).rows.hour.tolist())
    return sorted(logged - signed)


def _source_record(source: SourceStanding, optional: Callable[[int | None], str | None]) -> dict[str, Any]:
    state = source.state
    return {
        "name": source.name,
        "configured": source.configured,
        "condition": source.condition,
        "complete_to": None if state is None else optional(state.complete_to),
        "polled_at": None if state is None else optional(state.polled_at),
        "failures": state.failures if state else 0,
        "failing_since": None if state is None else optional(state.failing_since),
        "error": state.last_error if state else None,
        "next_at": None if state is None else optional(state.next_at),
        "blind_since": None if state is None else optional(state.blind_since),
        "tickets": source.tickets,
        "quarantined": source.quarantined,
        "last_quarantined": [{"place": one.row.place, "reason": one.row.reason} for one in source.set_aside],
    }
