"""Reading a service's tickets as they change, so that none is missed and none is lost by a failure.

A poll reads [cursor - lookback, now - settle) with `>=`, in the order of (updated, id). Services show rows
later than their stamps say: what was read before is read again and recognised by its version. The cursor
moves with each page, and never past now - settle, by our clock or by the service's, whichever is behind.

Pages of one window are linked by tokens. Where a service renumbers its pages while tickets change, or ends
after so many, the window begins anew at the last stamp as often as that moves (*re-anchoring*). A token that
comes twice would be read for ever; it is left, and the window begins anew as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from connectors.jsonl import inside, leaves
from connectors.judging import Rows
from connectors.mapping import Reading
from connectors.source import Flag, Poll, Quarantined, SourceError, SourceSettings
from connectors.stamps import UNREADABLE
from connectors.ticket import MICROSECOND, NEVER, TicketBatch, at_us, to_us
from connectors.values import plain, plains
from connectors.web import RefusedError, Session, Web

Record = dict[str, Any]

# The column that says whether a ticket counts: by its field, or by what the service itself does to tickets.
VOID: Final = "(void)"
# Our clock and the service's may differ by so much before `check` says so.
SKEW: Final = timedelta(seconds=90)
# Fields that a sentence lists.
SHOWN: Final = 60
# What a service answers to a page token that it has forgotten.
FORGOTTEN: Final = frozenset({400, 404, 410, 422})


@dataclass(frozen=True)
class Page:
    """Some tickets in the order of their change.

    Attributes
    ----------
    records : the raw tickets; fields of fields are named with dots
    next : token of the page after it, None on the last one
    at : what the service's clock showed
    """

    records: Sequence[Record]
    next: str | None
    at: datetime | None


@dataclass(frozen=True)
class Paging:
    """How a service's pages behave.

    Attributes
    ----------
    precision : the step of the stamps that a window can begin at
    shifting : a page's place is counted from the first one, so that it moves when tickets change
    most : pages after which it gives no more
    listings : tickets that it lists apart from the others, like deleted ones
    """

    precision: timedelta = timedelta(seconds=1)
    shifting: bool = False
    most: int | None = None
    listings: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Pace:
    """How far a poll reads back, and what it leaves for the next one."""

    lookback: timedelta
    settle: timedelta


class Service(Protocol):
    """What is special about one service."""

    @property
    def paging(self) -> Paging:
        """How its pages behave."""
        ...

    @property
    def updated(self) -> str:
        """The field that holds `updated_at`, where the mapping names none."""
        ...

    @property
    def order(self) -> str:
        """The field that windows are cut by and tickets are ordered by; often the same."""
        ...

    def prepare(self, session: Session) -> None:
        """Look up what reading needs, once a poll. Raises SourceError when a mapped field is not there."""
        ...

    def page(self, session: Session, since: datetime | None, token: str | None, *, listing: str) -> Page:
        """Tickets of a listing that changed at `since` or later, all for None; or the page of a token."""
        ...

    def void(self, record: Record) -> bool:
        """Whether the service itself has deleted the ticket, or merged it into another."""
        ...


@dataclass(frozen=True)
class Place:
    """Where reading goes on; its times are instants.

    Attributes
    ----------
    at : how far everything was told
    since, token : the window in the middle of which reading stopped, and its page
    listing : number of the listing that was being read
    until : how far the listings before it were told
    """

    at: int | None = None
    since: int | None = None
    token: str | None = None
    listing: int = 0
    until: int | None = None


class Horizon:
    """How far a poll can see: by our clock, and by the service's as soon as it has answered.

    Attributes
    ----------
    until : instant before which everything is told; a clock that runs ahead must not call more complete
    last : instant from which on tickets are too young to be told
    latest : the later of the two clocks
    """

    def __init__(self, now: datetime, settle: timedelta, until: int | None) -> None:
        self._now, self._settle = now, settle
        self._seen = False
        self.until = to_us(now - settle) if until is None else until
        self.last, self.latest = NEVER, now

    def see(self, at: datetime | None) -> None:
        """The service's clock showed this; the first time counts, so that no poll runs after itself."""
        if self._seen:
            return
        self._seen = True
        theirs = at or self._now
        self.until = min(self.until, to_us(min(self._now, theirs) - self._settle))
        self.last = to_us(theirs - self._settle) if self._settle else NEVER
        self.latest = max(self._now, theirs)


