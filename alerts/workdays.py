"""Which days are worked, and when: public holidays, make-up workdays (调休), a company's own corrections.

The library `holidays` answers for years of which nobody has announced the make-up workdays yet, as if there
were none. So a day is *confirmed* only in years of which some are known, or up to `confirmed_through`, or
where the configuration names it; whoever computes with an unconfirmed day says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from alerts.catalogue import Sentence
from alerts.incident_plan import WorkdaySettings
from connectors.ticket import at_us, to_us

if TYPE_CHECKING:
    from pathlib import Path

DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
# A country that has had make-up workdays in one of these years will have them again.
LOOKED_AT: Final = range(2018, 2027)
# No country has holidays that last longer; it bounds the search for a workday.
LONGEST_PAUSE: Final = 366


@dataclass(frozen=True)
class Workdays:
    """The days of one country in one zone, with a company's own corrections."""

    settings: WorkdaySettings
    zone: ZoneInfo

    def works(self, day: date) -> bool:
        """It is a workday."""
        own = self.settings.days.get(day.isoformat())
        if own is not None:
            return own == "work"
        if not self.settings.country:
            return day.weekday() < SATURDAY
        return bool(_calendar(self.settings.country, day.year).is_working_day(day))

    def confirmed(self, day: date) -> bool:
        """What is known of the day is not a guess."""
        if day.isoformat() in self.settings.days or not self.settings.country:
            return True
        through = self.settings.confirmed_through
        if through is not None:
            return day <= through.astimezone(self.zone).date()
        if not _makes_up(self.settings.country):
            return True
        known: set[date] = _calendar(self.settings.country, day.year).weekend_workdays
        return any(one.year == day.year for one in known)

    def open(self, us: int) -> bool:
        """The instant lies in business hours of a workday."""
        local = at_us(us).astimezone(self.zone)
        start, end, now = self.settings.start, self.settings.end, local.time()
        if start < end:
            return start <= now < end and self.works(local.date())
        # Hours over midnight belong to the day on which they begin.
        return (now >= start and self.works(local.date())) or (now < end and self.works(local.date() - DAY))

    def after(self, us: int, working_days: int) -> int:
        """End of business on the n-th workday after the day of an instant. 调休 are workdays."""
        day = at_us(us).astimezone(self.zone).date()
        left = working_days
        for _ in range(LONGEST_PAUSE * working_days):
            day += DAY
            left -= self.works(day)
            if left == 0:
                break
        return to_us(self._at(day, self.settings.end))

    def sure_until(self, us: int) -> bool:
        """All days up to that instant's are confirmed, as far as its year tells."""
        return self.confirmed(at_us(us).astimezone(self.zone).date())

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def known_country(country: str) -> bool:
    """The library has this country's holidays."""
    from holidays import list_supported_countries

    return not country or country in list_supported_countries()


def read_days(file: Path) -> Mapping[str, Literal["work", "off"]]:
    """Days of a file with lines like `2027-02-20 = "work"`.

    Raises ValueError, with a sentence.
    """
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(Sentence("plan.file.closed", file=str(file), detail=error.strerror)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(Sentence("plan.file.no_toml", file=str(file), detail=str(error))) from error
    problem = wrong_day(found)
    if problem is not None:
        raise ValueError(Sentence("plan.file.within", file=str(file), problem=problem))
    return found


def wrong_day(days: Mapping[str, object]) -> Sentence | None:
    """What is wrong with days that a company corrects, as a sentence."""
    for day, what in days.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            return Sentence("plan.day.no_date", day=day)
        if what not in {"work", "off"}:
            return Sentence("plan.day.neither", day=day, given=repr(what))
    return None


@cache
def _calendar(country: str, year: int) -> Any:
    from holidays import country_holidays

    return country_holidays(country, years=year)


@cache
def _makes_up(country: str) -> bool:
    return any(_calendar(country, year).weekend_workdays for year in LOOKED_AT)
