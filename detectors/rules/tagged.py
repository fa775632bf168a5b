"""`tagged`: a ticket carries a tag that the plan reacts to at once (regulator, media, lawsuit, collective).

Fires once per ticket, on the first version that carries one of the tags; void versions don't count. Its
window is the business day on which that version was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.options import option
from detectors.signal import Signal
from detectors.step import Counts, Place, Step
from detectors.ticket_rule import ticket_signal, ticket_subject

KIND = "tagged"


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    tags: tuple[str, ...] = option(doc="the tags; any one of them fires")
    level: str = option(doc="warning level of its signals")


@dataclass(frozen=True)
class Detector:
    """Fires on the first version of a ticket that carries one of the tags."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """One signal for each ticket that carries a tag for the first time in this step."""
        versions = step.versions
        if versions.tags is None or versions.ids is None:
            return []
        wanted = frozenset(self.options.tags)
        carried: set[int] = set()
        signals = []
        for row, tags in enumerate(versions.tags.tolist()):
            if not tags or versions.void[row] or wanted.isdisjoint(tags):
                continue
            ticket = int(versions.ticket[row])
            if ticket in carried:
                continue
            carried.add(ticket)
            if row < versions.known:
                continue
            seen = int(versions.seen[row])
            day = step.calendar.day(seen)
            signals.append(
                ticket_signal(
                    step,
                    rule=self.name,
                    kind=KIND,
                    level=self.options.level,
                    node=int(versions.node[row]),
                    subject=ticket_subject(step.sources[versions.source[row]], str(versions.ids[row])),
                    window=(day, step.calendar.day_end(day)),
                    crossed_at=seen,
                    created_at=int(versions.created[row]),
                )
            )
        return signals

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """0 where the ticket is void now."""
        del place
        return [
            0 if counts.ticket(dict(s.subject)["source"], dict(s.subject)["id"]) is None else None
            for s in signals
        ]
