"""An HTTP endpoint on a thread of its own: a WSGI application served by waitress, started and stopped.

waitress takes a request whole before it hands it on, so that a slow sender holds up nobody.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

# Requests that are worked on at the same time; those that wait for the disk share one write.
THREADS: Final = 8
# Seconds that a sender may stay silent within a request, and that a stop waits for requests at work.
PATIENCE: Final = 10
MOST_OPEN: Final = 500


_ALLOWED: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
# What a browser is told of a page: it keeps nothing, loads nothing, and tells nobody where it was.
_OF_PAGES: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", _ALLOWED),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
)


@dataclass(frozen=True)
class Request:
    """What came; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Reply = tuple[HTTPStatus, Mapping[str, Any] | str | bytes]
"""The status, and facts as JSON, a page in HTML, or a PDF."""


class Endpoint:
    """Answers requests by `answer`, which is called on several threads and may take its time."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Reply], *, most: int) -> None:
        """Listen at once. `most` is the size of a body, in bytes, above which it is not even read.

        Raises OSError.
        """
        from waitress import create_server

        self._answer, self._most = answer, most
        self._open: dict[Any, Any] = {}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=MOST_OPEN)
        self.port = int(listening.getsockname()[1])
        self._server = create_server(
            self._wsgi,
            map=self._open,
            sockets=[listening],
            threads=THREADS,
            ident="",
            channel_timeout=PATIENCE,
            connection_limit=MOST_OPEN,
            # One that is a little too large is told so by us, in a sentence.
            max_request_body_size=2 * most + 65_536,
            clear_untrusted_proxy_headers=True,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"endpoint {self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more; what is being answered is answered."""
        self._stopping.set()
        self._server.trigger.pull_trigger()
        self._thread.join(2 * PATIENCE)
        # Only now: the loop may have ended by itself before it was woken, and what wakes it is among these.
        for channel in list(self._open.values()):
            channel.close()

    def _serve(self) -> None:
        loop = self._server.asyncore.loop
        while not self._stopping.is_set():
            loop(timeout=1, map=self._open, use_poll=True, count=1)
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=PATIENCE)
        # What the tasks have answered is still to go out.
        loop(timeout=0, map=self._open, use_poll=True, count=3)

    def _wsgi(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, told = self._answered(environ)
        kind, text = _encoded(told)
        headers = [("Content-Type", kind), ("Content-Length", str(len(text)))]
        if not isinstance(told, Mapping):
            headers += _OF_PAGES
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", "5"))
        start_response(f"{status.value} {status.phrase}", headers)
        return [text]

    def _answered(self, environ: Mapping[str, Any]) -> Reply:
        body = environ["wsgi.input"].read(self._most + 1)
        if len(body) > self._most:
            sentence = f"the body is larger than {self._most:,} bytes; bring less at a time"
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": sentence}
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        return self._answer(Request(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), headers, body))


def _encoded(told: Mapping[str, Any] | str | bytes) -> tuple[str, bytes]:
    """Media type and body."""
    if isinstance(told, str):
        return "text/html; charset=utf-8", told.encode("utf-8", "replace")
    if isinstance(told, bytes):
        return "application/pdf", told
    return "application/json; charset=utf-8", json.dumps(told, ensure_ascii=False).encode() + b"\n"
