"""`seasonal_surge` along the clock: a model anew each midnight, the hours since then, the one that runs.

What is judged follows from the hours as they were when they closed. At the first question about a business
day the model is fitted to the eight weeks before it and led through the hours of the day that have closed;
between two midnights nothing is learned. So a restart in the middle of a surge changes nothing. Only which
causes are open depends on ticks: they are the follower's state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from connectors.ticket import DAY, HOUR, Int32, Int64
from connectors.windows import Calendar
from detectors.following import Cells, Moment, State
from detectors.seasonal.cause import Cause, TreeSettings
from detectors.seasonal.nodes import Nodes
from detectors.seasonal.period import HOUR as HOURS
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.tail import Bools, Kept, Stored
from detectors.seasonal.telling import Teller
from detectors.seasonal.trailing import RECENT
from detectors.seasonal.tree import TreeSurge
from detectors.signal import Signal

# What a model is fitted to, and how many hours of it are needed at the least.
HISTORY: Final = 8 * 7 * DAY
FEWEST: Final = HOURS.cold + HOURS.guard

# Names of hours that a model may ask for, beyond the midnight of its fit.
AHEAD: Final = 3 * DAY

MINUTE: Final = HOUR // 60


@dataclass
class Model:
    """A fitted model, and how far it has been led.

    Attributes
    ----------
    day : the business day it is for
    next : the hour that runs
    hours : (h,) int64 starts of the hours that it has a number for, rising
    known : (k,) bool, whether each of those before `next` was known
    surge : None while there is too little history
    unsure : columns that came with the running hour, and go if its tickets do
    """

    day: int
    next: int
    hours: Int64
    known: Bools
    nodes: Nodes
    surge: TreeSurge | None
    unsure: set[int] = field(default_factory=set)

    def stands(self, hour: int, moment: Moment) -> bool:
        """It is this hour's turn, and what the model knows of the past is what is known now."""
        if hour != self.next or moment.calendar.day(hour) != self.day:
            return False
        return bool((moment.known(self.hours[: len(self.known)]) == self.known).all())

    def count(self, leaves: Int32, tickets: Int64) -> Kept:
        """(n,) tickets of each node; nodes that are new are added."""
        before = len(self.nodes)
        self.nodes.add(leaves)
        if self.surge is not None and len(self.nodes) > before:
            self.surge.grow(self.nodes.parents)
        self.unsure.update(range(before, len(self.nodes)))
        return self.nodes.count(leaves, tickets)

    def close(self, cells: Cells, end: int, *, known: bool) -> tuple[list[Cause], bool]:
        """Go on to the next hour: causes, and whether the model may go on with it."""
        count = self.count(cells.node, cells.count)
        causes = [] if self.surge is None else self.surge.close(count, known=known)
        columns = self.nodes.columns(cells.node)
        sure = self.unsure.issubset(columns.ravel().tolist())
        self.unsure.clear()
        self.next, self.known = end, np.append(self.known, known)
        return causes, sure


