"""`seasonal_surge` along the clock: each hour as it closes, and the one that runs.

The model follows from the hours (`model`). Only which causes are open depends on looks at running hours:
they are the follower's state.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from connectors.ticket import HOUR, Int32
from detectors.following import Moment, Running, State
from detectors.seasonal.cause import Cause, TreeSettings
from detectors.seasonal.foresight import stirring
from detectors.seasonal.model import Model, Modeller, is_known
from detectors.seasonal.nodes import Nodes
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import Kept
from detectors.seasonal.telling import Teller
from detectors.seasonal.trailing import RECENT
from detectors.seasonal.tree import TreeSurge
from detectors.signal import Signal

MINUTE: Final = HOUR // 60


class SurgeFollower:
    """Follows the hours for one rule.

    Parameters
    ----------
    country : whose public holidays are Sundays; None for nobody's
    """

    def __init__(self, teller: Teller, settings: TreeSettings, *, country: str | None) -> None:
        def started(count: Kept, stamps: Stamps, parents: Int32, origin: int) -> TreeSurge:
            return TreeSurge.start(count, stamps, parents, settings, origin=origin)

        self._teller = teller
        self._modeller = Modeller(started, max(settings.depths), country)
        self._model: Model[TreeSurge] | None = None
        self._open: list[dict[str, Any]] = []

    def state(self) -> State:
        """The open causes, by path."""
        return {"open": self._open}

    def restore(self, state: State) -> None:
        """Go on with these open causes."""
        self._model, self._open = None, list(state.get("open", ()))

    def prepare(self, hour: int, moment: Moment) -> None:
        """Fit the model of the hour's day, if there is none."""
        self._standing(hour, moment)

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over."""
        model, end = self._standing(hour, moment), moment.calendar.hour_end(hour)
        causes, sure = model.close(moment.at_closing(hour, end), end, known=is_known(hour, moment))
        # However long it takes until somebody looks: it is the end of the hour that tells.
        signals = self._told(model, list(causes), moment, hour=hour, crossed_at=end)
        if not sure:
            self._model = None
        return signals

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour runs."""
        model, end = self._standing(hour, moment), moment.calendar.hour_end(hour)
        if model.judge is None or not is_known(hour, moment):
            return []
        cells = moment.so_far(hour, end)
        count = model.count(cells.node, cells.count)
        causes = model.judge.tick(
            count,
            passed=min(1.0, (moment.now - hour) / (end - hour)),
            recent=_recent(model.nodes, moment) if moment.now < end else None,
        )
        return self._told(model, causes, moment, hour=hour, crossed_at=moment.now)

    def look_through(self, hour: int, running: Running) -> list[Signal]:
        """All looks at an hour that has been recorded; those that would tell nothing are left out."""
        told: list[Signal] = []
        now, moments = 0, running.moments
        while now < len(moments):
            until = now
            if self._model is not None and self._foresees(self._model, hour, running, now):
                until, worth = stirring(self._model, hour, running, now)
                told += [signal for place in worth for signal in self.look(hour, moments[place])]
            if until < len(moments):
                told += self.look(hour, moments[until])
            now = until + 1
        return told

    def _foresees(self, model: Model[TreeSurge], hour: int, running: Running, now: int) -> bool:
        """The model will stand at all moments to come: what is known of time stays as it is."""
        ends = running.moments[now], running.moments[-1]
        return is_known(hour, ends[0]) == is_known(hour, ends[1]) and all(
            model.stands(hour, moment) for moment in ends
        )

    def _told(
        self, model: Model[TreeSurge], causes: list[Cause], moment: Moment, *, hour: int, crossed_at: int
    ) -> list[Signal]:
        if model.judge is None:
            return []
        paths = moment.taxonomy.paths
        self._open = [
            {**row, "node": list(paths[model.nodes.numbers[row["node"]]])}
            for row in model.judge.state()["open"]
        ]
        told = []
        for cause in causes:
            since = int(model.hours[cause.since - model.origin])
            told.append(
                self._teller.signal(cause, model.nodes, moment, since=since, hour=hour, crossed_at=crossed_at)
            )
        return told

    def _standing(self, hour: int, moment: Moment) -> Model[TreeSurge]:
        """The model that stands at the beginning of this hour, with the causes that are open."""
        if self._model is None or not self._model.stands(hour, moment):
            model = self._modeller.model(hour, moment)
            if model.judge is not None:
                model.judge.restore({"open": self._known_causes(model.nodes)})
            self._model = model
        return self._model

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
    since = moment.now - np.array(RECENT) * MINUTE
    window = np.searchsorted(-since, -created)
    return np.cumsum(nodes.counts(window, node, tickets, rows=len(RECENT)), axis=0)
