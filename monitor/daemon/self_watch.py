"""The daemon's watch over itself: the audit when it is due, and the heartbeat while ticks go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from alerts.page import Page
from connectors.ticket import to_us
from connectors.windows import Calendar
from monitor.audit.auditing import audit
from monitor.clock import Clock
from monitor.config.schema import Audit
from monitor.engine.rules import Rules
from monitor.health.heartbeat import Heartbeat
from monitor.storage.errors import StoreError
from monitor.storage.store import Store

log: Final = structlog.get_logger()


class SelfWatch:
    """Made with the daemon; configured anew when the rules change.

    Parameters
    ----------
    alive_for : without a tick for so long, no heartbeat goes out
    """

    def __init__(self, store: Store, clock: Clock, *, settings: Audit, alive_for: timedelta) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._alive_for = alive_for
        self._rules_since = self._audited_at = self._ticked_at = clock.now()
        self._heartbeat: Heartbeat | None = None

    def start(self) -> None:
        """Begin to beat, where an address is configured."""
        address = self._settings.heartbeat
        if address is not None:
            self._heartbeat = Heartbeat(address, every=self._settings.heartbeat_every, well=self._well)
            self._heartbeat.start()

    def configure(self, settings: Audit) -> None:
        """Other rules hold from now on, and perhaps another address."""
        self._rules_since = self._clock.now()
        if settings != self._settings:
            self.stop()
            self._settings = settings
            self.start()

    def stop(self) -> None:
        """No more heartbeats."""
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None

    def tick(self, rules: Rules, calendar: Calendar) -> list[Page]:
        """A tick has gone well: the page of an audit, if one was due and found something new."""
        now = self._ticked_at = self._clock.now()
        if timedelta() <= now - self._audited_at < self._settings.every:
            return []
        self._audited_at = now
        try:
            found = audit(
                self._store,
                rules,
                calendar,
                settings=self._settings,
                rules_since=to_us(self._rules_since),
                now=to_us(now),
            )
        except StoreError as error:
            log.warning("audit_failed", error=str(error))
            return []
        return [] if found.page is None else [found.page]

    def _well(self) -> bool:
        return self._clock.now() - self._ticked_at < self._alive_for
