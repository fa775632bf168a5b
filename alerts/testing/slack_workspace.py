"""A Slack workspace in memory: what its Web API does with people, channels, messages, files and modals.

Without HTTP and without threads; `alerts.testing.slack_api` puts both around it. It refuses what Slack
refuses, by Slack's own error codes.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_limits import broken_limits, broken_view

TOKEN: Final = "xoxb-fake"  # noqa: S105 - this token opens nothing but the fake
APP_TOKEN: Final = "xapp-fake"  # noqa: S105 - nor does this one
TEAM: Final = "T1"
BOT: Final = "UBOT"
APP: Final = "A1"
_MYSELF: Final = {
    "team": "Fake",
    "team_id": TEAM,
    "user": "complaint-monitor",
    "user_id": BOT,
    "bot_id": "B1",
    "url": "https://fake.slack.com/",
}

ALL_SCOPES: Final = frozenset(
    {
        *("chat:write", "commands", "files:write", "im:write", "users:read"),
        *(f"{kind}:{what}" for kind in ("channels", "groups", "im") for what in ("history", "read")),
    }
)
# Scope that a method needs; "{}" stands for the kind of conversation.
_NEEDS: Final = {
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
# A trigger opens one modal, within three seconds.
TRIGGER_LASTS: Final = 3.0
# A response URL takes so many answers.
MOST_RESPONSES: Final = 5


@dataclass
class Channel:
    """A conversation. `joined`: the app is in it."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    archived: bool = False
    joined: bool = True

    @property
    def kind(self) -> str:
        """The word that scopes use for it."""
        return {"G": "groups", "D": "im"}.get(self.id[:1], "channels")


@dataclass
class Person:
    """A member of the workspace."""

    id: str
    name: str
    deleted: bool = False


