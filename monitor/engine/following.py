"""Detectors that follow the clock, over the store: hours as they close, the running hour as it changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from sqlalchemy.exc import SQLAlchemyError

from connectors.taxonomy import Taxonomy
from connectors.ticket import DAY, MINUTE, Bool, Int32, Int64, Path
from connectors.windows import Calendar
from detectors.following import Cells, Follower, SetsAside, followers
from detectors.particulars import Numbering, Particulars, Values
from detectors.signal import Signal
from detectors.step import Detector
from monitor.known_time import KnownTime
from monitor.storage.errors import StoreError
from monitor.storage.store import Transaction

log: Final = structlog.get_logger()

# The running hour is looked at once in so long, and only when something has arrived: as time passes without
# tickets, what has come grows no stranger.
LOOK_EVERY: Final = MINUTE

# Hours that close later than this after their end, a start's long history above all, are learned from and not
# judged: nobody can act on them any more.
TOO_LATE: Final = DAY

# Weeks of tickets need not be held as they are stored: so much of them at a time.
READ_AT_ONCE: Final = 7 * DAY

# Before the name of a rule: under this the state of its follower is kept.
FOLLOWER: Final = "follower "


@dataclass(frozen=True)
class StoredMoment:
    """`Moment` of a step over the store, with what the step has booked."""

    tx: Transaction
    taxonomy: Taxonomy
    known_time: KnownTime
    now: int
    sources: tuple[str, ...]

    @property
    def calendar(self) -> Calendar:
        """The business calendar."""
        return self.known_time.calendar

    def at_closing(self, start: int, end: int) -> Cells:
        """Tickets of hours as they were when each hour was closed."""
        return Cells(*self.tx.counts.hourly_at_closing(start, end))

    def so_far(self, start: int, end: int) -> Cells:
        """Tickets of hours as they are counted now."""
        return Cells(*self.tx.counts.hourly("tickets", start, end))

    def by_source(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets of hours by source: hour, place of the source, count."""
        names = [state.name for state in self.tx.sources.all()]
        place = {name: number for number, name in enumerate(self.sources)}
        places = np.array([place.get(name, -1) for name in names], np.int32)
        created, source = self.tx.ticket_reads.sources(start, end)
        some = places[source] >= 0
        hours = self.calendar.hours(created[some])
        return hours, places[source[some]], np.ones(len(hours), np.int64)

    def known(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is known."""
        return self.known_time.hours(hours)

    def created(self, start: int, end: int) -> tuple[Int64, Int32, Int64]:
        """Tickets created in [start, end): instant, node, count."""
        at, node = self.tx.ticket_reads.instants(start, end)
        return at, node, np.ones(len(at), dtype=np.int64)

    def particulars(self, node: int, start: int, end: int) -> Particulars:
        """The tickets at or below a node that were created in [start, end)."""
        tree = self.taxonomy
        nodes = np.flatnonzero(tree.ancestor[:, int(tree.depth[node])] == node).tolist()
        numberings = [Numbering() for _ in range(3)]
        parts = []
        for since in range(start, max(end, start + 1), READ_AT_ONCE):
            created, leaf, *columns = self.tx.ticket_reads.particulars(
                nodes, since, min(since + READ_AT_ONCE, end)
            )
            numbers = [to.of(values) for to, values in zip(numberings, columns, strict=True)]
            parts.append((created, leaf, *numbers))
        created, leaf, *numbers = map(np.concatenate, zip(*parts, strict=True))
        return Particulars(created, leaf, *map(Values, numbers, [one.names for one in numberings]))


@dataclass(frozen=True)
class Prepared:
    """Followers that have worked out what the next question needs, and what is stored of their state.

    Attributes
    ----------
    era : as of which they know the past
    """

    era: object
    followers: dict[str, Follower]
    stored: dict[str, str]


class Following:
    """The followers of the rules in use, as of the last step that was stored."""

    def __init__(self) -> None:
        self._followers: dict[str, Follower] | None = None
        self._stored: dict[str, str] = {}
        self._era = object()
        self._looked_at: int | None = None
        self._news = True
        self._failed: set[tuple[str, Path]] = set()

    def forget(self) -> None:
        """Nothing is known any more; what is asked next begins anew from the store."""
        self._followers, self._looked_at, self._news, self._era = None, None, True, object()

    def arrived(self, *, imported: bool) -> None:
        """Versions have been counted. After an import the past is another one."""
        if imported:
            self.forget()
        self._news = True

    def is_due(self, now: int) -> bool:
        """Whether the running hour is to be looked at, if anybody wants to."""
        waited = self._looked_at is None or now // LOOK_EVERY != self._looked_at // LOOK_EVERY
        return self._news and waited

    def prepared(self, detectors: Mapping[str, Detector], hour: int, moment: StoredMoment) -> Prepared | None:
        """Followers that are ready for the next hour to close; None where nobody will ask them about it.

        Needs no more than a moment that is read, and may be asked while others take steps; `adopt` is for
        nobody but them.
        """
        if moment.calendar.hour_end(hour) <= moment.now - TOO_LATE:
            return None
        era, followers, stored = self._era, self._followers, self._stored
        if followers is None:
            followers, stored = restored(detectors, moment)
        for one in followers.values():
            # What fails here fails again when it is asked, and is told then.
            with suppress(Exception):
                one.prepare(hour, moment)
        return Prepared(era, followers, stored)

    def adopt(self, prepared: Prepared) -> None:
        """Go on with these followers, unless the past has become another one meanwhile."""
        if prepared.era is self._era and self._followers is None:
            self._followers, self._stored = prepared.followers, prepared.stored

    def close(self, detectors: Mapping[str, Detector], hours: Int64, moment: StoredMoment) -> list[Signal]:
        """What these hours tell that close now, given by their starts, rising."""
        self._news = True
        ends = moment.calendar.hour_ends(hours)
        recent = hours[ends > moment.now - TOO_LATE].tolist()
        return self._asked(
            detectors, moment, lambda one: [signal for hour in recent for signal in one.close(hour, moment)]
        )

    def look(self, detectors: Mapping[str, Detector], hour: int, moment: StoredMoment) -> list[Signal]:
        """What the first hour that is not closed tells already."""
        self._news, self._looked_at = False, moment.now
        return self._asked(detectors, moment, lambda one: one.look(hour, moment))

    def _asked(
        self,
        detectors: Mapping[str, Detector],
        moment: StoredMoment,
        ask: Callable[[Follower], list[Signal]],
    ) -> list[Signal]:
        """What all followers answer; their states are stored with it where they have changed.

        One that fails is told in the log and begins anew: a rule of statistics holds up neither the counting
        nor the hard rules (law 4).
        """
        facts, signals = moment.tx.facts, []
        if self._followers is None:
            self._followers, self._stored = restored(detectors, moment)
        for name, one in list(self._followers.items()):
            try:
                told, state = ask(one), json.dumps(one.state(), ensure_ascii=False)
            except (SQLAlchemyError, StoreError):
                raise
            except Exception:
                log.exception("rule_failed", rule=name)
                self._followers[name] = followers({name: detectors[name]})[name]
                told, state = [], "{}"
            self._tell_failures(name, one)
            signals += told
            if state != self._stored[name]:
                self._stored[name] = state
                facts.save(FOLLOWER + name, state)
        return signals

    def _tell_failures(self, rule: str, follower: Follower) -> None:
        """Say of each node once that its detector has failed; it is tried again each midnight."""
        failures = follower.failures() if isinstance(follower, SetsAside) else {}
        news = {node: said for node, said in failures.items() if (rule, node) not in self._failed}
        for node, said in news.items():
            self._failed.add((rule, node))
            log.warning("detector_failed", rule=rule, node=" > ".join(node), error=said)


def restored(
    detectors: Mapping[str, Detector], moment: StoredMoment
) -> tuple[dict[str, Follower], dict[str, str]]:
    """Followers as the store knows them, and their states as they are stored."""
    found = followers(detectors)
    stored = {name: moment.tx.facts.value(FOLLOWER + name) or "{}" for name in found}
    for name, one in found.items():
        one.restore(json.loads(stored[name]))
    return found, stored
