"""What a ticket is: one version as a value, many versions as columns.

Identity is (source, id). A source tells a ticket's story as *versions*; of two versions the one with the
later `updated_at` wins, at equal times the later arrival. Instants in columns are int64 microseconds
since 1970-01-01 UTC; `NEVER` stands for "has not happened" and is larger than every instant, so that the
earliest of several is a plain minimum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Path = tuple[str, ...]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
Objects = NDArray[np.object_]

NEVER: Final = np.iinfo(np.int64).max
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def to_us(at: datetime | None) -> int:
    """Microseconds since the epoch of an aware datetime; NEVER for None."""
    return NEVER if at is None else (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime | None:
    """Aware UTC datetime of `to_us`'s number; None for NEVER."""
    return None if us == NEVER else EPOCH + timedelta(microseconds=int(us))


def at_us(us: int) -> datetime:
    """Aware UTC datetime of an instant that has happened.

    Raises ValueError for NEVER.
    """
    if us == NEVER:
        raise ValueError("an instant was expected, and this one has not happened")
    return EPOCH + timedelta(microseconds=int(us))


@dataclass(frozen=True, slots=True)
class Ticket:
    """One version of one ticket, as its source told it. `*_at` are aware UTC datetimes."""

    source: str
    id: str
    created_at: datetime
    updated_at: datetime
    path: Path = ()
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    void: bool = False
    tags: frozenset[str] = frozenset()
    complainant: str | None = None
    text: str | None = None
    region: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class TicketBatch:
    """Versions of one source as columns of equal length n, in the order they arrived.

    Attributes
    ----------
    source : name of the source
    ids : (n,) object (str) or int64
    created, updated : (n,) int64 microseconds UTC
    category : (n,) int32, index into `paths`
    paths : the distinct category paths of this batch; names are already trimmed, empties cut off
    escalated, closed : (n,) int64 microseconds UTC, NEVER where it has not happened
    void : (n,) bool
    complainant, text, region, channel : (n,) object (str or None), or None where the source has none
    tags : (n,) object (frozenset of str), or None
    placed : (n,) object, what `connectors.clustering` makes of the text of a row without category, else None;
        None where nothing was placed
    """

    source: str
    ids: NDArray[Any]
    created: Int64
    updated: Int64
    category: Int32
    paths: tuple[Path, ...]
    escalated: Int64
    closed: Int64
    void: Bool
    complainant: Objects | None = None
    tags: Objects | None = None
    text: Objects | None = None
    region: Objects | None = None
    channel: Objects | None = None
    placed: Objects | None = None
    _optional: tuple[str, ...] = field(
        default=("complainant", "tags", "text", "region", "channel", "placed"),
        init=False,
        repr=False,
        compare=False,
    )

    def __len__(self) -> int:
        return len(self.created)

    @classmethod
    def empty(cls, source: str) -> TicketBatch:
        """No ticket at all: what a poll with no news carries."""
        return cls.of(source, [])

    @classmethod
    def of(cls, source: str, tickets: Iterable[Ticket]) -> TicketBatch:
        """Columns of single tickets; for sources that meet them one by one, and for tests."""
        rows = list(tickets)
        codes: dict[Path, int] = {}
        category = [codes.setdefault(row.path, len(codes)) for row in rows]
        return cls(
            source=source,
            ids=objects([row.id for row in rows]),
            created=instants(row.created_at for row in rows),
            updated=instants(row.updated_at for row in rows),
            category=np.array(category, dtype=np.int32),
            paths=tuple(codes),
            escalated=instants(row.escalated_at for row in rows),
            closed=instants(row.closed_at for row in rows),
            void=np.array([row.void for row in rows], dtype=np.bool_),
            complainant=objects([row.complainant for row in rows]),
            tags=objects([row.tags for row in rows]),
            text=objects([row.text for row in rows]),
            region=objects([row.region for row in rows]),
            channel=objects([row.channel for row in rows]),
        )

    @classmethod
    def joined(cls, batches: Sequence[TicketBatch]) -> TicketBatch:
        """The versions of several batches of one source, in their order."""
        codes: dict[Path, int] = {}
        category = [
            np.array([codes.setdefault(path, len(codes)) for path in batch.paths], np.int32)[batch.category]
            for batch in batches
            if len(batch)
        ]
        batches = [batch for batch in batches if len(batch)] or list(batches[:1])
        if not category:
            return batches[0]
        columns: dict[str, Any] = {}
        for name in ("ids", "created", "updated", "escalated", "closed", "void"):
            columns[name] = np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("complainant", "tags", "text", "region", "channel", "placed"):
            parts = [getattr(batch, name) for batch in batches]
            if any(part is not None for part in parts):
                columns[name] = np.concatenate(
                    [
                        objects([None] * len(batch)) if part is None else part
                        for batch, part in zip(batches, parts, strict=True)
                    ]
                )
        return cls(source=batches[0].source, category=np.concatenate(category), paths=tuple(codes), **columns)

    def tickets(self) -> list[Ticket]:
        """The rows as single values, in order."""
        blank = [None] * len(self)
        columns = {name: getattr(self, name) for name in self._optional}
        plain = {name: blank if column is None else column for name, column in columns.items()}
        return [
            Ticket(
                source=self.source,
                id=str(self.ids[i]),
                created_at=at_us(self.created[i]),
                updated_at=at_us(self.updated[i]),
                path=self.paths[self.category[i]],
                escalated_at=from_us(self.escalated[i]),
                closed_at=from_us(self.closed[i]),
                void=bool(self.void[i]),
                tags=plain["tags"][i] or frozenset(),
                complainant=plain["complainant"][i],
                text=plain["text"][i],
                region=plain["region"][i],
                channel=plain["channel"][i],
            )
            for i in range(len(self))
        ]

    def take(self, rows: NDArray[Any] | slice) -> TicketBatch:
        """The rows of an (m,) index array, an (n,) mask or a slice, in that order."""
        columns = ("ids", "created", "updated", "category", "escalated", "closed", "void", *self._optional)
        taken: dict[str, Any] = {}
        for name in columns:
            column = getattr(self, name)
            taken[name] = None if column is None else column[rows]
        return replace(self, **taken)


def objects(values: Sequence[object]) -> Objects:
    """(n,) object column of Python values, one per element (also where the values are tuples)."""
    column = np.empty(len(values), dtype=np.object_)
    column[:] = values
    return column


def instants(values: Iterable[datetime | None]) -> Int64:
    """(n,) int64 column of instants, NEVER for None."""
    return np.fromiter((to_us(value) for value in values), dtype=np.int64)
