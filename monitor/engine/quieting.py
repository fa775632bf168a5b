"""What a person's order makes quiet, and what it ends; or a sentence why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from alerts.catalogue import Sentence
from alerts.desk import Quieten
from alerts.entitled import silence_refusal
from alerts.incidents.book import Changed
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.incident import Incident
from alerts.incidents.transitions import after
from alerts.plan import ResponsePlan
from alerts.silences import Silence, refused
from connectors.ticket import Path
from monitor.storage.store import Transaction

Tickets = Callable[[Path, int, int], int]
"""Tickets of a branch that were created in [start, end)."""


def quieten(tx: Transaction, order: Quieten, *, plan: ResponsePlan, tickets: Tickets) -> Silence | Sentence:
    """Keep a node quiet; the incidents that it quiets say so in their story."""
    known = next((one for one in tx.silences.all() if one.asked == order.key), None)
    if known is not None:
        return known
    contact = plan.contact(order.by)
    if contact is None:
        return Sentence("slack.refused.contact", to=order.by)
    why_not = silence_refusal(plan, contact, order.node)
    if why_not is not None:
        return why_not
    silence = Silence(
        node=order.node,
        start=order.at,
        until=order.until,
        author=order.by,
        reason=order.why,
        # Refused below for whoever is no approver.
        approver=order.by if order.hard else "",
        since=order.since,
        tickets=tickets(order.node, order.since, order.at),
        asked=order.key,
    )
    why_not = refused(silence, plan, now=order.at)
    if why_not is not None:
        return why_not
    _tell(tx, silence, order.at)
    return tx.silences.add(silence)


def end_silence(tx: Transaction, id: int, by: str, *, plan: ResponsePlan, now: int) -> Silence | Sentence:
    """End it now; the next tick announces what is over, as it does when the time is up."""
    silence = next((one for one in tx.silences.open() if one.id == id and one.until > now), None)
    if silence is None:
        return Sentence("silence.refused.none", id=str(id))
    contact = plan.contact(by)
    if contact is None:
        return Sentence("slack.refused.contact", to=by)
    mine = by in {silence.author, silence.approver}
    why_not = None if mine else silence_refusal(plan, contact, silence.node)
    if why_not is not None:
        return why_not
    ended = replace(silence, until=now, ended_by=by)
    tx.silences.change(ended)
    return ended


def _tell(tx: Transaction, silence: Silence, now: int) -> None:
    changed = []
    for incident in tx.incidents.find(only_open=True):
        if not silence.quiets(incident, now):
            continue
        event = Event(
            key=event_key(incident.key, Kind.SILENCED, silence.asked),
            kind=Kind.SILENCED,
            at=now,
            by=silence.author,
            why=silence.reason,
            facts=(("until", str(silence.until)),),
        )
        told = after(incident, event)
        if isinstance(told, Incident):
            changed.append(Changed(told, (event,)))
    tx.incidents.save(changed)
