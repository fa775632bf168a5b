"""Which hour, day and month of the business zone an instant lies in.

Windows are half-open and cut at the zone's own clock: a day has 23 or 25 hours when the clock changes,
the hour that occurs twice is two windows, and in a zone of half hours the hour begins at :30 UTC. A window
is named by its start, int64 microseconds UTC.

Offsets are looked up in the short list of the zone's changes, so that a column of millions of stamps costs
one binary search in a few dozen entries and not one call per row. In a long column that rises, as tickets
do in the order they were created, only the ends of the windows are searched.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from connectors.ticket import DAY, EPOCH, HOUR, MICROSECOND, SECOND, Int64, at_us

Unit = Literal["hour", "day", "month"]

# The zone's changes are searched in these years. Stamps outside have the offset of the nearest end.
FIRST_YEAR, LAST_YEAR = 1970, 2100

# A column is worth a search for the ends of its hours when it has so many instants in each of them.
MANY: Final = 16

# Hours whose ends are remembered: rules ask for the same few again and again, one at a time.
REMEMBERED: Final = 10_000


class Calendar:
    """Cuts instants into the hours, days and months of one business zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._at, self._offset = _changes(zone)
        self._hour_ends: dict[int, int] = {}

    def offset(self, us: Int64) -> Int64:
        """(n,) microseconds to add to UTC to read the zone's clock."""
        offset: Int64 = self._offset[np.searchsorted(self._at, us, side="right")]
        return offset

    def hours(self, us: Int64) -> Int64:
        """(n,) starts of the hours that hold these instants."""
        if len(self._at) == 0:
            return _floor(us, HOUR, int(self._offset[0]))
        segment = np.searchsorted(self._at, us, side="right")
        start = _floor(us, HOUR, self._offset[segment])
        # A clock that changes at half past begins a new, shorter hour there.
        changed_at = np.concatenate((np.array([np.iinfo(np.int64).min]), self._at))[segment]
        hours: Int64 = np.maximum(start, changed_at)
        return hours

    def days(self, us: Int64) -> Int64:
        """(n,) starts of the days that hold these instants."""
        return self._first_instant(_floor(us + self.offset(us), DAY, 0))

    def months(self, us: Int64) -> Int64:
        """(n,) starts of the months that hold these instants."""
        wall = (us + self.offset(us)).astype("datetime64[us]")
        return self._first_instant(wall.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64))

    def from_wall(self, wall: Int64) -> Int64:
        """(n,) instants of wall-clock readings, by Python's fold = 0.

        A reading that occurs twice is its first occurrence; one that does not exist is read with the
        offset before the change. `wall` is microseconds of the clock's face as if it were UTC.
        """
        before, after = self._offset[:-1], self._offset[1:]
        changed_at_wall = self._at + np.maximum(before, after)
        offset: Int64 = self._offset[np.searchsorted(changed_at_wall, wall, side="right")]
        return wall - offset

    def hour(self, us: int) -> int:
        """Start of the hour that holds one instant."""
        return int(self.hours(np.array([us]))[0])

    def day(self, us: int) -> int:
        """Start of the day that holds one instant."""
        return int(self.days(np.array([us]))[0])

    def month(self, us: int) -> int:
        """Start of the month that holds one instant."""
        return int(self.months(np.array([us]))[0])

    def hour_ends(self, starts: Int64) -> Int64:
        """(n,) ends of hours given by their starts; also the starts of the next hours."""
        end = starts + HOUR
        if len(self._at) == 0:
            return end
        next_change = np.concatenate((self._at, np.array([np.iinfo(np.int64).max])))
        change = next_change[np.searchsorted(self._at, starts, side="right")]
        end_in_old_offset = _floor(starts, HOUR, self.offset(starts)) + HOUR
        ends: Int64 = np.minimum(end_in_old_offset, np.maximum(change, starts + 1))
        return ends

    def previous_hours(self, starts: Int64) -> Int64:
        """(n,) starts of the hours before those that begin at `starts`."""
        return self.hours(starts - 1)

    def hour_end(self, start: int) -> int:
        """End of one hour."""
        end = self._hour_ends.get(start)
        if end is None:
            if len(self._hour_ends) >= REMEMBERED:
                self._hour_ends.clear()
            end = self._hour_ends[start] = int(self.hour_ends(np.array([start]))[0])
        return end

    def day_end(self, start: int) -> int:
        """End of the day that begins at `start`, and start of the next."""
        date = at_us(start).astimezone(self.zone).date() + timedelta(days=1)
        return self._midnight(date)

    def month_end(self, start: int) -> int:
        """End of the month that begins at `start`, and start of the next."""
        date = at_us(start).astimezone(self.zone).date()
        year, month = divmod(date.year * 12 + date.month, 12)
        return self._midnight(date.replace(year=year, month=month + 1, day=1))

    def windows(self, unit: Unit, us: Int64) -> Int64:
        """(n,) starts of the windows of this unit that hold these instants."""
        return {"hour": self.hours, "day": self.days, "month": self.months}[unit](us)

    def hour_runs(self, us: Int64) -> tuple[Int64, Int64] | None:
        """(h,) int64 hours that hold (n,) instants, rising, and (h,) how many each holds, by few searches.

        None where the instants do not rise, or are so few that this is no bargain.
        """
        if not _is_dense(us):
            return None
        hours = self.hours_between(int(us[0]), int(us[-1]) + 1)
        count = np.diff(np.searchsorted(us, hours), append=len(us))
        return hours[count > 0], count[count > 0]

    def end(self, unit: Unit, start: int) -> int:
        """End of the window of this unit that begins at `start`, and start of the next."""
        return {"hour": self.hour_end, "day": self.day_end, "month": self.month_end}[unit](start)

    def hours_between(self, start: int, end: int) -> Int64:
        """(h,) int64 starts of hours from the one that holds `start` to the last that begins before `end`."""
        if end <= start:
            return np.empty(0, dtype=np.int64)
        quarter = HOUR // 4
        steps = np.arange(start, end + quarter, quarter, dtype=np.int64)
        # They rise: what differs from the one before is new.
        of_steps = self.hours(steps)
        hours: Int64 = of_steps[np.append(True, of_steps[1:] != of_steps[:-1])]
        return hours[hours < end]

    def month_later(self, us: int) -> int:
        """The same local time one calendar month later; on the month's last day where it is shorter."""
        local = at_us(us).astimezone(self.zone)
        year, month = divmod(local.year * 12 + local.month, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        later = local.replace(tzinfo=None, fold=0, year=year, month=month + 1, day=day)
        wall = (later - EPOCH.replace(tzinfo=None)) // MICROSECOND
        return int(self.from_wall(np.array([wall]))[0])

    def _first_instant(self, midnights: Int64) -> Int64:
        """First instants of the dates that begin at these wall-clock midnights.

        Where the clock goes back over midnight (to 23:00), the repeated hour still belongs to the old date.
        """
        start = self.from_wall(midnights)
        return start + np.maximum(0, midnights - (start + self.offset(start)))

    def _midnight(self, date: date) -> int:
        wall = (date - EPOCH.date()).days * DAY
        return int(self._first_instant(np.array([wall]))[0])

    def iso(self, us: int) -> str:
        """ISO 8601 with the zone's offset; fractions only where there are some."""
        return at_us(us).astimezone(self.zone).isoformat()


def _is_dense(us: Int64) -> bool:
    """The instants rise, and there are many in an hour."""
    return len(us) > MANY and (us[-1] - us[0]) // HOUR < len(us) // MANY and bool((us[1:] >= us[:-1]).all())


def _floor(us: Int64, step: int, offset: Int64 | int) -> Int64:
    # numpy divides by a constant several times as fast as it takes remainders.
    return (us + offset) // step * step - offset


@lru_cache(maxsize=64)
def _changes(zone: ZoneInfo) -> tuple[Int64, Int64]:
    """(k,) instants at which the zone's offset changes, and (k + 1,) offsets between them."""
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (FIRST_YEAR, LAST_YEAR))
    # Steps of three days: no zone has changed its clock twice within six.
    steps = range(first, last, 3 * 86_400)
    offsets = [_offset(step, zone) for step in steps]
    at, offset = [], [offsets[0]]
    for before, after, old, new in zip(steps, steps[1:], offsets, offsets[1:], strict=False):
        if old != new:
            at.append(_bisect(zone, before, after, old))
            offset.append(new)
    return np.array(at, dtype=np.int64), np.array(offset, dtype=np.int64)


def _offset(second: int, zone: ZoneInfo) -> int:
    at = datetime.fromtimestamp(second, zone)
    offset = at.utcoffset()
    if offset is None:
        raise ValueError(f"time zone {zone.key} has no offset at {at.isoformat()}")
    return offset // MICROSECOND


def _bisect(zone: ZoneInfo, low: int, high: int, old: int) -> int:
    """The second in (low, high] at which the offset is no longer `old`."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high * SECOND
