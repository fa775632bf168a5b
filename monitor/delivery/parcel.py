"""A page on its way to one address: what is taken from the outbox, and what is known of its reader."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.catalogue import Sentence
from alerts.incidents.incident import Incident
from alerts.incidents.incident import State as Standing
from alerts.notifier import Instead
from alerts.page import Page, Told
from monitor.delivery.fallback import instead
from monitor.storage.outbox import State
from monitor.storage.store import Transaction
from monitor.storage.threads import Thread


@dataclass(frozen=True)
class Parcel:
    """A page on its way to one address, for all roles that the address stands for.

    Attributes
    ----------
    ids : its deliveries
    told : the first of them
    page : None where the store cannot tell it; `problem` says why
    remaining : of several people behind the address, those who have not got it
    instead : the channel whose place this one takes
    standing, thread : how the page's incident stands, and where it was told there first
    urgent : somebody does not know of it, and nobody has answered
    """

    page_key: str
    ids: tuple[int, ...]
    told: Told
    roles: tuple[str, ...]
    attempts: int
    page: Page | None
    problem: str = ""
    remaining: str | None = None
    instead: Instead | None = None
    standing: Incident | None = None
    thread: Thread | None = None
    urgent: bool = True


def packed(tx: Transaction, page_key: str, told: Told) -> Parcel:
    """All deliveries of a page to one address, in the order of its roles."""
    everywhere = tx.outbox.deliveries(page_key)
    together = [
        delivery
        for delivery in everywhere
        if delivery.state is State.PENDING
        and (delivery.told.channel, delivery.told.address) == (told.channel, told.address)
    ]
    know = {delivery.told.contact for delivery in everywhere if delivery.state is State.SENT}
    page, problem = None, Sentence("trouble.channel.no_page", page=page_key)
    try:
        page = tx.outbox.page(page_key)
    except ValueError as error:
        problem = Sentence("trouble.channel.later_version").heard(str(error))
    incident = None if page is None else page.incident
    standing = None if incident is None else tx.incidents.get(incident)
    unanswered = standing is None or standing.state in {Standing.OPEN, Standing.REOPENED}
    return Parcel(
        page_key=page_key,
        ids=tuple(delivery.id for delivery in together),
        told=together[0].told,
        roles=tuple(delivery.told.role for delivery in together),
        attempts=max(delivery.attempts for delivery in together),
        page=page,
        problem=problem,
        remaining=together[0].receipt.get("remaining"),
        instead=None if page is None else instead(tx, page, together[0]),
        standing=standing,
        thread=None if incident is None else tx.threads.find(incident, told.channel, told.address),
        urgent=unanswered and any(delivery.told.contact not in know for delivery in together),
    )
