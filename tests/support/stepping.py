"""A history as one step or as two, wherever it is cut: what a detector of steps is given."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from itertools import accumulate
from operator import attrgetter
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from engine import ticket_of
from histories import SHANGHAI, History, at, later, ticket

from connectors.counting import Versions, ledger
from connectors.taxonomy import Taxonomy
from connectors.ticket import NEVER, Int64, TicketBatch, at_us, to_us
from connectors.windows import Calendar
from detectors.grouping import belong, group_columns
from detectors.step import Nothing, Place, Step
from monitor.known_time import Missing, judged_from
from monitor.replay.final_counts import FinalCounts
from monitor.replay.history import versions_of


@dataclass(frozen=True)
class Told:
    """A history as it arrives, late older versions among it, and what a clock makes of it."""

    place: Place
    sources: list[str]
    versions: Versions
    hours: Int64
    judged_from: Int64
    ready_at: Int64
    start: int
    end: int

    @classmethod
    def of(cls, history: History) -> Told:
        levels = [f"level {i}" for i in range(history.levels)]
        place = Place(Taxonomy(levels), Calendar(ZoneInfo(history.zone)))
        # Seen one after another, and never before they were made.
        seen = list(accumulate((to_us(version.updated_at) for version in history.versions), max))
        versions = versions_of(
            (
                (history.sources.index(version.source), TicketBatch.of(version.source, [ticket_of(version)]))
                for version, now in zip(history.versions, seen, strict=True)
                for version in [replace(version, updated_at=at_us(now))]
            ),
            place.taxonomy,
        )
        updated = np.array([to_us(version.updated_at) for version in history.versions], dtype=np.int64)
        versions = replace(versions, updated=updated)
        stamps = np.concatenate((versions.created, versions.seen))
        start = place.calendar.day(int(stamps.min()))
        end = place.calendar.day_end(place.calendar.day(int(stamps.max())))
        hours = place.calendar.hours_between(start, end)
        missing = [Missing(to_us(a), to_us(b)) for gaps in history.gaps.values() for a, b in gaps]
        position, at = judged_from(
            place.calendar, hours, versions, sources=len(history.sources), missing=missing
        )
        return cls(place, history.sources, versions, hours, position, at, start, end)

    def whole(self) -> Step:
        """All of it as one step."""
        return self._step(self.versions, Nothing(), self.judged_from, self.start, self.end)

    def halves(self, cut: int) -> tuple[Step, Step]:
        """The same as two steps: so many versions, with the clock up to the next one, and then the rest."""
        middle = self.end if cut == len(self.versions) else int(self.versions.seen[cut])
        done = self.judged_from <= cut
        first = self._step(
            _rows(self.versions, np.arange(cut)),
            Nothing(),
            np.where(done, self.judged_from, NEVER),
            self.start,
            middle,
        )
        rest = _after(first, _rows(self.versions, np.arange(cut, len(self.versions))))
        still = np.where(self.judged_from == NEVER, NEVER, self.judged_from - cut)
        return first, self._step(rest, FinalCounts(first), np.where(done, -1, still), middle, self.end)

    def _step(self, versions: Versions, before: Any, judged: Int64, start: int, end: int) -> Step:
        return Step(
            self.place.taxonomy,
            self.place.calendar,
            self.sources,
            versions,
            ledger(versions),
            before,
            self.hours,
            judged,
            self.ready_at,
            start,
            end,
        )


def _rows(versions: Versions, rows: Int64) -> Versions:
    columns = {name: getattr(versions, name) for name in _COLUMNS}
    return Versions(**{name: None if column is None else column[rows] for name, column in columns.items()})


def _after(step: Step, news: Versions) -> Versions:
    """The news, behind the states in which their tickets were left by a step."""
    touched = np.isin(step.versions.ticket[step.ledger.latest], news.ticket)
    known = _rows(step.versions, step.ledger.latest[touched])
    known = replace(known, escalated=step.ledger.escalated[touched])
    both = {name: (getattr(known, name), getattr(news, name)) for name in _COLUMNS}
    joined = {name: None if b is None else np.concatenate((a, b)) for name, (a, b) in both.items()}
    return Versions(**joined, known=len(known))


_COLUMNS = [field.name for field in fields(Versions) if field.name != "known"]


def dense(seed: int) -> Step:
    """Thirty tickets of six hours, late ones, moved and void ones among them; all in one step, or its rest.

    There are two sources, and no hour is known before the second has told of its first ticket. In some, that
    one is dated back later, so that the version that makes hours known takes a ticket out of one of them.
    """
    random, start, found = Random(seed), at("2026-05-09T06:00"), []
    second = start + timedelta(minutes=random.randrange(600))
    for n in range(30):
        created = start + timedelta(minutes=random.choice((30, 90, 90, 150, 150, 150, 210, 330)))
        seen = created + timedelta(minutes=random.choice((0, 0, 29, 30, 31, 90, 200)))
        source = "t" if n % 6 == 0 and seed % 5 else "s"
        one = ticket(
            f"t{n}", created, random.choice(("a/x", "a/x", "a/y", "b/x", "a")), source=source, updated_at=seen
        )
        for _ in range(random.choice((0, 0, 1, 2))):
            found.append(one)
            seen += timedelta(minutes=random.choice((1, 30, 120)))
            one = later(
                one, seen, **random.choice(({"void": True}, {"path": ("a", "x")}, {"path": ("b", "x")}))
            )
        found.append(one)
    found = [replace(v, updated_at=max(v.updated_at, second)) if v.source == "t" else v for v in found]
    found.append(ticket("first", start - timedelta(hours=2), "z", updated_at=start))
    opened = ticket("second", start + timedelta(minutes=90), "a/x", source="t", updated_at=second)
    found += [opened, later(opened, second + timedelta(hours=1), created_at=start - timedelta(hours=2))]
    found.sort(key=attrgetter("updated_at"))
    told = Told.of(History(found, [], SHANGHAI, 2, ["s", "t"], {}))
    return told.halves(random.randrange(1, len(found)))[1] if seed % 2 else told.whole()


def all_depths(step: Step) -> range:
    """Every depth of the tree."""
    return range(len(step.taxonomy.levels) + 1)


class ByHand:
    """Counts of a step's groups in its hours, as they were when so many of its versions had arrived."""

    def __init__(self, step: Step) -> None:
        self.step, changes = step, step.ledger.tickets
        self.groups = [
            int(group) for column in group_columns(step.taxonomy, all_depths(step)) for group in column.groups
        ]
        self.moves: dict[tuple[int, int], list[tuple[int, int]]] = {}
        hours = step.calendar.hours(changes.at).tolist()
        for group in self.groups:
            inside = belong(step.taxonomy, changes.node, group).tolist()
            for hour, order, sign, mine in zip(
                hours, changes.order.tolist(), changes.sign.tolist(), inside, strict=True
            ):
                if mine:
                    self.moves.setdefault((group, hour), []).append((order, sign))

    def count(self, group: int, hour: int, arrived: int) -> int:
        before = self.step.before.of("tickets", hour, self.step.calendar.hour_end(hour)).get(group, 0)
        return before + sum(sign for order, sign in self.moves.get((group, hour), ()) if order < arrived)

    def orders(self, group: int, *hours: int) -> list[int]:
        """Versions that change one of these hours."""
        return sorted({order for hour in hours for order, _ in self.moves.get((group, hour), ())})
