"""A whole history in memory: batches of all sources become one column of versions in order of arrival.

Order is by `updated_at`, equal ones as they were read; that is the order in which a replay sees them. What
was read is not kept beside it: ten million versions stay within a few hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from connectors.counting import Versions
from connectors.taxonomy import Taxonomy
from connectors.ticket import Int32, Int64, Objects, TicketBatch

BatchOf = tuple[int, TicketBatch]

# What stands in a column that a source does not have.
NOTHING: Final = np.array([None], dtype=np.object_)

# Rows for which a column asks for room at once; room that is not written to costs nothing.
ROOM: Final = 1 << 24

COPIED: Final = (
    "ids",
    "created",
    "updated",
    "escalated",
    "closed",
    "void",
    "complainant",
    "tags",
    "region",
    "channel",
)


def versions_of(batches: Iterable[BatchOf], taxonomy: Taxonomy) -> Versions:
    """All versions of (number of the source, batch), each seen at its `updated_at`.

    Batches are copied as they come, so that an iterator of them never holds more than one.
    """
    columns = {name: _Growing() for name in (*COPIED, "source", "node")}
    columns["updated"] = columns["created"]
    for number, batch in batches:
        n = len(batch)
        if batch.updated is not batch.created and columns["updated"] is columns["created"]:
            columns["updated"] = deepcopy(columns["created"])
        for name in COPIED:
            if name == "updated" and columns[name] is columns["created"]:
                continue
            column = getattr(batch, name)
            columns[name].add(np.broadcast_to(NOTHING, n) if column is None else column)
            columns[name].is_told |= column is not None
        columns["source"].add(np.broadcast_to(np.int32(number), n))
        columns["node"].add(taxonomy.nodes(batch.paths).take(batch.category))
    whole = _versions(columns)
    if (whole.updated[1:] < whole.updated[:-1]).any():
        whole = _rows(whole, np.argsort(whole.updated, kind="stable"))
    return whole


class _Growing:
    """A column that grows at its end; one that holds a single value takes no room.

    Attributes
    ----------
    is_told : at least one source has such a column
    """

    def __init__(self) -> None:
        self.is_told = False
        self._rows = 0
        self._value: NDArray[Any] | None = None
        self._column: NDArray[Any] | None = None

    def add(self, values: NDArray[Any]) -> None:
        if len(values) == 0:
            return
        if self._value is None:
            self._value = values[:1].copy()
        if self._column is None and not _is_all(values, self._value):
            self._column = self._roomy(np.broadcast_to(self._value, self._rows), values)
        if self._column is not None:
            fits = self._column.dtype in {values.dtype, np.dtype(np.object_)}
            if not fits or self._rows + len(values) > len(self._column):
                self._column = self._roomy(self._column[: self._rows], values)
            self._column[self._rows : self._rows + len(values)] = values
        self._rows += len(values)

    def whole(self, dtype: Any) -> Any:
        """All values; the type is that of a column without any."""
        if self._column is not None:
            return self._column[: self._rows]
        value = np.empty(1, dtype) if self._value is None else self._value
        return np.broadcast_to(value, self._rows)

    def _roomy(self, start: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
        """A column that begins like this, with room for more of these."""
        dtype = start.dtype if start.dtype == more.dtype else np.dtype(np.object_)
        # Numbers that are not written to take no memory; objects are all written at once.
        least = 0 if dtype == np.object_ else ROOM
        column = np.empty(max(least, 2 * (len(start) + len(more))), dtype)
        column[: len(start)] = start
        return column


def _is_all(values: NDArray[Any], value: NDArray[Any]) -> bool:
    if values.dtype != value.dtype:
        return False
    if values.dtype == np.object_:
        # Texts are seldom all the same, and comparing a million of them is no bargain.
        return values.strides == (0,) and values[0] is value[0]
    return bool((values == value).all())


def _versions(columns: Mapping[str, _Growing]) -> Versions:
    def optional(name: str) -> Objects | None:
        return columns[name].whole(np.object_) if columns[name].is_told else None

    ids, source = columns["ids"].whole(np.object_), columns["source"].whole(np.int32)
    updated = columns["updated"].whole(np.int64)
    return Versions(
        ticket=_tickets(ids, source),
        source=source,
        node=columns["node"].whole(np.int32),
        created=columns["created"].whole(np.int64),
        updated=updated,
        escalated=columns["escalated"].whole(np.int64),
        closed=columns["closed"].whole(np.int64),
        void=columns["void"].whole(np.bool_),
        seen=updated,
        complainant=optional("complainant"),
        tags=optional("tags"),
        ids=ids,
        region=optional("region"),
        channel=optional("channel"),
    )


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
        of(versions.region),
        of(versions.channel),
    )
