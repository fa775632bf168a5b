"""When a page that did not arrive is tried again. None is dropped: it waits, or stays undeliverable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from alerts.notifier import DeliveryError

# Doubles from the first to the longest delay: a channel that is down for hours costs four attempts an hour.
FIRST_DELAY: Final = timedelta(seconds=5)
# After so many attempts a channel is not believed any more when it asks for less than our own delay.
TRUSTED: Final = 3
# 5 s doubled this often is beyond the longest delay.
MOST_DOUBLINGS: Final = 16
LONGEST_DELAY: Final = timedelta(minutes=15)


def next_attempt(error: DeliveryError, *, attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` attempts (1 or more), or None for undeliverable.

    What the channel asks for by `retry_after` is honoured and counts from now; a channel that asks for less
    than our own delay is not asked earlier than that once it has failed several times. None means that no
    repetition can help until somebody mends what the error names: the page is kept as undeliverable, shown
    in `status`, and operators are told.
    """
    if not error.retryable:
        return None
    doublings = min(max(0, attempts - 1), MOST_DOUBLINGS)
    own: timedelta = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
    if error.retry_after is None:
        return now + own
    patient = own if attempts > TRUSTED else timedelta(0)
    return now + max(error.retry_after, patient)
