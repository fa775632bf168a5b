"""Who would be paged when, and why nobody would be: a made-up signal led through the decisions themselves.

Nothing is decided here: the pages are those of `respond` and `tend`, asked minute by minute on a clock that
moves on while nobody answers, over an empty book of incidents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alerts.incident_plan import Override
from alerts.incidents.book import Book
from alerts.incidents.escalation import Calls
from alerts.incidents.event import Event, Kind
from alerts.incidents.incident import Incident
from alerts.incidents.tending import World, tend
from alerts.page import Page
from alerts.plan import ResponsePlan
from alerts.respond import Context, respond
from alerts.silences import Silence
from alerts.workdays import Workdays
from connectors.ticket import DAY, MICROSECOND, NEVER, Path, at_us
from detectors.signal import Signal

MINUTE: Final = timedelta(minutes=1) // MICROSECOND


@dataclass(frozen=True)
class Explained:
    """What would happen, in order of time.

    Attributes
    ----------
    pages : the first page, and those that follow while nobody answers
    skipped : steps that would reach nobody when they are due, as the events that say why
    horizon : how far was looked, microseconds UTC
    """

    pages: tuple[Page, ...]
    skipped: tuple[Event, ...]
    horizon: int


def explain(
    plan: ResponsePlan,
    workdays: Workdays,
    *,
    node: Path,
    level: str,
    at: int,
    within: timedelta,
    statistical: bool = False,
    silences: Sequence[Silence] = (),
    overrides: Iterable[tuple[str, Override]] = (),
) -> Explained:
    """What a signal of this node and level would set off at an instant, until `within` is over.

    A hard rule's is meant, or that of a statistical rule, which silences may mute without an approver.
    """
    book, kept = Book(), tuple(silences)
    made = _signal(node, level, at, statistical=statistical)
    first = respond([made], plan=plan, now=at_us(at), context=Context(silences=kept), book=book)
    pages, horizon = list(first.pages), at + within // MICROSECOND

    def silenced(incident: Incident) -> str | None:
        return next((one.told for one in kept if one.quiets(incident, now)), None)

    world = World(Calls(plan, workdays, tuple(overrides)), silenced=silenced)
    for now in range(at, horizon + 1, MINUTE):
        pages += tend(book, world, now=now)
    skipped = [
        event for incident in book.live for event in incident.events(Kind.ESCALATED) if event.fact("skipped")
    ]
    return Explained(tuple(pages), tuple(skipped), horizon)


def _signal(node: Path, level: str, at: int, *, statistical: bool) -> Signal:
    start = at - at % DAY
    return Signal(
        rule="explain",
        kind="explain",
        node=node,
        exact=False,
        window_start=at,
        window_end=start + DAY,
        level=level,
        observed=1,
        threshold=1,
        crossed_at=at,
        created_at=NEVER,
        detail={"score": 0.0} if statistical else {},
    )
