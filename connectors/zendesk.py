"""Tickets of Zendesk Support, by its incremental export with cursors.

The export is ordered by `generated_timestamp`, which also moves when a ticket changes without a new
`updated_at`, and leaves out the last minute. A cursor links the pages of one poll; each poll begins a little
before the end of the last one, as a ticket that appears late lies behind every cursor. The secret of an OAuth
client is changed into a token for half an hour; API tokens cannot be made any more, and end in April 2027.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.options import OptionError, Secret, option
from connectors.said import Said
from connectors.services.account import Account, Grant, basic, bearer, require_safe
from connectors.services.naming import resolved
from connectors.services.paging import Page, Paging, Record
from connectors.services.source import ServiceSource, lookback
from connectors.services.web import Session
from connectors.source import SourceError, SourceSettings, cause

GENERATED: Final = "generated_timestamp"
CUSTOM, TAG, METRIC = "custom_fields.", "tags.", "metric_set."
# What Zendesk writes onto a ticket that was merged into another.
MERGED: Final = "closed_by_merge"
# How an option's name nests in menus.
NESTED: Final = "::"


@dataclass(frozen=True)
class Options:
    """What a zendesk source can be told."""

    url: str = option(doc="address of the account, https://acme.zendesk.com")
    token: Secret = option(
        doc="secret of the OAuth client, with `user` an API token, with neither an OAuth token; by reference"
    )
    client_id: str | None = option(None, doc="identifier of a confidential OAuth client")
    user: str | None = option(None, doc="mail address of the administrator whose API token it is")
    page_size: int = option(1_000, doc="tickets of one page", at_least=1, at_most=1_000)
    lookback: timedelta = lookback(5, "tickets become visible late")
    settle: timedelta = option(
        timedelta(seconds=75),
        doc="tickets younger than this are left; Zendesk itself leaves out 1m",
        at_least=60,
    )

    def __post_init__(self) -> None:
        require_safe(self.url)
        if self.client_id is not None and self.user is not None:
            both = "belongs to an API token, and client_id to an OAuth client; leave one out"
            raise OptionError("user", Said("zendesk.both", both))


class Source(ServiceSource["Export"]):
    """The tickets of an account as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        flow = {"grant_type": "client_credentials", "client_id": options.client_id or "", "scope": "read"}
        grant = Grant("/oauth/tokens", lambda secret: flow | {"client_secret": secret})
        account = Account(
            secret=options.token,
            headers=lambda secret: (
                basic(f"{options.user}/token", secret) if options.user is not None else bearer(secret)
            ),
            unknown="does it belong to client_id, and is the client confidential? Admin Center > Apps and "
            "integrations > APIs > OAuth clients shows both"
            if options.client_id is not None
            else "API tokens are deactivated when not used for a month, and end in April 2027, other "
            "tokens after minutes: set client_id, and let token be the secret of that OAuth client",
            forbidden="incremental exports are for administrators: let one make the OAuth client",
            grant=None if options.client_id is None else grant,
        )
        super().__init__(settings, options, account, Export(settings, options.page_size))


class Export:
    """The incremental export as a Service."""

    paging = Paging(precision=timedelta(seconds=1))
    scope = ""
    updated, order = "updated_at", "(generated)"

    def __init__(self, settings: SourceSettings, page_size: int) -> None:
        self._source = settings.name
        self._page_size = page_size
        self._names: tuple[str, ...] = ()
        self._custom: Mapping[str, CustomField] = {}

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed."""
        self._names = names

    def prepare(self, session: Session) -> None:
        """Look up which custom field is meant by which title; options are renamed now and then."""
        wanted = self._starting(CUSTOM)
        if not wanted:
            return
        # Zendesk's own fields are listed too; they can't be removed, and tickets hold them elsewhere.
        custom = (told for told in _all_fields(session) if told.get("removable") is not False)
        fields = {field.id: field for field in map(CustomField.of, custom)}
        labels = {f"{CUSTOM}{ident}": f"{CUSTOM}{field.title}" for ident, field in fields.items()}
        found = resolved(self._source, [f"{CUSTOM}{title}" for title in wanted], labels)
        self._custom = {name: fields[int(named.field.removeprefix(CUSTOM))] for name, named in found.items()}

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        asked: dict[str, str | int] = {"per_page": self._page_size}
        if token is None:
            asked["start_time"] = 0 if since is None else max(0, int(since.timestamp()))
        else:
            asked["cursor"] = token
        metrics = self._starting(METRIC)
        if metrics:
            asked["include"] = "metric_sets"
        answer = session.get("/api/v2/incremental/tickets/cursor.json", **asked)
        tickets = session.records(answer.body, "tickets")
        found = session.records(answer.body, "metric_sets") if metrics else []
        metric_of = {metric.get("ticket_id"): metric for metric in found}
        none: dict[str, Any] = dict.fromkeys(metrics)
        records = [self._record(ticket, metric_of.get(ticket.get("id"), none)) for ticket in tickets]
        ended, after = answer.body.get("end_of_stream"), answer.body.get("after_cursor")
        if ended is True:
            return Page(records, None, answer.at)
        if ended is not False or not isinstance(after, str) or not after:
            raise SourceError(
                f"source {self._source}: Zendesk answers without end_of_stream and after_cursor",
                cause=cause("odd_answer", service="Zendesk"),
            )
        return Page(records, after, answer.at)

    def void(self, record: Record) -> bool:
        """Deleted, as spam too, or merged into another ticket."""
        return record.get("status") == "deleted" or MERGED in (record.get("tags") or ())

    def _starting(self, prefix: str) -> list[str]:
        return [name.removeprefix(prefix) for name in self._names if name.startswith(prefix)]

    def _record(self, ticket: dict[str, Any], metric: dict[str, Any]) -> Record:
        record = {**ticket, "metric_set": metric}
        generated = ticket.get(GENERATED)
        at = datetime.fromtimestamp(generated, UTC) if isinstance(generated, int) else None
        record[self.order] = ticket.get("updated_at") if at is None else at.isoformat()
        tags = ticket.get("tags") or ()
        record |= {f"{TAG}{tag}": tag in tags for tag in self._starting(TAG)}
        values = {one.get("id"): one.get("value") for one in ticket.get("custom_fields") or ()}
        return record | {name: field.shown(values.get(field.id)) for name, field in self._custom.items()}


@dataclass(frozen=True)
class CustomField:
    """A ticket field that the company made; `options` are names by the tags that stand for them."""

    id: int
    title: str
    options: Mapping[str, str]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> CustomField:
        """The field that the API tells."""
        options = {one.get("value"): one.get("name") for one in told.get("custom_field_options") or ()}
        named = {tag: name for tag, name in options.items() if isinstance(tag, str) and isinstance(name, str)}
        return cls(int(told.get("id", 0)), str(told.get("title", "")).strip(), named)

    def shown(self, value: object) -> object:
        """A value by its option's name; "Network::No signal" is a path of two names."""
        if not isinstance(value, str) or value not in self.options:
            return value
        names = [name.strip() for name in self.options[value].split(NESTED)]
        return names if len(names) > 1 else names[0]


def _all_fields(session: Session) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        asked: dict[str, str | int] = {"page[size]": 100}
        if after is not None:
            asked["page[after]"] = after
        body = session.get("/api/v2/ticket_fields.json", **asked).body
        yield from session.records(body, "ticket_fields")
        meta = body.get("meta") or {}
        before, after = after, meta.get("after_cursor")
        if not meta.get("has_more") or not after or after == before:
            return
