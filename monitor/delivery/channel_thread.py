"""The thread of one channel: it sends what is due, one message after the other, and waits for more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from alerts.notifier import Follows, Notifier
from monitor.clock import Clock
from monitor.delivery.lane import Lane, Outcome
from monitor.delivery.parcel import Parcel
from monitor.delivery.settings import Settings
from monitor.storage.errors import LeaseLostError, StoreError

log: Final = structlog.get_logger()

# How often it looks without being woken, and how soon it tries again after the store failed.
LOOK_EVERY: Final = timedelta(seconds=5)
# What is due and yet not to be had is in another thread's hands; no reason to ask without a pause.
BREATH: Final = timedelta(seconds=1)


class ChannelThread:
    """Sends on one lane with a notifier that it alone uses, until it is told to end.

    Attributes
    ----------
    hung : an attempt went unanswered for too long and was left behind; the thread ends when it comes back
    """

    def __init__(
        self,
        lane: Lane,
        notifier: Notifier,
        clock: Clock,
        *,
        settings: Callable[[], Settings],
        given_up: Callable[[], None],
        lost: Callable[[LeaseLostError], None],
        ended: Callable[[ChannelThread], None],
    ) -> None:
        self.lane = lane
        self.notifier = notifier
        self.hung = False
        self._clock = clock
        self._settings = settings
        self._given_up = given_up
        self._lost = lost
        self._ended = ended
        self._lock = threading.Lock()
        self._sending: tuple[Parcel, datetime] | None = None
        self._awake = threading.Event()
        self._to_end = threading.Event()
        # A thread that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"delivery-{lane.channel}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once what is due."""
        self._awake.set()

    def end(self) -> None:
        """End after what is being sent."""
        self._to_end.set()
        self._awake.set()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    @property
    def ends(self) -> bool:
        """It was told to end."""
        return self._to_end.is_set()

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self._thread.is_alive()

    def leave_behind(self, now: datetime, *, after: timedelta) -> tuple[Parcel, timedelta] | None:
        """Wait no longer for an attempt that has gone unanswered for so long: which one, and for how long."""
        with self._lock:
            if self._sending is None or self.hung or now - self._sending[1] < after:
                return None
            self.hung = True
            self.end()
            parcel, since = self._sending
            return parcel, now - since

    def _run(self) -> None:
        while not self.ends:
            self._awake.clear()
            looked_at = self._clock.now()
            until = looked_at + LOOK_EVERY
            try:
                # Pages first: what becomes of incidents is told while no page is due.
                while self._send_one() or self._follow_one():
                    pass
                for due in (self.lane.next_at(), self._next_follow()):
                    if due is not None:
                        until = min(until, max(due, looked_at + BREATH))
            except LeaseLostError as error:
                self._lost(error)
            except StoreError as error:
                log.warning("store_busy", channel=self.lane.channel, error=str(error))
            except Exception:
                # A mistake of ours in one page must not end the channel.
                log.exception("delivery_broken", channel=self.lane.channel)
            if not self.ends:
                self._clock.wait(self._awake, until=until)
        self._ended(self)

    def _send_one(self) -> bool:
        """Send a page to an address; False where nothing is due, or the thread is to end."""
        settings = self._settings()
        self.lane.flush(settings)
        now = self._clock.now()
        parcel = None if self.ends else self.lane.take(now)
        if parcel is None:
            return False
        self._sending = (parcel, now)
        outcome = self.lane.send(parcel, self.notifier, settings, now=now)
        with self._lock:
            self._sending = None
            left_behind = self.hung
        # Of an attempt that was left behind, only news that it has arrived is news.
        if not left_behind or outcome.receipt is not None:
            self._record(outcome, settings)
        return True

    def _follow_one(self) -> bool:
        """Tell what has become of one incident; False where there is nothing to tell, or no way to."""
        if self.ends or not isinstance(self.notifier, Follows):
            return False
        return self.lane.updating.tell_one(self.notifier, self._settings(), now=self._clock.now())

    def _next_follow(self) -> datetime | None:
        return self.lane.updating.next_at() if isinstance(self.notifier, Follows) else None

    def _record(self, outcome: Outcome, settings: Settings) -> None:
        self.lane.record(outcome, settings)
        if outcome.given_up:
            self._given_up()
