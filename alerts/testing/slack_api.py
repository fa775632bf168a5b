"""A fake of Slack's Web API on a local port, for tests with the real slack-sdk.

    with FakeSlack() as slack:
        slack.fail_next(throttled(seconds=3))
        notifier = Notifier("slack", Options(token=Secret("env:TOKEN"), base_url=slack.url))
        ...
        assert slack.texts("C1") == ["..."]

It knows the channels, members and scopes it is told, keeps what is posted, and refuses what Slack refuses:
blocks beyond the limits, unknown channels, missing scopes, wrong tokens. `fail_next` lines up failures.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from alerts.testing.slack_limits import broken_limits

JsonObject = dict[str, Any]
TOKEN: Final = "xoxb-fake"  # noqa: S105 - this token opens nothing but the fake
ALL_SCOPES: Final = frozenset({"chat:write", "channels:history", "groups:history", "im:history", "im:write"})

_NEEDS: Final = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.open": "im:write",
}


@dataclass(frozen=True)
class Failure:
    """What goes wrong with one request.

    Attributes
    ----------
    status, headers, answer : what is answered instead of Slack's own answer
    posted : the request is carried out all the same
    reset : the connection is cut without an answer
    hang : seconds of silence first
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: JsonObject | None = None
    posted: bool = False
    reset: bool = False
    hang: float = 0.0


def throttled(seconds: int) -> Failure:
    """429 with Retry-After."""
    return Failure(
        status=429, headers={"Retry-After": str(seconds)}, answer={"ok": False, "error": "ratelimited"}
    )


def refused(error: str, **facts: Any) -> Failure:
    """An answer with `ok: false`."""
    return Failure(answer={"ok": False, "error": error, **facts})


def broken(status: int = 500) -> Failure:
    """A server error without a body that could be read."""
    return Failure(status=status)


def cut() -> Failure:
    """The connection is reset and nothing was done."""
    return Failure(reset=True)


def answer_lost() -> Failure:
    """The message is posted, and the connection is reset before the answer."""
    return Failure(reset=True, posted=True)


def hanging(seconds: float, *, posted: bool = False) -> Failure:
    """Nothing is said for so long, then the connection is reset."""
    return Failure(hang=seconds, reset=True, posted=posted)