class SurgeFollower:
    """Follows the hours for one rule.

    Parameters
    ----------
    country : whose public holidays are Sundays, as the package `holidays` knows it; None for nobody's
    """

    def __init__(self, teller: Teller, settings: TreeSettings, *, country: str | None) -> None:
        self._teller, self._settings, self._country = teller, settings, country
        self._model: Model | None = None
        self._open: list[dict[str, Any]] = []

    def state(self) -> State:
        """The open causes, by path."""
        return {"open": self._open}

    def restore(self, state: State) -> None:
        """Go on with these open causes."""
        self._model, self._open = None, list(state.get("open", ()))

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over."""
        model, end = self._standing(hour, moment), moment.calendar.hour_end(hour)
        causes, sure = model.close(moment.at_closing(hour, end), end, known=_is_known(hour, moment))
        # However long it takes until somebody looks: it is the end of the hour that tells.
        signals = self._told(model, causes, moment, hour=hour, crossed_at=end)
        if not sure:
            self._model = None
        return signals

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour runs."""
        model, end = self._standing(hour, moment), moment.calendar.hour_end(hour)
        if model.surge is None or not _is_known(hour, moment):
            return []
        cells = moment.so_far(hour, end)
        count = model.count(cells.node, cells.count)
        causes = model.surge.tick(
            count,
            passed=min(1.0, (moment.now - hour) / (end - hour)),
            recent=_recent(model.nodes, moment) if moment.now < end else None,
        )
        return self._told(model, causes, moment, hour=hour, crossed_at=moment.now)

    def _told(
        self, model: Model, causes: list[Cause], moment: Moment, *, hour: int, crossed_at: int
    ) -> list[Signal]:
        if model.surge is None:
            return []
        paths = moment.taxonomy.paths
        self._open = [
            {**row, "node": list(paths[model.nodes.numbers[row["node"]]])}
            for row in model.surge.state()["open"]
        ]
        told = []
        for cause in causes:
            since = int(model.hours[cause.since - model.surge.origin])
            told.append(
                self._teller.signal(cause, model.nodes, moment, since=since, hour=hour, crossed_at=crossed_at)
            )
        return told

    def _standing(self, hour: int, moment: Moment) -> Model:
        """The model that stands at the beginning of this hour."""
        if self._model is None or not self._model.stands(hour, moment):
            self._model = self._begun(hour, moment)
        return self._model

    def _begun(self, hour: int, moment: Moment) -> Model:
        """A model fitted to the weeks before the day, and led through its hours up to this one."""
        calendar = moment.calendar
        day = calendar.day(hour)
        hours = calendar.hours_between(day - HISTORY, day)
        known = moment.known(hours)
        first = int(known.argmax()) if known.any() else len(hours)
        hours, known = hours[first:], known[first:]
        start = int(hours[0]) if len(hours) else day
        cells = moment.at_closing(start, day)
        deepest = max(self._settings.depths, default=len(moment.taxonomy.levels))
        nodes = Nodes(moment.taxonomy, deepest=deepest, leaves=np.unique(cells.node))
        named = calendar.hours_between(start, day + AHEAD)
        model = Model(day, day, named, known, nodes, None)
        if len(hours) >= FEWEST and len(nodes):
            count = nodes.table(hours, cells)
            count[~known] = np.nan
            stamps = name_steps(_local(calendar, named), HOURS, country=self._country)
            model.surge = TreeSurge.start(count, stamps, nodes.parents, self._settings, origin=start // HOUR)
        for closed in calendar.hours_between(day, hour).tolist():
            end = calendar.hour_end(closed)
            model.close(moment.at_closing(closed, end), end, known=_is_known(closed, moment))
        if model.surge is not None:
            model.surge.restore({"open": self._known_causes(model.nodes)})
        return model

    def _known_causes(self, nodes: Nodes) -> list[dict[str, Any]]:
        """The open causes by column; one whose node has had no ticket for weeks is none any more."""
        columns = [nodes.column(row["node"]) for row in self._open]
        return [
            {**row, "node": column}
            for row, column in zip(self._open, columns, strict=True)
            if column is not None
        ]


def _recent(nodes: Nodes, moment: Moment) -> Kept:
    """(len(RECENT), n) tickets of the last minutes."""
    created, node, tickets = moment.created(moment.now - max(RECENT) * MINUTE, moment.now)
    counts = np.empty((len(RECENT), len(nodes)), Stored)
    for row, minutes in enumerate(RECENT):
        inside = created >= moment.now - minutes * MINUTE
        counts[row] = nodes.count(node[inside], tickets[inside])
    return counts


def _is_known(hour: int, moment: Moment) -> bool:
    return bool(moment.known(np.array([hour], dtype=np.int64))[0])


def _local(calendar: Calendar, hours: Int64) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """(h,) datetime64 wall-clock readings."""
    wall: np.ndarray[Any, np.dtype[np.datetime64]] = (hours + calendar.offset(hours)).astype("datetime64[us]")
    return wall
