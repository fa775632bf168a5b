"""Reading a service's tickets as they change, so that none is missed and none is lost by a failure.

A poll reads [cursor - lookback, now - settle) with `>=`, in the order of (updated, id). Services show rows
later than their stamps say: what was read before is read again and recognised by its version. The cursor
moves with each page, and never past now - settle, by our clock or by the service's, whichever is behind.

What is special about one service is a Service; how its pages are followed is in `connectors.services.paging`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from connectors.rows.judging import Rows
from connectors.rows.mapping import Reading
from connectors.rows.records import inside, leaves
from connectors.rows.stamps import UNREADABLE
from connectors.rows.values import plain, plains
from connectors.said import of_error
from connectors.services.naming import missing
from connectors.services.paging import Horizon, Page, Paging, Place, Record, Window
from connectors.services.refusals import RefusedError
from connectors.services.web import Session, Web
from connectors.source import Flag, Poll, Quarantined, SourceError, SourceSettings
from connectors.ticket import NEVER, TicketBatch, at_us

# The column that says whether a ticket counts: by its field, or by what the service itself does to tickets.
VOID: Final = "(void)"
# Our clock and the service's may differ by so much before `check` says so.
SKEW: Final = timedelta(seconds=90)
# What a service answers to a page token that it has forgotten.
FORGOTTEN: Final = frozenset({400, 404, 410, 422})


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

    @property
    def scope(self) -> str:
        """Which of the service's tickets are read; another scope is read from its beginning."""
        ...

    def ask_for(self, names: tuple[str, ...]) -> None:
        """The fields that are needed; said once, before anything is read."""
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


class Reader:
    """The tickets of a service as a TicketSource; see `connectors.services.source`."""

    def __init__(self, settings: SourceSettings, web: Web, service: Service, *, pace: Pace) -> None:
        self.web, self.service, self.pace = web, service, pace
        self.name = settings.name
        self.reading = _reading(settings, service.updated)
        fields = None if settings.fields is None else settings.fields.void
        self._void: Flag | None = fields
        names = (*self.reading.names, *(() if fields is None else (fields.column,)), service.order)
        self._inside = {name: inside(name) for name in dict.fromkeys(names) if name != VOID}
        self._digest = self.reading.digest(web.url, service.scope, fields)

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

    def examine(self, now: datetime) -> list[str]:
        """As TicketSource.examine."""
        try:
            with self.web.opened() as session:
                self.service.prepare(session)
                first = self.service.paging.listings[0]
                page = self.service.page(session, None, None, listing=first)
            self._require(page.records)
        except SourceError as error:
            return [of_error(error)]
        wrong = []
        if page.at is not None and abs(page.at - now) > SKEW:
            wrong.append(
                f"source {self.name}: its clock shows {page.at.isoformat()} when ours shows "
                f"{now.isoformat()}; let both follow NTP"
            )
        return wrong

    def gone(
        self, ids: Sequence[str], there: Callable[[Session, Sequence[str]], set[str]], *, most: int
    ) -> Iterator[set[str]]:
        """As ListingSource.gone; `there` looks which ones there are, of at most so many at a time."""
        with self.web.opened() as session:
            self.service.prepare(session)
            for start in range(0, len(ids), most):
                some = ids[start : start + most]
                yield set(some) - there(session, some)

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
                        # What becomes visible late behind the place where reading goes on is found by the
                        # next window, which therefore begins before the beginning of this one.
                        until = horizon.until if number > 0 or here.begun else None
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
                over = horizon.ends(page, stamps)
                more = window.after(page, stamps, horizon.until, self.name, over=over)
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
            raise missing(self.name, absent, {leaf for record in records for leaf in leaves(record)})
        return bool(records)

    def _resumed(self, cursor: str | None) -> Place:
        told = json.loads(cursor) if cursor else {}
        if told.get("reads") != self._digest:
            return Place()
        return Place(**{key: value for key, value in told.items() if key != "reads"})

    def _cursor(self, place: Place) -> str:
        told = {"reads": self._digest, **asdict(place)}
        return json.dumps({key: value for key, value in told.items() if value not in {None, 0}})


def _reading(settings: SourceSettings, updated: str) -> Reading:
    """The mapping: stamps of a service carry their zone, and `updated_at` is its own if none is named."""
    fields = settings.fields
    if fields is not None:
        fields = replace(fields, updated_at=fields.updated_at or updated, void=Flag(VOID, ("true",)))
    return Reading(replace(settings, timezone=ZoneInfo("UTC"), datetime_format=None, fields=fields))
