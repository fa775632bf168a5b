"""`GET /health`: whether the daemon does its work, for a supervisor, a load balancer or a person with curl.

200 while it does, 503 with the reasons while it does not. The server has its own threads, answers from what
the daemon tells, and cuts off the slowest client rather than wait for it.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from alerts.catalogue import Sentence
from monitor.clock import Clock
from monitor.config.schema import Web
from monitor.health.report import Report, as_json

log: Final = structlog.get_logger()

# A client that says nothing for so long is gone, in seconds.
PATIENCE: Final = 5.0
# Open connections; one more, and the oldest is cut.
MOST_OPEN: Final = 16


class HealthError(Exception):
    """The address cannot be listened on. The message is a sentence with the mend."""


class Health:
    """The server.

    `report` is asked on the server's threads, once for each request, and must not wait for the daemon.
    """

    def __init__(self, web: Web, report: Callable[[], Report], *, clock: Clock, zone: ZoneInfo) -> None:
        self._web = web
        self._report = report
        self._clock = clock
        self._zone = zone
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers; the port is the real one once it has started."""
        port = self._web.port if self._server is None else self._server.server_address[1]
        host = f"[{self._web.host}]" if ":" in self._web.host else self._web.host
        return f"http://{host}:{port}/health"

    def start(self) -> None:
        """Listen from now on.

        Raises HealthError.
        """
        try:
            server = _Server(self._web.host, self._web.port, self._answer)
        except (OSError, OverflowError) as error:
            facts = {"host": self._web.host, "port": str(self._web.port), "detail": str(error)}
            raise HealthError(Sentence("run.deaf", section="web", **facts)) from error
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="health", daemon=True
        )
        self._thread.start()
        log.info("health_listens", url=self.url)

    def stop(self) -> None:
        """Stop listening, and cut what is still open."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.cut_all()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _answer(self, path: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Status and body for a path."""
        if path.rstrip("/") != "/health":
            return HTTPStatus.NOT_FOUND, {"error": f"there is nothing at {path}; ask for /health"}
        try:
            report = self._report()
        except Exception as error:
            log.exception("health_unknown")
            sentence = f"the daemon cannot tell how it is ({type(error).__name__}: {error})"
            return HTTPStatus.SERVICE_UNAVAILABLE, {"state": "unknown", "problems": [sentence]}
        problems = report.problems(self._clock.now())
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        return status, as_json(report, problems, self._zone)


class _Server(ThreadingHTTPServer):
    """Serves each connection on a thread of its own, of which there is a bounded number."""

    daemon_threads = True
    # Clients that come all at once wait here, and not until they try again a second later.
    request_queue_size = 128
    block_on_close = False

    def __init__(
        self, host: str, port: int, answer: Callable[[str], tuple[HTTPStatus, dict[str, Any]]]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answer = answer
        self._connections: deque[socket.socket] = deque()
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.append(request)
            oldest = self._connections.popleft() if len(self._connections) > MOST_OPEN else None
        if oldest is not None:
            _cut(oldest)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock, suppress(ValueError):
            self._connections.remove(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """Cut every connection that is still open."""
        with self._lock:
            still_open = list(self._connections)
        for connection in still_open:
            _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-sentence is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one request a connection."""

    server: _Server
    timeout = PATIENCE
    server_version = "complaint-monitor"
    sys_version = ""
    error_content_type = "text/plain"
    error_message_format = "%(code)d %(message)s; GET /health is what there is\n"

    def do_GET(self) -> None:
        status, body = self.server.answer(urlsplit(self.path).path)
        text = json.dumps(body, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """A question every few seconds is no fact for the log."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
