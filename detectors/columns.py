"""Counting and summing columns by key, in the cheaper of two ways.

A dense table beats a sort while it is not much larger than the column; otherwise the column is sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.ticket import Int32, Int64
from connectors.windows import Calendar, Unit

# A dense table may have this many cells for each row that is counted.
DENSE = 2

# Rows that are worked on at once: enough to be worth a call, and few enough to stay in the cache.
BLOCK = 1 << 20

# Keys, and indices, are of the narrower type where it holds them: half the memory, and twice the speed.
Keys = Int32 | Int64


def codes(values: Int64) -> tuple[Int64, Int32]:
    """Distinct values, rising, and (n,) int32 index of each value among them.

    Columns that come nearly in order (windows of tickets as they arrive) are sorted by their runs only.
    """
    if len(values) == 0:
        return values, np.empty(0, dtype=np.int32)
    start = run_starts(values)
    distinct, run = np.unique(values[start], return_inverse=True)
    return distinct, np.repeat(run.astype(np.int32), np.diff(start, append=len(values)))


def run_starts(values: Keys) -> Int64:
    """(r,) where each run of equal values begins."""
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = values[1:] != values[:-1]
    return np.flatnonzero(new)


def window_codes(calendar: Calendar, unit: Unit, us: Int64) -> tuple[Int64, Int32]:
    """The windows of this unit that hold these instants, rising, and (n,) int32 index of each instant's."""
    runs = calendar.hour_runs(us)
    if runs is None:
        return codes(calendar.windows(unit, us))
    hours, count = runs
    starts, index = codes(calendar.windows(unit, hours))
    return starts, np.repeat(index, count)


def blocks(index: Int32) -> list[tuple[int, int]]:
    """[low, high) of blocks of rows, so that rows of one (n,) index lie in one; one block if it falls."""
    n = len(index)
    if n <= 2 * BLOCK or (index[1:] < index[:-1]).any():
        return [(0, n)] if n else []
    cuts = np.searchsorted(index, index[BLOCK : n - BLOCK : BLOCK])
    return list(pairwise(sorted({0, *cuts.tolist(), n})))


def paired(high: Int32, low: Int32, *, highs: int, lows: int) -> Keys:
    """(n,) keys high * lows + low, of as narrow a type as they fit in.

    `high` lies in 0 .. highs - 1, `low` in 0 .. lows - 1.
    """
    wide = highs * lows > np.iinfo(np.int32).max
    keys: Keys = high * (np.int64(lows) if wide else np.int32(lows))
    keys += low
    return keys


class Tally:
    """How often each of (n,) keys (>= 0) occurs, or the sum of its (n,) values; asked for a few of them."""

    def __init__(self, keys: Keys, values: Int64 | None = None) -> None:
        # One of: a table by key; distinct keys with their sums; all keys in order.
        self._table: Int64 | None = None
        self._sums: tuple[Int64, Int64] | None = None
        self._in_order: NDArray[Any] = keys
        if values is not None:
            self._sums = sum_by(keys, values)
        elif _is_dense(keys):
            self._table = np.bincount(keys)
        else:
            self._in_order = np.sort(keys)

    def reaching(self, least: int) -> Int64:
        """(k,) int64 distinct keys, rising, that come to at least so much; none that does not occur."""
        if self._sums is not None:
            return self._sums[0][self._sums[1] >= least]
        least = max(1, least)
        if self._table is not None:
            return np.flatnonzero(self._table >= least)
        # In order, a key that occurs so often is also found so many places on.
        keys = self._in_order[: max(0, len(self._in_order) - least + 1)]
        keys = keys[keys == self._in_order[least - 1 :]]
        distinct: Int64 = keys[run_starts(keys)].astype(np.int64)
        return distinct

    def of(self, keys: Int64) -> Int64:
        """(k,) int64 what each of these keys comes to; 0 for those that do not occur."""
        if self._table is not None:
            inside = (keys >= 0) & (keys < len(self._table))
            return np.where(inside, self._table[np.where(inside, keys, 0)], 0)
        if self._sums is not None:
            return look_up(*self._sums, keys)
        narrow = keys.astype(self._in_order.dtype)
        low = np.searchsorted(self._in_order, narrow)
        return np.searchsorted(self._in_order, narrow, side="right") - low


class Tallies:
    """Tallies of keys that lie one behind the other, each with the first key that it may hold."""

    def __init__(self, parts: Sequence[tuple[int, Tally]]) -> None:
        self._first = np.array([first for first, _ in parts], dtype=np.int64)
        self._tallies = [tally for _, tally in parts]

    def reaching(self, least: int) -> Int64:
        """As Tally.reaching."""
        found = [t.reaching(least) + first for first, t in zip(self._first, self._tallies, strict=True)]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def of(self, keys: Int64) -> Int64:
        """As Tally.of."""
        counts = np.zeros(len(keys), dtype=np.int64)
        if not self._tallies:
            return counts
        part = np.searchsorted(self._first, keys, side="right") - 1
        for number, (first, tally) in enumerate(zip(self._first, self._tallies, strict=True)):
            here = np.flatnonzero(part == number)
            if len(here):
                counts[here] = tally.of(keys[here] - first)
        return counts


def count_by(keys: Keys) -> tuple[Int64, Int64]:
    """(k,) int64 distinct ones of (n,) keys (>= 0), rising, and (k,) int64 how often each occurs."""
    tally = Tally(keys)
    distinct = tally.reaching(1)
    return distinct, tally.of(distinct)


def rows_among(keys: Keys, wanted: Int64) -> Int64:
    """(r,) rows whose key (>= 0) is one of these rising ones."""
    if len(keys) == 0 or len(wanted) == 0:
        return np.empty(0, dtype=np.int64)
    if _is_dense(keys):
        flags = np.zeros(int(keys.max()) + 1, dtype=np.bool_)
        flags[wanted[wanted < len(flags)]] = True
        return np.flatnonzero(flags.take(keys))
    wanted = wanted.astype(keys.dtype)
    place = np.searchsorted(wanted, keys)
    place[place == len(wanted)] = 0
    return np.flatnonzero(wanted[place] == keys)


def sum_by(keys: Keys, values: Int64) -> tuple[Int64, Int64]:
    """(k,) int64 distinct ones of (n,) keys (>= 0), rising, and (k,) int64 sums of their (n,) values."""
    if len(keys) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if _is_dense(keys):
        # Sums of counts stay far below 2^53, where doubles are exact integers.
        table = np.bincount(keys, weights=values)
        found = np.flatnonzero(np.bincount(keys))
        return found, table[found].astype(np.int64)
    by_key = np.argsort(keys, kind="stable")
    keys = keys[by_key]
    start = run_starts(keys)
    return keys[start].astype(np.int64), np.add.reduceat(values[by_key], start)


def look_up(keys: Int64, values: Int64, wanted: Int64) -> Int64:
    """(w,) value of each wanted key among rising keys, 0 where it is missing."""
    if len(keys) == 0:
        return np.zeros(len(wanted), dtype=np.int64)
    place = np.searchsorted(keys, wanted)
    place[place == len(keys)] = 0
    return np.where(keys[place] == wanted, values[place], 0)


def _is_dense(keys: Keys) -> bool:
    return len(keys) > 0 and int(keys.max()) < DENSE * len(keys)