class Reader:
    """The tickets of a service as a TicketSource; a connector's Source hands its three methods on."""

    def __init__(self, settings: SourceSettings, web: Web, service: Service, *, pace: Pace) -> None:
        self.web, self.service, self.pace = web, service, pace
        self.name = settings.name
        self.reading = _reading(settings, service.updated)
        fields = None if settings.fields is None else settings.fields.void
        self._void: Flag | None = fields
        names = (*self.reading.names, *(() if fields is None else (fields.column,)), service.order)
        self._inside = {name: inside(name) for name in dict.fromkeys(names) if name != VOID}
        self._digest = self.reading.digest(web.url, fields)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that are needed, each once."""
        return tuple(self._inside)

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        """As TicketSource.poll."""
        return self._read(self._resumed(cursor), now, self.pace)

    def history(self, now: datetime) -> Iterator[Poll]:
        """As TicketSource.history."""
        return self._read(Place(), now, Pace(timedelta(0), timedelta(0)))

    def examine(self, now: datetime | None = None) -> list[str]:
        """As TicketSource.examine; with a clock, also says when the two differ."""
        try:
            with self.web.opened() as session:
                self.service.prepare(session)
                first = self.service.paging.listings[0]
                page = self.service.page(session, None, None, listing=first)
            self._require(page.records)
        except SourceError as error:
            return [str(error)]
        wrong = []
        if now is not None and page.at is not None and abs(page.at - now) > SKEW:
            wrong.append(
                f"source {self.name}: its clock shows {page.at.isoformat()} when ours shows "
                f"{now.isoformat()}; let both follow NTP"
            )
        return wrong

    def _read(self, place: Place, now: datetime, pace: Pace) -> Iterator[Poll]:
        horizon = Horizon(now, pace.settle, place.until)
        listings = self.service.paging.listings
        with self.web.opened() as session:
            self.service.prepare(session)
            for number, listing in enumerate(listings[place.listing :], place.listing):
                begun = place if number == place.listing else Place(at=place.at)
                window = Window(begun, pace.lookback, self.service.paging)
                for batch, bad, here in self._pages(session, window, listing, horizon=horizon):
                    if here is not None:
                        until = horizon.until if number > 0 else None
                        at = here.at if len(listings) == 1 else place.at
                        there = replace(here, at=at, listing=number, until=until)
                        yield Poll(batch, bad, self._cursor(there), None)
                    elif listing != listings[-1]:
                        there = Place(at=place.at, listing=number + 1, until=horizon.until)
                        yield Poll(batch, bad, self._cursor(there), None)
                    else:
                        end = Place(at=horizon.until)
                        yield Poll(batch, bad, self._cursor(end), at_us(horizon.until))

    def _pages(
        self, session: Session, window: Window, listing: str, *, horizon: Horizon
    ) -> Iterator[tuple[TicketBatch, tuple[Quarantined, ...], Place | None]]:
        """What each page brought, and where to go on after it; None after the last one."""
        looked_over = False
        while True:
            try:
                page = self.service.page(session, window.since, window.token, listing=listing)
            except RefusedError as error:
                if error.status not in FORGOTTEN or not window.forget():
                    raise
                continue
            horizon.see(page.at)
            looked_over = looked_over or self._require(page.records)
            stamps = self._stamps(page.records)
            ident = self._inside[self.reading.fields.id]
            batch, bad = self._mapped(
                window.fresh(page.records, stamps, horizon.last, key=ident), horizon.latest
            )
            try:
                more = window.after(page, stamps, horizon.until, self.name)
            except SourceError:
                yield batch, bad, window.anew
                raise
            yield batch, bad, window.place if more else None
            if not more:
                return

    def _stamps(self, records: Sequence[Record]) -> list[int | None]:
        look = self._inside[self.service.order]
        found = self.reading.instants([look(record) for record in records]).tolist()
        return [None if stamp in {NEVER, UNREADABLE} else stamp for stamp in found]

    def _mapped(
        self, records: Sequence[Record], now: datetime
    ) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
        columns = {name: [look(record) for record in records] for name, look in self._inside.items()}
        void = [self.service.void(record) for record in records]
        if self._void is not None:
            asked = self.reading.flagged(columns[self._void.column], self._void).tolist()
            void = [one or other for one, other in zip(void, asked, strict=True)]
        columns[VOID] = plains(void)  # type: ignore[assignment] # columns hold whatever was read
        ids = columns[self.reading.fields.id]
        rows = Rows(
            place=lambda row: f"ticket {plain(ids[row])}",
            raw=lambda row: json.dumps(
                {name: columns[name][row] for name in self._inside}, ensure_ascii=False, default=str
            ),
            value=lambda column, row: columns[column][row],
        )
        return self.reading.batch(columns, rows, now)

    def _absent(self, records: Sequence[Record]) -> list[str]:
        """The needed fields that none of these tickets has; one that is empty is there."""
        there = {leaf for record in records for leaf in leaves(record)}
        return [
            name
            for name in self._inside
            if not any(
                leaf == name or leaf.startswith(f"{name}.") or name.startswith(f"{leaf}.") for leaf in there
            )
        ]

    def _require(self, records: Sequence[Record]) -> bool:
        """Whether there was a ticket to look at. Raises SourceError when a mapped field is not there."""
        absent = self._absent(records) if records else []
        if absent:
            there = sorted({leaf for record in records for leaf in leaves(record)})
            others = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
            raise SourceError(
                f"source {self.name}: tickets have no field {', '.join(absent)}; change [sources.fields], or "
                f"let the account read it; there are: {', '.join(there[:SHOWN])}{others}"
            )
        return bool(records)

    def _resumed(self, cursor: str | None) -> Place:
        told = json.loads(cursor) if cursor else {}
        if told.get("reads") != self._digest:
            return Place()
        return Place(**{key: value for key, value in told.items() if key != "reads"})

    def _cursor(self, place: Place) -> str:
        told = {"reads": self._digest, **asdict(place)}
        return json.dumps({key: value for key, value in told.items() if value not in {None, 0}})


class Window:
    """How far one reading has come: the stamp its pages began at, the page, and what was told already."""

    def __init__(self, place: Place, lookback: timedelta, paging: Paging) -> None:
        back = None if place.at is None else place.at - lookback // MICROSECOND
        self._paging = paging
        self._step = paging.precision // MICROSECOND
        self._at = place.at
        self._afresh = back
        self._remembered = place.token is not None
        # In mid-window the lookback has been read already; to read it again might never come to an end.
        self._anchor = back if place.since is None and place.token is None else place.since
        self.token = place.token
        self._tokens: set[str] = set() if place.token is None else {place.token}
        self._pages = 0
        self._told: dict[object, int] = {}

    @property
    def since(self) -> datetime | None:
        """The beginning of the window, at the precision of the service."""
        return None if self._anchor is None else at_us(self._anchor // self._step * self._step)

    @property
    def place(self) -> Place:
        """Where to go on after a failure; page numbers are soon those of other tickets."""
        return Place(self._at, self._anchor, None if self._paging.shifting else self.token)

    @property
    def anew(self) -> Place:
        """Where to go on when this window leads nowhere."""
        return Place(self._at)

    def forget(self) -> bool:
        """Begin the window anew, as the service has forgotten the token of an earlier poll; if it was one."""
        if not self._remembered:
            return False
        self._remembered, self._anchor, self.token = False, self._afresh, None
        self._tokens.clear()
        return True

    def fresh(
        self,
        records: Sequence[Record],
        stamps: Sequence[int | None],
        last: int,
        *,
        key: Callable[[Record], Any],
    ) -> list[Record]:
        """The records that have not been told, and are not too young to be."""
        kept = []
        for record, stamp in zip(records, stamps, strict=True):
            if stamp is None:
                kept.append(record)
                continue
            ident = plain(key(record))
            if stamp < last and self._told.get(ident) != stamp:
                kept.append(record)
            self._told[ident] = stamp
        oldest = min((stamp for stamp in stamps if stamp is not None), default=None)
        if oldest is not None:
            self._told = {ident: stamp for ident, stamp in self._told.items() if stamp >= oldest}
        return kept

    def after(self, page: Page, stamps: Sequence[int | None], until: int, name: str) -> bool:
        """Go to the next page; whether there is one. Raises SourceError where there is no way on."""
        self._remembered = False
        latest = max((stamp for stamp in stamps if stamp is not None), default=None)
        if latest is not None:
            reached = min(latest, until)
            self._at = reached if self._at is None else max(self._at, reached)
        if page.next is None:
            return False
        self._pages += 1
        looped = page.next in self._tokens
        moved = latest is not None and (
            self._anchor is None or latest // self._step > self._anchor // self._step
        )
        if moved and latest is not None and (self._paging.shifting or looped):
            self._anchor, self.token, self._pages = latest, None, 0
            self._tokens.clear()
            return True
        if looped:
            raise SourceError(
                f"source {name}: the service hands out the same page again and again; the next poll begins "
                "anew, and if this stays, ask the service's support"
            )
        if self._paging.most is not None and self._pages >= self._paging.most:
            raise SourceError(
                f"source {name}: more tickets changed at {self.since} than the service lists "
                f"({self._paging.most} pages); export them to a file, and read that as a source of its own"
            )
        self.token = page.next
        self._tokens.add(page.next)
        return True


def _reading(settings: SourceSettings, updated: str) -> Reading:
    """The mapping: stamps of a service carry their zone, and `updated_at` is its own if none is named."""
    fields = settings.fields
    if fields is not None:
        fields = replace(fields, updated_at=fields.updated_at or updated, void=Flag(VOID, ("true",)))
    return Reading(replace(settings, timezone=ZoneInfo("UTC"), datetime_format=None, fields=fields))
