"""Tickets of Jira Service Management in the cloud, by its search with page tokens.

JQL knows minutes and reads them in the account's own time zone, which /myself tells. The index behind the
search follows late: the last minutes are read again, and the issues told last are asked for as they are now.
Fields go by their names, as people see them, or by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.options import OptionError, Secret, option
from connectors.rows.records import inside
from connectors.said import Said
from connectors.services.account import Account, basic, bearer, require_safe
from connectors.services.naming import Named, resolved
from connectors.services.paging import Page, Paging, Record
from connectors.services.source import ListedSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceError, SourceSettings, cause

# A search without a condition is refused.
BEGINNING: Final = datetime(1970, 1, 2, tzinfo=UTC)
# So many issues a search shows as they are, and not as the index knows them.
RECONCILED: Final = 50
# So many issues are fetched by their keys at once.
FETCHED: Final = 100
BROWSE: Final = "BROWSE_PROJECTS"
# Where a token has expired, only some questions are refused (401); others are answered as to nobody, and a
# header says why.
REASON: Final = "x-seraph-loginreason"
UNKNOWN: Final = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")
# What a value is called, by the sort of thing that it is, from the first name that it has.
NAMES: Final = ("value", "name", "accountId", "key")


@dataclass(frozen=True)
class Options:
    """What a jira source can be told."""

    url: str = option(doc="address of the site, https://acme.atlassian.net")
    token: Secret = option(doc="API token, or with no `user` an OAuth token; by reference")
    user: str | None = option(None, doc="mail address of the account whose API token it is")
    jql: str | None = option(None, doc='JQL that narrows it, like "project = SUP"')
    page_size: int = option(100, doc="issues of one page", at_least=1, at_most=1_000)
    lookback: timedelta = lookback(10, "the index follows late")
    settle: timedelta = settle("issues")

    def __post_init__(self) -> None:
        require_safe(self.url)
        if self.jql is not None and re.search(r"\border\s+by\b", self.jql, re.IGNORECASE):
            own = "leave out ORDER BY; the order is the connector's own"
            raise OptionError("jql", Said("jira.order", own))


class Source(ListedSource["Search"]):
    """The issues of a site as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        user = options.user
        account = Account(
            secret=options.token,
            headers=lambda secret: bearer(secret) if user is None else basic(user, secret),
            unknown="make a new one at id.atlassian.com > Security > API tokens (they expire after a year "
            "at most), and is user its owner?",
            forbidden="let the account use Jira Service Management and browse the project",
            nobody=_nobody,
        )
        super().__init__(settings, options, account, Search(settings, options))


