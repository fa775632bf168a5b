"""The ledger: versions of tickets become signed changes of counts.

Of two versions of a ticket the one with the later `updated_at` wins, at equal times the later arrival; an
older version that arrives late changes nothing but the earliest `escalated_at`, which is taken over all
versions and never withdrawn. A void ticket does not count. What a version changes is a difference: minus
one where the ticket was counted, plus one where it is counted now, both at the ticket's own hour. Counts are
sums of these differences, so any order of arrival ends at the same counts (law 1).

Everything here works on whole columns; a batch of one and a history of ten million go the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.ticket import NEVER, Bool, Int32, Int64, Objects


@dataclass(frozen=True)
class Versions:
    """Versions in order of arrival, after the states in which their tickets were known before.

    Attributes
    ----------
    ticket : (n,) int64, equal for equal (source, id)
    source : (n,) int32 number of the source
    node : (n,) int32 node of the whole path
    created, updated, escalated, closed : (n,) int64 microseconds UTC, NEVER where it has not happened
    void : (n,) bool
    seen : (n,) int64 microseconds UTC, when the version was seen; not decreasing after the known states
    known : the first `known` rows are states known before, one a ticket at most, and are no news
    complainant, tags, ids : (n,) object, or None where no source has them; ids for messages
    region, channel : (n,) object, or None where no source has them, or nobody asks
    """

    ticket: Int64
    source: Int32
    node: Int32
    created: Int64
    updated: Int64
    escalated: Int64
    closed: Int64
    void: Bool
    seen: Int64
    known: int = 0
    complainant: Objects | None = None
    tags: Objects | None = None
    ids: NDArray[Any] | None = None
    region: Objects | None = None
    channel: Objects | None = None

    def __len__(self) -> int:
        return len(self.ticket)


@dataclass(frozen=True)
class Changes:
    """Signed changes of counts, in order of arrival.

    Attributes
    ----------
    order : (k,) int64, number of the version that made the change; 0 is the first that is news
    row : (k,) int64, row of `Versions` whose ticket is counted or no longer counted
    node : (k,) int32 node of the whole path
    at : (k,) int64 instant whose window the change falls in: created_at, or escalated_at
    sign : (k,) int64, +1 or -1
    """

    order: Int64
    row: Int64
    node: Int32
    at: Int64
    sign: Int64

    def __len__(self) -> int:
        return len(self.order)

    def part(self, low: int, high: int) -> Changes:
        """The changes number `low` up to, without, `high`; a view."""
        rows = slice(low, high)
        return Changes(self.order[rows], self.row[rows], self.node[rows], self.at[rows], self.sign[rows])


@dataclass(frozen=True)
class Ledger:
    """What a batch of versions changes.

    Attributes
    ----------
    tickets : changes of the counts of tickets, at the ticket's created_at
    escalations : changes of the counts of escalated tickets, at the ticket's escalated_at
    people : like `tickets`, and also where a ticket's complainant changed
    latest : (m,) int64 rows of the versions that are the new state of their ticket
    escalated : (m,) int64 the ticket's earliest escalated_at, one for each of `latest`
    news : (n,) bool, the row changed its ticket's state when it arrived (known states: True)
    """

    tickets: Changes
    escalations: Changes
    people: Changes
    latest: Int64
    escalated: Int64
    news: Bool


def ledger(versions: Versions) -> Ledger:
    """Signed changes and new states that these versions bring."""
    n, known = len(versions), versions.known
    if known == 0 and (versions.ticket[1:] > versions.ticket[:-1]).all():
        return _single(versions)
    by_ticket = np.argsort(versions.ticket, kind="stable")
    ticket = versions.ticket[by_ticket]
    first = np.ones(n, dtype=np.bool_)
    first[1:] = ticket[1:] != ticket[:-1]
    if first.all():
        return _single(versions)
    segment = np.cumsum(first) - 1
    updated = versions.updated[by_ticket]
    news = updated >= _running(np.maximum, updated, segment)
    escalated = _running(np.minimum, versions.escalated[by_ticket], segment)
    # Position (in by_ticket order) of the version that is the state after each row, and before it.
    place = np.arange(n)
    after = np.maximum.accumulate(np.where(news, place, -1))
    before = np.where(first, -1, np.concatenate(([-1], after[:-1])))
    fresh = by_ticket >= known

    rows_after, rows_before = by_ticket[after], np.where(before >= 0, by_ticket[before], -1)
    counted_after = ~versions.void[rows_after]
    counted_before = (rows_before >= 0) & ~versions.void[rows_before]
    order = by_ticket - known

    same = counted_after & counted_before
    same &= versions.node[rows_after] == versions.node[rows_before]
    created, created_before = versions.created[rows_after], versions.created[rows_before]
    unmoved = same & (created == created_before)

    def at_creation(changed: Bool) -> Changes:
        return _changes(
            versions,
            order,
            minus=(changed & counted_before, rows_before, created_before),
            plus=(changed & counted_after, rows_after, created),
        )

    tickets = people = at_creation(fresh & ~unmoved)
    if versions.complainant is not None:
        who = versions.complainant
        people = at_creation(fresh & ~(unmoved & (who[rows_after] == who[rows_before])))
    escalated_before = np.where(before >= 0, np.concatenate(([NEVER], escalated[:-1])), NEVER)
    moved = fresh & ~(same & (escalated == escalated_before))
    escalations = _changes(
        versions,
        order,
        minus=(moved & counted_before & (escalated_before != NEVER), rows_before, escalated_before),
        plus=(moved & counted_after & (escalated != NEVER), rows_after, escalated),
    )
    last = np.concatenate((first[1:], [True]))
    touched = last & ((rows_after >= known) | (escalated != versions.escalated[rows_after]))
    in_order = np.empty(n, dtype=np.bool_)
    in_order[by_ticket] = news
    return Ledger(tickets, escalations, people, rows_after[touched], escalated[touched], in_order)


def _single(versions: Versions) -> Ledger:
    """Every ticket has one version only and was not known: each just counts."""
    n, known = len(versions), versions.known
    row = np.arange(known, n, dtype=np.int64)
    void = versions.void[known:]
    counted = row[~void] if void.any() else row
    escalated = np.flatnonzero(versions.escalated != NEVER)
    escalated = escalated[(escalated >= known) & ~versions.void[escalated]]

    def plus(rows: Int64, at: Int64) -> Changes:
        # The same number everywhere takes no room, and a column that is taken whole is not copied.
        one = np.broadcast_to(np.int64(1), len(rows))
        order = rows - known if known else rows
        return Changes(order, rows, _taken(versions.node, rows), _taken(at, rows), one)

    tickets = plus(counted, versions.created)
    return Ledger(
        tickets,
        plus(escalated, versions.escalated),
        tickets,
        row,
        versions.escalated[known:],
        np.broadcast_to(np.True_, n),
    )


def _taken(column: NDArray[Any], rows: Int64) -> NDArray[Any]:
    """The rising, distinct rows of a column; the column itself where they are all."""
    return column if len(rows) == len(column) else column[rows]


def _changes(
    versions: Versions,
    order: Int64,
    *,
    minus: tuple[Bool, Int64, Int64],
    plus: tuple[Bool, Int64, Int64],
) -> Changes:
    """Both signs together, in order of arrival, minus before plus of one version.

    `minus` and `plus` are (n,) which make a change, the rows that are counted by it, and its instants.
    """
    out, back = np.flatnonzero(minus[0]), np.flatnonzero(plus[0])
    number = np.concatenate((order[out], order[back]))
    sign = np.repeat(np.array([-1, 1], dtype=np.int64), (len(out), len(back)))
    # No two have the same number and sign, so that any kind of sort will do.
    by_order = np.argsort(2 * number + (sign > 0))
    row = np.concatenate((minus[1][out], plus[1][back]))[by_order]
    at = np.concatenate((minus[2][out], plus[2][back]))[by_order]
    return Changes(number[by_order], row, versions.node[row], at, sign[by_order])


def _running(extreme: Callable[[Int64, Int64], Int64], values: Int64, segment: Int64) -> Int64:
    """(n,) smallest or largest value so far within each segment; segments are numbered and lie together.

    Each pass looks back twice as far, until no segment is that long.
    """
    found, back = values, 1
    while back < len(values) and (same := segment[back:] == segment[:-back]).any():
        further = np.where(same, extreme(found[back:], found[:-back]), found[back:])
        found = np.concatenate((found[:back], further))
        back *= 2
    return found
