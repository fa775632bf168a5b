"""Tickets of ServiceNow: the rows of a table like incident or sn_customerservice_case, by its Table API.

Pages follow the key (sys_updated_on, sys_id), and are no offsets, which would overlap and miss. Rows that the
account may not read are cut out of a page after it was counted, so that a short page is not the last one.
Stamps are asked for as the database holds them, in UTC, and everything else as people see it. A request that
takes too long is broken off in the middle of its rows, with an error at their end and the status of success.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.options import OptionError, Secret, option
from connectors.rows.values import readable
from connectors.said import Said
from connectors.services.account import Account, basic, bearer, require_safe
from connectors.services.paging import Page, Paging, Record
from connectors.services.refusals import SAID
from connectors.services.source import ListedSource, lookback, settle
from connectors.services.web import Answer, Session
from connectors.source import SourceError, SourceSettings, cause

UPDATED: Final = "sys_updated_on"
SUFFIXES: Final = (".value", ".display_value")
STAMPS: Final = ("created_at", "updated_at", "escalated_at", "closed_at")
# So many rows are asked for by their ids at once; an address must not be too long.
ASKED: Final = 100
# A row may change while it is looked for.
PROBES: Final = 3
# Of so many newest rows an account that reads the table may read one.
NEWEST: Final = 100
# The fields that an encoded query names; its operators are in capitals, and ^^ is a caret of a value.
NAMED: Final = re.compile(r"(?:^|\^)(?:OR)?([a-z][a-z0-9_.]*)")
# Names in queries that are no fields: of tags, and of the variables of a catalogue.
OTHERS: Final = ("sys_tags.", "variables.")


@dataclass(frozen=True)
class Options:
    """What a servicenow source can be told."""

    url: str = option(doc="address of the instance, https://acme.service-now.com")
    password: Secret = option(doc="the account's password, or with no `user` an OAuth token; by reference")
    user: str | None = option(None, doc="the account, with the role that reads the table; UTC is its zone")
    table: str = option("incident", doc="the table: incident, sn_customerservice_case, a table of your own")
    query: str | None = option(None, doc='encoded query that narrows it, like "assignment_group=..."')
    page_size: int = option(1_000, doc="rows of one page", at_least=1, at_most=10_000)
    lookback: timedelta = lookback(5, "rows become visible late")
    settle: timedelta = settle("rows")

    def __post_init__(self) -> None:
        require_safe(self.url)
        if not self.table.replace("_", "").isalnum():
            wrong = "{given} is no name of a table, like sn_customerservice_case"
            raise OptionError("table", Said("servicenow.table", wrong, given=repr(self.table)))
        if self.query is not None and any(word in self.query for word in ("^NQ", "ORDERBY", "^EQ")):
            own = "leave out ^NQ, ^EQ and ORDERBY; the order is the connector's own"
            raise OptionError("query", Said("servicenow.order", own))


class Source(ListedSource["Table"]):
    """A table as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.password,
            headers=lambda secret: (
                basic(options.user, secret) if options.user is not None else bearer(secret)
            ),
            unknown="is the user right, not locked out, and the password not expired?",
            forbidden=f"give the account a role that reads {options.table}, like itil or snc_read_only",
        )
        super().__init__(settings, options, account, Table(settings, options))


