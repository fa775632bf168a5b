"""Sources that fall silent while others go on: their hours beside their own past, judged as nodes are.

A source has no node, and its counts are kept nowhere else. So this follower records how many tickets each
source had in each hour when it closed, eight weeks of it, and that is its state. Hours that it was not asked
about, as before its first one, are counted as they stand. Where all sources fall silent together no single
one is told: that is the silence of the root.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import Bool, Int32, Int64
from connectors.windows import Calendar
from detectors.followers.hourly import HourlyFollower
from detectors.followers.model import HISTORY, MEMORY, Model, Modeller
from detectors.following import Cells, Moment, State
from detectors.precision import Kept
from detectors.seasonal.stamps import Stamps
from detectors.signal import Signal
from detectors.tree.quiet import Lull, QuietSettings, QuietTree

FEWEST_SOURCES: Final = 2
"""With a single one, its silence is the silence of the root."""


class QuietSources:
    """A `QuietTree` of sources under a root, of which only the sources are told."""

    def __init__(self, tree: QuietTree) -> None:
        self._tree = tree

    def close(self, count: Kept, *, known: bool) -> list[Lull]:
        """The running hour is over: sources that have gone silent while others went on."""
        told = self._tree.close(count, known=known)
        # Where all are silent, the root keeps the others back in this hour, and not in the next.
        self._tree.told.last.pop(0, None)
        return [lull for lull in told if lull.node]

    def grow(self, parents: Int32) -> None:
        """There are more sources."""
        self._tree.grow(parents)

    def state(self) -> dict[str, Any]:
        """The open lulls."""
        return self._tree.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with these."""
        self._tree.restore(state)


class Records:
    """Tickets of each source by hour, as the hours closed.

    Attributes
    ----------
    first, next : start of the first hour, and of the one after the last; equal while there are none
    """

    def __init__(self) -> None:
        self.first = self.next = 0
        self._counts: dict[str, list[int]] = {}

    def state(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {"first": self.first, "next": self.next, "counts": self._counts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with these."""
        self.first, self.next = state.get("first", 0), state.get("next", 0)
        self._counts = {name: list(counts) for name, counts in state.get("counts", {}).items()}

    def reach(self, end: int, moment: Moment) -> None:
        """Record the hours up to `end` that are not recorded yet, and forget those that are too old."""
        calendar, names = moment.calendar, moment.sources
        if self.next == self.first or set(self._counts) != set(names):
            self.first = self.next = calendar.day(end - HISTORY)
            self._counts = {name: [] for name in names}
        hours = calendar.hours_between(self.next, end)
        if len(hours):
            hour, source, count = moment.by_source(self.next, end)
            table = np.zeros((len(hours), len(names)), np.int64)
            np.add.at(table, (np.searchsorted(hours, hour), source), count)
            for name, column in zip(names, table.T.tolist(), strict=True):
                self._counts[name] += column
            self.next = end
        old = calendar.hours_between(self.first, max(calendar.day(end - MEMORY), self.first))
        if len(old):
            self.first = calendar.hour_end(int(old[-1]))
            self._counts = {name: counts[len(old) :] for name, counts in self._counts.items()}

    def cells(self, start: int, end: int, calendar: Calendar) -> tuple[Int64, Int32, Int64]:
        """Hour, place of the source among the names in order, and count, of the hours in [start, end)."""
        hours = calendar.hours_between(self.first, self.next)
        table = np.array([self._counts[name] for name in sorted(self._counts)], np.int64).T
        table = table.reshape(len(hours), len(self._counts))
        inside = (hours >= start) & (hours < end)
        row, column = np.nonzero(table[inside])
        return hours[inside][row], column.astype(np.int32), table[inside][row, column]


@dataclass(frozen=True)
class OfSources:
    """What can be known of the sources' hours: a `Past` whose nodes are sources."""

    moment: Moment
    records: Records
    taxonomy: Taxonomy

    @property
    def calendar(self) -> Calendar:
        """The business calendar."""
        return self.moment.calendar

    def at_closing(self, start: int, end: int) -> Cells:
        """Tickets of hours by source."""
        hour, source, count = self.records.cells(start, end, self.calendar)
        # The root comes before the sources.
        return Cells(hour, source + np.int32(1), count)

    def known(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is known."""
        known: Bool = self.moment.known(hours) & (hours >= self.records.first)
        return known


class SilenceFollower:
    """Follows nodes, and sources beside them, for one rule.

    Parameters
    ----------
    nodes : follower of the nodes
    settings : for the sources
    country : whose public holidays are Sundays; None for nobody's
    tell : makes a signal of a source's lull: name, lull, start of its window, hour that closes, moment
    """

    def __init__(
        self, nodes: HourlyFollower[Any], settings: QuietSettings, *, country: str | None,
        tell: Callable[[str, Lull, int, int, Moment], Signal],
    ) -> None:  # fmt: skip
        def started(
            count: Kept, stamps: Stamps, parents: Int32, origin: int, model: Model[QuietSources]
        ) -> QuietSources:
            del model
            return QuietSources(QuietTree(count, stamps, parents, settings, origin=origin))

        def told(lull: Lull, model: Model[QuietSources], hour: int, past: OfSources) -> Signal:
            [name] = past.taxonomy.paths[model.nodes.numbers[lull.node]]
            return tell(name, lull, model.step_of(lull.since), hour, past.moment)

        self._nodes, self._records = nodes, Records()
        self._sources: HourlyFollower[QuietSources] = HourlyFollower(Modeller(started, 1, country), told)
        self._taxonomy: Taxonomy | None = None

    def state(self) -> State:
        """What has been told and goes on, and the sources' hours."""
        return {
            **self._nodes.state(),
            "sources": {**self._sources.state(), "hours": self._records.state()},
        }

    def restore(self, state: State) -> None:
        """Go on from there."""
        self._nodes.restore(state)
        sources = state.get("sources", {})
        self._sources.restore(sources)
        self._records.restore(sources.get("hours", {}))

    def memory(self) -> int:
        """As its followers' of nodes and of sources: their counts are of the same tickets."""
        return self._nodes.memory()

    def prepare(self, hour: int, moment: Moment) -> None:
        """Fit the models of the hour's day, if there are none."""
        self._nodes.prepare(hour, moment)
        if len(moment.sources) >= FEWEST_SOURCES:
            self._sources.prepare(hour, self._past(hour, moment))

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over."""
        signals = self._nodes.close(hour, moment)
        if len(moment.sources) >= FEWEST_SOURCES:
            past = self._past(moment.calendar.hour_end(hour), moment)
            signals += self._sources.close(hour, past)
        return signals

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour that runs is not judged."""
        del hour, moment
        return []

    def _past(self, end: int, moment: Moment) -> OfSources:
        self._records.reach(end, moment)
        if self._taxonomy is None:
            # They stay what they are: a configuration with other sources has followers of its own.
            self._taxonomy = Taxonomy(("source",), [(name,) for name in sorted(moment.sources)])
        return OfSources(moment, self._records, self._taxonomy)
