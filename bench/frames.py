"""Frames over ten million tickets of 20,000 leaves in a year: what an analyst waits for.

The store holds the counts alone, which is all that is read. Seconds are those of the processor, here,
after pandas was imported.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from bench.result import Figure
from bench.tickets_file import HOURS, LEAVES, LEVELS, START, _events, _names
from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR
from monitor.storage import Store, bulk
from monitor.storage.schema import COUNTS

ROWS, QUICK_ROWS = 10_000_000, 100_000
PART = 500_000


def measure(*, quick: bool) -> list[Figure]:
    import pandas as pd

    from monitor import frames

    rows = QUICK_ROWS if quick else ROWS
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'frames.db'}"
        leaf, cells = _fill(address, rows)
        frames.counts(address, end=pd.Timestamp(START, unit="us", tz="UTC") + pd.Timedelta(days=1))
        for name, asked in (
            ("everything by hour", {}),
            ("one leaf by hour", {"node": leaf}),
            ("all nodes of depth 1", {"depth": 1}),
            ("all leaves", {"depth": len(LEVELS)}),
        ):
            start = time.process_time()
            found = frames.counts(address, **asked)
            seconds = time.process_time() - start
            if name != "one leaf by hour" and found["count"].sum() != rows:
                raise SystemExit(f"{name}: {found['count'].sum():,} of {rows:,} tickets are counted")
            figures.append(Figure(f"frames, {name}", seconds, None, "s", note=f"{len(found):,} rows"))
        start = time.process_time()
        found = frames.expected(address, start="2025-12-20")
        seconds = time.process_time() - start
        figures.append(Figure("frames, a baseline", seconds, None, "s", note=f"{cells:,} counts stored"))
    return figures


def _fill(address: str, rows: int) -> tuple[tuple[str, ...], int]:
    """Store the counts of so many tickets; a leaf, and how many counts there are."""
    hour, leaf = _events(np.random.default_rng(7), rows)
    names = _names(np.arange(LEAVES))
    paths = list(zip(*(names[level].to_pylist() for level in LEVELS), strict=True))
    taxonomy = Taxonomy(LEVELS)
    nodes = taxonomy.nodes(paths)
    cell, count = np.unique(hour.astype(np.int64) * len(taxonomy) + nodes[leaf], return_counts=True)
    end = int(START) + HOURS * HOUR
    store = Store.open(address)
    with store.writing() as tx:
        tx.nodes.save(taxonomy)
        tx.facts.save_cut("Asia/Shanghai", LEVELS)
        tx.facts.close_hours(end)
        number = tx.sources.id("desk")
        tx.sources.progress(number, polled_at=end, complete_to=end, cursor=None, first_created=int(START))
    for low in range(0, len(cell), PART):
        part = slice(low, low + PART)
        columns = {
            "hour": (START + cell[part] // len(taxonomy) * HOUR).tolist(),
            "node_id": (cell[part] % len(taxonomy)).tolist(),
            "tickets": count[part].tolist(),
            "escalated": [0] * len(cell[part]),
        }
        with store.writing() as tx:
            bulk.insert(tx.connection, COUNTS, columns)
    store.close()
    return paths[int(leaf[0])], len(cell)
