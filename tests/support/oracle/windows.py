"""Hours, days and months of the business zone, as half-open pairs of UTC instants.

Hours are real hours: a day of 23 or 25 hours has 23 or 25 of them. (Zones whose clocks change by
half an hour are not meant.)
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Window = tuple[datetime, datetime]


class Calendar:
    """Cuts time in one zone."""

    def __init__(self, zone: str | ZoneInfo) -> None:
        self.zone = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
        self._midnight = cache(lambda day: self.from_local(datetime.combine(day, time())))
        self._day = cache(lambda day: (self._midnight(day), self._midnight(day + DAY)))
        self._month = cache(
            lambda year, month: (
                self._midnight(date(year, month, 1)),
                self._midnight(_next_month(year, month)),
            )
        )
        self.hour_start = lru_cache(maxsize=200_000)(self._hour_start)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def from_local(self, naive: datetime) -> datetime:
        """A wall-clock stamp as UTC: the first of two, and the offset before the change in a hole."""
        return naive.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def _hour_start(self, moment: datetime) -> datetime:
        local = self.local(moment)
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return moment - into

    def hour(self, moment: datetime) -> Window:
        start = self.hour_start(moment)
        return (start, start + HOUR)

    def day(self, moment: datetime) -> Window:
        window: Window = self._day(self.local(moment).date())
        return window

    def month(self, moment: datetime) -> Window:
        local = self.local(moment)
        window: Window = self._month(local.year, local.month)
        return window

    def a_month_later(self, moment: datetime) -> datetime:
        """The same wall-clock time one calendar month later; the day is clamped to the month's last."""
        local = self.local(moment).replace(tzinfo=None, fold=0)
        first = _next_month(local.year, local.month)
        last_day = calendar.monthrange(first.year, first.month)[1]
        return self.from_local(
            local.replace(year=first.year, month=first.month, day=min(local.day, last_day))
        )


def _next_month(year: int, month: int) -> date:
    return date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
