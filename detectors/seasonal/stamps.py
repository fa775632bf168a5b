"""What a step is called: its slot of the week, its place in the year, and its date.

A public holiday of a configured country is a Sunday for hours, and a date of its own name for days (so
that Easter Monday is learned as Easter Monday, whatever its date).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.precision import Floats, Ints
from detectors.seasonal.period import Period

Days = NDArray[np.datetime64]

EPOCH = np.datetime64("2000-01-01")
MONDAY = 4
"""1970-01-01, day 0 of numpy's calendar, was a Thursday: day 4 is a Monday."""
YEAR = 365.25
SUNDAY = 6
FIRST_HOLIDAY = 13 * 32
"""Numbers of named holidays begin here; under it are dates, 32 * month + day."""


@dataclass(frozen=True)
class Stamps:
    """Names of the steps of a run, without gaps.

    Attributes
    ----------
    period : what a step is
    slot : (steps,) int64, slot of the week
    years : (steps,) float64, years since 2000
    date : (steps,) int64, equal for equal dates of different years; -1 where dates have no effect
    """

    period: Period
    slot: Ints
    years: Floats
    date: Ints


def name_steps(local: Days, period: Period, *, country: str | None = None) -> Stamps:
    """Name steps by their local start.

    Parameters
    ----------
    local : (steps,) datetime64, local wall-clock time of each start, ascending
    period : what a step is
    country : two letters, as the package `holidays` knows them

    Examples
    --------
    >>> from detectors.seasonal.period import HOUR
    >>> named = name_steps(np.array(["2024-01-01T05", "2024-01-07T23"], "datetime64[h]"), HOUR)
    >>> named.slot.tolist()
    [5, 167]
    """
    day = local.astype("datetime64[D]")
    weekday = (day.astype(np.int64) - MONDAY) % 7
    years = (local - EPOCH).astype("timedelta64[s]").astype(np.float64) / 86400 / YEAR
    nothing = np.full(len(local), -1, dtype=np.int64)
    if period.name == "week":
        return Stamps(period, np.zeros(len(local), dtype=np.int64), years, nothing)
    named = holidays_by_name(day, country) if country and len(day) else {}
    if period.name == "hour":
        free = np.isin(day, list(named)) if named else np.zeros(len(day), dtype=bool)
        hour = (local.astype("datetime64[h]") - day.astype("datetime64[h]")).astype(np.int64)
        return Stamps(period, np.where(free, SUNDAY, weekday) * 24 + hour, years, nothing)
    month = day.astype("datetime64[M]")
    date = (month.astype(np.int64) % 12 + 1) * 32 + (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    numbers = {name: FIRST_HOLIDAY + k for k, name in enumerate(sorted(set(named.values())))}
    for k, at in enumerate(day):
        if at in named:
            date[k] = numbers[named[at]]
    return Stamps(period, weekday, years, date)


def holidays_by_name(day: Days, country: str) -> dict[np.datetime64, str]:
    """Public holidays among the days, with their names."""
    import holidays

    first, last = (int(str(edge)[:4]) for edge in (day.min(), day.max()))
    known = holidays.country_holidays(country, years=range(first, last + 1))
    return {np.datetime64(at): name for at, name in known.items()}
