"""Hours beside the hours before them: the counts that `hour_over_hour` compares.

Each (group, hour) is looked at when the hour becomes ready (closed, and known like the hour before), and
again at each later version that changes it or the hour before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.ticket import NEVER, Bool, Int64
from detectors.columns import codes, look_up, sum_by
from detectors.grouping import GroupColumn, group_columns, node_of
from detectors.step import Step

Later = dict[int, dict[int, tuple[int, int]]]


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
    ready_by : int64 number of the version that made it ready, -1 where the hour's end did
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
    ready_by: Int64
    later: Mapping[int, Mapping[int, tuple[int, int]]]

    rows: RowsOfHour

    def made_ready_by(self, k: int) -> int | None:
        """Number of the version that made pair k ready; None where the hour's end did."""
        order = int(self.ready_by[k])
        return None if order < 0 else order

    def last_seen(self, step: Step, k: int) -> tuple[int, int] | None:
        """(seen, created) of the ticket of pair k that came last into its hour before it became ready."""
        hour, (node, exact) = int(self.hour[k]), node_of(int(self.group[k]))
        changes, versions, tree = step.ledger.tickets, step.versions, step.taxonomy
        rows = self.rows.of(hour)
        rows = rows[versions.seen[step.versions.known + changes.order[rows]] < self.ready_at[k]]
        leaves = changes.node[rows]
        rows = rows[leaves == node if exact else tree.ancestor[leaves, int(tree.depth[node])] == node]
        # A version that moves a ticket inside the group takes it out and puts it in again: not a coming.
        order, net = sum_by(changes.order[rows], changes.sign[rows])
        came = order[net > 0]
        if len(came):
            row = step.row(int(came[-1]))
            return int(versions.seen[row]), int(versions.created[row])
        return step.before.last_seen(int(self.group[k]), hour, step.calendar.hour_end(hour))


def hour_pairs(step: Step, depths: Sequence[int], *, at_least: int) -> HourPairs:
    """Pairs whose count reaches `at_least`, when the hour became ready or later."""
    hours = step.hours
    changes = step.ledger.tickets
    starts, run = codes(step.calendar.hours(changes.at))
    following = step.calendar.hour_ends(starts)
    as_count = _index(hours, starts)[run]
    as_previous = _index(hours, following)[run]
    parts = [
        _pairs(step, column, as_count, as_previous, at_least)
        for column in group_columns(step.taxonomy, depths)
    ]
    by_hour = np.argsort(run, kind="stable")
    bounds = np.searchsorted(run[by_hour], np.arange(len(starts) + 1))
    rows_of_hour = RowsOfHour({int(s): i for i, s in enumerate(starts.tolist())}, by_hour, bounds)
    return _joined(step, parts, rows_of_hour)


@dataclass(frozen=True)
class RowsOfHour:
    """Rows of the changes that fall in each hour, in order of arrival.

    Attributes
    ----------
    place : number of each hour's start
    rows : (k,) int64 rows of the changes, by hour
    bounds : (hours + 1,) int64 where each hour's rows begin in `rows`
    """

    place: Mapping[int, int]
    rows: Int64
    bounds: Int64

    def of(self, hour: int) -> Int64:
        """Rows of the hour that starts then."""
        i = self.place.get(hour)
        return self.rows[:0] if i is None else self.rows[self.bounds[i] : self.bounds[i + 1]]


@dataclass(frozen=True)
class _Part:
    index: Int64
    group: Int64
    count: Int64
    previous: Int64
    later: Later


