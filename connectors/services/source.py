"""What the connectors of services have in common: how far they read back, and a Source around the reader.

A connector is then what is special: its options, what its account is asked for, and its Service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from connectors.options import option
from connectors.services.account import Account
from connectors.services.reader import Pace, Reader, Service
from connectors.services.web import Session, Web
from connectors.source import Poll, SourceSettings


def lookback(minutes: int, why: str) -> Any:
    """The option `lookback`: why tickets are read again, like "tickets become visible late"."""
    return option(timedelta(minutes=minutes), doc=f"read again before the cursor, as {why}", at_least=0)


def settle(what: str) -> Any:
    """The option `settle`; what tickets are called there, like "cases"."""
    doc = f"{what} younger than this are left for the next poll"
    return option(timedelta(seconds=10), doc=doc, at_least=0)


class ServiceOptions(Protocol):
    """The options that every service has."""

    @property
    def url(self) -> str: ...
    @property
    def lookback(self) -> timedelta: ...
    @property
    def settle(self) -> timedelta: ...


class ListedService(Service, Protocol):
    """A service that deletes without a trace, and can be asked for tickets by their ids."""

    @property
    def most(self) -> int:
        """Ids of one question."""
        ...

    def there(self, session: Session, ids: Sequence[str]) -> set[str]:
        """Those of at most so many ids that there are."""
        ...


S = TypeVar("S", bound=Service)
L = TypeVar("L", bound=ListedService)


class ServiceSource(Generic[S]):
    """The tickets of a service as a TicketSource."""

    def __init__(
        self, settings: SourceSettings, options: ServiceOptions, account: Account, service: S
    ) -> None:
        self.web = Web(settings.name, options.url, account, timeout=settings.timeout)
        self.service = service
        self.reader = Reader(settings, self.web, service, pace=Pace(options.lookback, options.settle))
        service.ask_for(self.reader.names)

    def poll(self, cursor: str | None, now: datetime) -> Iterator[Poll]:
        """As TicketSource.poll."""
        return self.reader.poll(cursor, now)

    def history(self, now: datetime) -> Iterator[Poll]:
        """As TicketSource.history."""
        return self.reader.history(now)

    def examine(self, now: datetime) -> list[str]:
        """As TicketSource.examine."""
        return self.reader.examine(now)


class ListedSource(ServiceSource[L], Generic[L]):
    """The same for a service that can be asked which tickets are gone."""

    def gone(self, ids: Sequence[str]) -> Iterator[set[str]]:
        """As ListingSource.gone."""
        return self.reader.gone(ids, self.service.there, most=self.service.most)
