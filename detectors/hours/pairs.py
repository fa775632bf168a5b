"""Hours beside the hours before them: the counts that `hour_over_hour` compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from connectors.ticket import Bool, Int64
from detectors.columns import run_starts
from detectors.grouping import belong
from detectors.hours.changes import RowsOfHour
from detectors.step import Step


@dataclass(frozen=True)
class HourPairs:
    """Groups and hours to compare. All columns are (k,).

    Attributes
    ----------
    hour, previous_hour : int64 starts
    group : int64
    count, previous : int64 tickets in the hour and in the hour before, when it became ready; where it was
        ready before the step, as they were before the step
    ready : bool, the hour becomes ready in this step
    ready_at : int64 instant at which it did
    arrived : int64 number of versions that had arrived by then
    late : bool, it was a version that made it ready, and not the hour's end
    rows : the changes by hour
    later : by index, changes of (count, previous) by number of the version, after it was ready
    """

    hour: Int64
    previous_hour: Int64
    group: Int64
    count: Int64
    previous: Int64
    ready: Bool
    ready_at: Int64
    arrived: Int64
    late: Bool
    later: Mapping[int, Mapping[int, tuple[int, int]]]
    rows: RowsOfHour

    def made_ready_by(self, step: Step, k: int) -> int | None:
        """Number of the version that made pair k ready, if it also changed it; None where it only waited."""
        if not self.late[k]:
            return None
        order = int(self.arrived[k]) - 1
        hours = (int(self.previous_hour[k]), int(self.hour[k]))
        rows = np.concatenate([self._rows_of_group(step, k, hour) for hour in hours])
        return order if (step.ledger.tickets.order[rows] == order).any() else None

    def last_seen(self, step: Step, k: int) -> tuple[int, int] | None:
        """(seen, created) of the ticket of pair k that came last into its hour before it became ready."""
        hour = int(self.hour[k])
        changes, versions = step.ledger.tickets, step.versions
        rows = self._rows_of_group(step, k, hour)
        order = changes.order[rows]
        rows, order = rows[order < self.arrived[k]], order[order < self.arrived[k]]
        if len(rows):
            start = run_starts(order)
            # A version that moves a ticket inside the group takes it out and puts it in again: not a coming.
            came = order[start[np.add.reduceat(changes.sign[rows], start) > 0]]
            if len(came):
                row = step.row(int(came[-1]))
                return int(versions.seen[row]), int(versions.created[row])
        return step.before.last_seen(int(self.group[k]), hour, step.calendar.hour_end(hour))

    def _rows_of_group(self, step: Step, k: int, hour: int) -> Int64:
        """Rows of the changes of pair k's group in an hour, in order of arrival."""
        rows = self.rows.of(hour)
        return rows[belong(step.taxonomy, step.ledger.tickets.node[rows], int(self.group[k]))]
