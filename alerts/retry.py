"""When a page that did not arrive is tried again. None is dropped: it waits, or stays undeliverable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from alerts.notifier import DeliveryError

# Doubles from the first to the longest delay: an address that fails for hours costs four attempts an hour.
FIRST_DELAY: Final = timedelta(seconds=5)
# Who does not know yet is to know within five minutes of a mend, also where several channels take their time.
URGENT_DELAY: Final = timedelta(minutes=1)
# After so many attempts a channel is not believed any more when it asks for less than our own delay.
TRUSTED: Final = 3
# 5 s doubled this often is beyond the longest delay.
MOST_DOUBLINGS: Final = 16
LONGEST_DELAY: Final = timedelta(minutes=15)
# Of pages that wait for a channel that fails, one is tried so often; the others follow when it arrives.
PROBE_EVERY: Final = timedelta(seconds=15)


def next_attempt(
    error: DeliveryError, *, attempts: int, now: datetime, urgent: bool = False
) -> datetime | None:
    """When to try again after `attempts` attempts (1 or more), or None for undeliverable.

    `urgent` is a page whose reader does not know: our own delay ends at a minute. What the channel asks for
    by `retry_after` is honoured all the same and counts from now; a channel that asks for less than our own
    delay is not asked earlier than that once it has failed several times. None means that no repetition can
    help until somebody mends what the error names: the page is kept as undeliverable, shown in `status`, and
    operators are told.
    """
    if not error.retryable:
        return None
    doublings = min(max(0, attempts - 1), MOST_DOUBLINGS)
    own: timedelta = min(FIRST_DELAY * 2**doublings, URGENT_DELAY if urgent else LONGEST_DELAY)
    if error.retry_after is None:
        return now + own
    patient = own if attempts > TRUSTED else timedelta(0)
    return now + max(error.retry_after, patient)