class Workspace:
    """The state, and the methods of the Web API on it.

    Attributes
    ----------
    posts : all messages in order, as they stand after their last edit
    edits : (ts, text) of each chat.update
    ephemeral : what single people were shown: by response URL, or by chat.postEphemeral
    views : modals in the order in which they were opened
    files : uploaded files by id, with their bytes
    """

    def __init__(
        self,
        *,
        channels: tuple[str, ...],
        members: tuple[str, ...],
        scopes: frozenset[str],
        page_size: int,
        now: Callable[[], float],
        clock: Callable[[], float],
        rate_limited: bool,
    ) -> None:
        self.people = {id: Person(id, f"member-{id.lower()}") for id in (*members, BOT)}
        self.channels = {id: Channel(id, f"channel-{id.lower()}", set(members)) for id in channels}
        for member in members:
            self.channels[conversation(member)] = Channel(conversation(member), member, {member})
        self.scopes = scopes
        self.posts: list[JsonObject] = []
        self.edits: list[tuple[str, str]] = []
        self.ephemeral: list[JsonObject] = []
        self.views: list[JsonObject] = []
        self.files: dict[str, JsonObject] = {}
        self.url = ""
        self.tickets: set[str] = set()
        self.link: Callable[[str], str] | None = None
        self._page_size = page_size
        self._now = now
        self._clock = clock
        self._rate_limited = rate_limited
        self._asked: dict[str, deque[float]] = {}
        self._triggers: dict[str, float] = {}
        self._responses: dict[str, JsonObject] = {}
        self._number = 0

    # -- asking -------------------------------------------------------------------------------------------

    def carry_out(self, method: str, token: str, body: JsonObject) -> JsonObject:
        """Slack's answer to a request."""
        refused = self._not_allowed(method, token, body)
        if refused is not None:
            return refused
        methods: dict[str, Callable[[JsonObject], JsonObject]] = {
            "apps.connections.open": self._connect,
            "auth.test": lambda _: {"ok": True, **_MYSELF},
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "conversations.open": self._open,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.info": self._info,
            "conversations.members": self._members,
            "users.info": self._user,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._uploaded,
            "views.open": self._open_view,
        }
        return methods[method](body) if method in methods else no("unknown_method")

    def wait_asked(self, method: str, body: Mapping[str, Any]) -> int:
        """Seconds that Slack asks to wait before this request, 0 for none."""
        if not self._rate_limited:
            return 0
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

    def _not_allowed(self, method: str, token: str, body: JsonObject) -> JsonObject | None:
        if method == "apps.connections.open":
            if token == TOKEN:
                return no("not_allowed_token_type")
            return None if token == APP_TOKEN else no("invalid_auth" if token else "not_authed")
        if token == APP_TOKEN:
            return no("not_allowed_token_type")
        if token != TOKEN:
            return no("invalid_auth" if token else "not_authed")
        channel = self._channel(body.get("channel", ""))
        needed = _NEEDS.get(method, "").format("channels" if channel is None else channel.kind)
        if needed and needed not in self.scopes:
            return no("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))
        return None

    def _channel(self, address: str) -> Channel | None:
        """The conversation of that id; for a person, the one with them."""
        return self.channels.get(conversation(address))

    def _closed(self, address: str, *, to_write: bool) -> JsonObject | None:
        """Why the app may not read or write there."""
        channel = self._channel(address)
        person = self.people.get(address)
        if channel is None or (not channel.joined and channel.kind == "groups"):
            return no("channel_not_found")
        if to_write and channel.archived:
            return no("is_archived")
        if to_write and person is not None and person.deleted:
            return no("user_disabled")
        return None if channel.joined else no("not_in_channel")

    # -- messages -----------------------------------------------------------------------------------------

    def _post(self, body: JsonObject) -> JsonObject:
        address = str(body.get("channel", ""))
        closed = self._closed(address, to_write=True) or _not_sound(body)
        if closed is not None:
            return closed
        ts = self._stamp()
        post = {**body, "channel": conversation(address), "ts": ts, "user": BOT}
        self.posts.append(post)
        return {"ok": True, "channel": post["channel"], "ts": ts, "message": {**body, "ts": ts}}

    def _post_ephemeral(self, body: JsonObject) -> JsonObject:
        closed = self._closed(str(body.get("channel", "")), to_write=True) or _not_sound(body)
        if closed is not None:
            return closed
        self.ephemeral.append(dict(body))
        return {"ok": True, "message_ts": self._stamp()}

    def _update(self, body: JsonObject) -> JsonObject:
        found = self.post(str(body.get("channel", "")), str(body.get("ts", "")))
        if str(body.get("channel", "")) not in self.channels:
            # A person's id is enough to post, and not to edit.
            return no("channel_not_found")
        if found is None:
            return no("message_not_found")
        if found["user"] != BOT:
            return no("cant_update_message")
        closed = self._closed(found["channel"], to_write=True) or _not_sound(body)
        if closed is not None:
            return closed
        found.update({key: body[key] for key in body if key in {"text", "blocks", "metadata"}})
        found["edited"] = {"user": BOT, "ts": self._stamp()}
        self.edits.append((found["ts"], str(found.get("text", ""))))
        return {"ok": True, "channel": found["channel"], "ts": found["ts"], "text": found.get("text", "")}

    def post(self, channel: str, ts: str) -> JsonObject | None:
        """The message that stands there."""
        return next((p for p in self.posts if (p["channel"], p["ts"]) == (channel, ts)), None)

    def _history(self, body: JsonObject) -> JsonObject:
        closed = self._closed(str(body.get("channel", "")), to_write=False)
        if closed is not None:
            return closed
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
        return self._page(there, body) if there else no("thread_not_found")

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

    # -- conversations and people -------------------------------------------------------------------------

    def _open(self, body: JsonObject) -> JsonObject:
        if body.get("users") not in self.people:
            return no("user_not_found")
        return {"ok": True, "channel": {"id": conversation(str(body["users"]))}}

    def _info(self, body: JsonObject) -> JsonObject:
        channel = self.channels.get(str(body.get("channel", "")))
        if channel is None or (channel.kind != "channels" and not channel.joined):
            return no("channel_not_found")
        facts = {"id": channel.id, "name": channel.name, "is_archived": channel.archived}
        return {"ok": True, "channel": {**facts, "is_member": channel.joined}}

    def _members(self, body: JsonObject) -> JsonObject:
        channel = self.channels.get(str(body.get("channel", "")))
        if channel is None:
            return no("channel_not_found")
        members = sorted(channel.members | ({BOT} if channel.joined else set()))
        return {"ok": True, "members": members, "response_metadata": {"next_cursor": ""}}

    def _user(self, body: JsonObject) -> JsonObject:
        person = self.people.get(str(body.get("user", "")))
        if person is None:
            return no("user_not_found")
        facts = {"id": person.id, "team_id": TEAM, "name": person.name, "deleted": person.deleted}
        return {"ok": True, "user": {**facts, "is_bot": person.id == BOT, "real_name": person.name}}

    # -- files --------------------------------------------------------------------------------------------

    def _upload_url(self, body: JsonObject) -> JsonObject:
        if not body.get("filename") or not int(body.get("length") or 0):
            return no("invalid_arguments")
        id = f"F{len(self.files) + 1}"
        self.files[id] = {"id": id, "name": body["filename"], "length": int(body["length"]), "bytes": None}
        return {"ok": True, "file_id": id, "upload_url": f"{self.url}/upload/{id}"}

    def upload(self, id: str, content: bytes) -> bool:
        """Bytes have come for a file: whether they are those that were announced."""
        file = self.files.get(id)
        if file is None or len(content) != file["length"]:
            return False
        file["bytes"] = content
        return True

    def _uploaded(self, body: JsonObject) -> JsonObject:
        given = body.get("files", "[]")
        listed = json.loads(given) if isinstance(given, str) else given
        channel = str(body.get("channel_id") or "")
        if channel and channel[:1] not in "CGD":
            # It takes no person's id, unlike chat.postMessage.
            return no("invalid_arguments")
        closed = self._closed(channel, to_write=True) if channel else None
        if closed is not None:
            return closed
        found = [self.files.get(str(one["id"])) for one in listed]
        done = [file for file in found if file is not None and file["bytes"] is not None]
        if len(done) != len(listed):
            return no("file_not_found")
        for file, one in zip(done, listed, strict=True):
            file.update(title=one.get("title"), channel=channel, thread_ts=body.get("thread_ts"))
        shown = [{"id": file["id"], "title": file["title"]} for file in done]
        if channel:
            thread = {"thread_ts": body["thread_ts"]} if body.get("thread_ts") else {}
            text = str(body.get("initial_comment") or "")
            place = {"channel": channel, "ts": self._stamp(), "user": BOT}
            self.posts.append({**place, "text": text, "files": shown, **thread})
        return {"ok": True, "files": shown}

    # -- Socket Mode, modals, answers ---------------------------------------------------------------------

    def _connect(self, _body: JsonObject) -> JsonObject:
        if self.link is None:
            return no("internal_error")
        ticket = f"ticket-{self.number()}"
        self.tickets.add(ticket)
        return {"ok": True, "url": self.link(ticket)}

    def trigger(self) -> str:
        """A trigger id, as comes with a click or a command."""
        id = f"{self.number()}.trigger"
        self._triggers[id] = self._clock()
        return id

    def _open_view(self, body: JsonObject) -> JsonObject:
        since = self._triggers.pop(str(body.get("trigger_id", "")), None)
        if since is None:
            return no("invalid_trigger_id")
        if self._clock() - since > TRIGGER_LASTS:
            return no("expired_trigger_id")
        given = body.get("view") or "{}"
        view = json.loads(given) if isinstance(given, str) else dict(given)
        wrong = broken_view(view)
        if wrong:
            return no("invalid_arguments", response_metadata={"messages": wrong})
        made = {**view, "id": f"V{self.number()}", "team_id": TEAM, "hash": f"{self.number()}.hash"}
        self.views.append(made)
        return {"ok": True, "view": made}

    def response_url(self, user: str, channel: str) -> str:
        """Where a click or a command may be answered."""
        id = f"r{self.number()}"
        self._responses[id] = {"user": user, "channel": channel, "left": MOST_RESPONSES}
        return f"{self.url}/response/{id}"

    def respond(self, id: str, body: JsonObject) -> int:
        """An answer by response URL: the HTTP status."""
        response = self._responses.get(id)
        if response is None or response["left"] == 0:
            return 404
        if _not_sound(body) is not None:
            return 400
        response["left"] -= 1
        shown = {"user": response["user"], "channel": response["channel"], **body}
        if body.get("response_type") == "in_channel":
            self.posts.append({**shown, "ts": self._stamp(), "user": BOT})
        else:
            self.ephemeral.append(shown)
        return 200

    def number(self) -> int:
        """A number that was not given out before."""
        self._number += 1
        return self._number

    def _stamp(self) -> str:
        return f"{self._now():.0f}.{self.number():06d}"


def conversation(address: str) -> str:
    """A person is reached in a conversation with an id of its own."""
    return f"D{address[1:]}" if address.startswith(("U", "W")) else address


def no(error: str, **facts: Any) -> JsonObject:
    """An answer with `ok: false`."""
    return {"ok": False, "error": error, **facts}


def _not_sound(body: JsonObject) -> JsonObject | None:
    """Why a message with these texts and blocks is refused."""
    blocks = body.get("blocks")
    if isinstance(blocks, str):
        body = {**body, "blocks": json.loads(blocks)}
    if not body.get("text") and not body.get("blocks"):
        return no("no_text")
    error, reasons = broken_limits(body)
    return no(error, errors=reasons) if error else None


def _seen(post: JsonObject, body: JsonObject) -> JsonObject:
    """A message as its readers get it: metadata only where it was asked for."""
    wants = str(body.get("include_all_metadata", "")).lower() in {"1", "true"}
    return {key: value for key, value in post.items() if wants or key != "metadata"}
