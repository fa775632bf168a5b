"""A whole history in memory: batches of all sources become one column of versions in order of arrival.

Order is by `updated_at`, equal ones as they were read; that is the order in which a replay sees them. What
was read is not kept beside it: ten million versions stay within a few hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.counting import Versions
from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64, Objects, TicketBatch, objects

BatchOf = tuple[int, TicketBatch]


def versions_of(batches: Iterable[BatchOf], taxonomy: Taxonomy) -> Versions:
    """All versions of (number of the source, batch), each seen at its `updated_at`."""
    parts = [part for part in batches if len(part[1])]
    whole = _concatenated(parts, taxonomy)
    if (whole.updated[1:] < whole.updated[:-1]).any():
        whole = _rows(whole, np.argsort(whole.updated, kind="stable"))
    return whole


def _concatenated(parts: Sequence[BatchOf], taxonomy: Taxonomy) -> Versions:
    batches = [batch for _, batch in parts]
    updated = _joined([batch.updated for batch in batches], np.int64)
    ids = _joined([batch.ids for batch in batches], np.object_)
    source = _joined([np.full(len(b), number, np.int32) for number, b in parts], np.int32)
    return Versions(
        ticket=_tickets(ids, source),
        source=source,
        node=_joined([taxonomy.nodes(b.paths)[b.category] for b in batches], np.int32),
        created=_joined([batch.created for batch in batches], np.int64),
        updated=updated,
        escalated=_joined([batch.escalated for batch in batches], np.int64),
        closed=_joined([batch.closed for batch in batches], np.int64),
        void=_joined([batch.void for batch in batches], np.bool_),
        seen=updated,
        complainant=_optional([batch.complainant for batch in batches], batches),
        tags=_optional([batch.tags for batch in batches], batches),
        ids=ids,
    )


def _joined(columns: Sequence[NDArray[Any]], dtype: Any) -> Any:
    if not columns:
        return np.empty(0, dtype=dtype)
    if len(columns) == 1:
        return columns[0]
    value = columns[0][:1]
    if all((column == value).all() for column in columns):
        # A column that says nothing takes no room.
        return np.broadcast_to(value, sum(map(len, columns)))
    return np.concatenate(columns)


def _optional(columns: Sequence[Objects | None], batches: Sequence[TicketBatch]) -> Objects | None:
    """A column that some sources have and others not; None where none has it."""
    if all(column is None for column in columns):
        return None
    filled = [
        objects([None] * len(batch)) if column is None else column
        for column, batch in zip(columns, batches, strict=True)
    ]
    joined: Objects = np.concatenate(filled)
    return joined


def _tickets(ids: NDArray[Any], source: Int32) -> Int64:
    """(n,) int64 number of each ticket, equal for equal (source, id)."""
    if ids.dtype.kind == "i" and (len(source) == 0 or source[0] == source[-1] == source.max()):
        numbers: Int64 = ids.astype(np.int64, copy=False)
        return numbers
    codes: dict[tuple[int, Any], int] = {}
    pairs = zip(source.tolist(), ids.tolist(), strict=True)
    return np.fromiter((codes.setdefault(pair, len(codes)) for pair in pairs), np.int64, len(ids))


def _rows(versions: Versions, rows: Int64) -> Versions:
    def of(column: Any) -> Any:
        return None if column is None else column[rows]

    updated = of(versions.updated)
    return Versions(
        of(versions.ticket),
        of(versions.source),
        of(versions.node),
        of(versions.created),
        updated,
        of(versions.escalated),
        of(versions.closed),
        of(versions.void),
        updated,
        0,
        of(versions.complainant),
        of(versions.tags),
        of(versions.ids),
    )
