"""Which hours of a step are to be compared with the hours before them, and with which counts.

Each (group, hour) is looked at when the hour becomes ready (closed, and known like the hour before), and
again at each later version that changes it or the hour before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from connectors.counting import Changes
from connectors.ticket import NEVER, Int64
from detectors.columns import BLOCK, Tallies, count_by, rows_among, window_codes
from detectors.group_counts import counts_at_least
from detectors.grouping import GroupColumn, group_columns
from detectors.hours.changes import RowsOfHour, Side
from detectors.hours.pairs import HourPairs
from detectors.step import Step

LEAST: Final = -(2**62)
"""Below every sum: with it, all keys that have changes are found."""
AT_ONCE: Final = 2
"""Columns of a long history that are worked on side by side; each takes its share of the memory."""

Later = dict[int, dict[int, tuple[int, int]]]


def hour_pairs(step: Step, depths: Sequence[int], *, at_least: int) -> HourPairs:
    """Pairs whose count reaches `at_least`, when the hour became ready or later."""
    changes, calendar = step.ledger.tickets, step.calendar
    starts, run = window_codes(calendar, "hour", changes.at)
    rows = RowsOfHour(starts, run)
    as_count = Side.of(step, rows, _index(step.hours, starts))
    as_previous = Side.of(step, rows, _index(step.hours, calendar.hour_ends(starts)))
    columns = group_columns(step.taxonomy, depths)

    def part(column: GroupColumn) -> _Part:
        return _pairs(step, column, rows, (as_count, as_previous), at_least)

    if step.is_first and len(changes) > BLOCK:
        # A long history asks nobody anything, and numpy lets other threads run while it sorts.
        with ThreadPoolExecutor(AT_ONCE) as pool:
            parts = list(pool.map(part, columns))
    else:
        parts = [part(column) for column in columns]
    return _joined(step, parts, rows)


@dataclass(frozen=True)
class _Part:
    index: Int64
    group: Int64
    count: Int64
    previous: Int64
    later: Later


def _pairs(
    step: Step, column: GroupColumn, rows: RowsOfHour, sides: tuple[Side, Side], at_least: int
) -> _Part:
    changes, width = step.ledger.tickets, len(column.groups)
    as_count, as_previous = sides
    counts = rows.sums(changes, column, as_count.early)
    together = as_count.early is None and as_previous.early is None
    previous = counts if together else rows.sums(changes, column, as_previous.early)

    def early(side: Side, sums: Tallies, index: Int64, code: Int64) -> Int64:
        if len(changes) == 0:
            return np.zeros(len(index), dtype=np.int64)
        run = side.run[index]
        return sums.of(np.where(run >= 0, run * width + code, -1))

    # Where nothing was counted before, nothing is added to the sums, and most of them are small.
    run, code = np.divmod(counts.reaching(at_least if step.is_first else LEAST), width)
    index = as_count.judged[run]
    index, code = index[index >= 0], code[index >= 0]
    keys, count = _with_base(step, column, (index, code), early(as_count, counts, index, code), at_least)

    def at_most(keys: Int64, more: Int64) -> Int64:
        pairs = np.divmod(keys, width)
        return early(as_count, counts, *pairs) + _base(step, column, pairs, 0) + more

    later = _later(changes, rows, column, sides=sides, able=keys, at_most=at_most, at_least=at_least)
    if later:
        extra = np.setdiff1d(np.array(sorted(later), dtype=np.int64), keys)
        keys = np.concatenate((keys, extra))
        count = np.concatenate((count, at_most(extra, np.zeros(len(extra), dtype=np.int64))))
    index, code = np.divmod(keys, width)
    before = early(as_previous, previous, index, code) + _base(step, column, (index, code), 1)
    place = {key: k for k, key in enumerate(keys.tolist())} if later else {}
    by_place = {place[key]: events for key, events in later.items()}
    return _Part(index, column.groups[code], count, before, by_place)


def _later(
    changes: Changes,
    rows: RowsOfHour,
    column: GroupColumn,
    *,
    sides: tuple[Side, Side],
    able: Int64,
    at_most: Callable[[Int64, Int64], Int64],
    at_least: int,
) -> Later:
    """By key, changes of (count, previous) by number of the version, after the pair was ready.

    Only of pairs whose count can reach `at_least`: those that are able to from the start, those whose late
    rows may bring them there, and those that are there while the hour before loses tickets.
    """
    later: Later = defaultdict(dict)
    late = []
    if not any(len(side.late) for side in sides):
        return later
    for side in sides:
        code = column.code[changes.node[side.late]]
        mine, code = side.late[code >= 0], code[code >= 0]
        late.append((side.judged[rows.run[mine]] * len(column.groups) + code, mine))
    keys, mine = late[0]
    rising, more = count_by(keys[changes.sign[mine] > 0])
    able = np.union1d(able, rising[at_most(rising, more) >= at_least])
    keys, mine = late[1]
    falling = np.unique(keys[changes.sign[mine] < 0])
    able = np.union1d(able, falling[at_most(falling, np.zeros_like(falling)) >= at_least])
    for number, (keys, mine) in enumerate(late):
        chosen = rows_among(keys, able)
        for key, row in zip(keys[chosen].tolist(), mine[chosen].tolist(), strict=True):
            order, sign = int(changes.order[row]), int(changes.sign[row])
            count, previous = later[key].get(order, (0, 0))
            later[key][order] = (count + sign, previous) if number == 0 else (count, previous + sign)
    return later


def _with_base(
    step: Step, column: GroupColumn, pairs: tuple[Int64, Int64], count: Int64, at_least: int
) -> tuple[Int64, Int64]:
    """Keys of pairs that become ready in the step with at least so many tickets, and their counts.

    `pairs` are those with changes, by (index of the hour, code), and `count` what the changes come to.
    """
    width = len(column.groups)
    keys = pairs[0] * width + pairs[1]
    if step.is_first:
        return keys[count >= at_least], count[count >= at_least]
    count = count + _base(step, column, pairs, 0)
    enough = count >= at_least
    all_keys, counts = [keys[enough]], [count[enough]]
    ready = np.flatnonzero((step.judged_from >= 0) & (step.judged_from != NEVER))
    starts, ends = step.hours[ready].tolist(), step.hour_ends[ready].tolist()
    for index, start, end in zip(ready.tolist(), starts, ends, strict=True):
        code, tickets = counts_at_least(step.before.of("tickets", start, end), column, at_least)
        mine = index * width + code
        if len(keys):
            unchanged = ~np.isin(mine, keys)
            mine, tickets = mine[unchanged], tickets[unchanged]
        all_keys.append(mine)
        counts.append(tickets)
    return np.concatenate(all_keys), np.concatenate(counts)


def _base(step: Step, column: GroupColumn, pairs: tuple[Int64, Int64], hours_back: int) -> Int64:
    """(k,) counts before the step, of each pair's hour or of the hour before it."""
    index, code = pairs
    if step.is_first or len(index) == 0:
        return np.zeros(len(index), dtype=np.int64)
    hours = step.previous_hours if hours_back else step.hours
    return step.count_before("tickets", "hour", hours[index], column.groups[code])


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
    # A version that is seen at the very end of an hour comes after the hour has closed.
    closed = np.searchsorted(step.versions.seen[step.versions.known :], step.hour_ends)
    return HourPairs(
        step.hours[index],
        step.previous_hours[index],
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.previous for part in parts]),
        ((step.judged_from >= 0) & (step.judged_from != NEVER))[index],
        step.ready_at[index],
        step.judged_from[index],
        (step.judged_from > closed)[index],
        later,
        rows,
    )
