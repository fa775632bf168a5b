"""Tickets of Freshdesk, listed by the time of their last change.

Pages are counted from the first one and end after 300, so the window begins anew at the last stamp as often
as that moves. Deleted tickets and spam are listed apart, and are void. Whether a ticket's stamp moves when it
is deleted is not documented: now and then these lists are gone through whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.options import Secret, option
from connectors.rows.records import inside
from connectors.rows.values import plain
from connectors.services.account import Account, basic, require_safe
from connectors.services.paging import Page, Paging, Record
from connectors.services.source import ServiceSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceSettings

# Without a beginning, only tickets of the last 30 days are listed.
BEGINNING: Final = datetime(1970, 1, 2, tzinfo=UTC)
# Whether tickets of the very second are listed is not documented.
SAFE: Final = timedelta(seconds=1)
MOST_PAGES: Final = 300
APART: Final = ("deleted", "spam")
# Fields that come only when they are asked for, by the first part of their names.
INCLUDED: Final = {"description": "description", "description_text": "description"} | {
    name: name for name in ("stats", "requester", "company")
}


@dataclass(frozen=True)
class Options:
    """What a freshdesk source can be told."""

    url: str = option(doc="address of the account, https://acme.freshdesk.com")
    key: Secret = option(doc="API key of an agent who may see all tickets; by reference")
    page_size: int = option(100, doc="tickets of one page", at_least=1, at_most=100)
    lookback: timedelta = lookback(5, "tickets become visible late")
    settle: timedelta = settle("tickets")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ServiceSource["Listing"]):
    """The tickets of an account as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.key,
            headers=lambda secret: basic(secret, "X"),
            unknown="copy it from the agent's Profile settings > View API key; it changes when it is reset",
            forbidden="give its agent a role that sees all tickets (ticket scope: global access)",
        )
        super().__init__(settings, options, account, Listing(options.page_size))
        self._ident = inside("id" if settings.fields is None else settings.fields.id)

    def gone(self, ids: Sequence[str]) -> Iterator[set[str]]:
        """As ListingSource.gone: those that are listed as deleted or spam, whenever they changed."""
        asked = set(ids)
        with self.web.opened() as session:
            for listing in APART:
                for number in range(1, MOST_PAGES + 1):
                    page = self.service.page(session, None, str(number), listing=listing)
                    yield asked & {str(plain(self._ident(record))) for record in page.records}
                    if page.next is None:
                        break


class Listing:
    """The lists of tickets as a Service."""

    paging = Paging(precision=timedelta(seconds=1), shifting=True, most=MOST_PAGES, listings=("", *APART))
    scope = ""
    updated = order = "updated_at"

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._included = ""

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed; some come only when they are asked for."""
        firsts = [INCLUDED.get(name.partition(".")[0]) for name in names]
        self._included = ",".join(dict.fromkeys(first for first in firsts if first))

    def prepare(self, session: Session) -> None:
        """Nothing has to be looked up."""

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        begin = BEGINNING if since is None else max(BEGINNING, since.astimezone(UTC) - SAFE)
        number = int(token or 1)
        asked: dict[str, str | int] = {
            "updated_since": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            "order_by": "updated_at",
            "order_type": "asc",
            "per_page": self._page_size,
            "page": number,
        }
        asked |= {"filter": listing} if listing else {}
        asked |= {"include": self._included} if self._included else {}
        answer = session.get("/api/v2/tickets", **asked)
        tickets = session.records(answer.body, None)
        # A page that is exactly full may be the last one, and only the link says so.
        more = 'rel="next"' in answer.headers.get("link", "") or len(tickets) >= self._page_size
        records = [ticket | {"listing": listing} for ticket in tickets]
        return Page(records, str(number + 1) if more and tickets else None, answer.at)

    def void(self, record: Record) -> bool:
        """Deleted, or marked as spam."""
        return bool(record.get("deleted") or record.get("spam") or record["listing"])
