"""Tickets of Request Tracker 5, by REST2.

RT reads the times of a search in the account's time zone, whatever zone is written into them. How far that
is apart from UTC is found out by asking for a ticket whose time is known. Every change moves LastUpdated, one
of a custom field too. Deleted and merged tickets are found by no search; they are looked for by their ids.

Transactions would be a cursor of whole numbers. But those that the account may not see are cut out of a page
after it was counted, and only a superuser is told how many there are: nobody else knows where they end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from connectors.options import Secret, option
from connectors.services.account import Account, basic, require_safe
from connectors.services.naming import missing
from connectors.services.paging import Page, Paging, Record
from connectors.services.source import ListedSource, lookback, settle
from connectors.services.web import Answer, Session
from connectors.services.zones import AccountZone
from connectors.source import SourceError, SourceSettings, cause

API: Final = "/REST/2.0"
UPDATED: Final = "LastUpdated"
CUSTOM: Final = "CustomFields"
# How RT writes a time that has not been.
NEVER: Final = "1970-01-01T00:00:00Z"
WRITTEN: Final = "%Y-%m-%d %H:%M:%S"
MOST: Final = 100
# The newest ticket may be at work, and change while it is asked for: then an older one is.
PROBES: Final = (1, 4, 20)
# A field that is not there is answered as an empty one; these are there.
FIELDS: Final = frozenset(
    [
        "id",
        "Type",
        "Subject",
        "Status",
        "Priority",
        "InitialPriority",
        "FinalPriority",
        "TimeWorked",
        "TimeEstimated",
        "TimeLeft",
        "Queue",
        "Owner",
        "Creator",
        "LastUpdatedBy",
        "Requestor",
        "Cc",
        "AdminCc",
        "Created",
        "LastUpdated",
        "Starts",
        "Started",
        "Due",
        "Resolved",
        "Told",
        "EffectiveId",
        "SLA",
        "CustomFields",
    ]
)


@dataclass(frozen=True)
class Options:
    """What a request_tracker source can be told."""

    url: str = option(doc="address of RT, https://rt.example.com")
    password: Secret = option(doc="the account's password, or with no `user` a token; by reference")
    user: str | None = option(None, doc="account with SeeQueue, ShowTicket and SeeCustomField")
    query: str | None = option(None, doc="TicketSQL that narrows it, like \"Queue = 'Complaints'\"")
    page_size: int = option(MOST, doc="tickets of one page", at_least=1, at_most=MOST)
    lookback: timedelta = lookback(5, "tickets become visible late")
    settle: timedelta = settle("tickets")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ListedSource["Tickets"]):
    """The tickets of an RT as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.password,
            headers=lambda secret: (
                basic(options.user, secret)
                if options.user is not None
                else {"Authorization": f"token {secret}"}
            ),
            unknown="is the password right, or the token not revoked? (Settings > Auth Tokens)",
            forbidden="give the account the rights SeeQueue, ShowTicket and SeeCustomField",
        )
        super().__init__(settings, options, account, Tickets(settings, options))


