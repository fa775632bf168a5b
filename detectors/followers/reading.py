"""Single tickets of a moment, as the detector of a tree reads them: by step, column and numbered values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.ticket import HOUR, Int64
from detectors.followers.nodes import Nodes
from detectors.following import Moment
from detectors.tree.marks import COLUMNS, Marks


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
        start = int(self.hours[max(since - self.origin, 0)])
        found = self.moment.particulars(self.nodes.numbers[column], start, self.moment.now)
        hour = np.searchsorted(self.hours, found.created, "right") - 1
        part = (found.created - self.hours[hour]) / HOUR
        code = np.stack([getattr(found, name).number for name in COLUMNS])
        return Marks(self.origin + hour + part, self.nodes.deepest(found.node), code)
