"""What follows a click or a command in the fake Slack: a modal by its trigger, an answer by its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_limits import broken_view
from alerts.testing.slack_terms import BOT, TEAM, no, not_sound

if TYPE_CHECKING:
    from alerts.testing.slack_workspace import Workspace

# A trigger opens one modal, within three seconds.
TRIGGER_LASTS: Final = 3.0
# A response URL takes so many answers.
MOST_RESPONSES: Final = 5


class Forms:
    """Triggers and response URLs of a workspace, by a clock in seconds."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float]) -> None:
        self._there, self._clock = workspace, clock
        self._triggers: dict[str, float] = {}
        self._responses: dict[str, JsonObject] = {}

    def trigger(self) -> str:
        """A trigger id, as comes with a click or a command."""
        id = f"{self._there.number()}.trigger"
        self._triggers[id] = self._clock()
        return id

    def open_view(self, body: JsonObject) -> JsonObject:
        """views.open."""
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
        made = {
            **view,
            "id": f"V{self._there.number()}",
            "team_id": TEAM,
            "hash": f"{self._there.number()}.hash",
        }
        self._there.views.append(made)
        return {"ok": True, "view": made}

    def response_url(self, user: str, channel: str) -> str:
        """Where a click or a command may be answered."""
        id = f"r{self._there.number()}"
        self._responses[id] = {"user": user, "channel": channel, "left": MOST_RESPONSES}
        return f"{self._there.url}/response/{id}"

    def respond(self, id: str, body: JsonObject) -> int:
        """An answer by response URL: the HTTP status."""
        response = self._responses.get(id)
        if response is None or response["left"] == 0:
            return 404
        if not_sound(body) is not None:
            return 400
        response["left"] -= 1
        shown = {"user": response["user"], "channel": response["channel"], **body}
        if body.get("response_type") == "in_channel":
            self._there.posts.append({**shown, "ts": self._there.stamp(), "user": BOT})
        else:
            self._there.ephemeral.append(shown)
        return 200
