"""Which looks at an hour that has been recorded would tell something: all its minutes counted at once.

A replay has the whole hour. Nearly all looks at it find nothing that is strange, and need not be made one by
one. A minute is worth a look where a node could be alarmed, or is still warm under an open cause; what new
siblings lend is left out here, which only ever makes a node look stranger than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.ticket import MINUTE, Int64
from detectors.followers.model import Model, is_known
from detectors.following import Running
from detectors.precision import Stored
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT


def stirring(model: Model[TreeSurge], hour: int, running: Running, now: int) -> tuple[int, list[int]]:
    """The places of the moments that are worth a look, from `now` on, and up to where that can be told.

    Returns
    -------
    place of the first moment that brings new nodes, or how many moments there are; and the places before it
    """
    nodes, moments = model.nodes, running.moments
    begun, until = running.created >= hour, len(moments)
    if model.judge is None or not is_known(hour, moments[now]):
        return until, []
    new = begun & nodes.lack(running.node)
    if new.any():
        until = min(until, max(now, int(running.first[new].min())))
    end = moments[now].calendar.hour_end(hour)
    clock = np.array([moment.now for moment in moments[now:until]])
    first = np.maximum(running.first - now, 0)
    columns = nodes.columns(running.node)
    here, column = np.unique(columns, return_inverse=True)
    counted = Counted(column.reshape(columns.shape), running.tickets, (len(clock), len(here)))
    after = np.searchsorted(clock, running.created, side="right")
    rows = [counted.between(np.where(begun, first, until), np.full(len(first), until))]
    for minutes in RECENT:
        gone = np.searchsorted(clock, running.created + minutes * MINUTE, side="right")
        rows.append(counted.between(np.maximum(first, after), gone))
    place, at = np.nonzero(rows[0] * (here >= 0) > 0)
    count, *recent = (row[place, at].astype(Stored) for row in rows)
    passed = np.array([min(1.0, (moment - hour) / (end - hour)) for moment in clock.tolist()], Stored)
    stirs = model.judge.stirs(here[at], count, passed=passed[place], recent=np.stack(recent))
    return until, (now + np.unique(place[stirs])).tolist()


@dataclass(frozen=True)
class Counted:
    """Tickets by moment and column.

    Attributes
    ----------
    column : (k, depths) of each change
    tickets : (k,)
    shape : how many moments and columns there are
    """

    column: Int64
    tickets: Int64
    shape: tuple[int, int]

    def between(self, since: Int64, until: Int64) -> Int64:
        """(moments, columns) counts, where each change counts at the moments [since, until)."""
        moments, columns = self.shape
        change = np.zeros((moments + 1, columns), np.int64)
        some = (since < until) & (since < moments)
        tickets = np.broadcast_to(self.tickets[some, None], self.column[some].shape)
        np.add.at(change, (since[some, None], self.column[some]), tickets)
        np.subtract.at(change, (np.minimum(until[some, None], moments), self.column[some]), tickets)
        return np.cumsum(change[:-1], axis=0)
