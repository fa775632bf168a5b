"""What hours like this one brought before, to a group and to the whole tree, as far as it was known then."""

from __future__ import annotations

from connectors.taxonomy import ROOT
from connectors.ticket import Int64
from detectors.grouping import belong, group_of
from detectors.hours.changes import RowsOfHour
from detectors.hours.usual_change import FEWEST, Usual, comparable, usual
from detectors.step import Step

EVERYTHING = group_of(ROOT, exact=False)


class HourHistory:
    """Asks for hours of the past, before the step and in it.

    Parameters
    ----------
    rows : the step's changes of tickets by hour
    """

    def __init__(self, step: Step, rows: RowsOfHour) -> None:
        self._step, self._rows = step, rows
        self._counts: dict[tuple[int, int, int], int] = {}

    def usual(self, group: int, hour: int, arrived: int) -> Usual:
        """What the group usually brings in an hour like this, known when so many versions had arrived."""
        for hours in comparable(self._step.calendar, hour):
            alike = hours[self._step.known_pairs(hours, arrived)]
            if len(alike) >= FEWEST:
                return usual(self._pairs(group, alike, arrived), self._pairs(EVERYTHING, alike, arrived))
        return Usual()

    def _pairs(self, group: int, hours: Int64, arrived: int) -> list[tuple[int, int]]:
        before = self._step.calendar.previous_hours(hours)
        return [
            (self._count(group, hour, arrived), self._count(group, previous, arrived))
            for hour, previous in zip(hours.tolist(), before.tolist(), strict=True)
        ]

    def _count(self, group: int, hour: int, arrived: int) -> int:
        key = (group, hour, arrived)
        if key not in self._counts:
            self._counts[key] = self._stored(group, hour) + self._changed(group, hour, arrived)
        return self._counts[key]

    def _stored(self, group: int, hour: int) -> int:
        if self._step.is_first:
            return 0
        return self._step.before.of("tickets", hour, self._step.calendar.hour_end(hour)).get(group, 0)

    def _changed(self, group: int, hour: int, arrived: int) -> int:
        changes, rows = self._step.ledger.tickets, self._rows.of(hour)
        rows = rows[changes.order[rows] < arrived]
        return int(changes.sign[rows[belong(self._step.taxonomy, changes.node[rows], group)]].sum())
