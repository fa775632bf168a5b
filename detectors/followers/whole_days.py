"""Whole days, or weeks, of a business zone as steps: their numbers, their dates, and what is known of them.

A day has 23 or 25 hours when the clock changes, and a week begins on Monday. Its count is that of its hours,
each as it was when it closed; one hour that is unknown makes all of it unknown. Steps have numbers, and are
no instants as hours are: a date that the zone has left out has no beginning, and is a step all the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from connectors.ticket import DAY, Int64
from connectors.windows import Calendar
from detectors.columns import sum_by
from detectors.following import Cells, Moment
from detectors.precision import Bools
from detectors.seasonal.period import Period
from detectors.seasonal.stamps import MONDAY

DAYS: Final = {"day": 1, "week": 7}
READ_AT_ONCE: Final = 28
"""Days whose hours are summed up together, so that a year of hours need not be held."""


class WholeDays:
    """Days, numbered from 1970 on, or weeks, numbered from the first Monday of 1970 on.

    Attributes
    ----------
    length : days of a step, 1 or 7

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from connectors.ticket import HOUR
    >>> from detectors.seasonal.period import WEEK
    >>> weeks = WholeDays(Calendar(ZoneInfo("UTC")), WEEK)
    >>> weeks.numbers(np.array([4 * DAY - HOUR, 4 * DAY, 11 * DAY])).tolist()
    [-1, 0, 1]
    """

    def __init__(self, calendar: Calendar, period: Period) -> None:
        self.calendar, self.length = calendar, DAYS[period.name]

    def numbers(self, us: Int64) -> Int64:
        """(k,) number of the day or week that holds each instant."""
        days = self.calendar.days(us)
        date = (days + self.calendar.offset(days)) // DAY
        numbers: Int64 = date if self.length == 1 else (date - MONDAY) // 7
        return numbers

    def dates(self, numbers: Int64) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        """(k,) datetime64[D], first dates."""
        date = numbers if self.length == 1 else numbers * 7 + MONDAY
        return date.astype("datetime64[D]")

    def start(self, number: int) -> int:
        """First instant of a day or week."""
        wall = self.dates(np.array([number])).astype(np.int64) * DAY
        return self.calendar.day(int(self.calendar.from_wall(wall)[0]))

    def monday(self, number: int) -> int:
        """Number of the step with which its week begins."""
        return number if self.length > 1 else (number - MONDAY) // 7 * 7 + MONDAY

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
        parts, every = [], max(READ_AT_ONCE // self.length, 1)
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
