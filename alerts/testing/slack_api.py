"""A fake Slack on a local port - Web API, Socket Mode, uploads - for tests with slack-sdk and slack-bolt.

    with FakeSlack() as slack:
        slack.fail_next(throttled(seconds=3))
        notifier = Notifier("slack", Options(token=Secret("env:TOKEN"), base_url=slack.url))
        ...
        assert slack.texts("C1") == ["..."]

It knows the channels, members and scopes it is told, keeps what is posted, and refuses what Slack refuses:
blocks beyond the limits, unknown or archived channels, channels that the app is not in, missing scopes, wrong
tokens, stale triggers. `fail_next` lines up failures, `down` lasts. People click, submit and write commands
as methods of it; they see what the app has posted, and press only buttons that are there.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

from alerts.testing.slack_failures import (
    Failure,
    JsonObject,
    answer_lost,
    broken,
    cut,
    hanging,
    refused,
    throttled,
)
from alerts.testing.slack_members import conversation
from alerts.testing.slack_people import button, click_payload, command_payload, submission_payload
from alerts.testing.slack_socket import LONGEST, PATIENCE, Answered, SocketMode
from alerts.testing.slack_terms import ALL_SCOPES, APP_TOKEN, TEAM, TOKEN
from alerts.testing.slack_workspace import Workspace

__all__ = [
    "ALL_SCOPES",
    "APP_TOKEN",
    "TEAM",
    "TOKEN",
    "Answered",
    "FakeSlack",
    "answer_lost",
    "broken",
    "cut",
    "hanging",
    "refused",
    "throttled",
]

Found = TypeVar("Found")


class FakeSlack:
    """A workspace. `requests` are the methods that were called; `posts`, `views`... are the workspace's.

    Attributes
    ----------
    down : what every request meets, for as long as it is set

    Parameters
    ----------
    now, clock : Slack's time of now, and the clock by which triggers expire and requests are counted
    patience : seconds within which a click is to be acknowledged; more where no busy machine is to be judged
    """

    def __init__(
        self,
        *,
        channels: tuple[str, ...] = ("C1",),
        members: tuple[str, ...] = ("U1",),
        scopes: frozenset[str] = ALL_SCOPES,
        page_size: int = 100,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        rate_limited: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self.workspace = Workspace(
            channels=channels,
            members=members,
            scopes=scopes,
            page_size=page_size,
            now=now,
            clock=clock,
            rate_limited=rate_limited,
        )
        self.requests: list[tuple[str, JsonObject]] = []
        self.down: Failure | None = None
        self._patience = patience
        self._failures: deque[tuple[str | None, Failure]] = deque()
        self._lock = threading.Condition()
        self._socket: SocketMode | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.workspace.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.workspace.link = self._link
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """What `base_url` has to be."""
        return f"{self.workspace.url}/api/"

    @property
    def socket(self) -> SocketMode:
        """Socket Mode, from the first time that it is asked for."""
        with self._lock:
            if self._socket is None:
                self._socket = SocketMode(self.workspace.tickets, patience=self._patience)
            return self._socket

    def _link(self, ticket: str) -> str:
        return self.socket.link(ticket)

    @property
    def posts(self) -> list[JsonObject]:
        """All messages, as they stand after their last edit."""
        return self.workspace.posts

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            self._socket.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- what goes wrong ----------------------------------------------------------------------------------

    def fail_next(self, *failures: Failure, method: str | None = None) -> None:
        """Let the next requests fail, one after the other; only those of a method if it is named."""
        with self._lock:
            self._failures.extend((method, failure) for failure in failures)

    def archive(self, channel: str) -> None:
        """Archive a channel."""
        self.workspace.channels[channel].archived = True

    def leave(self, channel: str) -> None:
        """Take the app out of a channel."""
        self.workspace.channels[channel].joined = False

    # -- what people see and do ---------------------------------------------------------------------------

    def wait_for(self, what: Callable[[], Found], within: float = LONGEST) -> Found:
        """What this tells as soon as it is truthy, looked at after each request. Raises TimeoutError.

        An app answers a click on threads of its own: `slack.wait_for(lambda: slack.shown_to("U1"))`.
        """
        with self._lock:
            found = self._lock.wait_for(what, within)
        if not found:
            raise TimeoutError(f"it has not come within {within:g} s; the last answer was {found!r}")
        return found

    def texts(self, channel: str) -> list[str]:
        """Texts posted to a channel, without threads."""
        return [post["text"] for post in self.on(channel) if "thread_ts" not in post]

    def replies(self, channel: str) -> list[JsonObject]:
        """Messages posted into threads of a channel."""
        return [post for post in self.on(channel) if "thread_ts" in post]

    def on(self, channel: str) -> list[JsonObject]:
        """All messages of a channel, or of a person's conversation."""
        return [post for post in self.posts if post["channel"] == conversation(channel)]

    def shown_to(self, user: str) -> list[str]:
        """What only this person was shown."""
        return [str(one.get("text", "")) for one in self.workspace.ephemeral if one.get("user") == user]

    def click(
        self,
        user: str,
        post: Mapping[str, Any],
        action: str,
        *,
        value: str | None = None,
        team: str = TEAM,
        times: int = 1,
    ) -> Answered:
        """Press a button of a message, or choose a value in a menu; `times` is a click that Slack repeats.

        Raises LookupError where the message has no such button.
        """
        element, block = button(post, action)
        payload = click_payload(self.workspace, user, post, element, block=block, value=value, team=team)
        return self.socket.send("interactive", payload, times=times)

    def command(
        self, user: str, text: str, *, channel: str = "C1", command: str = "/complaints", team: str = TEAM
    ) -> Answered:
        """Write a slash command."""
        payload = command_payload(self.workspace, user, f"{command} {text}", channel=channel, team=team)
        return self.socket.send("slash_commands", payload, accepts=True)

    def submit(
        self,
        user: str,
        view: Mapping[str, Any],
        values: Mapping[str, Any],
        *,
        team: str = TEAM,
        times: int = 1,
    ) -> Answered:
        """Submit a modal: block id -> what was written or chosen."""
        payload = submission_payload(self.workspace, user, view, values, team=team)
        return self.socket.send("interactive", payload, accepts=True, times=times)

    # -- what the server asks -----------------------------------------------------------------------------

    def answer(self, method: str, token: str, body: JsonObject) -> tuple[Failure | None, JsonObject]:
        """What is to go wrong with a request, and Slack's answer to it."""
        with self._lock:
            self.requests.append((method, body))
            self._lock.notify_all()
            failure = self._failure(method)
            if failure is not None and not failure.posted:
                return failure, {}
            wait = self.workspace.wait_asked(method, body)
            if wait:
                return throttled(wait), {}
            return failure, self.workspace.carry_out(method, token, body)

    def take(self, kind: str, id: str, content: bytes) -> int:
        """An upload, or an answer by response URL: the HTTP status."""
        with self._lock:
            self._lock.notify_all()
            if kind == "upload":
                return 200 if self.workspace.uploads.take(id, content) else 400
            return self.workspace.forms.respond(id, dict(json.loads(content or b"{}")))

    def _failure(self, method: str) -> Failure | None:
        for i, (wanted, failure) in enumerate(self._failures):
            if wanted is None or wanted == method:
                del self._failures[i]
                return failure
        return self.down


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            *_, kind, last = url.path.split("/")
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if kind != "api":
                self._end(slack.take(kind, last, raw), b"ok", {})
                return
            failure, answer = slack.answer(last, self._token(), self._body(url.query, raw))
            failure = failure or Failure()
            if failure.hang:
                time.sleep(failure.hang)
            if failure.reset:
                self.close_connection = True
                self.connection.close()
                return
            self._say(failure, failure.answer if failure.answer is not None else answer)

        def _token(self) -> str:
            return self.headers.get("Authorization", "").removeprefix("Bearer ")

        def _body(self, query: str, raw: bytes) -> JsonObject:
            if self.headers.get_content_type() == "application/json" and raw:
                return dict(json.loads(raw))
            return {name: values[0] for name, values in parse_qs(f"{query}&{raw.decode()}").items()}

        def _say(self, failure: Failure, answer: JsonObject) -> None:
            text = (
                json.dumps(answer).encode()
                if failure.status < HTTPStatus.INTERNAL_SERVER_ERROR
                else b"<html>trouble</html>"
            )
            scopes = {"X-OAuth-Scopes": ",".join(sorted(slack.workspace.scopes))}
            self._end(failure.status, text, {**scopes, **failure.headers})

        def _end(self, status: int, text: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
            """A test's output stays its own."""

    return Handler
