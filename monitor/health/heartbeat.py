"""A sign of life to an address outside: a dead-man switch there tells people when it stays away.

It is sent on a thread of its own, within a time limit, and only while the ticks go on: a monitor that hangs
must not say that all is well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from connectors.options import Secret

log: Final = structlog.get_logger()

PATIENCE: Final = 10.0
"""Seconds that one question may take."""


class Heartbeat:
    """Asks an address every so often while `well` says so.

    Parameters
    ----------
    address : http or https; revealed at each beat where it is a secret
    well : whether all is well now; asked on this object's thread
    """

    def __init__(self, address: Secret | str, *, every: timedelta, well: Callable[[], bool]) -> None:
        self._address, self._every, self._well = address, every, well
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._failing = False

    def start(self) -> None:
        """Begin; the first beat goes out at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is on its way may still arrive."""
        self._stop.set()

    def wait(self, limit: timedelta) -> bool:
        """Wait until it has ended, within a time limit: whether it has."""
        self._thread.join(max(0.0, limit.total_seconds()))
        return not self._thread.is_alive()

    def beat(self) -> bool:
        """Ask once, if all is well: whether the address answered."""
        import httpx

        if not self._well():
            return False
        try:
            address = self._address.reveal() if isinstance(self._address, Secret) else self._address
            answer = httpx.get(address, timeout=PATIENCE, follow_redirects=False)
            answer.raise_for_status()
        except Exception as error:  # noqa: BLE001 - a thread that ends would tell people that the monitor is dead
            # The address may hold a token: only the kind of error is told, and only once.
            if not self._failing:
                log.warning("heartbeat_failed", error=type(error).__name__)
            self._failing = True
            return False
        self._failing = False
        return True

    def _run(self) -> None:
        while True:
            self.beat()
            if self._stop.wait(self._every.total_seconds()):
                return
