"""Tickets of HubSpot, by its search, and deleted ones by their list.

The search ends after 10,000 tickets, orders by one property only, and its pages are offsets that move. So
each page begins at the last stamp of the one before, and tickets of one stamp that fill a page are gone
through by their ids. Properties go by their labels, as people see them, or by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.options import Secret, option
from connectors.services.account import Account, Refusal, bearer, require_safe
from connectors.services.naming import Named, resolved
from connectors.services.paging import Page, Paging, Record
from connectors.services.refusals import TOO_MANY
from connectors.services.source import ServiceSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceError, SourceSettings, cause
from connectors.ticket import EPOCH

UPDATED: Final = "hs_lastmodifieddate"
IDENT: Final = "hs_object_id"
# The ids of the tickets that were merged to this one, a new one; they are gone from everywhere else.
MERGED: Final = "hs_merged_object_ids"
DELETED: Final = "deleted"
# The version of the API; the numbered ones before it (v3) end in September 2027.
TICKETS: Final = "/crm/objects/2026-09/tickets"
PROPERTIES: Final = "/crm/properties/2026-09/tickets"
MILLISECOND: Final = timedelta(milliseconds=1)
# How long each of its limits lasts; a refusal names the limit and no time.
WAITS: Final = {
    "SECONDLY": timedelta(seconds=1),
    "TEN_SECONDLY_ROLLING": timedelta(seconds=10),
    "DAILY": timedelta(hours=1),
}


@dataclass(frozen=True)
class Options:
    """What a hubspot source can be told."""

    token: Secret = option(doc="service key with the scope tickets; by reference")
    url: str = option("https://api.hubapi.com", doc="address of the API")
    page_size: int = option(100, doc="tickets of one page", at_least=1, at_most=200)
    deleted: bool = option(True, doc="list deleted tickets too: a request for each hundred of 90 days")
    lookback: timedelta = lookback(5, "the index follows late")
    settle: timedelta = settle("tickets")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ServiceSource["Search"]):
    """The tickets of an account as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.token,
            headers=bearer,
            unknown="copy it from Settings > Integrations > Service Keys (that of an older private app from "
            "its page Auth); rotating it changes it",
            forbidden="give the service key the scope tickets",
            wait=_wait,
        )
        super().__init__(settings, options, account, Search(settings, options))


class Search:
    """The search as a Service."""

    scope = ""
    updated = order = UPDATED

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self._name = settings.name
        self._ident = "id" if settings.fields is None else settings.fields.id
        self._size = options.page_size
        self.paging = Paging(precision=MILLISECOND, listings=("", DELETED) if options.deleted else ("",))
        self._names: tuple[str, ...] = ()
        self._properties: dict[str, Named] = {}
        self._options: Mapping[str, Mapping[str, str]] = {}

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The properties that are needed."""
        self._names = tuple(name for name in names if name != "id")

    def prepare(self, session: Session) -> None:
        """Look up which property is meant by which label, and what its options are called."""
        told = session.records(session.get(PROPERTIES).body, "results")
        labels = {str(one.get("name")): str(one.get("label", "")).strip() for one in told}
        self._properties = resolved(self._name, self._names, labels)
        self._options = {
            str(one.get("name")): {str(o.get("value")): str(o.get("label")) for o in one.get("options") or ()}
            for one in told
        }

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        wanted = sorted({named.field for named in self._properties.values()} | {UPDATED, MERGED})
        if listing == DELETED:
            asked: dict[str, str | int] = {"archived": "true", "limit": 100, "properties": ",".join(wanted)}
            answer = session.get(TICKETS, **asked, **({"after": token} if token else {}))
            found = session.records(answer.body, "results")
            records = [self._deleted(one) for one in found]
            return Page(records, _next(answer.body), answer.at, ordered=False)
        stamp, parted, ident = (
            token or str(0 if since is None else (since - EPOCH) // MILLISECOND)
        ).partition("|")
        filters = [{"propertyName": UPDATED, "operator": "GTE", "value": stamp}]
        if parted and ident:
            filters = [
                {"propertyName": UPDATED, "operator": "EQ", "value": stamp},
                {"propertyName": IDENT, "operator": "GT", "value": ident},
            ]
        elif parted:
            filters = [{"propertyName": UPDATED, "operator": "GT", "value": stamp}]
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": IDENT if ident else UPDATED, "direction": "ASCENDING"}],
            "properties": wanted,
            "limit": self._size,
        }
        answer = session.post(f"{TICKETS}/search", body)
        found = session.records(answer.body, "results")
        after = self._after(found, stamp, ident, more=bool(_next(answer.body)))
        return Page([record for one in found for record in self._records(one)], after, answer.at)

    def void(self, record: Record) -> bool:
        """Deleted, or merged with another ticket."""
        return record["(void)"] is True

    def _after(self, found: list[dict[str, Any]], stamp: str, ident: str, *, more: bool) -> str | None:
        """Where the next page begins: at a stamp, behind an id of it (stamp|id), or behind it (stamp|)."""
        if len(found) < self._size and not (found and more):
            return f"{stamp}|" if ident else None
        if ident:
            return f"{stamp}|{found[-1].get('id')}"
        first, last = self._millis(found[0]), self._millis(found[-1])
        return f"{last}" if last > first else f"{last}|0"

    def _millis(self, one: dict[str, Any]) -> int:
        told = (one.get("properties") or {}).get(UPDATED)
        try:
            return (datetime.fromisoformat(str(told)) - EPOCH) // MILLISECOND
        except (ValueError, TypeError):
            raise SourceError(
                f"source {self._name}: ticket {one.get('id')} comes without a readable {UPDATED} ({told})",
                cause=cause("odd_answer", service="HubSpot"),
            ) from None

    def _records(self, one: dict[str, Any]) -> Iterator[Record]:
        """The ticket, and the tickets that were merged to it, as far as their ids are the records'."""
        record = self._record(one, void=False)
        yield record
        if self._ident != "id" and self._properties[self._ident].field != IDENT:
            return
        for ident in str((one.get("properties") or {}).get(MERGED) or "").split(";"):
            if ident.strip() not in {"", str(one.get("id"))}:
                yield record | {self._ident: ident.strip(), "(void)": True}

    def _deleted(self, one: dict[str, Any]) -> Record:
        record = self._record(one, void=True)
        return record | {UPDATED: one.get("archivedAt") or record[UPDATED]}

    def _record(self, one: dict[str, Any], *, void: bool) -> Record:
        told = one.get("properties") or {}
        shown = {name: self._shown(told.get(n.field), n.field) for name, n in self._properties.items()}
        return {**shown, "id": one.get("id"), UPDATED: told.get(UPDATED), "(void)": void}

    def _shown(self, value: object, field: str) -> object:
        """A value by its option's label; several are parted by semicolons."""
        options = self._options.get(field)
        if not options or not isinstance(value, str):
            return value
        labels = [options.get(one, one) for one in value.split(";")]
        return labels if len(labels) > 1 else labels[0]


def _next(body: dict[str, Any]) -> str | None:
    return ((body.get("paging") or {}).get("next") or {}).get("after")


def _wait(refusal: Refusal) -> timedelta | None:
    if refusal.status != TOO_MANY:
        return None
    return next((wait for limit, wait in WAITS.items() if f'"{limit}"' in refusal.text), None)
