"""The connection to Slack: Socket Mode on a thread, tried as often as it takes, and ended without a trace."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog

from alerts.slack_client import Access, client_of

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_bolt.adapter.socket_mode import SocketModeHandler
    from slack_sdk import WebClient

log: Final = structlog.get_logger()

# Between attempts to connect, in seconds; once connected, the sdk reconnects by itself.
RETRY_EVERY: Final = 5.0


class Connection:
    """One workspace's connection. `start` returns at once and connects on a thread.

    Parameters
    ----------
    app_of : the app that answers what this client brings

    Attributes
    ----------
    team : the workspace's id; empty until it has been reached
    """

    def __init__(self, channel: str, options: Access, app_of: Callable[[WebClient], App]) -> None:
        self.team = ""
        self._channel = channel
        self._options = options
        self._app_of = app_of
        self._stopping = threading.Event()
        self._handler: SocketModeHandler | None = None
        self._ending = threading.Lock()
        self._thread = threading.Thread(target=self._connect, name=f"slack-app-{channel}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Bring nothing more. Returns at once; what hangs on the network does not hold it up."""
        self._stopping.set()
        if self._handler is not None:
            ended = (self._handler,)
            closing = threading.Thread(target=self._end, args=ended, name="slack-app-end", daemon=True)
            closing.start()
            closing.join(1.0)

    @property
    def connected(self) -> bool:
        """Slack can bring clicks now."""
        return self._handler is not None and bool(self._handler.client.is_connected())

    def _connect(self) -> None:
        told = False
        while not self._stopping.is_set():
            try:
                if self._connected_now():
                    log.info("slack_app_connected", channel=self._channel)
                    return
            except Exception as error:  # noqa: BLE001 - Slack may be down in any way; it is tried again
                if not told:
                    log.warning(
                        "slack_app_waits",
                        channel=self._channel,
                        error=f"{type(error).__name__}: {error}"[:300],
                    )
                    told = True
            self._stopping.wait(RETRY_EVERY)

    def _connected_now(self) -> bool:
        """Try once: whether it is connected. Raises whatever Slack or the network does."""
        from slack_bolt.adapter.socket_mode import SocketModeHandler

        client = client_of(self._options)
        self.team = str(client.auth_test()["team_id"])
        token = "" if self._options.app_token is None else self._options.app_token.reveal()
        handler = self._handler = SocketModeHandler(self._app_of(client), token, logger=unheard())
        try:
            handler.connect()  # type: ignore[no-untyped-call]
            return self.connected and not self._stopping.is_set()
        finally:
            # The threads that the sdk has begun for an attempt live on, also where nothing came of it, and
            # whoever stops meanwhile has ended what was not there yet.
            if self._stopping.is_set() or not self.connected:
                self._end(handler)

    def _end(self, handler: SocketModeHandler) -> None:
        """End what the sdk has begun; not twice at once, which it does not bear."""
        with self._ending:
            end(handler)


def end(handler: SocketModeHandler) -> None:
    """Close it, without what the sdk's `close` sits out: a second for a message, three for bytes."""
    client = handler.client
    client.closed = True
    client.auto_reconnect_enabled = False
    client.current_session_state.terminated = True
    client.message_queue.put(None)
    session = client.current_session
    receiving = None if session is None else session.sock
    if receiving is not None:
        with suppress(OSError):  # the other side has ended it
            receiving.shutdown(socket.SHUT_RDWR)
    handler.close()  # type: ignore[no-untyped-call]


def unheard() -> Any:
    """The sdk's and bolt's own log, which says in other words what ours says."""
    import logging

    logger = logging.getLogger("slack_app.unheard")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
