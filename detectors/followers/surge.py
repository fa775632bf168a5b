"""`seasonal_surge` along the clock: each hour as it closes, and the one that runs.

The model follows from the hours (`model`). Only which causes are open depends on looks at running hours:
they are the follower's state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from connectors.ticket import MINUTE, Int32
from detectors.followers.foresight import stirring
from detectors.followers.model import MEMORY, Model, Modeller, is_known
from detectors.followers.nodes import Nodes
from detectors.followers.reading import Reading
from detectors.followers.telling import Teller
from detectors.following import Moment, Running, State
from detectors.precision import Kept
from detectors.seasonal.stamps import Stamps
from detectors.signal import Signal
from detectors.tree.cause import Cause, TreeSettings
from detectors.tree.learning import Learned
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT


class SurgeFollower:
    """Follows the hours for one rule.

    Parameters
    ----------
    country : whose public holidays are Sundays; None for nobody's
    """

    def __init__(self, teller: Teller, settings: TreeSettings, *, country: str | None) -> None:
        self._teller, self._settings, self._country = teller, settings, country
        self._model: Model[TreeSurge] | None = None
        self._open: list[dict[str, Any]] = []
        self._learned: dict[str, Any] = {}

    def state(self) -> State:
        """The open causes, by path, and what was learned of the history that the day is judged by.

        Tickets change after their hour has closed, so that cannot be worked out again.
        """
        return {"open": self._open, **({"learned": self._learned} if self._learned else {})}

    def restore(self, state: State) -> None:
        """Go on with these."""
        self._model, self._open = None, list(state.get("open", ()))
        self._learned = dict(state.get("learned", {}))

    def memory(self) -> int:
        """Without a ticket in all that its model is fitted to, it judges nothing."""
        return MEMORY

    def prepare(self, hour: int, moment: Moment) -> None:
        """Fit the model of the hour's day, if there is none."""
        self._standing(hour, moment)

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over."""
        model, end = self._standing(hour, moment), moment.calendar.hour_end(hour)
        known, judge = is_known(hour, moment), model.judge

        def judged(count: Kept) -> list[Cause]:
            reads = _reading(model, moment).branch
            return [] if judge is None else judge.close(count, known=known, tickets=reads)

        causes, sure = model.close(moment.at_closing(hour, end), end, known=known, judged=judged)
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
        # What came in an hour that is unknown, after a gap, has nothing to be compared with.
        across = moment.now < end and bool(model.known[-1:].all())
        causes = model.judge.tick(
            count,
            passed=min(1.0, (moment.now - hour) / (end - hour)),
            recent=_recent(model.nodes, moment) if across else None,
            tickets=_reading(model, moment).branch,
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
            model.stands(hour, moment.calendar.day(hour), moment.known) for moment in ends
        )

    def _told(
        self, model: Model[TreeSurge], causes: list[Cause], moment: Moment, *, hour: int, crossed_at: int
    ) -> list[Signal]:
        if model.judge is None:
            return []
        self._open = model.open()
        told = []
        for cause in causes:
            since = model.step_of(cause.since)
            told.append(
                self._teller.signal(cause, model.nodes, moment, since=since, hour=hour, crossed_at=crossed_at)
            )
        return told

    def _standing(self, hour: int, moment: Moment) -> Model[TreeSurge]:
        """The model that stands at the beginning of this hour, with the causes that are open."""
        if self._model is None or not self._model.stands(hour, moment.calendar.day(hour), moment.known):
            model = self._modeller(moment).model(hour, moment)
            model.go_on(self._open)
            self._model = model
        return self._model

    def _modeller(self, moment: Moment) -> Modeller[TreeSurge]:
        """Makes models, of which what was learned of single tickets today already is not learned again."""

        def started(
            count: Kept, stamps: Stamps, parents: Int32, origin: int, model: Model[TreeSurge]
        ) -> TreeSurge:
            of = [origin, len(count), int(np.isnan(count[:, 0]).sum())]
            learned = Learned.from_json(self._learned["what"]) if self._learned.get("of") == of else None
            reads = _reading(model, moment).branch
            judge = TreeSurge.start(
                count, stamps, parents, self._settings, origin=origin, tickets=reads, learned=learned
            )
            self._learned = {"of": of, "what": judge.learned.to_json()}
            return judge

        return Modeller(started, max(self._settings.depths), self._country)


def _reading(model: Model[TreeSurge], moment: Moment) -> Reading:
    """Reads single tickets, as they are known at a moment."""
    return Reading(moment, model.nodes, model.steps, model.origin)


def _recent(nodes: Nodes, moment: Moment) -> Kept:
    """(len(RECENT), n) tickets of the last minutes."""
    created, node, tickets = moment.created(moment.now - max(RECENT) * MINUTE, moment.now)
    since = moment.now - np.array(RECENT) * MINUTE
    window = np.searchsorted(-since, -created)
    return np.cumsum(nodes.counts(window, node, tickets, rows=len(RECENT)), axis=0)
