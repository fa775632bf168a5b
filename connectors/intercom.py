"""Conversations of Intercom, by their search.

Pages stand behind the last conversation, and the order is asked for, as it is the other way round by itself.
The index follows late, by minutes at times. Attributes of one's own go by their names, as people see them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from connectors.options import Secret, option
from connectors.rows.records import inside
from connectors.services.account import Account, Refusal, bearer, require_safe
from connectors.services.naming import Named, resolved
from connectors.services.paging import Page, Paging, Record
from connectors.services.refusals import MISSING, TOO_MANY, RefusedError
from connectors.services.source import ListedSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceError, SourceSettings, cause

UPDATED: Final = "updated_at"
CUSTOM: Final = "custom_attributes."
TAG: Final = "tags."
STAMPS: Final = ("created_at", "updated_at", "escalated_at", "closed_at")
# The shapes of answers and the meaning of fields are those of this version.
VERSION: Final = "2.11"
# A reset that is further away makes no sense; seconds.
DAY: Final = 86_400
# Conditions that one query takes.
FILTERS: Final = 15
MARKUP: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Options:
    """What an intercom source can be told."""

    token: Secret = option(doc="access token of an app that may read conversations; by reference")
    url: str = option("https://api.intercom.io", doc="address of the API; api.eu., api.au. in these regions")
    page_size: int = option(150, doc="conversations of one page", at_least=1, at_most=150)
    lookback: timedelta = lookback(15, "the index follows late")
    settle: timedelta = settle("conversations")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ListedSource["Search"]):
    """The conversations of a workspace as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.token,
            headers=lambda token: bearer(token) | {"Intercom-Version": VERSION},
            unknown="copy it from the app's Configure > Authentication in the Developer Hub, and is url that "
            "of the workspace's region?",
            forbidden="give the app the permissions to read conversations, and to list people's attributes",
            wait=_wait,
        )
        super().__init__(settings, options, account, Search(settings, options.page_size))


class Search:
    """The search as a Service."""

    paging = Paging(precision=timedelta(seconds=1))
    most = FILTERS
    scope = ""
    updated = order = UPDATED

    def __init__(self, settings: SourceSettings, page_size: int) -> None:
        fields = settings.fields
        told = {getattr(fields, key) for key in STAMPS if fields is not None} - {None}
        self._name = settings.name
        self._size = page_size
        self._by_id = fields is None or fields.id == "id"
        self._stamps = {stamp: inside(stamp) for stamp in {UPDATED, *told}}
        self._tags: list[str] = []
        self._wanted: list[str] = []
        self._attributes: dict[str, Named] = {}

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed."""
        self._tags = [name.removeprefix(TAG) for name in names if name.startswith(TAG)]
        self._wanted = [name for name in names if name.startswith(CUSTOM)]

    def prepare(self, session: Session) -> None:
        """Look up which attributes there are: a conversation names only those that it has."""
        if not self._wanted:
            return
        told = session.records(session.get("/data_attributes", model="conversation").body, "data")
        # Intercom's own attributes are listed too, most of which are fields of their own.
        labels = {
            f"{CUSTOM}{one.get('name')}": f"{CUSTOM}{one.get('label')}"
            for one in told
            if one.get("custom") is not False or str(one.get("full_name")).startswith(CUSTOM)
        }
        self._attributes = resolved(self._name, self._wanted, labels)

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        begin = 0 if since is None else int(since.timestamp())
        pagination: dict[str, Any] = {"per_page": self._size}
        pagination |= {"starting_after": token} if token is not None else {}
        asked = {
            # There is no >=.
            "query": {"field": UPDATED, "operator": ">", "value": begin - 1},
            "sort": {"field": UPDATED, "order": "ascending"},
            "pagination": pagination,
        }
        answer = session.post("/conversations/search", asked)
        told = session.records(answer.body, "conversations")
        stamps = [one[UPDATED] for one in told if isinstance(one.get(UPDATED), int)]
        if stamps != sorted(stamps):
            raise SourceError(
                f"source {self._name}: Intercom answers in another order than was asked for; "
                "ask its support whether the search still knows `sort`",
                cause=cause("other_order", service="Intercom"),
            )
        after = ((answer.body.get("pages") or {}).get("next") or {}).get("starting_after")
        return Page([self._record(one) for one in told], after, answer.at)

    def void(self, record: Record) -> bool:
        """Intercom deletes conversations altogether; a tag or attribute that means so is mapped as `void`."""
        return False

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of these conversations that there are; what the index does not show is asked for itself."""
        if not self._by_id:
            return set(ids)
        some = [{"field": "id", "operator": "=", "value": ident} for ident in ids]
        asked = {"query": {"operator": "OR", "value": some}, "pagination": {"per_page": len(ids)}}
        told = session.records(session.post("/conversations/search", asked).body, "conversations")
        found = {str(one.get("id")) for one in told}
        return found | {ident for ident in ids if ident not in found and self._is_there(session, ident)}

    def _is_there(self, session: Session, ident: str) -> bool:
        try:
            session.get(f"/conversations/{quote(ident, safe='')}")
        except RefusedError as error:
            if error.status != MISSING:
                raise
            return False
        return True

    def _record(self, told: dict[str, Any]) -> Record:
        record: Record = dict(told)
        for stamp, look in self._stamps.items():
            value = look(told)
            record[stamp] = (
                datetime.fromtimestamp(value, UTC).isoformat() if isinstance(value, int) else value
            )
        attributes = told.get("custom_attributes") or {}
        for name, named in self._attributes.items():
            record[name] = attributes.get(named.field.removeprefix(CUSTOM))
        tags = [tag.get("name") for tag in (told.get("tags") or {}).get("tags") or ()]
        record |= {"tags": tags} | {f"{TAG}{tag}": tag in tags for tag in self._tags}
        contacts = (told.get("contacts") or {}).get("contacts") or [{}]
        record["contact"] = contacts[0].get("id")
        body = (told.get("source") or {}).get("body") or ""
        record["text"] = html.unescape(MARKUP.sub(" ", body)).strip()
        return record


def _wait(refusal: Refusal) -> timedelta | None:
    reset = refusal.headers.get("x-ratelimit-reset", "")
    if refusal.status != TOO_MANY or refusal.at is None or not reset.isdecimal():
        return None
    return timedelta(seconds=min(int(reset) - refusal.at.timestamp(), DAY))