class FakeSlack:
    """A workspace. `posts` are the messages in order, `requests` the methods that were called."""

    def __init__(
        self,
        *,
        channels: tuple[str, ...] = ("C1",),
        members: tuple[str, ...] = ("U1",),
        scopes: frozenset[str] = ALL_SCOPES,
        page_size: int = 100,
    ) -> None:
        self.channels = set(channels)
        self.members = set(members)
        self.scopes = scopes
        self.posts: list[JsonObject] = []
        self.requests: list[tuple[str, JsonObject]] = []
        self._page_size = page_size
        self._failures: deque[Failure] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """What `base_url` has to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail_next(self, *failures: Failure) -> None:
        """Let the next requests fail, one after the other."""
        self._failures.extend(failures)

    def texts(self, channel: str) -> list[str]:
        """Texts posted to a channel, without threads."""
        return [
            p["text"] for p in self.posts if p["channel"] == _conversation(channel) and "thread_ts" not in p
        ]

    def replies(self, channel: str) -> list[JsonObject]:
        """Messages posted into threads of a channel."""
        return [p for p in self.posts if p["channel"] == _conversation(channel) and "thread_ts" in p]

    def answer(self, method: str, token: str, body: JsonObject) -> tuple[Failure | None, JsonObject]:
        """What is to go wrong with a request, and Slack's answer to it."""
        with self._lock:
            self.requests.append((method, body))
            failure = self._failures.popleft() if self._failures else None
            if failure is not None and not failure.posted:
                return failure, {}
            return failure, self._carried_out(method, token, body)

    def _carried_out(self, method: str, token: str, body: JsonObject) -> JsonObject:
        if token != TOKEN:
            return _no("invalid_auth" if token else "not_authed")
        needed = _NEEDS.get(method)
        if needed is not None and needed not in self.scopes:
            return _no("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))
        methods: dict[str, Callable[[JsonObject], JsonObject]] = {
            "auth.test": lambda _: {"ok": True, "team": "Fake", "user": "complaint-monitor", "bot_id": "B1"},
            "chat.postMessage": self._post,
            "conversations.open": self._open,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }
        return methods[method](body) if method in methods else _no("unknown_method")

    def _post(self, body: JsonObject) -> JsonObject:
        address = body.get("channel", "")
        if address not in self.channels | self.members:
            return _no("channel_not_found")
        if not body.get("text") and not body.get("blocks"):
            return _no("no_text")
        error, reasons = broken_limits(body)
        if error:
            return _no(error, errors=reasons)
        ts = f"{time.time():.0f}.{len(self.posts):06d}"
        post = {**body, "channel": _conversation(address), "ts": ts}
        self.posts.append(post)
        return {"ok": True, "channel": post["channel"], "ts": ts, "message": {**body, "ts": ts}}

    def _open(self, body: JsonObject) -> JsonObject:
        if body.get("users") not in self.members:
            return _no("user_not_found")
        return {"ok": True, "channel": {"id": _conversation(body["users"])}}

    def _history(self, body: JsonObject) -> JsonObject:
        if body.get("channel") not in self.channels | {_conversation(member) for member in self.members}:
            return _no("channel_not_found")
        oldest = float(body.get("oldest") or 0)
        there = [
            post
            for post in reversed(self.posts)
            if post["channel"] == body["channel"] and "thread_ts" not in post and float(post["ts"]) > oldest
        ]
        return self._page(there, body)

    def _replies(self, body: JsonObject) -> JsonObject:
        there = [
            post
            for post in self.posts
            if post["channel"] == body.get("channel")
            and body.get("ts") in {post["ts"], post.get("thread_ts")}
        ]
        return self._page(there, body) if there else _no("thread_not_found")

    def _page(self, messages: list[JsonObject], body: JsonObject) -> JsonObject:
        start = int(body.get("cursor") or 0)
        size = min(self._page_size, int(body.get("limit") or self._page_size))
        more = str(start + size) if start + size < len(messages) else ""
        shown = [_seen(post, body) for post in messages[start : start + size]]
        return {
            "ok": True,
            "messages": shown,
            "has_more": bool(more),
            "response_metadata": {"next_cursor": more},
        }


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            method = url.path.rpartition("/")[2]
            failure, answer = slack.answer(method, self._token(), self._body(url.query))
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

        def _body(self, query: str) -> JsonObject:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.headers.get_content_type() == "application/json" and raw:
                return dict(json.loads(raw))
            return {name: values[0] for name, values in parse_qs(f"{query}&{raw}").items()}

        def _say(self, failure: Failure, answer: JsonObject) -> None:
            text = (
                json.dumps(answer).encode()
                if failure.status < HTTPStatus.INTERNAL_SERVER_ERROR
                else b"<html>trouble</html>"
            )
            self.send_response(failure.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("X-OAuth-Scopes", ",".join(sorted(slack.scopes)))
            for name, value in failure.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
            """A test's output stays its own."""

    return Handler


def _conversation(address: str) -> str:
    """A person is reached in a conversation with an id of its own."""
    return f"D{address[1:]}" if address.startswith(("U", "W")) else address


def _seen(post: JsonObject, body: JsonObject) -> JsonObject:
    """A message as its readers get it: metadata only where it was asked for."""
    wants = str(body.get("include_all_metadata", "")).lower() in {"1", "true"}
    return {key: value for key, value in post.items() if wants or key != "metadata"}


def _no(error: str, **facts: Any) -> JsonObject:
    return {"ok": False, "error": error, **facts}
