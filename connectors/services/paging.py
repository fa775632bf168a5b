"""How far one reading of a service has come: its window, the page in it, and what both clocks allow to say.

Pages of one window are linked by tokens. Where a service renumbers its pages while tickets change, or ends
after so many, the window begins anew at the last stamp as often as that moves (*re-anchoring*). Where it does
not, as one stamp has more tickets than a page, one that leaves a page that was read draws another onto it,
unseen: what was read by page numbers is read again until none has left. A token that comes twice would be
read for ever; it is left, and the window begins anew as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.rows.values import plain
from connectors.source import SourceError, cause
from connectors.ticket import MICROSECOND, NEVER, at_us, to_us

Record = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Some tickets in the order of their change.

    Attributes
    ----------
    records : the raw tickets; fields of fields are named with dots
    next : token of the page after it, None on the last one
    at : what the service's clock showed
    ordered : whether no later page holds what changed before all that is on this one
    """

    records: Sequence[Record]
    next: str | None
    at: datetime | None
    ordered: bool = True


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
class Place:
    """Where reading goes on; its times are instants.

    Attributes
    ----------
    at : how far everything was told
    since, token : the window in the middle of which reading stopped, and its page
    listing : number of the listing that was being read
    until : how far the poll that began this reading could see
    """

    at: int | None = None
    since: int | None = None
    token: str | None = None
    listing: int = 0
    until: int | None = None

    @property
    def begun(self) -> bool:
        """Whether a part of the window was read already."""
        return self.since is not None or self.token is not None


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

    def ends(self, page: Page, stamps: Sequence[int | None]) -> bool:
        """Whether this page and all after it changed since the poll began: they are the next one's.

        Where a whole page of tickets changes between two requests, there is always one more page.
        """
        end = min(self.last, to_us(self.latest))
        return page.ordered and bool(stamps) and all(stamp is not None and stamp >= end for stamp in stamps)


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
        # Tickets of the stamp that the window began at: seen this time, and the time before.
        self._tied: tuple[set[object], set[object] | None] = set(), None
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
            if self._ties(stamp):
                self._tied[0].add(ident)
        oldest = min((stamp for stamp in stamps if stamp is not None), default=None)
        # Later pages that are counted from the first one may be read again from there, with what lies before
        # the window's stamp: Redmine shows whole seconds, and compares parts of them.
        if oldest is not None and not (self._paging.shifting and self._pages):
            self._told = {
                ident: stamp for ident, stamp in self._told.items() if stamp >= oldest or self._ties(stamp)
            }
        return kept

    def _ties(self, stamp: int) -> bool:
        """Whether a stamp is the one that the window began at, at the precision of the service."""
        return self._anchor is not None and stamp // self._step == self._anchor // self._step

    def after(
        self, page: Page, stamps: Sequence[int | None], until: int, name: str, *, over: bool = False
    ) -> bool:
        """Go to the next page; whether there is one. Raises SourceError where there is no way on.

        `over` says that what follows is the next poll's.
        """
        self._remembered = False
        latest = max((stamp for stamp in stamps if stamp is not None), default=None)
        moved = latest is not None and (
            self._anchor is None or latest // self._step > self._anchor // self._step
        )
        over = over or page.next is None
        seen, before = self._tied
        if self._paging.shifting and self._pages and (moved or over) and seen != before:
            self.token, self._pages, self._tied = None, 0, (set(), seen)
            self._tokens.clear()
            return True
        if latest is not None:
            reached = min(latest, until)
            self._at = reached if self._at is None else max(self._at, reached)
        if over or page.next is None:
            return False
        self._pages += 1
        looped = page.next in self._tokens
        if moved and latest is not None and (self._paging.shifting or looped):
            self._anchor, self.token, self._pages, self._tied = latest, None, 0, (set(), None)
            self._tokens.clear()
            return True
        if looped:
            raise SourceError(
                f"source {name}: the service hands out the same page again and again; the next poll begins "
                "anew, and if this stays, ask the service's support",
                cause=cause("same_page"),
            )
        if self._paging.most is not None and self._pages >= self._paging.most:
            raise SourceError(
                f"source {name}: more tickets changed at {self.since} than the service lists "
                f"({self._paging.most} pages); export them to a file, and read that as a source of its own",
                cause=cause("too_many_at_once", at=str(self.since)),
            )
        self.token = page.next
        self._tokens.add(page.next)
        return True
