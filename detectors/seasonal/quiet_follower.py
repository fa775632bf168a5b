"""`silence` along the clock: each hour as it closes. Which lulls are open is the follower's state."""

from __future__ import annotations

import math
from typing import Any

from connectors.ticket import NEVER, Int32
from detectors.following import Moment, State
from detectors.seasonal.model import Model, Modeller, is_known
from detectors.seasonal.quiet import Lull, QuietSettings, QuietTree
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.tail import Kept
from detectors.signal import Signal


class QuietFollower:
    """Follows the hours for one rule.

    Parameters
    ----------
    rule, kind, level : as its signals say
    country : whose public holidays are Sundays; None for nobody's
    """

    def __init__(
        self, rule: str, kind: str, settings: QuietSettings, *, level: str, country: str | None
    ) -> None:
        def started(count: Kept, stamps: Stamps, parents: Int32, origin: int) -> QuietTree:
            return QuietTree(count, stamps, parents, settings, origin=origin)

        self._rule, self._kind, self._level = rule, kind, level
        self._modeller = Modeller(started, max(settings.depths), country)
        self._model: Model[QuietTree] | None = None
        self._open: list[dict[str, Any]] = []

    def state(self) -> State:
        """The open lulls, by path."""
        return {"open": self._open}

    def restore(self, state: State) -> None:
        """Go on with these open lulls."""
        self._model, self._open = None, list(state.get("open", ()))

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over."""
        model = self._standing(hour, moment)
        end, paths = moment.calendar.hour_end(hour), moment.taxonomy.paths
        lulls, _ = model.close(moment.at_closing(hour, end), end, known=is_known(hour, moment))
        if model.judge is None:
            return []
        self._open = [
            {**row, "node": list(paths[model.nodes.numbers[row["node"]]])}
            for row in model.judge.state()["open"]
        ]
        return [self._signal(lull, model, hour, moment) for lull in lulls]

    def look(self, hour: int, moment: Moment) -> list[Signal]:
        """Of the hour that runs nobody knows yet what is missing."""
        del hour, moment
        return []

    def _standing(self, hour: int, moment: Moment) -> Model[QuietTree]:
        if self._model is None or not self._model.stands(hour, moment):
            self._model = self._modeller.model(hour, moment)
            if self._model.judge is not None:
                columns = [(row, self._model.nodes.column(row["node"])) for row in self._open]
                known = [{**row, "node": column} for row, column in columns if column is not None]
                self._model.judge.restore({"open": known})
        return self._model

    def _signal(self, lull: Lull, model: Model[QuietTree], hour: int, moment: Moment) -> Signal:
        calendar = moment.calendar
        path = moment.taxonomy.paths[model.nodes.numbers[lull.node]]
        return Signal(
            rule=self._rule,
            kind=self._kind,
            node=path,
            exact=False,
            window_start=int(model.hours[lull.since - model.origin]),
            window_end=calendar.hour_end(hour),
            level=self._level,
            observed=round(lull.observed),
            threshold=half_missing(lull.observed, lull.expected),
            crossed_at=calendar.hour_end(hour),
            created_at=NEVER,
            detail={
                "detected_at": calendar.iso(moment.now),
                "expected": round(lull.expected, 1),
                "rarity": round(lull.rarity, 2),
                "hours": lull.steps,
            },
        )


def half_missing(observed: float, expected: float) -> int:
    """The most tickets with which at least half of what is missing still is.

    >>> half_missing(2, 41.0), half_missing(0, 10.5)
    (21, 5)
    """
    return math.floor((observed + expected) / 2)
