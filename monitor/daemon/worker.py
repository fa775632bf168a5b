"""One thread a source: it polls, waits, and is given up when it hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.source import ListingSource, PushSource, SourceError, SourceSettings, TicketSource, cause
from connectors.ticket import to_us
from monitor.clock import Clock
from monitor.engine.done import Done
from monitor.engine.engine import Engine
from monitor.engine.polling import poll_source, remember_failure
from monitor.engine.vanishing import Vanishing
from monitor.privacy import Prepare
from monitor.storage.errors import StoreError

Report = Callable[[str, Done], None]
Log = Any

# Threads that may hang on one source before it is left alone until one of them comes back.
MOST_HUNG: Final = 3
# What is brought within this after a poll is taken together by the next one.
GATHER: Final = timedelta(milliseconds=100)


class SourceWorker:
    """Polls one source for ever on its own thread, so that a slow one delays no other.

    A poll that brings nothing for `timeout` has failed. Its thread cannot be stopped; it is left alone, what
    it may still bring is not taken, and another thread polls on.
    """

    def __init__(
        self,
        engine: Engine,
        settings: SourceSettings,
        source: TicketSource,
        *,
        clock: Clock,
        prepare: Prepare,
        report: Report,
        log: Log,
    ) -> None:
        self.settings = settings
        self._engine, self._source, self._clock = engine, source, clock
        self._prepare, self._report, self._log = prepare, report, log
        self._vanishing = (
            Vanishing(engine, settings, source, clock) if isinstance(source, ListingSource) else None
        )
        self._stop = threading.Event()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._hung: list[threading.Thread] = []
        self._resting = False
        self._heard_at: datetime | None = None

    def start(self) -> None:
        """Begin to poll, and to be told by a source to which tickets are brought."""
        if isinstance(self._source, PushSource):
            self._source.listen(self._awake.set, self._clock.now)
        self._begin()

    def leave(self) -> None:
        """Take nothing more, from polls or by what is brought; the thread ends after what it is storing."""
        self.ask_to_stop()
        if isinstance(self._source, PushSource):
            self._source.close()

    def _begin(self) -> None:
        self._resting = False
        stop = self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(stop,), name=f"source {self.settings.name}", daemon=True
        )
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Poll no more; the thread ends after the part that it is storing."""
        self._stop.set()
        self._awake.set()

    def wait_until_stopped(self, within: timedelta) -> bool:
        """Wait for the thread to end; whether it did. One that hangs is not waited for."""
        if self._thread is not None and self._thread not in self._hung:
            self._thread.join(within.total_seconds())
            return not self._thread.is_alive() and not self._hanging()
        return not self._hanging()

    def watch(self) -> None:
        """Give up a poll that hangs, and begin anew. To be called now and then."""
        heard, now = self._heard_at, self._clock.now()
        if self._resting:
            self._begin_anew()
            return
        if heard is None or now - heard <= self.settings.timeout:
            return
        self.ask_to_stop()
        self._heard_at = None
        if self._thread is not None:
            self._hung.append(self._thread)
        error = SourceError(
            f"source {self.settings.name} did not answer for {self.settings.timeout.total_seconds():.0f} s; "
            "see whether it is reachable, or raise its timeout",
            cause=cause("silent", seconds=f"{self.settings.timeout.total_seconds():.0f}"),
        )
        self._log.warning("source_failed", source=self.settings.name, error=str(error))
        try:
            remember_failure(self._engine, self.settings, error, failures=0, now=to_us(now))
        except StoreError as problem:
            self._log.error("store_failed", error=str(problem))
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._resting = self._hanging() >= MOST_HUNG
        if not self._resting:
            self._begin()

    def _hanging(self) -> int:
        """How many threads of this source have been left behind, and have not come back."""
        self._hung = [thread for thread in self._hung if thread.is_alive()]
        return len(self._hung)

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                wait = self._poll(stop)
            except StoreError as error:
                # Nothing more can be remembered now, not even that it failed; the next poll begins where
                # the last one that was stored ended.
                self._log.error("store_failed", source=self.settings.name, error=str(error))
                wait = self.settings.every
            self._rest(stop, wait)

    def _rest(self, stop: threading.Event, wait: timedelta) -> None:
        """Wait until the next poll is due, or something was brought."""
        until = self._clock.now() + wait
        if isinstance(self._source, PushSource):
            self._clock.wait(stop, until=min(until, self._clock.now() + GATHER))
            self._clock.wait(self._awake, until=until)
            self._awake.clear()
        else:
            self._clock.wait(stop, until=until)

    def _poll(self, stop: threading.Event) -> timedelta:
        """Poll once: how long to wait for the next time."""
        self._heard_at = self._clock.now()
        try:
            parts = poll_source(
                self._engine,
                self.settings,
                self._source,
                clock=self._clock,
                prepare=self._prepare,
                wanted=lambda: self._answered(stop),
            )
            for done in parts:
                if not stop.is_set():
                    self._heard_at = self._clock.now()
                self._report(self.settings.name, done)
            if self._vanishing is not None and not stop.is_set():
                gone = self._vanishing.look(lambda: self._still_heard(stop))
                if gone is not None:
                    self._report(self.settings.name, gone)
        except SourceError as error:
            if not stop.is_set():
                self._log.warning("source_failed", source=self.settings.name, error=str(error))
            return error.retry_after or self._wait_after_failure()
        except StoreError as error:
            self._log.error("store_failed", source=self.settings.name, error=str(error))
            return self.settings.every
        except Exception as error:  # noqa: BLE001 - a connector of somebody else's must not end its thread
            if not stop.is_set():
                self._log.exception("source_broken", source=self.settings.name)
                problem = SourceError(f"{type(error).__name__}: {error}")
                remember_failure(
                    self._engine, self.settings, problem, failures=0, now=to_us(self._clock.now())
                )
            return self.settings.every
        finally:
            if not stop.is_set():
                self._heard_at = None
        return self.settings.every

    def _answered(self, stop: threading.Event) -> bool:
        """Whether an answer that has come is awaited. Until it is stored, nobody waits for the source."""
        if stop.is_set():
            return False
        self._heard_at = None
        return True

    def _still_heard(self, stop: threading.Event) -> bool:
        """Whether an answer that has come, with more to follow, is awaited."""
        if stop.is_set():
            return False
        self._heard_at = self._clock.now()
        return True

    def _wait_after_failure(self) -> timedelta:
        with self._engine.store.reading() as tx:
            state = next((s for s in tx.sources.all() if s.name == self.settings.name), None)
        now = to_us(self._clock.now())
        if state is None or state.next_at is None:
            return self.settings.every
        return timedelta(microseconds=max(0, state.next_at - now))
