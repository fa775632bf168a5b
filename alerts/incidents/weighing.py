"""What signals weigh: whether they were counted or scored, and whether a branch holds most of a count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from detectors.signal import Signal

# A branch explains a wider count when it holds at least this part of it.
MOST: Final = 0.5


def statistical(signal: Signal) -> bool:
    """It was scored, not counted: it may be explained by what is known, where a hard rule always pages."""
    return "score" in signal.detail


def counts_of(signals: Iterable[Signal]) -> dict[str, int]:
    """The largest count of each kind of rule; a signal of a single ticket counts nothing."""
    counts: dict[str, int] = {}
    for signal in signals:
        if not signal.subject:
            counts[signal.kind] = max(signal.observed, counts.get(signal.kind, 0))
    return counts


def holds_most(inner: Mapping[str, int], outer: Mapping[str, int]) -> bool:
    """A branch with these counts, by kind of rule, explains those above it, as far as can be told."""
    known = [inner[kind] >= MOST * n for kind, n in outer.items() if kind in inner]
    return any(known) if known else bool(inner)