class Table:
    """A table as a Service."""

    paging = Paging(precision=timedelta(seconds=1))
    updated = order = UPDATED
    most = ASKED

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        fields = settings.fields
        self._name = f"source {settings.name}"
        self._ident = "sys_id" if fields is None else _without_suffix(fields.id)
        self._options = options
        self.scope = f"{options.table} {options.query or ''}"
        self._stamps = {UPDATED} | {getattr(fields, key) for key in STAMPS if fields is not None}
        self._fields = ""
        self._queried = _queried(options.query)
        self._probed = False

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields to ask for: those that are mapped, and what orders them."""
        plain = [_without_suffix(name) for name in names]
        self._fields = ",".join(dict.fromkeys([*plain, UPDATED, "sys_id"]))

    def prepare(self, session: Session) -> None:
        """Make sure, once, that the instance takes the query, and reads stamps as they are meant: in UTC."""
        if self._probed:
            return
        for _ in range(PROBES):
            oldest = self._rows(session, self._ask(session, f"ORDERBY{UPDATED}", 1, *self._queried))
            if not oldest:
                return
            self._require_queried(oldest[0])
            stamp, ident = oldest[0][f"{UPDATED}.value"], oldest[0]["sys_id.value"]
            if self._rows(session, self._ask(session, f"{UPDATED}={stamp}^sys_id={ident}", 1)):
                self._probed = True
                return
        raise SourceError(
            f"{self._name}: the instance reads the times of a query in another zone than UTC, so that "
            "tickets would be missed; set the account's time zone to GMT in its user record",
            cause=cause("other_zone"),
        )

    def _require_queried(self, row: dict[str, Any]) -> None:
        """Raise SourceError where `query` names a field that no row has: its condition would be ignored."""
        absent = [name for name in self._queried if name not in row]
        if absent:
            raise SourceError(
                f"{self._name}: query names {', '.join(absent)}, which {self._options.table} has not or the "
                "account may not read, so that the instance would ignore the condition and send every row",
                cause=cause("unqueried", fields=", ".join(absent), table=self._options.table),
            )

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        begin = "" if since is None else f"{UPDATED}>={since.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        queries = [_joined(self._options.query, begin)]
        if token is not None:
            stamp, _, ident = token.partition("|")
            queries = [
                _joined(self._options.query, f"{UPDATED}>{stamp}"),
                _joined(self._options.query, f"{UPDATED}={stamp}^sys_id>{ident}"),
            ]
        size = self._options.page_size
        query = _joined("^NQ".join(queries), f"ORDERBY{UPDATED}^ORDERBYsys_id")
        answer = self._ask(session, query, size)
        rows = self._rows(session, answer)
        counted = answer.headers.get("x-total-count", "")
        more = int(counted) > size if counted.isdecimal() else len(rows) == size
        if more and not rows:
            raise SourceError(
                f"{self._name}: the account may read none of {counted} rows of {self._options.table} from "
                f"{token or since or 'the beginning'} on; give it a role that reads the whole table",
                cause=cause("no_rows", table=self._options.table),
            )
        if not rows and counted.isdecimal() and int(counted) > 0:
            self._require_readable(session)
        after = f"{rows[-1][f'{UPDATED}.value']}|{rows[-1]['sys_id.value']}" if more else None
        return Page([self._record(row) for row in rows], after, answer.at)

    def _require_readable(self, session: Session) -> None:
        """Raise SourceError where the account may read none of the newest rows: a role was taken from it."""
        answer = self._ask(session, _joined(self._options.query, f"ORDERBYDESC{UPDATED}"), NEWEST)
        if not self._rows(session, answer):
            raise SourceError(
                f"{self._name}: the account may read none of the newest rows of {self._options.table} any "
                "more; give it a role that reads the whole table",
                cause=cause("no_rows", table=self._options.table),
            )

    def void(self, record: Record) -> bool:
        """ServiceNow deletes rows altogether; a state that means so is mapped as `void`."""
        return False

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of these rows that there are; a row that may not be read is there."""
        if any("," in ident or "^" in ident for ident in ids):
            return set(ids)
        answer = self._ask(session, f"{self._ident}IN{','.join(ids)}", len(ids))
        found = {str(row[self._ident]) for row in self._rows(session, answer)}
        counted = answer.headers.get("x-total-count", "")
        return found if counted.isdecimal() and int(counted) <= len(found) else set(ids)

    def _ask(self, session: Session, query: str, limit: int, *more: str) -> Answer:
        """The answer to a query, with more fields than those that are needed."""
        answer = session.get(
            f"/api/now/table/{self._options.table}",
            sysparm_query=query,
            sysparm_fields=",".join([self._fields, *more]),
            sysparm_limit=limit,
            sysparm_display_value="all",
            sysparm_exclude_reference_link="true",
        )
        error = answer.body.get("error") if isinstance(answer.body, dict) else None
        if error is not None:
            said = readable(str(error.get("message") if isinstance(error, dict) else error), SAID)
            raise SourceError(
                f"{self._name}: the instance broke its answer off ({said}); lower page_size, or let "
                f"{self._options.table} have an index on {UPDATED}",
                cause=cause("broken", host=urlsplit(session.web.url).netloc, status="200"),
            )
        return answer

    def _rows(self, session: Session, answer: Answer) -> list[dict[str, Any]]:
        """The rows with `field` as people see it, and `field.value` as the database holds it."""
        rows = []
        for told in session.records(answer.body, "result"):
            row: dict[str, Any] = {}
            for name, cell in told.items():
                cells = cell if isinstance(cell, dict) else {"value": cell, "display_value": cell}
                row[name] = row[f"{name}.display_value"] = cells.get("display_value")
                row[f"{name}.value"] = cells.get("value")
            if not {f"{UPDATED}.value", "sys_id.value"} <= row.keys():
                raise SourceError(
                    f"{self._name}: rows of {self._options.table} come without {UPDATED} and sys_id; let the "
                    "account read these fields",
                    cause=cause("unread_fields", table=self._options.table),
                )
            rows.append(row)
        return rows

    def _record(self, row: dict[str, Any]) -> Record:
        record = dict(row)
        for name in self._stamps & row.keys():
            stamp = row[f"{_without_suffix(name)}.value"]
            record[name] = f"{stamp}+00:00" if stamp else None
        return record


def _queried(query: str | None) -> list[str]:
    """The fields that an encoded query names, each once."""
    names = NAMED.findall((query or "").replace("^^", ""))
    return list(dict.fromkeys(name for name in names if not name.startswith(OTHERS)))


def _joined(*conditions: str | None) -> str:
    return "^".join(condition for condition in conditions if condition)


def _without_suffix(name: str) -> str:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name
