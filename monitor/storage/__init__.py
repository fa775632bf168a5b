"""The store: tickets, counts, signals, pages and the trend log in SQLite or PostgreSQL.

`Store` is the shell; each module beside it answers one question about one kind of record.
"""

from monitor.storage.errors import LeaseLostError, LeaseTakenError, StoreBusyError, StoreError
from monitor.storage.ingest import Ingested
from monitor.storage.store import Store, Transaction

__all__ = [
    "Ingested",
    "LeaseLostError",
    "LeaseTakenError",
    "Store",
    "StoreBusyError",
    "StoreError",
    "Transaction",
]
