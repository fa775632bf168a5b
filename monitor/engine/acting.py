"""What a person's order does to an incident: an event that it takes, or a sentence why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from alerts.catalogue import Sentence
from alerts.desk import CarriedOut, Deed, Order
from alerts.entitled import refusal
from alerts.incidents.book import Book, Changed
from alerts.incidents.branch import covers, node_of
from alerts.incidents.clocks import answered
from alerts.incidents.event import Event, Kind, event_key
from alerts.incidents.fields import LONGEST, fields_of, filling
from alerts.incidents.incident import Incident, Refusal
from alerts.incidents.transitions import after, apply
from alerts.plan import ResponsePlan
from alerts.silences import Silence, refused
from connectors.ticket import MICROSECOND, Path
from monitor.storage.store import Transaction

Tickets = Callable[[Path, int, int], int]
"""Tickets of a branch that were created in [start, end)."""

_KINDS: Final = {
    Deed.ACKNOWLEDGE: Kind.ACKNOWLEDGED,
    Deed.HANDLED: Kind.HANDLED,
    Deed.REOPEN: Kind.REOPENED,
    Deed.ASSIGN: Kind.ASSIGNED,
    Deed.SILENCE: Kind.SILENCED,
    Deed.EXEMPT: Kind.EXEMPTED,
    Deed.FILL: Kind.FILLED,
}


def act(tx: Transaction, order: Order, *, plan: ResponsePlan, tickets: Tickets) -> CarriedOut | Sentence:
    """Carry out an order."""
    incident = tx.incidents.get(order.incident)
    if incident is None:
        return Sentence("slack.refused.incident", incident=str(order.incident))
    event = _event(order, incident, plan, tickets)
    # A click that Slack repeats is answered as the first one was, also where it would be refused now.
    if incident.took(event.key):
        return CarriedOut(incident, event, repeated=True)
    contact = plan.contact(order.by)
    if contact is None:
        return Sentence("slack.refused.contact", to=order.by)
    why_not = refusal(plan, contact, order.deed, incident) or _unfit(order, plan, incident)
    if why_not is not None:
        return why_not
    silence = _silence(order, incident, plan, tickets)
    if silence is not None:
        why_not = refused(silence, plan, now=order.at)
        if why_not is not None:
            return why_not
    changed = after(incident, event)
    if isinstance(changed, Refusal):
        return _refused(changed)
    if order.deed is Deed.REOPEN:
        other = _nesting(tx.incidents.book(), incident)
        if other is not None:
            return Sentence("slack.refused.nested", other=str(other.id))
    if silence is not None:
        tx.silences.add(silence)
    met = answered(changed, plan)
    changed = apply(changed, met)
    tx.incidents.save([Changed(changed, (event, *met))])
    return CarriedOut(changed, event)


def _silence(order: Order, incident: Incident, plan: ResponsePlan, tickets: Tickets) -> Silence | None:
    """What is asked to be quiet: until a time or until the tickets have doubled, or out of the plan."""
    if order.deed is Deed.EXEMPT:
        lasts = plan.silences.exempt_for // MICROSECOND
        return Silence(
            node=node_of(incident.node),
            start=order.at,
            until=order.until or order.at + lasts,
            author=order.by,
            reason=order.why,
            approver=order.by,
            exempt=True,
        )
    if order.deed is not Deed.SILENCE:
        return None
    return Silence(
        node=node_of(incident.node),
        start=order.at,
        until=order.until or order.at,
        author=order.by,
        reason=order.why,
        approver=order.by if order.by in plan.silences.approvers else "",
        since=incident.since,
        tickets=tickets(node_of(incident.node), incident.since, order.at),
    )


def _refused(said: Refusal) -> Sentence:
    """Why the incident does not take it."""
    facts: dict[str, str] = {"incident": "", "who": "", "into": "", **dict(said.facts)}
    facts["state"] = Sentence(f"incident.state.{facts['state']}") if facts.get("state") else ""
    return Sentence(f"incident.refused.{said.why.name.lower()}", **facts)


def _unfit(order: Order, plan: ResponsePlan, incident: Incident) -> Sentence | None:
    if order.deed is Deed.FILL and order.field not in fields_of(plan, incident):
        return Sentence("slack.refused.field")
    if order.deed is Deed.FILL and len(order.why) > LONGEST:
        return Sentence("slack.refused.long", n=len(order.why), most=LONGEST)
    if order.deed is Deed.ASSIGN and plan.contact(order.to) is None:
        return Sentence("slack.refused.contact", to=order.to)
    return None


def _nesting(book: Book, incident: Incident) -> Incident | None:
    """Another open incident of the same branch, or of one above or below."""
    related = (one for one in book.open if covers(one.node, incident.node) or covers(incident.node, one.node))
    return next((one for one in related if one.id != incident.id), None)


def _event(order: Order, incident: Incident, plan: ResponsePlan, tickets: Tickets) -> Event:
    facts: list[tuple[str, str]] = []
    if order.deed is Deed.ACKNOWLEDGE:
        facts.append(("tickets", str(tickets(incident.node, incident.since, order.at))))
    if order.deed is Deed.ASSIGN:
        facts.append(("assignee", order.to))
    if order.deed is Deed.FILL:
        facts += filling(plan, incident, order.field, order.why)
    if order.until is not None:
        facts.append(("until", str(order.until)))
    kind = _KINDS[order.deed]
    return Event(
        key=event_key(incident.key, kind, order.key),
        kind=kind,
        at=order.at,
        by=order.by,
        why="" if order.deed is Deed.FILL else order.why,
        facts=tuple(facts),
    )
