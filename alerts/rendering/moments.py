"""How instants, windows and spans are said: in the business zone, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.catalogue import say
from connectors.ticket import DAY, HOUR, MINUTE, SECOND, at_us

# A day has up to 25 hours, an hour may be cut short by a change of the clock, a month has 28 days or more.
LONGEST_HOUR: Final = HOUR
LONGEST_DAY: Final = 26 * HOUR


@dataclass(frozen=True)
class Moments:
    """Says instants (int64 microseconds UTC) as people of a zone and a language do; `now` is today.

    `dated`: what is said is kept and read on any day, so that no day is "today" and each time has its day.
    """

    language: str
    zone: ZoneInfo
    now: int
    dated: bool = False

    def local(self, us: int) -> datetime:
        """The instant on the zone's clock."""
        return at_us(us).astimezone(self.zone)

    def date_time(self, us: int) -> str:
        """2026-11-22（周日）15:04, with the offset where the clock shows this time twice."""
        local = self.local(us)
        return say(self.language, "time.date_time", day=self.full_day(local.date()), time=self.clock(us))

    def clock(self, us: int) -> str:
        """15:04, with the offset where the clock shows this time twice."""
        local = self.local(us)
        repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{local:%H:%M}" + (f" {offset(local)}" if repeated else "")

    def near(self, us: int) -> str:
        """Only the time for today, else day and time."""
        local = self.local(us)
        clock = self.clock(us)
        return (
            clock
            if not self.dated and local.date() == self.local(self.now).date()
            else f"{self.short_day(local.date())} {clock}"
        )

    def full_day(self, day: date) -> str:
        """2026-11-22（周日）."""
        weekday = say(self.language, f"weekday.{day.weekday()}")
        return say(self.language, "time.full_day", date=day.isoformat(), weekday=weekday)

    def short_day(self, day: date) -> str:
        """11月22日; with the year where it is not this one."""
        month = say(self.language, f"month.{day.month}")
        if day.year == self.local(self.now).year:
            return say(self.language, "time.day", month=month, day=day.day)
        return say(self.language, "time.day_of_year", year=day.year, month=month, day=day.day)

    def month(self, day: date) -> str:
        """11月; with the year where it is not this one."""
        month = say(self.language, f"month.{day.month}")
        if day.year == self.local(self.now).year:
            return month
        return say(self.language, "time.month_of_year", year=day.year, month=month)

    def window(self, start: int, end: int) -> str:
        """A counting window as a headline says it: 今日, 11月21日, 本月, 15:00–16:00."""
        first, today = self.local(start).date(), self.local(self.now).date()
        if end - start <= LONGEST_HOUR:
            clock = {"start": self.clock(start), "end": self.clock(end)}
            if first == today and not self.dated:
                return say(self.language, "window.hour", **clock)
            return say(self.language, "window.hour_of_day", day=self.short_day(first), **clock)
        if end - start <= LONGEST_DAY:
            if first == today and not self.dated:
                return say(self.language, "window.today")
            if first == today - timedelta(days=1) and not self.dated:
                return say(self.language, "window.yesterday")
            return say(self.language, "window.day", day=self.short_day(first))
        if (first.year, first.month) == (today.year, today.month) and not self.dated:
            return say(self.language, "window.this_month")
        return say(self.language, "window.month", month=self.month(first))

    def window_in_full(self, start: int, end: int) -> str:
        """A counting window as the body says it: since when, or from when to when."""
        first, last = self.local(start).date(), self.local(end - 1).date()
        if end - start > LONGEST_DAY:
            return say(self.language, "body.range", start=first.isoformat(), end=last.isoformat())
        if start <= self.now < end:
            return say(self.language, "body.since", day=self.full_day(first), start=self.clock(start))
        if first < last:
            facts = {"start": self.date_time(start), "end": self.date_time(end)}
            return say(self.language, "body.range", **facts)
        if self.local(start - 1).date() < first and last < self.local(end).date():
            return say(self.language, "body.whole_day", day=self.full_day(first))
        clock = f"{self.clock(start)}–{self.clock(end)}"
        return say(self.language, "time.date_time", day=self.full_day(first), time=clock)

    def span(self, us: int) -> str:
        """A duration, rounded down to its largest sensible unit."""
        for unit, size, least in (("days", DAY, 2), ("hours", HOUR, 2), ("minutes", MINUTE, 1)):
            if us >= least * size:
                return say(self.language, f"time.{unit}", n=us // size)
        return say(self.language, "time.seconds", n=us // SECOND)

    def zone_line(self) -> str:
        """Which zone all times are in."""
        return say(self.language, "time.zone", zone=self.zone.key, offset=offset(self.local(self.now)))


def offset(local: datetime) -> str:
    """UTC+08:00."""
    return f"UTC{local.isoformat(timespec='minutes')[len('2026-11-22T15:04') :]}"
