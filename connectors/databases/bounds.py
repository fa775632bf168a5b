"""How an instant is written so that a database compares it rightly with the stamps of one column.

The same column holds text in SQLite, readings of a clock in MariaDB and instants in PostgreSQL. What it holds
is learnt from its smallest and its largest value; text counts only if its order is the order of time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from connectors.rows.stamps import EPOCH_UNITS, Stamps
from connectors.ticket import MICROSECOND, at_us, to_us

ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(:\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")

# Directives of a strptime format in the order in which text sorts as time does, and the step of each.
RISING: Final = {
    "%Y": timedelta(days=366),
    "%m": timedelta(days=31),
    "%d": timedelta(days=1),
    "%H": timedelta(hours=1),
    "%M": timedelta(minutes=1),
    "%S": timedelta(seconds=1),
    "%f": MICROSECOND,
}


@dataclass(frozen=True)
class Bounds:
    """Writes instants as values of one column.

    Attributes
    ----------
    write : of an instant in `zone`, the value
    zone : the zone of the clock that the column shows; UTC where it holds instants
    unit : the step between two values that the column can show
    """

    write: Callable[[datetime], object]
    zone: tzinfo = UTC
    unit: timedelta = timedelta(0)

    def below(self, us: int, *, now: int) -> object:
        """A value that no stamp from this instant on is smaller than.

        If the clock went back since, so that an hour occurs twice, that much more is read.
        """
        return self._value(us - max(0, self._offset(us) - self._offset(now)))

    def above(self, us: int, *, since: int) -> object:
        """A value that every stamp between `since` and this instant is smaller than."""
        return self._value(us + max(0, self._offset(since) - self._offset(us)) + self.unit // MICROSECOND)

    def _value(self, us: int) -> object:
        return self.write(at_us(us).astimezone(self.zone))

    def _offset(self, us: int) -> int:
        offset = at_us(us).astimezone(self.zone).utcoffset()
        return 0 if offset is None else offset // MICROSECOND


def bounds_of(smallest: object, largest: object, stamps: Stamps) -> Bounds | None:
    """How to write instants for a column with these two values; None when its order is not that of time."""
    both = (smallest, largest)
    if isinstance(smallest, str) and isinstance(largest, str):
        return _of_iso(smallest, largest, stamps) if stamps.layout is None else _of_layout(both, stamps)
    if isinstance(smallest, datetime) and isinstance(largest, datetime):
        if smallest.tzinfo is not None:
            return Bounds(lambda at: at)
        return Bounds(lambda at: at.replace(tzinfo=None), stamps.zone)
    if isinstance(smallest, date) and isinstance(largest, date):
        return Bounds(lambda at: at.date(), stamps.zone, timedelta(days=1))
    unit = EPOCH_UNITS.get(stamps.layout or "")
    if unit and all(isinstance(value, int | float | Decimal) for value in both):
        return Bounds(lambda at: to_us(at) // unit, unit=unit * MICROSECOND)
    return None


def _of_iso(smallest: str, largest: str, stamps: Stamps) -> Bounds | None:
    found = ISO.fullmatch(smallest), ISO.fullmatch(largest)
    if found[0] is None or found[1] is None:
        return None
    mark, seconds, zone = found[0].groups()
    if (mark, seconds is None, zone) != (found[1][1], found[1][2] is None, found[1][3]):
        return None
    layout, unit = "%Y-%m-%d", "%d"
    if mark is not None:
        layout, unit = f"{layout}{mark}%H:%M", "%M"
    if seconds is not None:
        layout, unit = f"{layout}:%S", "%S"
    # A value without the zone's sign is smaller than the same one with it, so the sign may be left out.
    clock = stamps.zone if zone is None else datetime.fromisoformat(f"2000-01-01T00:00{zone}").tzinfo or UTC
    return Bounds(lambda at: at.strftime(layout), clock, RISING[unit])


def _of_layout(both: tuple[object, ...], stamps: Stamps) -> Bounds | None:
    layout = stamps.layout or ""
    directives = re.findall(r"%.", layout)
    if len(directives) < len(("%Y", "%m", "%d")) or directives != list(RISING)[: len(directives)]:
        return None
    for value in both:
        try:
            reading = datetime.strptime(str(value), layout)  # noqa: DTZ007 - only its form matters
        except ValueError:
            return None
        if reading.strftime(layout) != value:
            return None
    return Bounds(lambda at: at.strftime(layout), stamps.zone, RISING[directives[-1]])
