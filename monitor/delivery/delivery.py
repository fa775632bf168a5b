"""The outbox goes out, one thread for each channel, so that a hung one delays neither counting nor others.

Nothing is ever dropped: a page is sent, or tried again, or undeliverable and told to operators. What waits
too long is told to operators too, on another channel. A channel that does not answer within the time limit
is left behind with its thread, and opened anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from alerts.notifier import Follows, Notifier
from alerts.plan import Channel, ResponsePlan
from monitor.clock import Clock
from monitor.delivery.channel_thread import LOOK_EVERY, ChannelThread
from monitor.delivery.fallback import Fallbacks
from monitor.delivery.lane import Lane
from monitor.delivery.late_pages import LatePages
from monitor.delivery.notifiers import Opener, gone, open_notifier, opened, same
from monitor.delivery.pictures import Draw
from monitor.delivery.settings import Settings
from monitor.pages.links import Links
from monitor.storage.errors import LeaseLostError, StoreError
from monitor.storage.outbox import State
from monitor.storage.store import Store

log: Final = structlog.get_logger()

# Longer than the time limits of a channel of ours add up to: mail has seven steps of 20 s.
TIME_LIMIT: Final = timedelta(minutes=3)
# Six attempts have failed by then; the plan's first report is due an hour after the page.
LATE_AFTER: Final = timedelta(minutes=5)
# The person is to know within five minutes, also where the next channel takes some time.
FALL_BACK_AFTER: Final = timedelta(minutes=2)
# Threads that may hang on one channel before it is left alone until one of them comes back.
MOST_HUNG: Final = 3


class Delivery:
    """Sends what the outbox holds.

    Either `start` and `stop` it, and `wake` it when pages have been decided; or call `deliver_due`, which
    needs no thread, as tests and simulations do. It must be made before anything new is decided: what the
    outbox holds then is taken for what an earlier process may have sent already.

    Attributes
    ----------
    lost : set when another instance has taken over the store; nothing is sent any more
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        plan: ResponsePlan,
        language: str,
        zone: ZoneInfo,
        opener: Opener = open_notifier,
        time_limit: timedelta = TIME_LIMIT,
        late_after: timedelta = LATE_AFTER,
        fall_back_after: timedelta = FALL_BACK_AFTER,
        draw: Draw | None = None,
        links: Links | None = None,
    ) -> None:
        self.lost: LeaseLostError | None = None
        self._store = store
        self._clock = clock
        self._opener = opener
        self._draw, self._links = draw, links
        self._time_limit = time_limit
        self._late = LatePages(store, late_after=late_after)
        self._fallbacks = Fallbacks(store, after=fall_back_after)
        with store.reading() as tx:
            self._inherited = frozenset(one.id for one in tx.outbox.deliveries(state=State.PENDING))
        self._lock = threading.RLock()
        self._lanes: dict[str, Lane] = {}
        self._open: dict[str, tuple[Channel, Notifier]] = {}
        self._threads: list[ChannelThread] = []
        self._watch: threading.Thread | None = None
        self._stopping = threading.Event()
        self.configure(plan=plan, language=language, zone=zone)

    def configure(self, *, plan: ResponsePlan, language: str, zone: ZoneInfo) -> None:
        """Go on with these settings; channels that are the same stay open. Nothing is sent again."""
        with self._lock:
            self._settings = Settings(plan, language, zone, self._links)
            before, self._open = self._open, {}
            for channel in plan.channels:
                known = before.pop(channel.name, None)
                if known is not None and same(known[0], channel):
                    self._open[channel.name] = known
                    continue
                self._retire(channel.name)
                self._open[channel.name] = (channel, opened(channel, self._opener))
                self._employ(channel.name)
            for name in before:
                self._retire(name)
        self.wake()

    def start(self) -> None:
        """Begin to deliver, on threads of its own."""
        with self._lock:
            self._watch = threading.Thread(
                target=self._keep_watch, args=(self._clock.now(),), name="delivery-watch", daemon=True
            )
            self._watch.start()
            for name in self._open:
                self._employ(name)

    def wake(self) -> None:
        """Something new is in the outbox. Returns at once."""
        with self._lock:
            for thread in self._threads:
                thread.wake()

    def stop(self, within: timedelta) -> tuple[str, ...]:
        """Begin nothing more, and let what is being sent arrive: channels that had not finished by then.

        What they were sending stays pending; the next start sends it again, with the same key.
        """
        deadline = time.monotonic() + within.total_seconds()
        self._stopping.set()
        with self._lock:
            threads, watch = list(self._threads), self._watch
        for thread in threads:
            thread.end()
        for thread in threads:
            # One that has hung for minutes will not come back now.
            if not thread.hung:
                thread.join(max(0.0, deadline - time.monotonic()))
        if watch is not None:
            watch.join(max(0.0, deadline - time.monotonic()))
        return tuple(dict.fromkeys(thread.lane.channel for thread in threads if thread.alive))

    @property
    def hung(self) -> tuple[str, ...]:
        """Channels with an attempt that was left behind and has not come back."""
        with self._lock:
            return tuple(dict.fromkeys(thread.lane.channel for thread in self._threads if thread.hung))

    def deliver_due(self, now: datetime | None = None) -> int:
        """Try everything that is due, then look for late pages: the number of attempts.

        Not to be called while threads run. Raises StoreError.
        """
        now = self._clock.now() if now is None else now
        attempts = 0
        for name, (_, notifier) in list(self._open.items()):
            attempts += self._send_all(self._lane(name), notifier, now)
        return attempts + self.watch(now)

    def watch(self, now: datetime) -> int:
        """Look for what no channel's own thread can see: hung attempts, channels that are gone, late pages.

        The number of attempts on channels that are gone. Raises StoreError.
        """
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            self._leave_behind(thread, now)
        attempts = sum(self._send_all(self._lane(name), gone(name), now) for name in self._gone())
        fell_back = self._fallbacks.look(now, self._settings.plan)
        noticed = self._late.look(now, self._settings.plan)
        if fell_back or noticed or attempts:
            self.wake()
        return attempts

    def _send_all(self, lane: Lane, notifier: Notifier, now: datetime) -> int:
        attempts = 0
        lane.flush(self._settings)
        while not self._stopping.is_set() and (parcel := lane.take(now)) is not None:
            attempts += 1
            lane.record(lane.send(parcel, notifier, self._settings, now=now), self._settings)
        if isinstance(notifier, Follows):
            while not self._stopping.is_set() and lane.updating.tell_one(notifier, self._settings, now=now):
                pass
        return attempts

    def _lane(self, name: str) -> Lane:
        with self._lock:
            if name not in self._lanes:
                lane = Lane(name, self._store, self._clock, inherited=self._inherited)
                lane.updating.pictures.draw = self._draw
                lane.updating.pictures.background = self._watch is not None
                self._lanes[name] = lane
            return self._lanes[name]

    def _gone(self) -> Iterable[str]:
        with self._store.reading() as tx:
            waiting = tx.outbox.deliveries(state=State.PENDING)
        return dict.fromkeys(one.told.channel for one in waiting if one.told.channel not in self._open)

    # -- threads ------------------------------------------------------------------------------------------

    def _employ(self, name: str) -> None:
        """A thread for the channel, where threads are running."""
        if self._watch is not None and not self._stopping.is_set():
            thread = ChannelThread(
                self._lane(name),
                self._open[name][1],
                self._clock,
                settings=lambda: self._settings,
                given_up=self.wake,
                lost=self._give_way,
                ended=self._ended,
            )
            self._threads.append(thread)
            thread.start()

    def _retire(self, name: str) -> None:
        """The channel's thread ends after what it is sending now."""
        for thread in self._threads:
            if thread.lane.channel == name:
                thread.end()

    def _ended(self, thread: ChannelThread) -> None:
        """A thread has ended; where it was a hung one, and the last, its channel gets another one."""
        name = thread.lane.channel
        with self._lock:
            self._threads.remove(thread)
            if name in self._open and all(one.lane.channel != name or one.ends for one in self._threads):
                self._employ(name)

    def _leave_behind(self, thread: ChannelThread, now: datetime) -> None:
        """Wait no longer for a hung attempt; open its channel anew, unless that has hung too often."""
        left = thread.leave_behind(now, after=self._time_limit)
        if left is None:
            return
        (parcel, silent), lane = left, thread.lane
        with self._lock:
            hanging = sum(one.hung for one in self._threads if one.lane is lane)
            channel, current = self._open.get(lane.channel, (None, None))
            if channel is not None and current is thread.notifier:
                self._open[lane.channel] = (channel, opened(channel, self._opener))
                if hanging < MOST_HUNG:
                    self._employ(lane.channel)
        seconds = silent.total_seconds()
        log.error(
            "channel_hung", channel=lane.channel, page=parcel.page_key, seconds=seconds, hanging=hanging
        )
        lane.record(lane.unanswered(parcel, seconds=seconds, now=now), self._settings)
        self.wake()

    def _keep_watch(self, now: datetime) -> None:
        """The thread that watches the others."""
        while not self._clock.wait(self._stopping, until=now + LOOK_EVERY):
            now = self._clock.now()
            try:
                self.watch(now)
            except LeaseLostError as error:
                self._give_way(error)
            except StoreError as error:
                log.warning("store_busy", error=str(error))
            except Exception:
                # A mistake of ours must not end the watch.
                log.exception("delivery_broken")

    def _give_way(self, error: LeaseLostError) -> None:
        """Another instance delivers now."""
        with self._lock:
            if self.lost is None:
                log.error("lease_lost", error=str(error))
            self.lost = error
            self._stopping.set()
            for thread in self._threads:
                thread.end()
