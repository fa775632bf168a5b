"""Signals of the running month in memory, by node, so that a step looks only at those that it may touch."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.ticket import NEVER, Path
from connectors.windows import Calendar
from detectors.signal import Signal
from monitor.storage.store import Transaction


class Fired:
    """Signals without a subject whose window reaches into the month of the last question."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._since: int | None = None
        self._by_node: dict[Path, dict[str, Signal]] = {}

    def forget(self) -> None:
        """Nothing is known any more; the next question reads the store."""
        self._since = None
        self._by_node.clear()

    def add(self, signals: Iterable[Signal]) -> None:
        """Follow a step: these have been stored, or marked anew."""
        for signal in signals:
            if not signal.subject:
                self._by_node.setdefault(signal.node, {})[signal.identity] = signal

    def overlapping(
        self, tx: Transaction, nodes: Iterable[Path], start: int, end: int, *, now: int
    ) -> list[Signal]:
        """Signals of these nodes whose window shares an instant with [start, end)."""
        since = self._calendar.month(now)
        if since != self._since:
            self.forget()
            self._since = since
            self.add(stored.signal for stored in tx.signals.overlapping(since, NEVER))
        by_node = self._by_node
        if start < since:
            # Of older months there may be many: they are asked for when they are needed.
            older = Fired(self._calendar)
            older.add(stored.signal for stored in tx.signals.overlapping(start, end))
            by_node = older._by_node
        return [
            signal
            for node in nodes
            for signal in by_node.get(node, {}).values()
            if signal.window_start < end and signal.window_end > start
        ]
