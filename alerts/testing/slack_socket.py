"""Socket Mode on a local port: envelopes to whoever is connected, acknowledged within three seconds or not.

Speaks as docs.slack.dev/apis/events-api/using-socket-mode says: `hello` first, each envelope to one of the
connections, `disconnect` before a connection is taken away. Needs `complaint-monitor[testing]`.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_terms import APP

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

# Slack shows people an error when an envelope is not acknowledged by then.
PATIENCE: Final = 3.0
# How long a test waits for what an app does on threads of its own, before it gives up.
LONGEST: Final = 60.0
_NO_TICKET: Final = 4001


@dataclass(frozen=True)
class Answered:
    """What the app did with an envelope.

    Attributes
    ----------
    in_time : it was acknowledged within three seconds; otherwise people see an error
    payload : what came with the acknowledgement
    seconds : how long it took
    """

    in_time: bool
    payload: JsonObject | None = None
    seconds: float = 0.0


class SocketMode:
    """The server; `connections` counts who is connected now."""

    def __init__(self, tickets: set[str], *, patience: float = PATIENCE) -> None:
        from websockets.sync.server import serve

        self._tickets = tickets
        self._patience = patience
        self._lock = threading.Condition()
        self._open: list[ServerConnection] = []
        self._acks: dict[str, JsonObject] = {}
        self._turn = 0
        self._server = serve(self._talk, "127.0.0.1", 0, logger=_silent())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._open)

    def link(self, ticket: str) -> str:
        """The address for one connection."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}"

    def wait_connected(self, within: float = LONGEST) -> None:
        """Wait for a connection. Raises TimeoutError."""
        with self._lock:
            self._connected(within)

    def send(self, kind: str, payload: JsonObject, *, accepts: bool = False, times: int = 1) -> Answered:
        """Send an envelope, as often as Slack would repeat it, each time as a new one: the last answer."""
        answered = Answered(in_time=False)
        for _ in range(times):
            answered = self._send(kind, payload, accepts=accepts)
        return answered

    def disconnect(self, reason: Literal["warning", "refresh_requested", "link_disabled"]) -> None:
        """Tell all connections that they end, and end them unless it is a warning."""
        with self._lock:
            leaving = list(self._open)
        for connection in leaving:
            with suppress(Exception):
                connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
        if reason != "warning":
            # Slack leaves the old connection a moment, in which the new one is made.
            self._end_when(lambda: self.connections > len(leaving), leaving)

    def cut(self) -> None:
        """End all connections without a word."""
        with self._lock:
            leaving = list(self._open)
        self._end_when(lambda: True, leaving)

    def close(self) -> None:
        """End the server."""
        self.cut()
        self._server.shutdown()
        self._thread.join()

    def _end_when(self, ready: Callable[[], bool], leaving: list[ServerConnection]) -> None:
        """End these connections once something is so, or after a second: a client may never make it so."""
        deadline = time.monotonic() + 1.0
        while not ready() and time.monotonic() < deadline:
            time.sleep(0.01)
        for connection in leaving:
            with suppress(Exception):
                # Both sides see its end at once.
                connection.socket.shutdown(socket.SHUT_RDWR)

    def _send(self, kind: str, payload: JsonObject, *, accepts: bool) -> Answered:
        id = str(uuid.uuid4())
        with self._lock:
            open_now = self._connected(LONGEST)
            self._turn += 1
            connection = open_now[self._turn % len(open_now)]
        started = time.monotonic()
        envelope: dict[str, Any] = {"envelope_id": id, "type": kind, "payload": payload}
        with suppress(Exception):
            connection.send(json.dumps({**envelope, "accepts_response_payload": accepts}))
        with self._lock:
            in_time = self._lock.wait_for(lambda: id in self._acks, self._patience)
            return Answered(in_time, self._acks.get(id, {}).get("payload"), time.monotonic() - started)

    def _connected(self, within: float) -> list[ServerConnection]:
        """The connections, as soon as there are some; to be asked under the lock."""
        if not self._lock.wait_for(lambda: bool(self._open), within):
            raise TimeoutError("nobody has connected")
        return self._open

    def _talk(self, connection: ServerConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        path = connection.request.path if connection.request is not None else ""
        ticket = parse_qs(urlsplit(path).query).get("ticket", [""])[0]
        if ticket not in self._tickets:
            connection.close(_NO_TICKET)
            return
        # An address is good for one connection.
        self._tickets.discard(ticket)
        with self._lock:
            self._open.append(connection)
            number = len(self._open)
        hello = {"type": "hello", "num_connections": number, "connection_info": {"app_id": APP}}
        try:
            connection.send(json.dumps({**hello, "debug_info": {"approximate_connection_time": 18_060}}))
            with self._lock:
                self._lock.notify_all()
            for text in connection:
                answer = json.loads(text)
                with self._lock:
                    self._acks[str(answer.get("envelope_id"))] = answer
                    self._lock.notify_all()
        except (ConnectionClosed, OSError):
            pass
        finally:
            with self._lock:
                self._open.remove(connection)


def _silent() -> Any:
    import logging

    logger = logging.getLogger("alerts.testing.slack_socket")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
