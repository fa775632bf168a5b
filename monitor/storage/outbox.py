"""Pages and their outbox: decided in one transaction, sent afterwards, never forgotten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from alerts.catalogue import from_json as from_text
from alerts.catalogue import to_json as to_text
from alerts.page import Page, Told
from alerts.page_json import from_json, to_json
from monitor.storage import bulk
from monitor.storage.schema_told import OUTBOX, PAGES
from monitor.storage.texts import storable
from monitor.storage.texts import to_json as value_to_json

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


class State(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Delivery:
    """One page to one address.

    Attributes
    ----------
    id : number of the delivery; rises in the order of decisions
    attempts : how often it was tried
    last_error : why it has not arrived, in English; a `Sentence` where the catalogue knows it
    next_at : not to be tried before
    settled_at : when it was sent, or given up
    receipt : what the channel answered, e.g. the message's id
    """

    id: int
    page_key: str
    told: Told
    state: State
    attempts: int
    next_at: int
    last_error: str | None
    settled_at: int | None
    receipt: Mapping[str, Any]


class Outbox:
    """Reads and writes the tables `pages` and `outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, pages: Sequence[Page], *, withheld: Collection[tuple[str, str, str]] = ()) -> list[Page]:
        """Store the pages whose key is not stored yet, with a delivery for each one told: the new ones.

        Those to a (page, channel, address) that is withheld wait for their summary.

        Their signals, which must be stored, are from now on in that page and await nothing.
        """
        wanted = {page.key: page for page in pages}
        if not wanted:
            return []
        found = bulk.rows_among(self._connection, "SELECT key FROM pages WHERE key {among}", keys=wanted)
        for (key,) in found:
            del wanted[key]
        fresh = list(wanted.values())
        bulk.insert(
            self._connection,
            PAGES,
            {
                "key": [page.key for page in fresh],
                "at": [page.at for page in fresh],
                "level": [page.level for page in fresh],
                "reason": [str(page.reason) for page in fresh],
                "muted_by": [page.muted_by for page in fresh],
                "body": [_storable_body(page) for page in fresh],
            },
        )
        for page in fresh:
            held = {(channel, address) for key, channel, address in withheld if key == page.key}
            self.tell(page.key, page.told, at=page.at, held=held)
            bulk.change_among(
                self._connection,
                "UPDATE signals SET page_key = ?, awaiting = NULL WHERE page_key IS NULL AND id {among}",
                page.key,
                keys=[signal.identity for signal in page.signals],
            )
        return fresh

    def due(
        self, now: int, *, limit: int, channel: str | None = None, untried: bool = False
    ) -> list[Delivery]:
        """Deliveries to be tried now, those that wait longest first; on one channel, or untried, if asked."""
        columns = OUTBOX.c
        return self._deliveries(
            columns.state == State.PENDING,
            columns.next_at <= now,
            *_on(channel),
            *((columns.attempts == 0,) if untried else ()),
            order=(columns.next_at, columns.id),
            limit=limit,
        )

    def next_due(self, channel: str | None = None) -> int | None:
        """When the next delivery is to be tried, on one channel if asked; None where all are settled."""
        pending = select(func.min(OUTBOX.c.next_at)).where(OUTBOX.c.state == State.PENDING, *_on(channel))
        soonest: int | None = self._connection.execute(pending).scalar_one()
        return soonest

    def sent(self, id: int, *, at: int, receipt: Mapping[str, Any] | None = None) -> None:
        """The channel took it."""
        text = None if receipt is None else value_to_json(dict(receipt))
        self._settle(id, state=State.SENT, settled_at=at, receipt=text, last_error=None)

    def failed(self, id: int, error: str, *, next_at: int, receipt: Mapping[str, Any] | None = None) -> None:
        """The channel did not take it, or not for all; it is tried again."""
        said = {} if receipt is None else {"receipt": value_to_json(dict(receipt))}
        self._settle(id, state=State.PENDING, next_at=next_at, last_error=storable(to_text(error)), **said)

    def hurry(self, channel: str, *, at: int) -> None:
        """The channel works again: what waits there is tried from then on."""
        columns = OUTBOX.c
        waits = (columns.state == State.PENDING, columns.channel == channel, columns.next_at > at)
        self._connection.execute(OUTBOX.update().where(*waits).values(next_at=at))

    def undeliverable(self, id: int, error: str, *, at: int) -> None:
        """The channel will never take it; it stays visible."""
        self._settle(id, state=State.UNDELIVERABLE, settled_at=at, last_error=storable(to_text(error)))

    def told_since(self, at: int) -> dict[tuple[str, str], int]:
        """Pages decided since then that were not withheld, by (channel, address)."""
        found = bulk.rows(
            self._connection,
            "SELECT channel, address, COUNT(DISTINCT page_key) "
            "FROM outbox JOIN pages ON pages.key = page_key "
            "WHERE pages.at >= ? AND state <> 'withheld' GROUP BY channel, address",
            at,
        )
        return {(channel, address): int(n) for channel, address, n in found}

    def withheld(self) -> list[tuple[int, str, Told, int]]:
        """Deliveries that wait for their summary: number, page, who is told, since when."""
        found = self._deliveries(OUTBOX.c.state == State.WITHHELD, order=(OUTBOX.c.id,))
        return [(one.id, one.page_key, one.told, one.next_at) for one in found]

    def summed_up(self, ids: Collection[int], *, into: str, at: int) -> None:
        """Another page tells these: they are sent with it."""
        receipt = value_to_json({"summary": into})
        bulk.change_among(
            self._connection,
            "UPDATE outbox SET state = 'sent', settled_at = ?, receipt = ? "
            "WHERE state = 'withheld' AND id {among}",
            at,
            receipt,
            keys=ids,
        )

    def arrived(self, keys: Sequence[str]) -> bool:
        """One of these pages has reached somebody."""
        found = bulk.rows_among(
            self._connection,
            "SELECT 1 FROM outbox WHERE state = 'sent' AND page_key {among} LIMIT 1",
            keys=keys,
        )
        return bool(found)

    def arrived_of(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of these pages that have reached somebody."""
        found = bulk.rows_among(
            self._connection,
            "SELECT DISTINCT page_key FROM outbox WHERE state = 'sent' AND page_key {among}",
            keys=keys,
        )
        return frozenset(str(key) for (key,) in found)

    def page(self, key: str) -> Page | None:
        """One page."""
        body = self._connection.execute(select(PAGES.c.body).where(PAGES.c.key == key)).scalar()
        return None if body is None else from_json(body)

    def pages(
        self, start: int | None = None, end: int | None = None, *, limit: int | None = None
    ) -> list[Page]:
        """Pages decided in [start, end), the earliest first; with a limit, the last ones."""
        columns = PAGES.c
        chosen = select(columns.body)
        if start is not None:
            chosen = chosen.where(columns.at >= start)
        if end is not None:
            chosen = chosen.where(columns.at < end)
        if limit is None:
            found = self._connection.execute(chosen.order_by(columns.at, columns.key)).scalars().all()
        else:
            last = chosen.order_by(columns.at.desc(), columns.key.desc()).limit(limit)
            found = self._connection.execute(last).scalars().all()[::-1]
        return [from_json(body) for body in found]

    def deliveries(self, key: str | None = None, *, state: State | None = None) -> list[Delivery]:
        """All deliveries, of one page or in one state if asked."""
        wanted = []
        if key is not None:
            wanted.append(OUTBOX.c.page_key == key)
        if state is not None:
            wanted.append(OUTBOX.c.state == state)
        return self._deliveries(*wanted, order=(OUTBOX.c.id,))

    def figures(self) -> dict[State, int]:
        """Deliveries by state."""
        counted = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
        found = {row[0]: int(row[1]) for row in self._connection.execute(counted)}
        return {state: found.get(state, 0) for state in State}

    def tell(
        self, key: str, readers: Sequence[Told], *, at: int, held: Collection[tuple[str, str]] = ()
    ) -> None:
        """Deliver a page to these readers too, from then on; to whom it is or was delivered it stays so."""
        columns: dict[str, list[Any]] = {
            "page_key": [key] * len(readers),
            "role": [told.role for told in readers],
            "contact": [told.contact for told in readers],
            "channel": [told.channel for told in readers],
            "address": [told.address for told in readers],
            "language": [told.language for told in readers],
            "state": [
                str(State.WITHHELD if (told.channel, told.address) in held else State.PENDING)
                for told in readers
            ],
            "next_at": [at] * len(readers),
        }
        bulk.insert(self._connection, OUTBOX, columns, then="ON CONFLICT DO NOTHING")

    def _settle(self, id: int, **values: Any) -> None:
        """One attempt was made. What is settled stays so: a late answer changes nothing."""
        columns = OUTBOX.c
        self._connection.execute(
            OUTBOX.update()
            .where(columns.id == id, columns.state == State.PENDING)
            .values(attempts=columns.attempts + 1, **values)
        )

    def _deliveries(
        self, *wanted: ColumnElement[bool], order: Sequence[ColumnElement[Any]], limit: int | None = None
    ) -> list[Delivery]:
        chosen = select(OUTBOX).where(*wanted).order_by(*order).limit(limit)
        return [
            Delivery(
                id=row.id,
                page_key=row.page_key,
                told=Told(row.role, row.contact, row.channel, row.address, row.language),
                state=State(row.state),
                attempts=row.attempts,
                next_at=row.next_at,
                last_error=None if row.last_error is None else from_text(row.last_error),
                settled_at=row.settled_at,
                receipt=json.loads(row.receipt) if row.receipt else {},
            )
            for row in self._connection.execute(chosen)
        ]


def _on(channel: str | None) -> tuple[ColumnElement[bool], ...]:
    return () if channel is None else (OUTBOX.c.channel == channel,)


def _storable_body(page: Page) -> str:
    """The page as JSON; names in it may hold what no database takes, and JSON can escape it."""
    text = to_json(page)
    return text if storable(text) == text else json.dumps(json.loads(text))
