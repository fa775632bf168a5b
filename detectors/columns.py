"""Counting and summing columns by key, in the cheaper of two ways.

A dense table beats a sort while it is not much larger than the column; otherwise the column is sorted.
"""

from __future__ import annotations

import numpy as np

from connectors.ticket import Int64

# A dense table may have this many cells for each row that is counted.
DENSE = 4


def codes(values: Int64) -> tuple[Int64, Int64]:
    """Distinct values, rising, and (n,) int64 index of each value among them.

    Columns that come nearly in order (windows of tickets as they arrive) are sorted by their runs only.
    """
    if len(values) == 0:
        return values, values
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = values[1:] != values[:-1]
    start = np.flatnonzero(new)
    distinct, run = np.unique(values[start], return_inverse=True)
    return distinct, np.repeat(run, np.diff(start, append=len(values)))


def count_by(keys: Int64) -> tuple[Int64, Int64]:
    """Distinct keys (>= 0), rising, and how often each occurs."""
    if len(keys) == 0:
        return keys, keys
    if int(keys.max()) < DENSE * len(keys):
        table = np.bincount(keys)
        found = np.flatnonzero(table)
        return found, table[found]
    distinct, count = np.unique(keys, return_counts=True)
    return distinct, count.astype(np.int64)


def sum_by(keys: Int64, values: Int64) -> tuple[Int64, Int64]:
    """Distinct keys (>= 0), rising, and the sum of each one's values."""
    if len(keys) == 0:
        return keys, values
    if int(keys.max()) < DENSE * len(keys):
        # Sums of counts stay far below 2^53, where doubles are exact integers.
        table = np.bincount(keys, weights=values)
        found = np.flatnonzero(np.bincount(keys))
        return found, table[found].astype(np.int64)
    by_key = np.argsort(keys, kind="stable")
    keys = keys[by_key]
    start = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return keys[start], np.add.reduceat(values[by_key], start)


def look_up(keys: Int64, values: Int64, wanted: Int64) -> Int64:
    """(w,) value of each wanted key among rising keys, 0 where it is missing."""
    if len(keys) == 0:
        return np.zeros(len(wanted), dtype=np.int64)
    place = np.searchsorted(keys, wanted)
    place[place == len(keys)] = 0
    return np.where(keys[place] == wanted, values[place], 0)
