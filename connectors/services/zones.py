"""How far the zone in which a service reads our times is apart from UTC, found out by asking it.

Some services read a time in a question in the zone of the account that asks, and ignore whatever zone is
written into it, so that a question in UTC misses hours of tickets and nothing says so. Asked for one ticket
whose time is known, such a service finds it up to that time on its own clock, and not a second later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

# Zones are apart from UTC by whole quarters of an hour, at most so many.
QUARTER: Final = timedelta(minutes=15)
QUARTERS: Final = 4 * 15
SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
# The clock of a zone is moved by so much in spring and in autumn.
MOVED: Final = timedelta(hours=1)


class AccountZone:
    """The zone in which one account's questions are read; `clock` writes an instant as it reads it."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self._measured_at: datetime | None = None

    def measure(self, at: datetime, finds: Callable[[datetime], bool]) -> bool:
        """Find out; whether it could be. Usually, as nothing has changed, two questions confirm it.

        `at` is when a ticket changed, and `finds` whether a question for that ticket, changed since a reading
        of the account's clock, finds it.
        """
        if not self._holds(at, finds):
            low, high = -QUARTERS, QUARTERS
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if finds(at + middle * QUARTER) else (low, middle - 1)
            before, self.offset = self.offset, low * QUARTER
            if not self._holds(at, finds):
                self.offset = before
                return False
        self._measured_at = at
        return True

    @property
    def known(self) -> bool:
        """Whether it was found out at some time; accounts seldom move."""
        return self._measured_at is not None

    def clock(self, instant: datetime) -> datetime:
        """What the account's clock showed then; or somewhat before, if it may have been moved since."""
        far = self._measured_at is None or abs(self._measured_at - instant) > DAY
        return instant + self.offset - (MOVED if far else timedelta(0))

    def _holds(self, at: datetime, finds: Callable[[datetime], bool]) -> bool:
        return finds(at + self.offset) and not finds(at + self.offset + SECOND)
