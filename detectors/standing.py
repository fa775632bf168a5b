"""What is left of signals: the counts now of the windows in which they fired."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.taxonomy import Taxonomy
from detectors.grouping import group_of
from detectors.signal import Signal
from detectors.step import Column, Counts


def counts_now(
    signals: Sequence[Signal], counts: Counts, taxonomy: Taxonomy, *, column: Column = "tickets"
) -> list[int]:
    """For each signal, the count of its group in its window; 0 where the tree has no such node."""
    found: list[int] = []
    for signal in signals:
        node = taxonomy.find(signal.node)
        window = counts.of(column, signal.window_start, signal.window_end)
        found.append(0 if node is None else window.get(group_of(node, exact=signal.exact), 0))
    return found


def below_threshold(
    signals: Sequence[Signal], counts: Counts, taxonomy: Taxonomy, *, column: Column = "tickets"
) -> list[int | None]:
    """For each signal, the count now where it is below the signal's threshold, else None."""
    now = counts_now(signals, counts, taxonomy, column=column)
    return [count if count < signal.threshold else None for signal, count in zip(signals, now, strict=True)]
