"""`seasonal_surge` by whole days or weeks: each is judged when its last hour closes.

A day is one of the business zone, of 23 or 25 hours when the clock changes, and a week begins on Monday. Its
count is that of its hours, each as it was when it closed; one hour that is unknown makes all of it unknown.
The model is fitted to the year before a Monday and led through the days since then, so that it follows from
the hours alone. What is open is the follower's state, and is carried from Monday to Monday.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from connectors.ticket import DAY, Int64
from connectors.windows import Calendar
from detectors.columns import sum_by
from detectors.followers.nodes import Nodes
from detectors.followers.telling import Teller
from detectors.following import Cells, Moment, State
from detectors.precision import Bools
from detectors.seasonal.period import PERIODS, Period
from detectors.seasonal.stamps import MONDAY, name_steps
from detectors.signal import Signal
from detectors.tree.cause import TreeSettings
from detectors.tree.surge import TreeSurge

HISTORY: Final = 52 * 7 * DAY
MEMORY: Final = HISTORY + 9 * DAY
"""From the end of an hour back to the first that the model of its week may look at, by any clock."""
DAYS: Final = {"day": 1, "week": 7}
NAMED_AHEAD: Final = 8
"""Steps after a Monday that have names: a week of days, and the one after them."""
READ_AT_ONCE: Final = 28
"""Days whose hours are summed up together, so that a year of hours need not be held."""


class Course:
    """Numbers of days since 1970, or of weeks since the first Monday of 1970, in one zone.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from connectors.ticket import HOUR
    >>> course = Course(Calendar(ZoneInfo("UTC")), PERIODS["week"])
    >>> course.numbers(np.array([4 * DAY - HOUR, 4 * DAY, 11 * DAY])).tolist()
    [-1, 0, 1]
    """

    def __init__(self, calendar: Calendar, period: Period) -> None:
        self.calendar, self.days = calendar, DAYS[period.name]

    def numbers(self, us: Int64) -> Int64:
        """(k,) number of the day or week that holds each instant."""
        days = self.calendar.days(us)
        date = (days + self.calendar.offset(days)) // DAY
        numbers: Int64 = date if self.days == 1 else (date - MONDAY) // 7
        return numbers

    def dates(self, numbers: Int64) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        """(k,) datetime64[D], first dates."""
        date = numbers if self.days == 1 else numbers * 7 + MONDAY
        return date.astype("datetime64[D]")

    def start(self, number: int) -> int:
        """First instant of a day or week."""
        wall = self.dates(np.array([number])).astype(np.int64) * DAY
        return self.calendar.day(int(self.calendar.from_wall(wall)[0]))

    def monday(self, number: int) -> int:
        """Number of the step with which its week begins."""
        return number if self.days > 1 else (number - MONDAY) // 7 * 7 + MONDAY

    def known(self, first: int, last: int, moment: Moment) -> Bools:
        """(last - first,) bool: all hours of the step are known."""
        hours = self.calendar.hours_between(self.start(first), self.start(last))
        step = self.numbers(hours) - first
        size = last - first
        # A date that the zone has left out has no hours, and is unknown.
        found: Bools = (np.bincount(step, minlength=size) > 0) & (
            np.bincount(step, ~moment.known(hours), size) == 0
        )
        return found

    def cells(self, first: int, last: int, moment: Moment) -> Cells:
        """Tickets of the steps from `first` up to `last`, by number of the step and node."""
        parts, every = [], max(READ_AT_ONCE // self.days, 1)
        for begin in range(first, last, every):
            found = moment.at_closing(self.start(begin), self.start(min(begin + every, last)))
            hours, at = np.unique(found.hour, return_inverse=True)
            width = len(moment.taxonomy)
            key, count = sum_by((self.numbers(hours)[at] - first) * width + found.node, found.count)
            parts.append((key // width + first, (key % width).astype(np.int32), count))
        if not parts:
            return Cells(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int64))
        step, node, count = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Cells(step, node, count)


@dataclass
class Model:
    """A fitted model: of the steps from `first` up to `next`, of which `known` says which were known."""

    first: int
    monday: int
    next: int
    known: Bools
    nodes: Nodes
    judge: TreeSurge | None


class WholeFollower:
    """Follows the days or weeks for one rule.

    Parameters
    ----------
    country : whose public holidays have names of their own; None for nobody's
    """

    def __init__(
        self, teller: Teller, settings: TreeSettings, period: Literal["day", "week"], *, country: str | None
    ) -> None:
        self._teller, self._settings = teller, settings
        self._period, self._country = PERIODS[period], country
        self._model: Model | None = None
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
        course = Course(moment.calendar, self._period)
        step, after = course.numbers(np.array([hour, moment.calendar.hour_end(hour)])).tolist()
        if step != after:
            self._standing(course, step, moment)

    def close(self, hour: int, moment: Moment) -> list[Signal]:
        """The hour is over, and with it perhaps the day or week."""
        course = Course(moment.calendar, self._period)
        end = moment.calendar.hour_end(hour)
        step, after = course.numbers(np.array([hour, end])).tolist()
        if step == after:
            return []
        model = self._standing(course, step, moment)
        causes = _closed(model, course, moment)
        if model.judge is None:
            return []
        self._open = model.nodes.by_path(model.judge.state()["open"])
        return [
            self._teller.signal(
                cause, model.nodes, moment, since=course.start(cause.since), hour=hour, crossed_at=end,
                days=cause.steps * course.days,
            )
            for cause in causes
        ]  # fmt: skip

    def _standing(self, course: Course, step: int, moment: Moment) -> Model:
        """The model that stands at the beginning of this step, with the causes that are open."""
        model = self._model
        if (
            model is None
            or (model.monday, model.next) != (course.monday(step), step)
            or not np.array_equal(model.known, course.known(model.first, step, moment))
        ):
            model = self._fitted(course, step, moment)
            if model.judge is not None:
                model.judge.restore({"open": model.nodes.by_column(self._open)})
            self._model = model
        return model

    def _fitted(self, course: Course, step: int, moment: Moment) -> Model:
        """The model of the week in which a step lies, led up to that step."""
        monday, named = course.monday(step), self._period
        first = monday - HISTORY // DAY // course.days
        known = course.known(first, monday, moment)
        skipped = int(known.argmax()) if known.any() else len(known)
        first, known = first + skipped, known[skipped:]
        cells = course.cells(first, monday, moment)
        nodes = Nodes(moment.taxonomy, deepest=max(self._settings.depths), leaves=np.unique(cells.node))
        model = Model(first, monday, monday, known, nodes, None)
        if len(known) >= named.warm and len(nodes):
            numbers = np.arange(first, monday + NAMED_AHEAD)
            count = nodes.table(numbers[: len(known)], cells)
            count[~known] = np.nan
            stamps = name_steps(course.dates(numbers), named, country=self._country)
            model.judge = TreeSurge.start(count, stamps, nodes.parents, self._settings, origin=first)
        while model.next < step:
            _closed(model, course, moment)
        return model


def _closed(model: Model, course: Course, moment: Moment) -> list[Any]:
    """What the model's next step tells, which is over; the model goes on."""
    step = model.next
    cells, known = course.cells(step, step + 1, moment), course.known(step, step + 1, moment)
    before = len(model.nodes)
    model.nodes.add(cells.node)
    model.next, model.known = step + 1, np.append(model.known, known)
    if model.judge is None:
        return []
    if len(model.nodes) > before:
        model.judge.grow(model.nodes.parents)
    return model.judge.close(model.nodes.count(cells.node, cells.count), known=bool(known[0]))
