"""What store and configuration together know of time: first tickets, gaps, blind times, completeness."""

from __future__ import annotations

from dataclasses import replace

from connectors.ticket import NEVER
from connectors.windows import Calendar
from monitor.engine.rules import Rules
from monitor.known_time import KnownTime, Missing
from monitor.storage.sources import SourceState
from monitor.storage.store import Transaction


def known_time(tx: Transaction, calendar: Calendar, rules: Rules) -> KnownTime:
    """What is known now. A source that is blind still leaves unknown whatever comes after."""
    first = {state.name: state.first_created for state in tx.sources.all()}
    created = [first.get(name) for name in rules.sources]
    blind = [
        Missing(time.start, NEVER if time.end is None else time.end)
        for time in tx.sources.blind_times()
        if time.source in rules.sources
    ]
    return KnownTime(
        calendar,
        tuple(NEVER if instant is None else instant for instant in created),
        (*rules.gaps, *blind),
    )


def after_batch(known: KnownTime, rules: Rules, source: str, created: int) -> KnownTime:
    """What is known after a source has told of a ticket that was created then."""
    first = tuple(
        min(instant, created) if name == source else instant
        for name, instant in zip(rules.sources, known.first, strict=True)
    )
    return known if first == known.first else replace(known, first=first)


def complete_until(tx: Transaction, rules: Rules, now: int) -> int | None:
    """Everything updated before has been read from every source that is not blind; None where one is behind.

    A source that has never been read to its end is behind until it is blind.
    """
    states = {state.name: state for state in tx.sources.all()}
    until = now
    for name in rules.sources:
        state: SourceState | None = states.get(name)
        if state is None:
            return None
        if state.blind_since is None:
            if state.complete_to is None:
                return None
            until = min(until, state.complete_to)
    return until
