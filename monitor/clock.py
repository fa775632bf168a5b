"""What time it is. The one file that asks the system clock; everybody else is given a clock, or `now`."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

# A manual clock cannot hear an event; whoever waits on it looks this often, in seconds of real time.
LOOK_EVERY: Final = 0.005


class Clock(Protocol):
    """Tells the time, and lets a thread wait for it.

    Promises: `now` is aware and in UTC; `wait` may return early, and never later than the event.
    """

    def now(self) -> datetime:
        """The time."""
        ...

    def wait(self, event: threading.Event, *, until: datetime) -> bool:
        """Wait for the event, at most until that time; whether the event is set."""
        ...


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: threading.Event, *, until: datetime) -> bool:
        left = (until - self.now()).total_seconds()
        return event.wait(min(max(0.0, left), threading.TIMEOUT_MAX))


class ManualClock:
    """A clock that stands still until it is moved: for tests, and for months that pass in seconds.

    It may be moved while threads wait on it; those whose time has come go on.

        clock = ManualClock(datetime(2026, 5, 9, tzinfo=UTC))
        clock.advance(timedelta(hours=1))
    """

    def __init__(self, start: datetime) -> None:
        self._now = _in_utc(start)
        self._moved = threading.Condition()

    def now(self) -> datetime:
        return self._now

    def wait(self, event: threading.Event, *, until: datetime) -> bool:
        with self._moved:
            while not event.is_set() and self._now < until:
                self._moved.wait(LOOK_EVERY)
        return event.is_set()

    def set(self, now: datetime) -> None:
        """Move the clock there; like a real one, it may be set back."""
        with self._moved:
            self._now = _in_utc(now)
            self._moved.notify_all()

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self.set(self._now + by)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a clock shows an aware time, and {at.isoformat()} has no zone; give it one")
    return at.astimezone(UTC)
