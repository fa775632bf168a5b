"""The changes of a step by hour: what had come when an hour became ready to be judged, and what later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.counting import Changes
from connectors.ticket import NEVER, Int32, Int64
from detectors.columns import Tallies, Tally, blocks, paired
from detectors.grouping import GroupColumn
from detectors.step import Step


class RowsOfHour:
    """Rows of the changes that fall in each hour, in order of arrival.

    Attributes
    ----------
    starts : (s,) int64 the hours, rising
    run : (n,) int32 index of each row's hour
    """

    def __init__(self, starts: Int64, run: Int32) -> None:
        self.starts = starts
        self.run = run

    def of(self, hour: int) -> Int64:
        """(r,) int64 rows of the hour that starts at this instant."""
        i = int(np.searchsorted(self.starts, hour))
        if i == len(self.starts) or self.starts[i] != hour:
            return np.empty(0, dtype=np.int64)
        low, high = int(self.bounds[i]), int(self.bounds[i + 1])
        return np.arange(low, high) if self.in_order else self._by_hour[low:high]

    def sums(self, changes: Changes, column: GroupColumn, early: Int64 | None) -> Tallies:
        """The sums of the changes of the (e,) early rows, None for all, by run * width + code."""
        width, parts = len(column.groups), []
        whole: list[NDArray[Any] | slice] = [slice(low, high) for low, high in blocks(self.run)]
        for chosen in whole if early is None else [early]:
            run, code, sign = self.run[chosen], column.code.take(changes.node[chosen]), changes.sign[chosen]
            if len(code) and code.min() < 0:
                inside = np.flatnonzero(code >= 0)
                run, code, sign = run[inside], code[inside], sign[inside]
            if len(run):
                first, last = int(run.min()), int(run.max())
                keys = paired(run - np.int32(first), code, highs=last - first + 1, lows=width)
                parts.append((first * width, Tally(keys, None if (sign == 1).all() else sign)))
        return Tallies(parts)

    @cached_property
    def in_order(self) -> bool:
        """Later rows fall in later hours, or in the same."""
        return bool((self.run[1:] >= self.run[:-1]).all())

    @cached_property
    def bounds(self) -> Int64:
        """(s + 1,) int64 where each hour's rows begin among the rows by hour."""
        if self.in_order:
            return np.searchsorted(self.run, np.arange(len(self.starts) + 1, dtype=np.int32))
        return np.concatenate(([0], np.cumsum(np.bincount(self.run, minlength=len(self.starts)))))

    @cached_property
    def _by_hour(self) -> Int64:
        return np.argsort(self.run, kind="stable")


@dataclass(frozen=True)
class Side:
    """The changes as one of the two hours that are compared; s hours have changes, h are judged.

    Attributes
    ----------
    judged : (s,) int64 which of the step's hours is judged by the changes of each hour, -1 for none
    run : (h,) int64 which hour's changes judge each of the step's hours, -1 for none
    early : (e,) int64 rows that had arrived when that hour became ready, None for all
    late : (l,) int64 rows that came afterwards
    """

    judged: Int64
    run: Int64
    early: Int64 | None
    late: Int64

    @classmethod
    def of(cls, step: Step, rows: RowsOfHour, judged: Int64) -> Side:
        """The changes as the hours that `judged`, (s,) int64, says."""
        run = np.full(len(step.hours), -1, dtype=np.int64)
        some = np.flatnonzero(judged >= 0)
        run[judged[some]] = some
        ready = np.full(len(judged), NEVER, dtype=np.int64)
        ready[some] = step.judged_from[judged[some]]
        order = step.ledger.tickets.order
        if len(order) == 0 or (rows.in_order and (order[rows.bounds[1:] - 1] < ready).all()):
            return cls(judged, run, None, np.empty(0, dtype=np.int64))
        early = order < ready[rows.run]
        return cls(judged, run, np.flatnonzero(early), np.flatnonzero(~early))
