"""The apps of channels: what answers people there, for as long as the configuration has it.

A channel's module may have a function `app(name, options, desk, manner)`, which gives an app or None.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import structlog

from alerts.desk import Desk, Manner
from alerts.plan import Channel
from monitor.config.kinds import Family, load_kind
from monitor.delivery.notifiers import same

log: Final = structlog.get_logger()


class App(Protocol):
    """Answers people on a channel. Both return at once."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Apps:
    """Those that run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: dict[str, tuple[Channel, Manner, App]] = {}

    def configure(self, channels: Iterable[Channel], manner: Manner) -> None:
        """Go on with these channels; an app whose channel is the same goes on undisturbed."""
        before, self._running = self._running, {}
        fresh = {}
        for channel in channels:
            known = before.get(channel.name)
            if known is not None and same(known[0], channel) and known[1] == manner:
                self._running[channel.name] = before.pop(channel.name)
                continue
            app = self._opened(channel, manner)
            if app is not None:
                fresh[channel.name] = (channel, manner, app)
        for _, _, app in before.values():
            app.stop()
        for name, (_, _, app) in fresh.items():
            self._start(name, app)
        self._running |= fresh

    def stop(self) -> None:
        """End all."""
        for _, _, app in self._running.values():
            app.stop()
        self._running = {}

    def _opened(self, channel: Channel, manner: Manner) -> App | None:
        make = getattr(load_kind(Family.CHANNEL, channel.kind).module, "app", None)
        if make is None:
            return None
        app: App | None = make(channel.name, channel.options, self._desk, manner)
        return app

    def _start(self, name: str, app: App) -> None:
        try:
            app.start()
        except Exception:
            # Pages go their own way; the monitor runs without buttons.
            log.exception("app_broken", channel=name)
