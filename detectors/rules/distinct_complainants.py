"""`distinct_complainants`: so many different people complain of the same thing in one calendar month.

Plan P, grade 2: 3 or more complaints of the same kind by different complainants within one month. Counts
different complainants of the tickets created in the month; tickets without a complainant don't count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.counting import Changes
from connectors.options import option
from connectors.taxonomy import Taxonomy
from connectors.ticket import Int64
from detectors.columns import codes
from detectors.grouping import GroupColumn, group_columns
from detectors.signal import Signal
from detectors.step import Counts, Place, Step
from detectors.threshold_rule import judge_ladder

KIND = "distinct_complainants"


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    thresholds: Mapping[str, int] = option(
        doc="level -> different complainants of one group in one month; several make a ladder", at_least=1
    )


@dataclass(frozen=True)
class Detector:
    """Fires at the ticket that brings a further complainant to the threshold."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Signals of groups whose different complainants rose to a threshold in this step."""
        changes, who = _with_complainant(step)
        if len(changes) == 0:
            return []
        month = step.calendar.months(changes.at)
        signals: list[Signal] = []
        for column in group_columns(step.taxonomy, self.depths):
            memory = _Before(step, column)
            appeared = _appearances(changes, who, month, column, memory)
            signals += judge_ladder(
                step,
                appeared,
                rule=self.name,
                kind=KIND,
                unit="month",
                columns=[column],
                thresholds=self.options.thresholds,
                before=memory.distinct,
            )
        return sorted(signals, key=lambda signal: signal.crossed_at)

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Different complainants now, where they are fewer than the threshold."""
        standing: list[int | None] = []
        for signal in signals:
            tickets = counts.complainants(signal.window_start, signal.window_end)
            node = place.taxonomy.find(signal.node)
            inside = set() if node is None else _members(place.taxonomy, node, exact=signal.exact)
            now = len({who for (leaf, who), n in tickets.items() if n > 0 and leaf in inside})
            standing.append(now if now < signal.threshold else None)
        return standing


def _members(taxonomy: Taxonomy, node: int, *, exact: bool) -> set[int]:
    if exact:
        return {node}
    return set(np.flatnonzero(taxonomy.ancestor[:, int(taxonomy.depth[node])] == node).tolist())


def _with_complainant(step: Step) -> tuple[Changes, list[str]]:
    """The changes of tickets that have a complainant, and who it is."""
    changes, complainant = step.ledger.people, step.versions.complainant
    if complainant is None or len(changes) == 0:
        return _rows(changes, np.empty(0, dtype=np.int64)), []
    rows = np.flatnonzero([bool(who) for who in complainant[changes.row].tolist()])
    return _rows(changes, rows), complainant[changes.row[rows]].tolist()


def _rows(changes: Changes, rows: Int64) -> Changes:
    return Changes(
        changes.order[rows], changes.row[rows], changes.node[rows], changes.at[rows], changes.sign[rows]
    )


class _Before:
    """Who had complained in a group and month before the step."""

    def __init__(self, step: Step, column: GroupColumn) -> None:
        self._step, self._column = step, column
        self._months: dict[int, dict[int, dict[str, int]]] = {}

    def tickets(self, month: int, group: int) -> Mapping[str, int]:
        """Tickets of each complainant."""
        if month not in self._months:
            by_group: dict[int, dict[str, int]] = {}
            end = self._step.calendar.month_end(month)
            for (leaf, who), n in self._step.before.complainants(month, end).items():
                code = int(self._column.code[leaf])
                if code >= 0:
                    people = by_group.setdefault(int(self._column.groups[code]), {})
                    people[who] = people.get(who, 0) + n
            self._months[month] = by_group
        return self._months[month].get(group, {})

    def distinct(self, months: Int64, groups: Int64) -> Int64:
        """(k,) how many different complainants, of aligned months and groups."""
        pairs = zip(months.tolist(), groups.tolist(), strict=True)
        return np.array([len(self.tickets(m, g)) for m, g in pairs], dtype=np.int64)


def _appearances(
    changes: Changes, who: list[str], month: Int64, column: GroupColumn, before: _Before
) -> Changes:
    """Changes of how many different complainants a group has: +1 where one appears, -1 where the last goes.

    A version that moves a complainant's only ticket inside the group comes as -1 and +1 of one order, which
    cancel.
    """
    code = column.code[changes.node]
    rows = np.flatnonzero(code >= 0)
    months, month_code = codes(month[rows])
    people, person = np.unique(np.array(who, dtype=object)[rows].astype(str), return_inverse=True)
    now: dict[tuple[int, int, int], int] = {}
    kept, sign = [], []
    for row, m, g, p, step in zip(
        rows.tolist(),
        month_code.tolist(),
        code[rows].tolist(),
        person.tolist(),
        changes.sign[rows].tolist(),
        strict=True,
    ):
        key = (m, g, p)
        if key not in now:
            now[key] = before.tickets(int(months[m]), int(column.groups[g])).get(str(people[p]), 0)
        count = now[key] = now[key] + step
        if count == max(step, 0):
            kept.append(row)
            sign.append(step)
    appeared = _rows(changes, np.array(kept, dtype=np.int64))
    return Changes(appeared.order, appeared.row, appeared.node, appeared.at, np.array(sign, dtype=np.int64))
