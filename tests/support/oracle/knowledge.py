"""Which hours are known: every source was there, and no configured gap touches the hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from .model import OracleTicket
from .windows import HOUR, Calendar, Window


class Knowledge:
    """Grows with the versions seen; a source that has shown no ticket yet leaves every hour unknown."""

    def __init__(
        self, calendar: Calendar, gaps: Mapping[str, Sequence[Window]], sources: Sequence[str]
    ) -> None:
        self._calendar = calendar
        self._gaps = [gap for source in sources for gap in gaps.get(source, ())]
        self._first_hour: dict[str, datetime | None] = dict.fromkeys(sources)

    def see(self, version: OracleTicket) -> bool:
        """Take in a version, void or not; whether hours may have become known by it."""
        hour = self._calendar.hour_start(version.created_at)
        first = self._first_hour[version.source]
        if first is not None and first <= hour:
            return False
        self._first_hour[version.source] = hour
        return True

    def known(self, hour: datetime) -> bool:
        for first in self._first_hour.values():
            if first is None or hour <= first:
                return False
        return not any(start < hour + HOUR and hour < end and start < end for start, end in self._gaps)
