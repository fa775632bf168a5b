"""Single tickets of a moment, as the detector of a tree reads them: by step, column and numbered values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from connectors.ticket import DAY, HOUR, Int64
from detectors.following import Moment, Particulars
from detectors.seasonal.makeup import Marks, encoded, joined_marks
from detectors.seasonal.nodes import Nodes

READ_AT_ONCE: Final = 7 * DAY
"""So that weeks of tickets need not be held as they are stored."""


@dataclass(frozen=True)
class Reading:
    """Reads the tickets of branches, as they are known at a moment.

    Attributes
    ----------
    hours : (h,) int64 starts of the hours that steps are, rising
    origin : number of the first of them
    """

    moment: Moment
    nodes: Nodes
    hours: Int64
    origin: int

    def branch(self, column: int, since: int) -> Marks:
        """Tickets at or below a node that were created since the beginning of a step, up to now.

        A step before the first hour is the first hour.
        """
        number = self.nodes.numbers[column]
        start, now = int(self.hours[max(since - self.origin, 0)]), self.moment.now
        values: list[dict[object, int]] = [{}, {}, {}]
        parts = []
        while start < now:
            end = min(start + READ_AT_ONCE, now)
            parts.append(self._marks(self.moment.particulars(number, start, end), values))
            start = end
        return joined_marks(parts)

    def _marks(self, found: Particulars, values: list[dict[object, int]]) -> Marks:
        hour = np.searchsorted(self.hours, found.created, "right") - 1
        part = (found.created - self.hours[hour]) / HOUR
        return Marks(
            self.origin + hour + part,
            self.nodes.deepest(found.node),
            encoded([found.region, found.channel, found.complainant], into=values),
        )
