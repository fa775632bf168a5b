"""`repeat_after_close`: the same person complains of the same problem again after it was handled.

Plan P, grade 3: the same problem complained of three times after it was handled. Of one complainant's tickets
with one full path, by time of creation, each one created after the ticket before it was closed is a
repeat; the rule fires at the third (`thresholds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.options import option
from connectors.ticket import NEVER
from detectors.signal import Signal
from detectors.step import Counts, Place, Step, TicketRow, row_of
from detectors.ticket_rule import ticket_signal

KIND = "repeat_after_close"
Pair = tuple[str, int]


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    thresholds: Mapping[str, int] = option(
        doc="level -> repeats of one complainant about one full path; several make a ladder", at_least=1
    )


@dataclass(frozen=True)
class Detector:
    """Fires on the version that completes the repeats; once for each complainant, path and level."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Signals of complainants whose repeats reached a threshold in this step."""
        if step.versions.complainant is None:
            return []
        memory = _Memory(step)
        fired: set[tuple[Pair, str]] = set()
        signals = []
        for row in np.flatnonzero(step.ledger.news).tolist():
            touched = memory.learn(row)
            if row < step.versions.known:
                continue
            for pair in touched:
                repeats = _repeats(memory.tickets(pair).values())
                for level, threshold in self.options.thresholds.items():
                    if repeats >= threshold and (pair, level) not in fired:
                        fired.add((pair, level))
                        signals.append(
                            self._signal(step, row, pair, level=level, counts=(repeats, threshold))
                        )
        return signals

    def _signal(self, step: Step, row: int, pair: Pair, *, level: str, counts: tuple[int, int]) -> Signal:
        repeats, threshold = counts
        created = int(step.versions.created[row])
        month = step.calendar.month(created)
        return ticket_signal(
            step,
            rule=self.name,
            kind=KIND,
            level=level,
            node=pair[1],
            subject=(("complainant", pair[0]),),
            window=(month, step.calendar.month_end(month)),
            crossed_at=int(step.versions.seen[row]),
            created_at=created,
            observed=repeats,
            threshold=threshold,
        )

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Repeats now, where they are fewer than the threshold."""
        standing: list[int | None] = []
        for signal in signals:
            node = place.taxonomy.find(signal.node)
            tickets = counts.tickets_of(dict(signal.subject)["complainant"], node or 0)
            repeats = _repeats(tickets)
            standing.append(repeats if repeats < signal.threshold else None)
        return standing


def _repeats(tickets: Iterable[TicketRow]) -> int:
    """How many tickets were created after the ticket before them was closed."""
    in_order = sorted(tickets, key=lambda ticket: (ticket.created, ticket.id, ticket.source))
    return sum(last.closed != NEVER and next_.created > last.closed for last, next_ in pairwise(in_order))


class _Memory:
    """The tickets of each (complainant, node) as the step goes on."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._pair_of: dict[int, Pair | None] = {}
        self._tickets: dict[Pair, dict[tuple[str, str], TicketRow]] = {}

    def tickets(self, pair: Pair) -> dict[tuple[str, str], TicketRow]:
        """The pair's tickets by (source, id); those before the step at first."""
        if pair not in self._tickets:
            known = self._step.before.tickets_of(*pair)
            self._tickets[pair] = {(ticket.source, ticket.id): ticket for ticket in known}
        return self._tickets[pair]

    def learn(self, row: int) -> list[Pair]:
        """Take in one version; the pairs that its ticket left, stays in or came to."""
        versions, ticket = self._step.versions, int(self._step.versions.ticket[row])
        key = (self._step.sources[versions.source[row]], _id(versions.ids, row))
        old = self._pair_of.get(ticket)
        if old is not None:
            self.tickets(old).pop(key, None)
        state = row_of(self._step, row)
        who = versions.complainant[row] if versions.complainant is not None else None
        pair = (str(who), int(versions.node[row])) if state is not None and who else None
        if pair is not None and state is not None:
            self.tickets(pair)[key] = state
        self._pair_of[ticket] = pair
        return [touched for touched in dict.fromkeys((old, pair)) if touched is not None]


def _id(ids: NDArray[Any] | None, row: int) -> str:
    return "" if ids is None else str(ids[row])
