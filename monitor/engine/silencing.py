"""Silences over a store: which hold now, and the announcement of those that have ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from alerts.incidents.event import Why
from alerts.page import Page, Reason
from alerts.plan import ResponsePlan
from alerts.silences import Silence, end_page
from connectors.taxonomy import Taxonomy
from monitor.engine.tickets import BranchTickets
from monitor.storage.store import Transaction

# The end of a silence names so many of the signals that it has muted.
NAMED: Final = 20
_MUTED: Final = frozenset({Reason.SILENCED, Reason.EXEMPT})


def holding(tx: Transaction, taxonomy: Taxonomy, now: int) -> tuple[Silence, ...]:
    """The silences that mute now: their time has not come, and their tickets have not doubled."""
    silences = [silence for silence in tx.silences.open() if silence.holds(now)]
    if not silences:
        return ()
    tickets = BranchTickets(tx, taxonomy)
    return tuple(silence for silence in silences if _over(silence, tickets, now) is None)


def end_silences(tx: Transaction, taxonomy: Taxonomy, plan: ResponsePlan, *, now: int) -> list[Page]:
    """End what is over, and announce it: pages to be stored."""
    pages = []
    tickets = BranchTickets(tx, taxonomy)
    for silence in tx.silences.open():
        why = _over(silence, tickets, now)
        if why is None:
            continue
        ended = replace(silence, ended_at=now)
        tx.silences.change(ended)
        muted = [
            signal
            for page in tx.outbox.pages(silence.start, now + 1)
            if page.reason in _MUTED and page.muted_by == silence.told
            for signal in page.signals
        ]
        pages.append(end_page(ended, plan=plan, now=now, why=why, muted=muted[-NAMED:]))
    return pages


def _over(silence: Silence, tickets: BranchTickets, now: int) -> Why | None:
    if now >= silence.until:
        return Why.SILENCE_OVER
    if silence.since is not None and silence.doubled(tickets.of(silence.node, silence.since, now + 1)):
        return Why.COUNT_DOUBLED
    return None
