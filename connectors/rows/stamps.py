"""Reading stamps: text, dates, datetimes and epoch numbers of one source become instants.

A stamp without a zone is read in the source's own, by Python's fold = 0. A column is read as a whole: the
texts are parsed one by one, in C, and the zone is applied to all of them with one search.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from connectors.said import Said
from connectors.ticket import DAY, EPOCH, MICROSECOND, NEVER, SECOND, Int64
from connectors.windows import Calendar

# Stands in a column of instants for "something is there, and it is no stamp".
UNREADABLE: Final = np.iinfo(np.int64).min

# Microseconds of one unit of a number, by the name that `datetime_format` gives it.
EPOCH_UNITS: Final = {"unix": SECOND, "unix_ms": SECOND // 1_000}

# The epoch on a clock's face, and a day inside of what datetime can hold, so that every zone can show it.
FACE_EPOCH: Final = EPOCH.replace(tzinfo=None)
EARLIEST: Final = (date.min.toordinal() + 1 - EPOCH.toordinal()) * DAY
LATEST: Final = (date.max.toordinal() - 1 - EPOCH.toordinal()) * DAY

# What a stamp like 2026-04-11T23:28:40.123 is made of, the dashes in it, and the length of its date.
ISO_CHARACTERS: Final = b"0123456789-:T ."
ISO_DASHES: Final = 2
ISO_DATE: Final = len("2026-04-11")

# Texts remembered with their instants, so that strptime sees each one once.
REMEMBERED: Final = 200_000


class Stamps:
    """Reads the stamps of one source.

    `layout` is a strptime format, "unix" or "unix_ms" (seconds, milliseconds since 1970), or None: ISO 8601.
    """

    def __init__(self, zone: ZoneInfo, layout: str | None = None) -> None:
        self.zone = zone
        self.layout = layout
        self._calendar = Calendar(zone)
        self._known: dict[str, int] = {}

    def read(self, values: Sequence[object]) -> Int64:
        """(n,) int64 instants of a column: NEVER for None, UNREADABLE for what is no stamp."""
        present = [value for value in values if value is not None]
        instants = self._instants(present)
        if len(present) == len(values):
            return instants
        column = np.full(len(values), NEVER, dtype=np.int64)
        column[[row for row, value in enumerate(values) if value is not None]] = instants
        return column

    def from_wall(self, wall: Int64) -> Int64:
        """(n,) instants of readings of the source's clock, given as microseconds as if it were UTC."""
        return self._calendar.from_wall(wall)

    def explain(self, value: object) -> str:
        """Why this value is no stamp, as the end of a sentence that began with it."""
        if self.layout in EPOCH_UNITS:
            other = 'which is no number of the kind that datetime_format = "{format}" says'
            return Said("rows.no_epoch", other, format=str(self.layout))
        if isinstance(value, int | float | Decimal):
            number = 'which is a number; if it counts from 1970, set datetime_format = "unix" or "unix_ms"'
            return Said("rows.number", number)
        if self.layout is not None:
            return Said(
                "rows.other_format", 'which datetime_format = "{format}" does not read', format=self.layout
            )
        iso = "which is no ISO 8601 date and time; set datetime_format if the source writes another form"
        return Said("rows.no_iso", iso)

    def _instants(self, values: Sequence[object]) -> Int64:
        texts = set(map(type, values)) <= {str}
        if self.layout in EPOCH_UNITS:
            return np.fromiter((self._counted(value) for value in values), np.int64, len(values))
        if texts and self.layout is not None:
            return self._remembered([str(value) for value in values])
        if texts:
            wall = _plain_iso([str(value).strip() for value in values])
            if wall is not None:
                return _in_range(self.from_wall(wall))
            try:
                return self._zoned([datetime.fromisoformat(str(value)) for value in values])
            except ValueError:
                pass  # one of them is no stamp: find out which
        return self._one_by_one(values)

    def _remembered(self, texts: Sequence[str]) -> Int64:
        """Instants of texts in the source's layout; strptime costs 7 us, so each text is parsed once."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = list(set(texts) - self._known.keys())
        self._known.update(zip(new, self._one_by_one(new).tolist(), strict=True))
        return np.fromiter(map(self._known.__getitem__, texts), np.int64, len(texts))

    def _counted(self, value: object) -> int:
        """Instant of a number of seconds or milliseconds; a date or datetime is read as what it is."""
        if isinstance(value, date):
            return int(self._one_by_one([value])[0])
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            return UNREADABLE
        unit = EPOCH_UNITS[self.layout or ""]
        try:
            instant = value * unit if isinstance(value, int) else round(float(value) * unit)
        except (ValueError, OverflowError):
            return UNREADABLE
        return instant if EARLIEST <= instant <= LATEST else UNREADABLE

    def _one_by_one(self, values: Sequence[object]) -> Int64:
        readings = [self._reading(value) for value in values]
        column = np.full(len(values), UNREADABLE, dtype=np.int64)
        rows = [row for row, reading in enumerate(readings) if reading is not None]
        column[rows] = self._zoned([reading for reading in readings if reading is not None])
        return column

    def _reading(self, value: object) -> datetime | None:
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a reading of the source's clock
        if not isinstance(value, str):
            return None
        try:
            if self.layout is None or self.layout in EPOCH_UNITS:
                return datetime.fromisoformat(value.strip())
            return datetime.strptime(value.strip(), self.layout)  # noqa: DTZ007 - the zone is applied to all at once
        except ValueError:
            return None

    def _zoned(self, readings: Sequence[datetime]) -> Int64:
        """(n,) instants of readings with and without a zone."""
        naive = np.array([reading.tzinfo is None for reading in readings], dtype=np.bool_)
        column = np.fromiter(
            (
                (reading - (FACE_EPOCH if reading.tzinfo is None else EPOCH)) // MICROSECOND
                for reading in readings
            ),
            np.int64,
            len(readings),
        )
        column[naive] = self.from_wall(column[naive])
        return _in_range(column)


def _plain_iso(texts: Sequence[str]) -> Int64 | None:
    """(n,) clock readings of ISO 8601 texts without a zone, by numpy's parser; None where that is unsure.

    It is several times as fast as the standard library's, but also takes "now", zones and bare years: these
    are kept out by what the texts are made of, so many dashes and marks between date and time.
    """
    joined = "".join(texts)
    if (
        not joined.isascii()
        or joined.encode("ascii").translate(None, ISO_CHARACTERS)
        or joined.count("-") != ISO_DASHES * len(texts)
        or min(map(len, texts), default=ISO_DATE) < ISO_DATE
        or joined.count("T") + joined.count(" ") != sum(len(text) > ISO_DATE for text in texts)
    ):
        return None
    try:
        return np.array(texts, dtype="datetime64[us]").astype(np.int64)
    except (ValueError, TypeError):
        return None


def _in_range(instants: Int64) -> Int64:
    return np.where((instants < EARLIEST) | (instants > LATEST), UNREADABLE, instants)
