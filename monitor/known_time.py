"""Which hours are known, and from when on an hour can be judged.

Unknown, not zero, are: hours that a configured gap touches; for each source the hour of its first ticket and
all before it; live, hours in which the source was blind. Nothing else is inferred. An hour is judged when
it has closed and it and the hour before it are known; a late ticket can make an hour known afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.counting import Versions
from connectors.ticket import NEVER, Bool, Int64
from connectors.windows import Calendar


@dataclass(frozen=True)
class Missing:
    """Time [start, end) in which a source is known to have told nothing. int64 microseconds UTC."""

    start: int
    end: int


@dataclass(frozen=True)
class KnownTime:
    """What is known at one moment.

    Attributes
    ----------
    first : earliest created_at of each source, NEVER where it has told no ticket yet
    missing : configured gaps, and times in which a source was blind
    """

    calendar: Calendar
    first: tuple[int, ...]
    missing: tuple[Missing, ...]

    def hours(self, hours: Int64) -> Bool:
        """(h,) bool: the hour is known."""
        known: Bool = after_first(self.calendar, hours, self.first)
        return known & untouched(self.calendar, hours, self.missing)

    def pairs(self, hours: Int64) -> Bool:
        """(h,) bool: the hour and the hour before it are known, so that they can be compared."""
        return self.hours(hours) & self.hours(self.calendar.previous_hours(hours))


def untouched(calendar: Calendar, hours: Int64, missing: Sequence[Missing]) -> Bool:
    """(h,) bool: no missing time touches the hour."""
    known = np.ones(len(hours), dtype=np.bool_)
    ends = calendar.hour_ends(hours) if missing else hours
    for gap in missing:
        known &= (ends <= gap.start) | (hours >= gap.end)
    return known


def after_first(calendar: Calendar, hours: Int64, first: Iterable[int]) -> Bool:
    """(h,) bool: the hour lies after the hour of each source's first ticket.

    `first` holds each source's earliest created_at; NEVER for a source that has told no ticket yet: all
    hours so far lie before its first.
    """
    known = np.ones(len(hours), dtype=np.bool_)
    for created in first:
        known &= hours > (NEVER if created == NEVER else calendar.hour(created))
    return known


def judged_from(
    calendar: Calendar, hours: Int64, versions: Versions, *, sources: int, missing: Sequence[Missing]
) -> tuple[Int64, Int64]:
    """When each hour of a history became ready to be judged.

    Returns
    -------
    position : (h,) int64 number of versions that had arrived; NEVER where the hour never becomes ready
    at : (h,) int64 instant; the hour's end where nothing delayed it
    """
    previous = calendar.previous_hours(hours)
    at = calendar.hour_ends(hours)
    closed = np.searchsorted(versions.seen, at)
    position = closed.astype(np.int64)
    for source in range(sources):
        arrived, first = first_hours(calendar, versions, source)
        # The hour before is known once the source's first hour lies before it; first hours only fall.
        known_from = np.append(arrived, NEVER)[np.searchsorted(-first, -previous, side="right")]
        position = np.maximum(position, known_from)
    ready = untouched(calendar, hours, missing) & untouched(calendar, previous, missing)
    position = np.where(ready, position, NEVER)
    late = (position > closed) & (position != NEVER)
    at[late] = versions.seen[position[late] - 1]
    return position, at


def first_hours(calendar: Calendar, versions: Versions, source: int) -> tuple[Int64, Int64]:
    """(positions, hours): after so many versions the source's first ticket lies in that hour, falling."""
    mine = versions.source == source
    rows = None if mine.all() else np.flatnonzero(mine)
    created = versions.created if rows is None else versions.created[rows]
    # Only the rows that are earlier than all before them are worth a look; mostly it is the first alone.
    earlier = np.ones(len(created), dtype=np.bool_)
    np.less(created[1:], created[:-1], out=earlier[1:])
    if earlier[1:].any():
        earlier[1:] = created[1:] < np.minimum.accumulate(created)[:-1]
    new = np.flatnonzero(earlier)
    hours = calendar.hours(created[new])
    first = np.concatenate(([True], hours[1:] < hours[:-1]))[: len(hours)]
    new = new[first]
    return (new if rows is None else rows[new]) + 1, hours[first]


def first_created(versions: Versions, sources: int) -> Mapping[int, int]:
    """Each source's earliest created_at over all its versions; NEVER where it has none."""
    return {
        source: int(versions.created[versions.source == source].min(initial=NEVER))
        for source in range(sources)
    }
