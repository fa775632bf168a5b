"""A Slack workspace in memory: what its Web API does with people, channels, messages, files and modals.

Without HTTP and without threads; `alerts.testing.slack_api` puts both around it. It refuses what Slack
refuses, by Slack's own error codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_files import Files
from alerts.testing.slack_forms import Forms
from alerts.testing.slack_members import Channel, Person, conversation
from alerts.testing.slack_terms import BOT, TEAM, Pace, no, not_allowed, not_sound

_MYSELF: Final = {
    "team": "Fake",
    "team_id": TEAM,
    "user": "complaint-monitor",
    "user_id": BOT,
    "bot_id": "B1",
    "url": "https://fake.slack.com/",
}


class Workspace:
    """The state, and the methods of the Web API on it.

    Attributes
    ----------
    posts : all messages in order, as they stand after their last edit
    edits : (ts, text) of each chat.update
    ephemeral : what single people were shown: by response URL, or by chat.postEphemeral
    views : modals in the order in which they were opened
    files : uploaded files by id, with their bytes
    uploads, forms : how files come in, and what follows from clicks and commands
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
        self._rate_limited = rate_limited
        self._pace = Pace(clock)
        self.uploads, self.forms = Files(self), Forms(self, clock)
        self._number = 0

    # -- asking -------------------------------------------------------------------------------------------

    def carry_out(self, method: str, token: str, body: JsonObject) -> JsonObject:
        """Slack's answer to a request."""
        channel = self._channel(body.get("channel", ""))
        kind = "channels" if channel is None else channel.kind
        refused = not_allowed(method, token, kind=kind, scopes=self.scopes)
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
            "files.getUploadURLExternal": self.uploads.upload_url,
            "files.completeUploadExternal": self.uploads.uploaded,
            "views.open": self.forms.open_view,
        }
        return methods[method](body) if method in methods else no("unknown_method")

    def wait_asked(self, method: str, body: Mapping[str, Any]) -> int:
        """Seconds that Slack asks to wait before this request, 0 for none."""
        return self._pace.wait_asked(method, body) if self._rate_limited else 0

    def _channel(self, address: str) -> Channel | None:
        """The conversation of that id; for a person, the one with them."""
        return self.channels.get(conversation(address))

    def closed(self, address: str, *, to_write: bool) -> JsonObject | None:
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
        closed = self.closed(address, to_write=True) or not_sound(body)
        if closed is not None:
            return closed
        ts = self.stamp()
        post = {**body, "channel": conversation(address), "ts": ts, "user": BOT}
        self.posts.append(post)
        return {"ok": True, "channel": post["channel"], "ts": ts, "message": {**body, "ts": ts}}

    def _post_ephemeral(self, body: JsonObject) -> JsonObject:
        closed = self.closed(str(body.get("channel", "")), to_write=True) or not_sound(body)
        if closed is not None:
            return closed
        self.ephemeral.append(dict(body))
        return {"ok": True, "message_ts": self.stamp()}

    def _update(self, body: JsonObject) -> JsonObject:
        found = self.post(str(body.get("channel", "")), str(body.get("ts", "")))
        if str(body.get("channel", "")) not in self.channels:
            # A person's id is enough to post, and not to edit.
            return no("channel_not_found")
        if found is None:
            return no("message_not_found")
        if found["user"] != BOT:
            return no("cant_update_message")
        closed = self.closed(found["channel"], to_write=True) or not_sound(body)
        if closed is not None:
            return closed
        found.update({key: body[key] for key in body if key in {"text", "blocks", "metadata"}})
        found["edited"] = {"user": BOT, "ts": self.stamp()}
        self.edits.append((found["ts"], str(found.get("text", ""))))
        return {"ok": True, "channel": found["channel"], "ts": found["ts"], "text": found.get("text", "")}

    def post(self, channel: str, ts: str) -> JsonObject | None:
        """The message that stands there."""
        return next((p for p in self.posts if (p["channel"], p["ts"]) == (channel, ts)), None)

    def _history(self, body: JsonObject) -> JsonObject:
        closed = self.closed(str(body.get("channel", "")), to_write=False)
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

    # -- Socket Mode --------------------------------------------------------------------------------------

    def _connect(self, _body: JsonObject) -> JsonObject:
        if self.link is None:
            return no("internal_error")
        ticket = f"ticket-{self.number()}"
        self.tickets.add(ticket)
        return {"ok": True, "url": self.link(ticket)}

    def number(self) -> int:
        """A number that was not given out before."""
        self._number += 1
        return self._number

    def stamp(self) -> str:
        """A message's id: Slack's time of now."""
        return f"{self._now():.0f}.{self.number():06d}"


def _seen(post: JsonObject, body: JsonObject) -> JsonObject:
    """A message as its readers get it: metadata only where it was asked for."""
    wants = str(body.get("include_all_metadata", "")).lower() in {"1", "true"}
    return {key: value for key, value in post.items() if wants or key != "metadata"}