class Search:
    """The search as a Service."""

    paging = Paging(precision=timedelta(minutes=1))
    updated = order = "updated"
    most = FETCHED

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self._name = settings.name
        self._ident = "key" if settings.fields is None else settings.fields.id
        self._options = options
        self.scope = options.jql or ""
        self._zone = ZoneInfo("UTC")
        self._names: tuple[str, ...] = ()
        self._fields: dict[str, Named] = {}
        self._recent: list[int] = []
        self._reconciled: list[int] = []

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed."""
        self._names = tuple(name for name in names if name not in {"key", "id"})

    def prepare(self, session: Session) -> None:
        """Look up the account's time zone, and which field is meant by which name."""
        myself = session.get("/rest/api/3/myself").body
        zone = myself.get("timeZone") if isinstance(myself, dict) else None
        try:
            self._zone = ZoneInfo(str(zone))
        except (KeyError, ValueError):
            raise SourceError(
                f"source {self._name}: Jira does not say in which time zone it reads the account's searches "
                f"({zone}); let the account's profile show it",
                cause=cause("no_zone", service="Jira"),
            ) from None
        fields = session.records(session.get("/rest/api/3/field").body, None)
        labels = {str(field.get("id")): str(field.get("name", "")).strip() for field in fields}
        self._fields = resolved(self._name, self._names, labels, inside=True)
        # One list for all pages of a search, or they would not fit together.
        self._reconciled = sorted(set(self._recent))

    def _require_permission(self, session: Session) -> None:
        """Raise SourceError for an account that may see no issue: for it, the search is empty."""
        told = session.get("/rest/api/3/mypermissions", permissions=BROWSE).body
        permissions = told.get("permissions") if isinstance(told, dict) else None
        if not ((permissions or {}).get(BROWSE) or {}).get("havePermission"):
            raise SourceError(
                f"source {self._name}: the account may browse no project, so that Jira shows it no issue; "
                "give it the permission Browse projects",
                cause=cause("no_project"),
            )

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        begin = _literal(since or BEGINNING, self._zone)
        narrowed = f"({self._options.jql}) AND " if self._options.jql else ""
        asked: dict[str, Any] = {
            "jql": f'{narrowed}updated >= "{begin}" ORDER BY updated ASC, key ASC',
            "fields": sorted({named.field for named in self._fields.values()}),
            "maxResults": self._options.page_size,
            "reconcileIssues": self._reconciled,
        }
        asked |= {"nextPageToken": token} if token is not None else {}
        answer = session.post("/rest/api/3/search/jql", asked)
        records = [self._record(issue) for issue in session.records(answer.body, "issues")]
        if not records:
            self._require_permission(session)
        told = [int(record["id"]) for record in records if str(record["id"]).isdecimal()]
        # Fewer than a page holds, or whole pages of them would never say that the poll's end was reached.
        most = min(RECONCILED, self._options.page_size - 1)
        self._recent = [*self._recent, *told][-most:] if most else []
        # An issue that is shown as it is may stand where the index knows it.
        ordered = not set(told) <= set(self._reconciled)
        # `isLast` was seen false for ever; the token is what counts.
        return Page(records, answer.body.get("nextPageToken") or None, answer.at, ordered=ordered)

    def void(self, record: Record) -> bool:
        """Jira deletes issues altogether; a status that means so is mapped as `void`."""
        return False

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of these issues that there are; a moved one is there by its new key only."""
        if self._ident not in {"key", "id"}:
            return set(ids)
        asked = {"issueIdsOrKeys": list(ids), "fields": ["created"]}
        answer = session.post("/rest/api/3/issue/bulkfetch", asked)
        found = session.records(answer.body, "issues")
        if answer.body.get("issueErrors"):
            raise SourceError(
                f"source {self._name}: Jira cannot show some issues now; it is asked again later",
                cause=cause("later", service="Jira"),
            )
        if not found:
            self._require_permission(session)
        return {str(issue.get(self._ident)) for issue in found}

    def _record(self, issue: dict[str, Any]) -> Record:
        fields = issue.get("fields") or {}
        record: Record = {"key": issue.get("key"), "id": issue.get("id")}
        for name, named in self._fields.items():
            value = fields.get(named.field)
            if named.rest:
                value = inside(named.rest)(value) if isinstance(value, dict) else None
            record[name] = _shown(value)
        return record


def _nobody(headers: Mapping[str, str]) -> bool:
    return any(reason in headers.get(REASON, "") for reason in UNKNOWN)


def _literal(at: datetime, zone: ZoneInfo) -> str:
    """The minute in which `at` lies, for JQL; where a clock shows it twice, one that both readings reach."""
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is not None and second is not None and first > second:
        wall -= first - second
    return f"{wall:%Y-%m-%d %H:%M}"


def _shown(value: object) -> object:
    """A value as people name it: of an option, a status, an account, a cascade, a page of text."""
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc":
        return "\n".join(_texts(value)).strip()
    if "requestType" in value:
        return _shown(value["requestType"])
    own = next((value[name] for name in NAMES if isinstance(value.get(name), str)), value)
    return [own, _shown(value["child"])] if isinstance(value.get("child"), dict) else own


def _texts(node: dict[str, Any]) -> Iterator[str]:
    """The paragraphs of a page of text."""
    inner = [one for one in node.get("content") or () if isinstance(one, dict)]
    if any("text" in one for one in inner):
        yield "".join(str(one.get("text", "")) for one in inner)
    else:
        for one in inner:
            yield from _texts(one)
