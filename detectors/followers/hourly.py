"""A detector along the clock that judges hours when they close, and tells each thing once while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

from detectors.followers.model import MEMORY, J, Model, Modeller, is_known
from detectors.following import Past, State
from detectors.signal import Signal


class HourlyFollower(Generic[J]):
    """Follows the hours for one rule.

    Parameters
    ----------
    tell : makes a signal of what a judge found in the hour that begins then
    """

    def __init__(self, modeller: Modeller[J], tell: Callable[[Any, Model[J], int, Any], Signal]) -> None:
        self._modeller, self._tell = modeller, tell
        self._model: Model[J] | None = None
        self._open: list[dict[str, Any]] = []

    def state(self) -> State:
        """What has been told and goes on, by path."""
        return {"open": self._open}

    def restore(self, state: State) -> None:
        """Go on with what has been told."""
        self._model, self._open = None, list(state.get("open", ()))

    def memory(self) -> int:
        """Without a ticket in all that its model is fitted to, it judges nothing."""
        return MEMORY

    def prepare(self, hour: int, moment: Past) -> None:
        """Fit the model of the hour's day, if there is none."""
        self._standing(hour, moment)

    def close(self, hour: int, moment: Past) -> list[Signal]:
        """The hour is over."""
        model = self._standing(hour, moment)
        end = moment.calendar.hour_end(hour)
        found, _ = model.close(moment.at_closing(hour, end), end, known=is_known(hour, moment))
        if model.judge is None:
            return []
        self._open = model.open()
        return [self._tell(one, model, hour, moment) for one in found]

    def look(self, hour: int, moment: Past) -> list[Signal]:
        """The hour that runs is not judged."""
        del hour, moment
        return []

    def _standing(self, hour: int, moment: Past) -> Model[J]:
        if self._model is None or not self._model.stands(hour, moment.calendar.day(hour), moment.known):
            model = self._modeller.model(hour, moment)
            model.go_on(self._open)
            self._model = model
        return self._model
