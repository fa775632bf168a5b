"""Sources that have told nothing complete for too long are blind, and that is paged (law 3)."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.notices import source_blind, source_recovered
from alerts.page import Page
from connectors.source import SourceSettings
from connectors.ticket import MICROSECOND, at_us
from monitor.engine.rules import Rules
from monitor.storage.store import Store, Transaction


def watch_sources(
    store: Store, rules: Rules, sources: Iterable[SourceSettings], *, started: int, now: int
) -> list[Page]:
    """Mark and page sources that have become blind, or see again. `started` is when the monitor did."""
    with store.reading() as tx:
        states = {state.name: state for state in tx.sources.all()}
    changed = []
    for settings in sources:
        state = states.get(settings.name)
        complete = None if state is None else state.complete_to
        blind = state is not None and state.blind_since is not None
        # A start gives it time to be read; it makes none see again that was blind before.
        since = complete if blind else max(started, started if complete is None else complete)
        behind = since is None or now - since > settings.blind_after // MICROSECOND
        if behind != blind:
            changed.append((settings.name, behind))
    if not changed:
        return []
    with store.writing() as tx:
        pages = [_change(tx, rules, name, behind, now=now) for name, behind in changed]
        return tx.outbox.save(pages)


def _change(tx: Transaction, rules: Rules, name: str, behind: bool, *, now: int) -> Page:  # noqa: FBT001
    number = tx.sources.id(name)
    state = tx.sources.all()[number]
    if behind:
        since = state.complete_to if state.complete_to is not None else now
        tx.sources.blind(number, since)
        error = state.last_error or ""
        return source_blind(name, since=at_us(since), error=error, plan=rules.plan, now=at_us(now))
    since = state.blind_since if state.blind_since is not None else now
    tx.sources.sees(number, state.complete_to if state.complete_to is not None else now)
    return source_recovered(name, since=at_us(since), plan=rules.plan, now=at_us(now))
