"""Issues of a Roundup tracker, by its REST interface.

Roundup reads the times of a question in the account's time zone, and answers in UTC. How far the two are
apart is found out by asking for an issue whose time is known. Retired issues are listed no more; they are
looked for by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from connectors.options import OptionError, Secret, option
from connectors.said import Said
from connectors.services.account import Account, basic, require_safe
from connectors.services.naming import missing
from connectors.services.paging import Page, Paging, Record
from connectors.services.refusals import RefusedError
from connectors.services.source import ServiceSource, lookback, settle
from connectors.services.web import Answer, Session
from connectors.services.zones import AccountZone
from connectors.source import SourceError, SourceSettings, cause

ACTIVITY: Final = "activity"
STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d\d:\d\d:\d\d)")
WRITTEN: Final = "%Y-%m-%d.%H:%M:%S"
UNKNOWN: Final = 400
# The newest issue may be at work, and change while it is asked for: then an older one is.
PROBES: Final = (1, 4, 20)
IDS: Final = 1_000


@dataclass(frozen=True)
class Options:
    """What a roundup source can be told."""

    url: str = option(doc="address of the tracker, https://example.com/roundup/tracker")
    user: str = option(doc="account with a role that has Rest Access and sees the issues")
    password: Secret = option(doc="its password; by reference")
    item: str = option("issue", doc="the class of the tracker's schema that holds tickets")
    page_size: int = option(100, doc="issues of one page", at_least=1, at_most=1_000)
    lookback: timedelta = lookback(5, "issues become visible late")
    settle: timedelta = settle("issues")

    def __post_init__(self) -> None:
        require_safe(self.url)
        if not self.item.isidentifier():
            wrong = "{given} is no name of a class, like issue"
            raise OptionError("item", Said("roundup.item", wrong, given=repr(self.item)))


class Source(ServiceSource["Tracker"]):
    """The issues of a tracker as a TicketSource."""

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        account = Account(
            secret=options.password,
            headers=lambda secret: basic(options.user, secret),
            unknown="are user and password right, and not locked for some minutes after wrong ones?",
            forbidden=f"give the account a role with Rest Access that may view the class {options.item}",
        )
        super().__init__(settings, options, account, Tracker(settings, options))

    def gone(self, ids: Sequence[str]) -> Iterator[set[str]]:
        """As ListingSource.gone."""
        left = set(ids)
        with self.web.opened() as session:
            for there in self.service.listed(session):
                left -= there
                yield set()
        yield left


class Tracker:
    """A class of items as a Service."""

    paging = Paging(precision=timedelta(seconds=1), shifting=True)
    updated = order = ACTIVITY

    def __init__(self, settings: SourceSettings, options: Options) -> None:
        self._name = settings.name
        self._path = f"/rest/data/{options.item}"
        self._page_size = options.page_size
        self.scope = options.item
        self._fields = ""
        self._zone = AccountZone()

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields to ask for: those that are mapped, and what orders them."""
        firsts = [name.partition(".")[0] for name in names]
        self._fields = ",".join(dict.fromkeys([*firsts, ACTIVITY]))

    def prepare(self, session: Session) -> None:
        """Find out how far the zone in which questions are read is apart from UTC."""
        for place in PROBES:
            one: dict[str, str | int] = {"@page_size": 1, "@page_index": place, "@fields": ACTIVITY}
            found = self._asked(session, one | {"@sort": f"-{ACTIVITY}"})
            if not found:
                break
            ident, at = str(found[0]["id"]), _read(found[0][ACTIVITY])
            if self._zone.measure(at, partial(self._finds, session, ident)):
                return
        if place == PROBES[0] or self._zone.known:
            return
        raise SourceError(
            f"source {self._name}: in which time zone Roundup reads the times of a question cannot be found "
            "out; set the account's timezone to UTC",
            cause=cause("no_zone", service="Roundup"),
        )

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        number = int(token or 1)
        asked: dict[str, str | int] = {
            "@verbose": 2,
            "@fields": self._fields,
            "@sort": f"{ACTIVITY},id",
            "@page_size": self._page_size,
            "@page_index": number,
        }
        if since is not None:
            asked[ACTIVITY] = f"from {self._zone.clock(since.astimezone(UTC)):{WRITTEN}}"
        try:
            answer = session.get(self._path, **asked)
        except RefusedError as error:
            raise self._explained(session, error) from error
        items = self._items(session, answer)
        more = "next" in (answer.body["data"].get("@links") or {})
        return Page([_record(item) for item in items], str(number + 1) if more and items else None, answer.at)

    def void(self, record: Record) -> bool:
        """What is retired is not listed; see `gone`."""
        return False

    def listed(self, session: Session) -> Iterator[set[str]]:
        """The ids of all items that are not retired, in their own order, which no change moves."""
        number, more = 0, True
        while more:
            number += 1
            asked: dict[str, str | int] = {"@sort": "id", "@page_size": IDS, "@page_index": number}
            answer = session.get(self._path, **asked)
            items = self._items(session, answer)
            yield {str(item["id"]) for item in items}
            more = bool(items) and "next" in (answer.body["data"].get("@links") or {})

    def _finds(self, session: Session, ident: str, literal: datetime) -> bool:
        asked: dict[str, str | int] = {
            "id": ident,
            ACTIVITY: f"from {literal:{WRITTEN}}",
            "@fields": ACTIVITY,
            "@page_size": 1,
        }
        return any(str(item["id"]) == ident for item in self._asked(session, asked))

    def _asked(self, session: Session, asked: dict[str, str | int]) -> list[dict[str, Any]]:
        return self._items(session, session.get(self._path, **asked))

    def _items(self, session: Session, answer: Answer) -> list[dict[str, Any]]:
        body = answer.body.get("data") if isinstance(answer.body, dict) else answer.body
        return session.records(body, "collection")

    def _explained(self, session: Session, error: RefusedError) -> SourceError:
        """Roundup names a property that is not there; we also name those that are."""
        if error.status != UNKNOWN or "Unknown property" not in str(error):
            return error
        first = self._asked(session, {"@page_size": 1})
        if not first:
            return error
        told = session.get(f"{self._path}/{first[0]['id']}").body["data"]["attributes"]
        there = [*told, ACTIVITY, "creation", "creator", "actor", "id"]
        return missing(self._name, [name for name in self._fields.split(",") if name not in there], there)


def _record(item: dict[str, Any]) -> Record:
    """An item whose stamps carry their zone, and whose lists of other items are lists of their names."""
    return {name: _value(value) for name, value in item.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str) and STAMP.fullmatch(value):
        # A title may look like a stamp of a thirteenth month; a stamp that is one is refused with its ticket.
        with suppress(ValueError):
            return _read(value).isoformat()
    if isinstance(value, list):
        return [one.get("name", one.get("id")) if isinstance(one, dict) else one for one in value]
    return value


def _read(stamp: str) -> datetime:
    """The instant of a stamp, in UTC; a second 60 is the end of 59, behind which Roundup sorts it."""
    return datetime.strptime(re.sub(":60$", ":59", stamp), WRITTEN).replace(tzinfo=UTC)
