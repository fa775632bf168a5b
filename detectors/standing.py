"""What is left of signals: the counts now of the windows in which they fired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors.taxonomy import Taxonomy
from detectors.group_counts import counts_among
from detectors.grouping import group_of
from detectors.signal import Signal
from detectors.step import Column, Counts


def counts_now(
    signals: Sequence[Signal],
    counts: Counts,
    taxonomy: Taxonomy,
    *,
    column: Column = "tickets",
    windows: Sequence[tuple[int, int]] | None = None,
) -> list[int]:
    """For each signal, its group's count in its window, or in these; 0 where the tree has no such node.

    Those of one window are looked up together.
    """
    if windows is None:
        windows = [(signal.window_start, signal.window_end) for signal in signals]
    asked: dict[tuple[int, int], list[int]] = {}
    groups = np.zeros(len(signals), dtype=np.int64)
    for place, (signal, window) in enumerate(zip(signals, windows, strict=True)):
        node = taxonomy.find(signal.node)
        if node is not None:
            groups[place] = group_of(node, exact=signal.exact)
            asked.setdefault(window, []).append(place)
    found = np.zeros(len(signals), dtype=np.int64)
    for (start, end), places in asked.items():
        found[places] = counts_among(counts.of(column, start, end), groups[places])
    return found.tolist()


def below_threshold(
    signals: Sequence[Signal], counts: Counts, taxonomy: Taxonomy, *, column: Column = "tickets"
) -> list[int | None]:
    """For each signal, the count now where it is below the signal's threshold, else None."""
    now = counts_now(signals, counts, taxonomy, column=column)
    return [count if count < signal.threshold else None for signal, count in zip(signals, now, strict=True)]
