"""`overdue`: a ticket is still open one calendar month after it was created (plan P, grade 2).

Due is the same local time one month later, on the month's last day where it is shorter. Fires once per
ticket: when the clock passes the due time, or on a later version that shows the ticket to have been open
then. Its window is [created_at, due).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from connectors.options import option
from connectors.ticket import DAY
from detectors.signal import Signal
from detectors.step import Counts, Place, Step, TicketRow, row_of
from detectors.ticket_rule import ticket_signal, ticket_subject

KIND = "overdue"
BEFORE: Final = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    level: str = option(doc="warning level of its signals")


@dataclass(frozen=True)
class Detector:
    """Fires when a ticket has been open for a calendar month."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Signals of tickets that became overdue in this step, or were shown to be."""
        signals = []
        for story in _stories(step):
            moment = _overdue_at(step, story)
            if moment is not None:
                at, ticket = moment
                signals.append(
                    ticket_signal(
                        step,
                        rule=self.name,
                        kind=KIND,
                        level=self.options.level,
                        node=ticket.node,
                        subject=ticket_subject(ticket.source, ticket.id),
                        window=(ticket.created, step.calendar.month_later(ticket.created)),
                        crossed_at=at,
                        created_at=ticket.created,
                    )
                )
        return sorted(signals, key=lambda signal: signal.crossed_at)

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """0 where the ticket is void now, or was closed in time after all."""
        standing: list[int | None] = []
        for signal in signals:
            subject = dict(signal.subject)
            now = counts.ticket(subject["source"], subject["id"])
            overdue = now is not None and now.closed > place.calendar.month_later(now.created)
            standing.append(None if overdue else 0)
        return standing


# The ticket before the step (None: not there, or void), and after each version that changed it.
Story = list[tuple[int, TicketRow | None]]


def _stories(step: Step) -> list[Story]:
    """(from when, state) of every ticket that changed in the step or became due in it."""
    versions = step.versions
    stories: dict[int, Story] = {}
    touched = set()
    for row in np.flatnonzero(step.ledger.news).tolist():
        state = row_of(step, row)
        since = BEFORE if row < versions.known else int(versions.seen[row])
        stories.setdefault(int(versions.ticket[row]), [(BEFORE, None)]).append((since, state))
        if state is not None:
            touched.add((state.source, state.id))
    if step.clock_to > step.clock_from:
        # A month has 28 to 31 days, and a clock change may add or take an hour or so.
        start, end = step.clock_from - 32 * DAY, step.clock_to - 27 * DAY
        due = step.before.tickets_created(start, end)
        untouched: Iterator[Story] = ([(BEFORE, t)] for t in due if (t.source, t.id) not in touched)
        return [*stories.values(), *untouched]
    return list(stories.values())


def _overdue_at(step: Step, story: Story) -> tuple[int, TicketRow] | None:
    """The first moment of the step at which the ticket is known to be open past its due time."""
    for i, (since, ticket) in enumerate(story):
        if ticket is None:
            continue
        due = step.calendar.month_later(ticket.created)
        if ticket.closed <= due:
            continue
        if since == BEFORE and due <= step.clock_from:
            continue
        until = story[i + 1][0] if i + 1 < len(story) else step.clock_to
        # A version that is seen exactly when the ticket is due is seen after the clock has struck.
        if due <= max(since, until):
            return max(due, since), ticket
    return None
