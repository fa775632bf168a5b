"""On which terms Slack's Web API is used: tokens, scopes, requests a minute, and how it refuses."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_limits import broken_limits

TOKEN: Final = "xoxb-fake"  # noqa: S105 - this token opens nothing but the fake
APP_TOKEN: Final = "xapp-fake"  # noqa: S105 - nor does this one
TEAM: Final = "T1"
BOT: Final = "UBOT"
APP: Final = "A1"

ALL_SCOPES: Final = frozenset(
    {
        *("chat:write", "commands", "files:write", "im:write", "users:read"),
        *(f"{kind}:{what}" for kind in ("channels", "groups", "im") for what in ("history", "read")),
    }
)
# Scope that a method needs; "{}" stands for the kind of conversation.
NEEDS: Final = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "{}:history",
    "conversations.replies": "{}:history",
    "conversations.info": "{}:read",
    "conversations.members": "{}:read",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
# Requests a minute, docs.slack.dev/apis/web-api/rate-limits; and one message a second and channel.
_TIERS: Final = {
    "apps.connections.open": 1,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.info": 50,
    "conversations.open": 50,
    "conversations.members": 100,
    "users.info": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "views.open": 100,
}
_MINUTE: Final = 60.0


class Pace:
    """How often each method was asked lately, by a clock in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}

    def wait_asked(self, method: str, body: Mapping[str, Any]) -> int:
        """Seconds that Slack asks to wait before this request, 0 for none."""
        now = self._clock()
        pace = (f"{method} {body.get('channel')}", 1, 1.0) if method == "chat.postMessage" else None
        tier = (method, _TIERS[method], _MINUTE) if method in _TIERS else None
        for key, most, span in filter(None, (pace, tier)):
            asked = self._asked.setdefault(key, deque())
            while asked and now - asked[0] >= span:
                asked.popleft()
            if len(asked) >= most:
                return max(1, round(asked[0] + span - now))
            asked.append(now)
        return 0


def not_allowed(method: str, token: str, *, kind: str, scopes: frozenset[str]) -> JsonObject | None:
    """Why a token may not ask this method of a kind of conversation; None where it may."""
    if method == "apps.connections.open":
        if token == TOKEN:
            return no("not_allowed_token_type")
        return None if token == APP_TOKEN else no("invalid_auth" if token else "not_authed")
    if token == APP_TOKEN:
        return no("not_allowed_token_type")
    if token != TOKEN:
        return no("invalid_auth" if token else "not_authed")
    needed = NEEDS.get(method, "").format(kind)
    if needed and needed not in scopes:
        return no("missing_scope", needed=needed, provided=",".join(sorted(scopes)))
    return None


def not_sound(body: JsonObject) -> JsonObject | None:
    """Why a message with these texts and blocks is refused."""
    blocks = body.get("blocks")
    if isinstance(blocks, str):
        body = {**body, "blocks": json.loads(blocks)}
    if not body.get("text") and not body.get("blocks"):
        return no("no_text")
    error, reasons = broken_limits(body)
    return no(error, errors=reasons) if error else None


def no(error: str, **facts: Any) -> JsonObject:
    """An answer with `ok: false`."""
    return {"ok": False, "error": error, **facts}
