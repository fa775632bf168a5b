"""Detectors that follow the clock, over a whole history: what a replay shows them, hour by hour.

An hour closes when the clock reaches its end, with the versions that had been seen before. The running hour
is looked at at the full minutes before which something arrived: in between nothing can grow stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat

import numpy as np

from connectors.taxonomy import Taxonomy
from connectors.ticket import HOUR, MINUTE, NEVER, Bool, Int32, Int64, Path
from connectors.windows import Calendar
from detectors.columns import sum_by
from detectors.following import Cells, Follower, Forgets, LooksThrough, Running, SetsAside, followers
from detectors.particulars import Particulars
from detectors.signal import Signal
from detectors.step import Detector, Step
from monitor.known_time import Missing, first_hours, untouched
from monitor.replay.tickets import HistoryTickets


@dataclass(frozen=True)
class Told:
    """What the detectors that follow tell of a whole history.

    Attributes
    ----------
    signals : in order
    failures : by name of the rule and node, what the first detector said that failed there
    """

    signals: list[Signal] = field(default_factory=list)
    failures: dict[tuple[str, Path], str] = field(default_factory=dict)


def follow(step: Step, detectors: Mapping[str, Detector], missing: Sequence[Missing]) -> Told:
    """What the detectors that follow tell of a whole history."""
    of_rules, told = followers(detectors), Told()
    if not of_rules or len(step.versions) == 0:
        return told
    course = Course(step, tuple(missing))
    asked = {name: course.stirred(one) for name, one in of_rules.items()}
    for number in np.flatnonzero(np.any(list(asked.values()), axis=0)).tolist():
        running, closing = course.hour(number)
        asking = {name: one for name, one in of_rules.items() if asked[name][number]}
        for one in asking.values():
            told.signals.extend(_looks(one, closing.hour, running))
        for name, one in asking.items():
            told.signals.extend(one.close(closing.hour, closing))
            failures = one.failures() if isinstance(one, SetsAside) else {}
            for node, said in failures.items():
                told.failures.setdefault((name, node), said)
    return told


def _looks(follower: Follower, hour: int, running: Running) -> list[Signal]:
    if isinstance(follower, LooksThrough):
        return follower.look_through(hour, running)
    return [signal for moment in running.moments for signal in follower.look(hour, moment)]


@dataclass(frozen=True)
class HistoryMoment:
    """`Moment` of a replay: so many versions have been seen, and the hour that begins then runs or closes."""

    course: Course
    now: int
    hour: int
    seen: int

    @property
    def taxonomy(self) -> Taxonomy:
        """The category tree."""
        return self.course.step.taxonomy

    @property
    def calendar(self) -> Calendar:
        """The business calendar."""
        return self.course.step.calendar

    def at_closing(self, start: int, end: int) -> Cells:
        """Tickets of hours as they were when each hour was closed."""
        return self.course.at_closing(start, end)

    def so_far(self, start: int, end: int) -> Cells:
        """Tickets of hours as they are counted now."""
        return self.course.counted(start, end, self.seen)

    @property
    def sources(self) -> Sequence[str]:
        """Names of the sources."""
        return self.course.step.sources

    def by_source(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets of hours by source: hour, place of the source, count."""
        return self.course.by_source(start, end, self.seen)

    def known(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is known."""
        return self.course.known(hours, self.seen)

    def created(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets created in [start, end): instant, node, count."""
        return self.course.created(start, end, self.seen)

    def particulars(self, node: int, start: int, end: int) -> Particulars:
        """The tickets at or below a node that were created in [start, end)."""
        return self.course.tickets.standing(node, (start, end), self.seen)


class Course:
    """A history in the order of its hours.

    Attributes
    ----------
    step : the one step of the replay
    """

    def __init__(self, step: Step, missing: tuple[Missing, ...]) -> None:
        self.step, self._missing = step, missing
        changes, calendar = step.ledger.tickets, step.calendar
        self._ends = calendar.hour_ends(step.hours)
        self._closed = np.searchsorted(step.versions.seen, self._ends)
        hour = np.searchsorted(step.hours, changes.at, side="right") - 1
        by_hour = np.argsort(hour, kind="stable")
        # Changes by hour, and in an hour in order of arrival.
        self._hour, self._order, self._row = hour[by_hour], changes.order[by_hour], changes.row[by_hour]
        self._node, self._sign, self._at = changes.node[by_hour], changes.sign[by_hour], changes.at[by_hour]
        self._bounds = np.searchsorted(self._hour, np.arange(len(step.hours) + 1))

    def stirred(self, follower: Follower) -> Bool:
        """(h,) bool: the follower is asked about the hour, as far as it remembers something happened."""
        hours = self.step.hours
        if not isinstance(follower, Forgets):
            return np.ones(len(hours), dtype=np.bool_)
        # In any order of arrival, and also where a ticket has moved away since. The first hour sets out.
        with_tickets = np.append(hours[:1], hours[np.unique(self._hour)])
        last = with_tickets[np.searchsorted(with_tickets, hours, side="right") - 1]
        stirred: Bool = hours - last <= follower.memory()
        return stirred

    def hour(self, number: int) -> tuple[Running, HistoryMoment]:
        """An hour: as it ran, and the moment at which it closes."""
        hour, end = int(self.step.hours[number]), int(self._ends[number])
        return self._running(number, hour, end), HistoryMoment(self, end, hour, int(self._closed[number]))

    def _running(self, number: int, hour: int, end: int) -> Running:
        minutes = self._minutes(number, hour, end)
        seen = np.searchsorted(self.step.versions.seen, minutes)
        rows = (
            self._rows(self.step.calendar.hour(hour - HOUR), end) if len(minutes) else np.empty(0, np.int64)
        )
        return Running(
            [HistoryMoment(self, *moment) for moment in zip(minutes.tolist(), repeat(hour), seen.tolist())],
            np.searchsorted(seen, self._order[rows], side="right"),
            self._at[rows], self._node[rows], self._sign[rows],
        )  # fmt: skip

    def _minutes(self, number: int, hour: int, end: int) -> Int64:
        """The full minutes inside an hour before which something arrived that counts in it."""
        low, high = self._bounds[number : number + 2]
        arrived = self.step.versions.seen[self._order[low:high]]
        arrived = np.maximum(arrived[arrived < end], hour)
        minutes: Int64 = np.unique(hour + ((arrived - hour) // MINUTE + 1) * MINUTE)
        return minutes[minutes < end]

    @cached_property
    def _at_closing(self) -> Cells:
        early = self._order < self._closed[self._hour]
        width = len(self.step.taxonomy)
        key, count = sum_by(self._hour[early] * width + self._node[early], self._sign[early])
        key, count = key[count != 0], count[count != 0]
        return Cells(self.step.hours[key // width], (key % width).astype(np.int32), count)

    def at_closing(self, start: int, end: int) -> Cells:
        """Tickets of the hours that begin in [start, end), as they were when each was closed."""
        cells = self._at_closing
        part = slice(*np.searchsorted(cells.hour, [start, end]))
        return Cells(cells.hour[part], cells.node[part], cells.count[part])

    def counted(self, start: int, end: int, seen: int) -> Cells:
        """Tickets of the hours that begin in [start, end), when so many versions had been seen."""
        rows = self._rows(start, end)
        rows = rows[self._order[rows] < seen]
        width = len(self.step.taxonomy)
        key, count = sum_by(self._hour[rows] * width + self._node[rows], self._sign[rows])
        key, count = key[count != 0], count[count != 0]
        return Cells(self.step.hours[key // width], (key % width).astype(np.int32), count)

    def by_source(self, start: int, end: int, seen: int) -> tuple[Int64, Int32, Int64]:
        """Tickets of hours by source when so many versions had been seen, as signed changes."""
        rows = self._rows(start, end)
        rows = rows[self._order[rows] < seen]
        source: Int32 = self.step.versions.source[self._row[rows]]
        return self.step.hours[self._hour[rows]], source, self._sign[rows]

    def known(self, hours: Int64, seen: int) -> Bool:
        """(h,) bool: the hour was known when so many versions had been seen."""
        known: Bool = hours > self._first(seen)
        return known & untouched(self.step.calendar, hours, self._missing)

    def _first(self, seen: int) -> int:
        """The last of all sources' first hours, as far as they have told of them; NEVER where one has not."""
        latest = -NEVER
        for arrived, hours in self._first_hours:
            k = int(np.searchsorted(arrived, seen, side="right")) - 1
            latest = max(latest, NEVER if k < 0 else int(hours[k]))
        return latest

    @cached_property
    def _first_hours(self) -> list[tuple[Int64, Int64]]:
        step = self.step
        return [first_hours(step.calendar, step.versions, number) for number in range(len(step.sources))]

    def created(self, start: int, end: int, seen: int) -> tuple[Int64, Int32, Int64]:
        """Tickets created in [start, end) when so many versions had been seen, as signed changes."""
        rows = self._rows(self.step.calendar.hour(start), end)
        at = self._at[rows]
        rows = rows[(self._order[rows] < seen) & (at >= start) & (at < end)]
        return self._at[rows], self._node[rows], self._sign[rows]

    @cached_property
    def tickets(self) -> HistoryTickets:
        """The single tickets."""
        return HistoryTickets(self.step)

    def _rows(self, start: int, end: int) -> Int64:
        """Rows of the changes in the hours that begin in [start, end)."""
        low, high = np.searchsorted(self.step.hours, [start, end])
        return np.arange(self._bounds[low], self._bounds[high])
