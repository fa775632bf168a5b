"""Cases of Salesforce, by SOQL over queryAll, which also shows what was deleted or merged.

The order is (SystemModstamp, Id); pages are linked by nextRecordsUrl, and may be shorter than asked for. Rows
become visible minutes after their stamps say, as long transactions end. The consumer secret is changed into a
token, and again when that has expired. Fields go by their labels, or by the names of the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.options import Secret, option
from connectors.rows.records import inside
from connectors.services.account import Account, Grant, Refusal, bearer, require_safe
from connectors.services.naming import Named, resolved
from connectors.services.paging import Page, Paging, Record
from connectors.services.refusals import FORBIDDEN, RefusedError
from connectors.services.source import ServiceSource, lookback, settle
from connectors.services.web import Session
from connectors.source import SourceError, SourceSettings, cause

UPDATED: Final = "SystemModstamp"
DELETED: Final = "IsDeleted"
MERGED: Final = "MasterRecordId"
DATA: Final = "/services/data/v62.0"
# Requests are counted over 24 hours, so that some are free again after a while. The same code says that too
# many are being answered at once, which is soon over.
LIMITED: Final = "REQUEST_LIMIT_EXCEEDED"
AT_ONCE: Final = "Concurrent"
LIMIT_WAIT: Final = timedelta(minutes=15)
AT_ONCE_WAIT: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Options:
    """What a salesforce source can be told."""

    url: str = option(doc="My Domain address, https://acme.my.salesforce.com")
    secret: Secret = option(doc="consumer secret of the app, or with no `client_id` a token; by reference")
    client_id: str | None = option(None, doc="consumer key of an app with the client credentials flow")
    where: str | None = option(None, doc="SOQL condition, like \"RecordType.DeveloperName = 'Complaint'\"")
    page_size: int = option(2_000, doc="cases of one page", at_least=200, at_most=2_000)
    lookback: timedelta = lookback(10, "cases become visible late")
    settle: timedelta = settle("cases")

    def __post_init__(self) -> None:
        require_safe(self.url)


class Source(ServiceSource["Cases"]):
    """The cases of an organisation as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        key = options.client_id
        flow = {"grant_type": "client_credentials", "client_id": key or ""}
        grant = Grant("/services/oauth2/token", lambda secret: flow | {"client_secret": secret})
        account = Account(
            secret=options.secret,
            headers=lambda token: bearer(token) | {"Sforce-Query-Options": f"batchSize={options.page_size}"},
            unknown="is it the consumer secret that belongs to client_id, and does the app run the client "
            "credentials flow as a user? Setup > External Client App Manager shows both"
            if key is not None
            else "a token lasts for hours only; set client_id, and let secret be the consumer secret",
            forbidden="give the user that the app runs as the permissions API Enabled and View All on cases",
            grant=None if key is None else grant,
            wait=_wait,
        )
        super().__init__(settings, options, account, Cases(settings.name, options))


class Cases:
    """The object Case as a Service."""

    paging = Paging(precision=timedelta(seconds=1))
    updated = order = UPDATED

    def __init__(self, name: str, options: Options) -> None:
        self._name = name
        self._where = options.where
        self.scope = options.where or ""
        self._names: tuple[str, ...] = ()
        self._fields: dict[str, Named] = {}
        self._stale = True

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed."""
        self._names = names

    def prepare(self, session: Session) -> None:
        """Look up, once, which field is meant by which label; the description is long."""
        if not self._stale:
            return
        described = session.get(f"{DATA}/sobjects/Case/describe").body
        fields = session.records(described, "fields")
        labels = {str(field.get("name")): str(field.get("label", "")).strip() for field in fields}
        relations = {str(field["relationshipName"]) for field in fields if field.get("relationshipName")}
        optional = [MERGED] if MERGED in labels else []
        known = labels | {relation: relation for relation in relations}
        names = ["Id", UPDATED, DELETED, *optional, *self._names]
        self._fields = resolved(self._name, names, known, inside=True)
        self._stale = False

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        try:
            answer = session.get(token) if token else session.get(f"{DATA}/queryAll", q=self._query(since))
        except RefusedError:
            # A field may be gone, or hidden from the account: look again at the next poll.
            self._stale = True
            raise
        records = [self._record(one) for one in session.records(answer.body, "records")]
        after = answer.body.get("nextRecordsUrl")
        if answer.body.get("done") is not True and not str(after).startswith("/services/data/"):
            raise SourceError(
                f"source {self._name}: Salesforce answers without done and nextRecordsUrl",
                cause=cause("odd_answer", service="Salesforce"),
            )
        return Page(records, after, answer.at)

    def void(self, record: Record) -> bool:
        """Deleted, or merged into another case, which may be kept."""
        return record[DELETED] is True or bool(record.get(MERGED))

    def _query(self, since: datetime | None) -> str:
        wanted = sorted({".".join(filter(None, (one.field, one.rest))) for one in self._fields.values()})
        begin = None if since is None else f"{UPDATED} >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        conditions = " AND ".join(one for one in (begin, self._where and f"({self._where})") if one)
        where = f" WHERE {conditions}" if conditions else ""
        names = ", ".join(wanted)
        # SOQL can only read, and the condition is people's own.
        return f"SELECT {names} FROM Case{where} ORDER BY {UPDATED} ASC, Id ASC"  # noqa: S608

    def _record(self, row: dict[str, Any]) -> Record:
        record: Record = {}
        for name, named in self._fields.items():
            value = row.get(named.field)
            record[name] = inside(named.rest)(value or {}) if named.rest else value
        return record


def _wait(refusal: Refusal) -> timedelta | None:
    if refusal.status != FORBIDDEN or LIMITED not in refusal.text:
        return None
    return AT_ONCE_WAIT if AT_ONCE in refusal.text else LIMIT_WAIT
