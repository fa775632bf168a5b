"""The store: one database, opened, upgraded if need be, written by one instance at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.ticket import MICROSECOND, Int32, TicketBatch
from connectors.windows import Calendar
from monitor.storage.counts import Counts
from monitor.storage.database import connect, parse, transaction
from monitor.storage.facts import Facts
from monitor.storage.incidents import Incidents
from monitor.storage.ingest import Ingested, ingest
from monitor.storage.lease import Holding, Lease
from monitor.storage.nodes import Nodes
from monitor.storage.oncall import OnCall
from monitor.storage.outbox import Outbox
from monitor.storage.placements import Placements
from monitor.storage.quarantine import Quarantine
from monitor.storage.signals import Signals
from monitor.storage.silences import Silences
from monitor.storage.sources import Sources
from monitor.storage.taxonomy_changes import TaxonomyChanges
from monitor.storage.threads import Threads
from monitor.storage.ticket_reads import TicketReads
from monitor.storage.tickets import Tickets
from monitor.storage.trend_log import TrendLog
from monitor.storage.upgrade import ensure_schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class Transaction:
    """One transaction: what it reads is one moment, what it writes becomes durable together.

    Each attribute asks and tells one kind of record.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.counts = Counts(connection)
        self.facts = Facts(connection)
        self.incidents = Incidents(connection)
        self.lease = Lease(connection)
        self.nodes = Nodes(connection)
        self.oncall = OnCall(connection)
        self.outbox = Outbox(connection)
        self.placements = Placements(connection)
        self.quarantine = Quarantine(connection)
        self.signals = Signals(connection)
        self.silences = Silences(connection)
        self.sources = Sources(connection)
        self.taxonomy = TaxonomyChanges(connection)
        self.threads = Threads(connection)
        self.ticket_reads = TicketReads(connection)
        self.tickets = Tickets(connection)
        self.trend = TrendLog(connection)

    def ingest(
        self,
        batch: TicketBatch,
        *,
        nodes: Int32,
        labels: Int32 | None = None,
        seen: int,
        calendar: Calendar,
        imported: bool = False,
    ) -> Ingested:
        """Store a batch and count what it changes; see `monitor.storage.ingest`."""
        return ingest(
            self, batch, nodes=nodes, labels=labels, seen=seen, calendar=calendar, imported=imported
        )


class Store:
    """A database with our schema. Safe to use from several threads: each transaction has a connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._token: int | None = None

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the store at a database address; its schema is created or upgraded.

        Raises StoreError, with a sentence.
        """
        engine = connect(parse(url))
        try:
            ensure_schema(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes; one at a time, others wait. An exception inside undoes all of it.

        Raises StoreBusyError when nothing could be written now, and LeaseLostError when this store held a
        lease that another instance has taken over.
        """
        with transaction(self._engine, writing=True) as connection:
            tx = Transaction(connection)
            if connection.dialect.name == "postgresql":
                tx.lease.lock()
            if self._token is not None:
                tx.lease.check(self._token)
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads; it sees one moment, and holds nobody up."""
        with transaction(self._engine, writing=False) as connection:
            yield Transaction(connection)

    def acquire(
        self, holder: str, *, ttl: timedelta, now: int, gone: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Become the one instance that writes.

        Parameters
        ----------
        holder : who this is, as a message should name it, e.g. host and process
        ttl : without `renew` for so long, another may take over
        gone : knows of another holder that it has ended, e.g. a process of this host

        Raises LeaseTakenError, naming the holder.
        """
        with transaction(self._engine, writing=True) as connection:
            lease = Lease(connection)
            lease.lock()
            token = lease.take(holder, ttl=ttl // MICROSECOND, now=now, gone=gone)
        self._token = token

    def renew(self, *, ttl: timedelta, now: int) -> None:
        """Stay the one that writes. Raises LeaseLostError."""
        if self._token is not None:
            with self.writing() as tx:
                tx.lease.renew(self._token, ttl=ttl // MICROSECOND, now=now)

    def release(self) -> None:
        """Let another instance write."""
        token, self._token = self._token, None
        if token is not None:
            with self.writing() as tx:
                tx.lease.release(token)

    def holding(self) -> Holding:
        """Who holds the lease."""
        with self.reading() as tx:
            return tx.lease.holding()