class Tickets:
    """A search for tickets as a Service."""

    paging = Paging(precision=timedelta(seconds=1), shifting=True)
    updated = order = UPDATED
    most = MOST

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self._name = settings.name
        self._page_size = options.page_size
        self.scope = options.query or ""
        self._fields = ""
        self._custom: tuple[str, ...] = ()
        self._zone = AccountZone()

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields to ask for: those that are mapped, and what orders them."""
        firsts = [name.partition(".")[0] for name in names]
        self._fields = ",".join(first for first in dict.fromkeys([*firsts, UPDATED]) if first in FIELDS)
        self._custom = tuple(name.split(".")[1] for name in names if name.startswith(f"{CUSTOM}."))

    def prepare(self, session: Session) -> None:
        """See that the account sees anything, that custom fields are there, and in which zone it lives."""
        if not session.records(session.get(f"{API}/queues/all").body, "items"):
            raise SourceError(
                f"source {self._name}: the account sees no queue; give it the rights SeeQueue, ShowTicket "
                "and SeeCustomField on those that hold complaints",
                cause=cause("no_queue"),
            )
        if self._custom:
            self._require_custom(session)
        for place in PROBES:
            found = self._found(session, "id > 0", fields=UPDATED, order="DESC", per_page=1, page=place)[0]
            if not found:
                break
            ident, at = str(found[0]["id"]), datetime.fromisoformat(found[0][UPDATED]).astimezone(UTC)
            if self._zone.measure(at, partial(self._finds, session, ident)):
                return
        if place == PROBES[0] or self._zone.known:
            return
        raise SourceError(
            f"source {self._name}: in which time zone RT reads the times of a search cannot be found out; "
            "set the account's time zone to UTC in its preferences",
            cause=cause("no_zone", service="RT"),
        )

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        number = int(token or 1)
        wanted = "id > 0" if since is None else self._since(self._zone.clock(since.astimezone(UTC)))
        tickets, answer = self._found(
            session, wanted, fields=self._fields, page=number, per_page=self._page_size
        )
        pages = answer.body.get("pages")
        more = number < pages if isinstance(pages, int | float) else len(tickets) >= self._page_size
        records = [self._record(ticket) for ticket in tickets]
        return Page(records, str(number + 1) if more and tickets else None, answer.at)

    def void(self, record: Record) -> bool:
        """What is deleted or merged is found no more; see `gone`."""
        return False

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of at most a page of tickets that a search still finds."""
        wanted = " OR ".join(f"id = {ident}" for ident in ids if ident.isdecimal())
        tickets = self._found(session, wanted or "id = 0", per_page=MOST)[0]
        return {str(ticket["id"]) for ticket in tickets}

    def _found(
        self, session: Session, wanted: str, *, order: str = "ASC", **asked: str | int
    ) -> tuple[list[dict[str, Any]], Answer]:
        query = f"({wanted}) AND ({self.scope})" if self.scope else wanted
        answer = session.get(
            f"{API}/tickets",
            query=query,
            orderby=(UPDATED, "id"),
            order=(order, order),
            **{"fields[Queue]": "Name"},
            **asked,
        )
        return session.records(answer.body, "items"), answer

    def _finds(self, session: Session, ident: str, literal: datetime) -> bool:
        wanted = f"id = {ident} AND {self._since(literal)}"
        return bool(self._found(session, wanted, per_page=1)[0])

    def _since(self, literal: datetime) -> str:
        return f"{UPDATED} >= '{literal:{WRITTEN}}'"

    def _require_custom(self, session: Session) -> None:
        """Raise SourceError unless there are such custom fields; a search tells nothing of others."""
        there: set[str] = set()
        number, pages = 0, 1
        while number < pages:
            number += 1
            query = '[{"field":"LookupType","value":"RT::Queue-RT::Ticket"}]'
            told = session.get(
                f"{API}/customfields", query=query, fields="Name", per_page=MOST, page=number
            ).body
            there |= {str(field.get("Name")) for field in session.records(told, "items")}
            pages = told.get("pages") or 0
        absent = [f"{CUSTOM}.{name}" for name in self._custom if name not in there]
        if absent:
            raise missing(self._name, absent, [*FIELDS, *(f"{CUSTOM}.{name}" for name in there)])

    def _record(self, ticket: dict[str, Any]) -> Record:
        record = {name: _value(value) for name, value in ticket.items() if name in FIELDS or name == "id"}
        told = ticket.get(CUSTOM)
        custom: dict[str, Any] = dict.fromkeys(self._custom)
        for field in told if isinstance(told, list) else ():
            values = field.get("values") or [None]
            custom[field.get("name")] = values if len(values) > 1 else values[0]
        return record | {CUSTOM: custom}


def _value(value: Any) -> Any:
    """A value as people mean it: no time for one that has not been, people by their names."""
    if value == NEVER:
        return None
    if isinstance(value, list):
        names = [one.get("id") if isinstance(one, dict) else one for one in value]
        return names if len(names) > 1 else next(iter(names), None)
    return value
