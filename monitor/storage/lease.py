"""Who may write: one instance at a time, with a token that fences off those before it.

A holder renews its lease well before it expires. One that hung and comes back finds another token in the
row, and none of its transactions can commit any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from alerts.catalogue import Sentence
from connectors.ticket import at_us
from monitor.storage import bulk
from monitor.storage.errors import LeaseLostError, LeaseTakenError
from monitor.storage.schema import LEASE

if TYPE_CHECKING:
    from sqlalchemy import Connection

WRITER: Final = "writer"


@dataclass(frozen=True)
class Holding:
    """Who holds the lease, or held it last; `expires_at` is int64 microseconds UTC."""

    holder: str | None
    token: int
    expires_at: int


class Lease:
    """Reads and writes the table `lease`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Make writers queue up here, also those without a lease: PostgreSQL would let them all in."""
        bulk.insert(
            self._connection,
            LEASE,
            {"name": [WRITER], "holder": [None], "token": [0], "expires_at": [0]},
            then="ON CONFLICT (name) DO NOTHING",
        )
        self._connection.execute(select(LEASE.c.token).where(LEASE.c.name == WRITER).with_for_update())

    def holding(self) -> Holding:
        """Who holds it."""
        chosen = select(LEASE.c.holder, LEASE.c.token, LEASE.c.expires_at).where(LEASE.c.name == WRITER)
        row = self._connection.execute(chosen).one_or_none()
        return Holding(None, 0, 0) if row is None else Holding(*row)

    def take(self, holder: str, *, ttl: int, now: int, gone: Callable[[str], bool]) -> int:
        """The lease is this holder's until `now + ttl` microseconds: its token.

        Raises LeaseTakenError while another holds it, unless `gone` knows that this other has ended.
        """
        current = self.holding()
        other = current.holder if current.holder != holder else None
        if other is not None and current.expires_at > now and not gone(other):
            until = f"{at_us(current.expires_at):%Y-%m-%d %H:%M:%S} UTC"
            raise LeaseTakenError(Sentence("store.lease.taken", holder=other, until=until))
        token = current.token + 1
        self._save(holder=holder, token=token, expires_at=now + ttl)
        return token

    def renew(self, token: int, *, ttl: int, now: int) -> None:
        """Hold it until `now + ttl`. Raises LeaseLostError."""
        self.check(token)
        self._save(expires_at=now + ttl)

    def release(self, token: int) -> None:
        """Give it back; nothing happens where it was lost before."""
        if self.holding().token == token:
            self._save(holder=None, expires_at=0)

    def check(self, token: int) -> None:
        """Raises LeaseLostError where this token is not the last one given."""
        current = self.holding()
        if current.token != token:
            holder = current.holder or Sentence("store.lease.another")
            raise LeaseLostError(Sentence("store.lease.lost", holder=holder))

    def _save(self, **values: object) -> None:
        self._connection.execute(LEASE.update().where(LEASE.c.name == WRITER).values(**values))
