"""When a channel may be tried: it is left alone for as long as it asks, and probed while it fails.

Each page keeps its own time for the next attempt. While a channel fails only one of those that wait is tried
now and then, so that a thousand pages ask no more of it than a few; a page that was never tried goes at once.
The first to arrive lets all others go.
"""

from __future__ import annotations

from datetime import datetime

from alerts.notifier import DeliveryError
from alerts.retry import FIRST_DELAY, PROBE_EVERY, TRUSTED


class Pace:
    """What one channel's last attempts say about the next one."""

    def __init__(self) -> None:
        self._held_until: datetime | None = None
        self._probe_at: datetime | None = None
        self._failures = 0

    def held(self, now: datetime) -> bool:
        """The channel has asked for silence until later."""
        return self._held_until is not None and now < self._held_until

    def fails(self, now: datetime) -> bool:
        """The last attempts failed, and it is too soon for a probe."""
        return self._probe_at is not None and now < self._probe_at

    def not_before(self, due: datetime) -> datetime:
        """When what is due then can be tried."""
        return max(one for one in (due, self._held_until, self._probe_at) if one is not None)

    def arrived(self) -> bool:
        """A page has arrived; whether that ends a time in which nothing did."""
        ended, self._failures, self._probe_at = self._failures >= TRUSTED, 0, None
        return ended

    def failed(self, error: DeliveryError, *, at: datetime, next_at: datetime | None) -> None:
        """An attempt has failed. A refusal for good is an answer, and says nothing about other pages."""
        if error.retry_after is not None:
            self._held_until = next_at
        elif error.retryable:
            self._probe_at = at + min(FIRST_DELAY * 2 ** min(self._failures, TRUSTED), PROBE_EVERY)
            self._failures += 1
