"""A Parquet file of tickets that could be real: the input of the replay bench, the same for every side.

One year of a business on Shanghai time. Leaves are popular by a power law, days have their curve, some leaves
have a bad hour or a bad day now and then, and 3 % of the tickets are urgent, which counts as escalated. The
tickets stand in order of creation; ids are integers, stamps are timestamps, names are dictionary-encoded.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from connectors.ticket import HOUR, to_us

LEVELS = ("business", "product", "stage", "problem", "detail")
# Nodes above the leaves, by depth; the leaves are dealt out evenly below them.
BRANCHES = (4, 60, 400, 3_000)
LEAVES = 20_000
HOURS = 365 * 24
START = to_us(datetime(2025, 1, 1, tzinfo=UTC))
# One ticket in fifty belongs to a surge: so many tickets of one leaf within so many hours.
SURGING = 0.02
SURGE, LASTS = 130, (1, 3, 9, 18)
URGENT = 0.03
ROW_GROUP = 1_000_000


def write(path: Path, rows: int) -> None:
    """Write a file of so many tickets."""
    random = np.random.default_rng(7)
    hour, leaf = _events(random, rows)
    created = START + hour * HOUR + random.integers(0, HOUR, rows)
    order = np.argsort(created, kind="stable")
    table = pa.table(
        {
            "number": pa.array(np.arange(rows, dtype=np.int64) + 10_000_000),
            "opened": pa.array(created[order], pa.timestamp("us", "UTC")),
            **_names(leaf[order]),
            "urgent": pa.array(random.random(rows) < URGENT),
        }
    )
    parquet.write_table(table, path, row_group_size=ROW_GROUP)


def _events(random: Any, rows: int) -> tuple[Any, Any]:
    """(n,) hour of the year and (n,) leaf of each ticket: a background, and surges on top of it."""
    surges = max(1, int(rows * SURGING) // SURGE)
    background = rows - surges * SURGE
    of_day = 1.2 - np.cos(np.arange(24) / 24 * 2 * np.pi)
    weight = np.tile(of_day, HOURS // 24)
    hour = random.choice(HOURS, background, p=weight / weight.sum())
    popular = (np.arange(LEAVES) + 30.0) ** -0.8
    leaf = random.permutation(LEAVES)[random.choice(LEAVES, background, p=popular / popular.sum())]
    begins, lasts = random.integers(0, HOURS - max(LASTS), surges), random.choice(LASTS, surges)
    bad_hour = np.repeat(begins, SURGE) + random.integers(0, np.repeat(lasts, SURGE))
    bad_leaf = np.repeat(random.integers(0, LEAVES, surges), SURGE)
    return np.concatenate((hour, bad_hour)), np.concatenate((leaf, bad_leaf))


def _names(leaf: Any) -> dict[str, pa.DictionaryArray]:
    """The five columns of names."""
    columns = {}
    for level, branches in zip(LEVELS, (*BRANCHES, LEAVES), strict=True):
        names = pa.array([f"{level} {i:05}" for i in range(branches)])
        code = (leaf * branches // LEAVES).astype(np.int32)
        columns[level] = pa.DictionaryArray.from_arrays(pa.array(code), names)
    return columns