def _pairs(step: Step, column: GroupColumn, as_count: Int64, as_previous: Int64, at_least: int) -> _Part:
    changes, width = step.ledger.tickets, max(1, len(column.groups))
    code = column.code[changes.node]
    sums, late = [], []
    for index in (as_count, as_previous):
        rows = np.flatnonzero((index >= 0) & (code >= 0))
        early = changes.order[rows] < step.judged_from[index[rows]]
        keys = index[rows] * width + code[rows]
        sums.append(sum_by(keys[early], changes.sign[rows[early]]))
        late.append((keys[~early], rows[~early]))
    keys, count = _with_base(step, column, sums[0], at_least)
    later: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for side, (late_keys, rows) in enumerate(late):
        for key, row in zip(late_keys.tolist(), rows.tolist(), strict=True):
            order, sign = int(changes.order[row]), int(changes.sign[row])
            more, more_before = later[key].get(order, (0, 0))
            later[key][order] = (more + sign, more_before) if side == 0 else (more, more_before + sign)
    extra = np.setdiff1d(np.array(sorted(later), dtype=np.int64), keys)
    extra_count = look_up(*sums[0], extra) + _base(step, column, extra, 0)
    keys = np.concatenate((keys, extra))
    count = np.concatenate((count, extra_count))
    previous = look_up(*sums[1], keys) + _base(step, column, keys, 1)
    place = {key: k for k, key in enumerate(keys.tolist())}
    by_place = {place[key]: events for key, events in later.items()}
    return _Part(keys // width, column.groups[keys % width], count, previous, by_place)


def _with_base(
    step: Step, column: GroupColumn, sums: tuple[Int64, Int64], at_least: int
) -> tuple[Int64, Int64]:
    """Keys of pairs that become ready in the step with at least so many tickets, and their counts."""
    keys, count = sums
    width = len(column.groups)
    count = count + _base(step, column, keys, 0)
    more_keys, more_count = [], []
    ready = np.flatnonzero((step.judged_from >= 0) & (step.judged_from != NEVER))
    for index in ready.tolist():
        start = int(step.hours[index])
        known = step.before.of("tickets", start, step.calendar.hour_end(start))
        if known:
            group = np.fromiter(known.keys(), dtype=np.int64)
            tickets = np.fromiter(known.values(), dtype=np.int64)
            place = np.searchsorted(column.groups, group)
            place[place == len(column.groups)] = 0
            mine = (column.groups[place] == group) & (tickets >= at_least)
            more_keys.append(index * width + place[mine])
            more_count.append(tickets[mine])
    if more_keys:
        new = ~np.isin(np.concatenate(more_keys), keys)
        keys = np.concatenate((keys, np.concatenate(more_keys)[new]))
        count = np.concatenate((count, np.concatenate(more_count)[new]))
    enough = count >= at_least
    return keys[enough], count[enough]


def _base(step: Step, column: GroupColumn, keys: Int64, hours_back: int) -> Int64:
    """(k,) counts before the step, of each pair's hour or of the hour before it."""
    width = len(column.groups)
    start = step.hours[keys // width]
    if hours_back:
        start = step.calendar.previous_hours(start)
    return step.count_before("tickets", "hour", start, column.groups[keys % width])


def _index(hours: Int64, starts: Int64) -> Int64:
    """(s,) index of each start among rising hours, -1 where it is not one of them."""
    if len(hours) == 0:
        return np.full(len(starts), -1, dtype=np.int64)
    place = np.searchsorted(hours, starts)
    place[place == len(hours)] = 0
    return np.where(hours[place] == starts, place, -1)


def _joined(step: Step, parts: Sequence[_Part], rows: RowsOfHour) -> HourPairs:
    index = np.concatenate([part.index for part in parts])
    later: Later = {}
    offset = 0
    for part in parts:
        later.update({offset + k: events for k, events in part.later.items()})
        offset += len(part.index)
    hour = step.hours[index]
    judged = step.judged_from[index]
    ready = judged != NEVER
    return HourPairs(
        hour,
        step.calendar.previous_hours(hour),
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.previous for part in parts]),
        ready & (judged >= 0),
        step.ready_at[index],
        np.where(step.ready_at[index] > step.calendar.hour_ends(hour), judged - 1, -1),
        {k: events for k, events in later.items() if ready[k]},
        rows,
    )
