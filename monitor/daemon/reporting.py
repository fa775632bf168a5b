"""How the daemon is, as `GET /health` tells it: what it knows of itself, and what stands in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

from connectors.ticket import at_us
from monitor.daemon.instance import holder
from monitor.health.report import LeaseHealth, Report, SourceHealth, State
from monitor.storage.outbox import State as Sent
from monitor.storage.store import Store


def report_of(
    store: Store,
    *,
    state: State,
    started_at: datetime,
    tick_every: timedelta,
    ticked_at: datetime | None,
    sources: Sequence[str],
    hung: tuple[str, ...],
) -> Report:
    """The report of now. Raises StoreError."""
    with store.reading() as tx:
        states = {one.name: one for one in tx.sources.all()}
        figures, closed = tx.outbox.figures(), tx.facts.closed_until()
        holding = tx.lease.holding()
    return Report(
        state=state,
        version=version("complaint-monitor"),
        started_at=started_at,
        tick_every=tick_every,
        ticked_at=ticked_at,
        sources=tuple(
            SourceHealth(
                name,
                _maybe(known.complete_to),
                _maybe(known.failing_since),
                _maybe(known.blind_since),
                known.last_error,
            )
            if (known := states.get(name)) is not None
            else SourceHealth(name)
            for name in sources
        ),
        closed_until=_maybe(closed),
        pending=figures[Sent.PENDING],
        undeliverable=figures[Sent.UNDELIVERABLE],
        hung=hung,
        lease=LeaseHealth(holding.holder, _maybe(holding.expires_at), holding.holder == holder()),
    )


def _maybe(us: int | None) -> datetime | None:
    return None if us is None else at_us(us)
