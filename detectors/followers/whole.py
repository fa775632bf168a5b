"""`seasonal_surge` by whole days or weeks: each is judged when its last hour closes.

The model is fitted to the year before a Monday and led through the days since then, so that it follows from
the hours alone. What is open is the follower's state, and is carried from Monday to Monday.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np

from connectors.ticket import DAY
from detectors.followers.model import Model
from detectors.followers.nodes import Nodes
from detectors.followers.telling import Teller
from detectors.followers.whole_days import WholeDays
from detectors.following import Moment, State
from detectors.seasonal.period import PERIODS
from detectors.seasonal.stamps import name_steps
from detectors.signal import Signal
from detectors.tree.cause import Cause, TreeSettings
from detectors.tree.surge import TreeSurge

HISTORY: Final = 52 * 7 * DAY
"""What a model is fitted to: too little to learn a season of the year from, which the level follows."""
MEMORY: Final = HISTORY + 9 * DAY
"""From the end of an hour back to the first that the model of its week may look at, by any clock."""
NAMED_AHEAD: Final = 8
"""Steps after a Monday that have names: a week of days, and the one after them."""


class WholeFollower:
    """Follows the days or weeks for one rule. A year has each public holiday once, which teaches nothing."""

    def __init__(self, teller: Teller, settings: TreeSettings, period: Literal["day", "week"]) -> None:
        self._teller, self._settings, self._period = teller, settings, PERIODS[period]
        self._model: Model[TreeSurge] | None = None
        self._open: list[dict[str, Any]] = []

    def state(self) -> State:
        """The open causes, by path."""
        return {"open": self._open}

    def restore(self, state: State) -> None:
        """Go on with these open causes."""
        self._model, self._open = None, list(state.get("open", ()))

    def memory(self) -> int:
        """Without a ticket in the year before its week, it judges nothing."""
        return MEMORY

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """The day or week that runs is not judged."""
        del hour, moment
        return []

    def prepare(self, hour: int, moment: Moment) -> None:
        """Fit the model of the week, if there is none, in the last hour of the day or week."""
        days = WholeDays(moment.calendar, self._period)
        step, after = days.numbers(np.array([hour, moment.calendar.hour_end(hour)])).tolist()
        if step != after:
            self._standing(days, step, moment)

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over, and with it perhaps the day or week."""
        days = WholeDays(moment.calendar, self._period)
        end = moment.calendar.hour_end(hour)
        step, after = days.numbers(np.array([hour, end])).tolist()
        if step == after:
            return []
        model = self._standing(days, step, moment)
        causes = _closed(model, days, moment)
        if model.judge is None:
            return []
        self._open = model.open()
        return [
            self._teller.signal(
                cause, model.nodes, moment, since=days.start(cause.since), hour=hour, crossed_at=end,
                days=cause.steps * days.length,
            )
            for cause in causes
        ]  # fmt: skip

    def _standing(self, days: WholeDays, step: int, moment: Moment) -> Model[TreeSurge]:
        """The model that stands at the beginning of this step, with the causes that are open."""
        model = self._model
        if model is None or not model.stands(
            step, days.monday(step), lambda steps: days.known(step - len(steps), step, moment)
        ):
            model = self._fitted(days, step, moment)
            model.go_on(self._open)
            self._model = model
        return model

    def _fitted(self, days: WholeDays, step: int, moment: Moment) -> Model[TreeSurge]:
        """The model of the week in which a step lies, led up to that step."""
        monday, period = days.monday(step), self._period
        first = monday - HISTORY // DAY // days.length
        known = days.known(first, monday, moment)
        skipped = int(known.argmax()) if known.any() else len(known)
        first, known = first + skipped, known[skipped:]
        cells = days.cells(first, monday, moment)
        nodes = Nodes(moment.taxonomy, deepest=max(self._settings.depths), leaves=np.unique(cells.node))
        numbers = np.arange(first, monday + NAMED_AHEAD)
        model: Model[TreeSurge] = Model(monday, monday, numbers, first, known, nodes, None)
        if len(known) >= period.warm and len(nodes):
            count = nodes.table(numbers[: len(known)], cells)
            count[~known] = np.nan
            stamps = name_steps(days.dates(numbers), period)
            model.judge = TreeSurge.start(count, stamps, nodes.parents, self._settings, origin=first)
        while model.next < step:
            _closed(model, days, moment)
        return model


def _closed(model: Model[TreeSurge], days: WholeDays, moment: Moment) -> Sequence[Cause]:
    """What the model's next step tells, which is over; the model goes on."""
    step = model.next
    [known] = days.known(step, step + 1, moment).tolist()
    return model.close(days.cells(step, step + 1, moment), step + 1, known=known)[0]
