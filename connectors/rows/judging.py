"""Which rows become tickets: typed columns become a batch, and each bad row is set aside with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.rows.stamps import UNREADABLE
from connectors.rows.values import readable, short
from connectors.said import Said
from connectors.source import Quarantined, SourceSettings
from connectors.ticket import NEVER, Bool, Int32, Int64, Objects, Path, TicketBatch, to_us


@dataclass(frozen=True)
class Rows:
    """Where the rows of some columns came from, to say so when one is quarantined.

    Attributes
    ----------
    place : of a row number, "file.csv, line 17"
    raw : of a row number, the row as it was read
    value : of a column's name and a row number, the raw value
    """

    place: Callable[[int], str]
    raw: Callable[[int], str]
    value: Callable[[str, int], object]


@dataclass
class Columns:
    """Columns of a batch whose rows have not been judged yet; the meanings are those of TicketBatch.

    Attributes
    ----------
    created, updated, escalated, closed : (n,) int64, also UNREADABLE; None where the source has none
    escalating : (n,) bool, this version tells that the ticket is escalated; None where no flag says so
    bad : reason by row number, of rows known to be bad already
    """

    ids: NDArray[Any]
    created: Int64
    category: Int32
    paths: tuple[Path, ...]
    updated: Int64 | None = None
    escalated: Int64 | None = None
    closed: Int64 | None = None
    escalating: Bool | None = None
    void: Bool | None = None
    complainant: Objects | None = None
    tags: Objects | None = None
    text: Objects | None = None
    region: Objects | None = None
    channel: Objects | None = None
    bad: dict[int, str] = field(default_factory=dict)


def judged(
    columns: Columns, rows: Rows, *, settings: SourceSettings, explain: Callable[[object], str], now: datetime
) -> tuple[TicketBatch, tuple[Quarantined, ...]]:
    """The batch of the good rows, and the others with their reasons; `explain` says why a stamp is none."""
    bad = dict(columns.bad)
    for row, reason in _faults(columns, rows, settings, explain, to_us(now + settings.clock_tolerance)):
        bad.setdefault(row, reason)
    batch = _assembled(columns, settings.name)
    if not bad:
        return batch, ()
    good = np.ones(len(batch), dtype=np.bool_)
    good[list(bad)] = False
    return pruned(batch.take(good)), tuple(
        quarantined(settings.name, rows.place(row), bad[row], rows.raw(row)) for row in sorted(bad)
    )


def _faults(
    columns: Columns, rows: Rows, settings: SourceSettings, explain: Callable[[object], str], latest: int
) -> Iterator[tuple[int, str]]:
    """Pairs of row number and reason, also several for one row."""
    fields = settings.fields
    for key in ("created_at", "updated_at", "escalated_at", "closed_at"):
        stamps = getattr(columns, key.removesuffix("_at"))
        if stamps is not None:
            name = getattr(fields, key)
            for row in np.flatnonzero(stamps == UNREADABLE).tolist():
                value = rows.value(name, row)
                unread = "{key} (column {column}) is {value}, {why}"
                facts = {"key": key, "column": name, "value": short(value), "why": explain(value)}
                yield row, Said("rows.unread", unread, **facts)
    name = "" if fields is None else fields.created_at
    never = columns.created == NEVER
    for row in np.flatnonzero(never).tolist():
        yield row, Said("rows.no_creation", "created_at (column {column}) is empty", column=name)
    for row in np.flatnonzero((columns.created > latest) & ~never).tolist():
        value = rows.value(name, row)
        future = "created_at (column {column}) is {value}, which is in the future"
        yield row, Said("rows.future", future, column=name, value=short(value))
    deep = np.array([len(path) > settings.levels for path in columns.paths], dtype=np.bool_)
    for row in np.flatnonzero(deep.take(columns.category)).tolist() if deep.any() else ():
        path = columns.paths[columns.category[row]]
        below = "category {path} has {names} names, and the taxonomy has {levels} levels"
        facts = {"path": short(" > ".join(path)), "names": str(len(path)), "levels": str(settings.levels)}
        yield row, Said("rows.deep", below, **facts)


def _assembled(columns: Columns, source: str) -> TicketBatch:
    created, updated = columns.created, columns.updated
    updated = created if updated is None else np.where(updated == NEVER, created, updated)
    # The same everywhere takes no room.
    never = np.broadcast_to(np.int64(NEVER), len(created))
    escalated = never if columns.escalated is None else columns.escalated
    if columns.escalating is not None:
        escalated = np.where((escalated == NEVER) & columns.escalating, updated, escalated)
    return TicketBatch(
        source=source,
        ids=columns.ids,
        created=created,
        updated=updated,
        category=columns.category,
        paths=columns.paths,
        escalated=escalated,
        closed=never if columns.closed is None else columns.closed,
        void=np.broadcast_to(np.False_, len(created)) if columns.void is None else columns.void,
        complainant=columns.complainant,
        tags=columns.tags,
        text=columns.text,
        region=columns.region,
        channel=columns.channel,
    )


def quarantined(source: str, place: str, reason: str, row: str) -> Quarantined:
    """A bad row, with a key that is the same whenever the same row of this source is read again."""
    key = blake2b(f"{source}\0{row}".encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    return Quarantined(source=source, place=place, reason=readable(reason), row=readable(row), key=key)


def pruned(batch: TicketBatch) -> TicketBatch:
    """The same versions, without paths that no row has."""
    used = np.flatnonzero(np.bincount(batch.category, minlength=len(batch.paths)))
    code = np.zeros(len(batch.paths), dtype=np.int32)
    code[used] = np.arange(len(used), dtype=np.int32)
    return replace(batch, category=code[batch.category], paths=tuple(batch.paths[path] for path in used))
