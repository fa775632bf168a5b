"""The trend log: rows are only added; a row that changed gets a new revision, and hours are signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from connectors.ticket import NEVER, Int64
from monitor.storage import bulk
from monitor.storage.schema import TREND, TREND_SIGNATURES
from monitor.storage.texts import storable
from monitor.trend.rows import TrendLogRows, TrendRows

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Counts are never negative, so that this can stand for an unknown previous hour.
UNKNOWN: Final = -1

_COLUMNS: Final = (
    "hour",
    "node_id",
    "revision",
    "written_at",
    "count",
    "previous",
    "day_to_date",
    "month_escalated",
    "complete",
)
_ROWS: Final = f"""
    SELECT hour, node_id, revision, written_at, count, COALESCE(previous, {UNKNOWN}), day_to_date,
        month_escalated, CASE WHEN complete THEN 1 ELSE 0 END
    FROM trend
"""  # noqa: S608 - a number of ours
_LAST: Final = (
    " AND revision = (SELECT MAX(newer.revision) FROM trend AS newer"
    " WHERE newer.hour = trend.hour AND newer.node_id = trend.node_id)"
)
_ORDER: Final = " ORDER BY hour, node_id, revision"


@dataclass(frozen=True)
class Signature:
    """Somebody has read an hour of the log, and says so."""

    hour: int
    signed_by: str
    remark: str
    at: int


class TrendLog:
    """Reads and writes the tables `trend` and `trend_signatures`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, rows: TrendRows, *, written_at: int) -> TrendLogRows:
        """Add those of the rows, one for each (hour, node), that are new or say something new."""
        known = self.latest(rows.hour)
        revision = _revisions(known, rows)
        fresh = np.flatnonzero(revision >= 0)
        added = TrendLogRows(
            _taken(rows, fresh), revision[fresh], np.full(len(fresh), written_at, dtype=np.int64)
        )
        bulk.insert(self._connection, TREND, dict(_values(added)), never=("previous",))
        return added

    def latest(self, hours: Iterable[int] | Int64) -> TrendLogRows:
        """The last revisions of all rows of these hours, by (hour, node)."""
        keys = np.unique(np.fromiter(hours, dtype=np.int64)).tolist()
        found = bulk.rows_among(self._connection, f"{_ROWS} WHERE hour {{among}}{_LAST}{_ORDER}", keys=keys)
        return _read(found)

    def hours(self, start: int, end: int) -> Int64:
        """The hours in [start, end) that have a row, rising: (k,)."""
        found = bulk.rows(
            self._connection,
            "SELECT DISTINCT hour FROM trend WHERE hour >= ? AND hour < ? ORDER BY hour",
            start,
            end,
        )
        return bulk.integers(found, 1)[0]

    def of_node(self, node: int, start: int, end: int, *, revisions: bool = False) -> TrendLogRows:
        """A node's rows of the hours in [start, end), by (hour, revision); the last revisions or all."""
        last = "" if revisions else _LAST
        return self._between(f" AND node_id = ?{last}", start, end, node)

    def between(
        self, start: int, end: int, *, revisions: bool = False, written_from: int | None = None
    ) -> TrendLogRows:
        """All nodes' rows of the hours in [start, end), by (hour, node, revision).

        The last revisions or all; with `written_from` only what was written since then.
        """
        last = "" if revisions else _LAST
        if written_from is None:
            return self._between(last, start, end)
        return self._between(f" AND written_at >= ?{last}", start, end, written_from)

    def sign(self, hours: Sequence[int], *, by: str, remark: str, at: int) -> None:
        """Sign hours with a remark; signatures, too, are only added."""
        n = len(hours)
        columns: dict[str, Sequence[Any]] = {
            "hour": [int(hour) for hour in hours],
            "signed_by": [storable(by)] * n,
            "remark": [storable(remark)] * n,
            "at": [at] * n,
        }
        bulk.insert(self._connection, TREND_SIGNATURES, columns)

    def signatures(self, start: int, end: int) -> list[Signature]:
        """Signatures of the hours in [start, end), by (hour, at)."""
        found = bulk.rows(
            self._connection,
            "SELECT hour, signed_by, remark, at FROM trend_signatures WHERE hour >= ? AND hour < ? "
            "ORDER BY hour, at, id",
            start,
            end,
        )
        return [Signature(*row) for row in found]

    def _between(self, condition: str, start: int, end: int, *arguments: int) -> TrendLogRows:
        text = f"{_ROWS} WHERE hour >= ? AND hour < ?{condition}{_ORDER}"
        return _read(bulk.rows(self._connection, text, start, end, *arguments))


def _read(found: Sequence[bulk.Row]) -> TrendLogRows:
    hour, node, revision, written_at, count, previous, day_to_date, month_escalated, complete = bulk.integers(
        found, len(_COLUMNS)
    )
    rows = TrendRows(
        hour=hour,
        node=node,
        count=count,
        previous=np.maximum(previous, 0),
        previous_known=previous != UNKNOWN,
        day_to_date=day_to_date,
        month_escalated=month_escalated,
        complete=complete.astype(np.bool_),
    )
    return TrendLogRows(rows, revision, written_at)


def _revisions(known: TrendLogRows, rows: TrendRows) -> Int64:
    """(r,) int64 the revision that each row becomes, -1 where it says nothing new."""
    latest: dict[tuple[int, ...], tuple[int, ...]] = {
        cell: (revision, *said)
        for cell, revision, said in zip(
            _cells(known.rows), known.revision.tolist(), _said(known.rows), strict=True
        )
    }
    revision = []
    for cell, said in zip(_cells(rows), _said(rows), strict=True):
        before = latest.get(cell)
        if before is None:
            revision.append(0)
        else:
            revision.append(-1 if before[1:] == said else before[0] + 1)
    return np.array(revision, dtype=np.int64)


def _cells(rows: TrendRows) -> Iterable[tuple[int, ...]]:
    return zip(rows.hour.tolist(), rows.node.tolist(), strict=True)


def _said(rows: TrendRows) -> Iterable[tuple[int, ...]]:
    columns = (rows.count, _previous(rows), rows.day_to_date, rows.month_escalated, rows.complete)
    return zip(*(column.tolist() for column in columns), strict=True)


def _previous(rows: TrendRows) -> Int64:
    return np.where(rows.previous_known, rows.previous, UNKNOWN)


def _values(added: TrendLogRows) -> Iterator[tuple[str, Sequence[Any]]]:
    """The columns of `_COLUMNS` with their names, as plain values."""
    rows = added.rows
    previous = np.where(rows.previous_known, rows.previous, NEVER)
    columns: list[NDArray[Any]] = [
        rows.hour,
        rows.node,
        added.revision,
        added.written_at,
        rows.count,
        previous,
    ]
    columns += [rows.day_to_date, rows.month_escalated, rows.complete]
    for name, column in zip(_COLUMNS, columns, strict=True):
        yield name, column.tolist()


def _taken(rows: TrendRows, index: Int64) -> TrendRows:
    return TrendRows(
        hour=rows.hour[index],
        node=rows.node[index],
        count=rows.count[index],
        previous=rows.previous[index],
        previous_known=rows.previous_known[index],
        day_to_date=rows.day_to_date[index],
        month_escalated=rows.month_escalated[index],
        complete=rows.complete[index],
    )
