"""Files in the fake Slack: announced, uploaded, and shown in a conversation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alerts.testing.slack_failures import JsonObject
from alerts.testing.slack_terms import BOT, no

if TYPE_CHECKING:
    from alerts.testing.slack_workspace import Workspace


class Files:
    """The methods of the Web API about files, on a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._there = workspace

    def upload_url(self, body: JsonObject) -> JsonObject:
        """files.getUploadURLExternal."""
        if not body.get("filename") or not int(body.get("length") or 0):
            return no("invalid_arguments")
        id = f"F{len(self._there.files) + 1}"
        self._there.files[id] = {
            "id": id,
            "name": body["filename"],
            "length": int(body["length"]),
            "bytes": None,
        }
        return {"ok": True, "file_id": id, "upload_url": f"{self._there.url}/upload/{id}"}

    def take(self, id: str, content: bytes) -> bool:
        """Bytes have come for a file: whether they are those that were announced."""
        file = self._there.files.get(id)
        if file is None or len(content) != file["length"]:
            return False
        file["bytes"] = content
        return True

    def uploaded(self, body: JsonObject) -> JsonObject:
        """files.completeUploadExternal."""
        given = body.get("files", "[]")
        listed = json.loads(given) if isinstance(given, str) else given
        channel = str(body.get("channel_id") or "")
        if channel and channel[:1] not in "CGD":
            # It takes no person's id, unlike chat.postMessage.
            return no("invalid_arguments")
        closed = self._there.closed(channel, to_write=True) if channel else None
        if closed is not None:
            return closed
        found = [self._there.files.get(str(one["id"])) for one in listed]
        done = [file for file in found if file is not None and file["bytes"] is not None]
        if len(done) != len(listed):
            return no("file_not_found")
        for file, one in zip(done, listed, strict=True):
            file.update(title=one.get("title"), channel=channel, thread_ts=body.get("thread_ts"))
        shown = [{"id": file["id"], "title": file["title"]} for file in done]
        if channel:
            thread = {"thread_ts": body["thread_ts"]} if body.get("thread_ts") else {}
            text = str(body.get("initial_comment") or "")
            place = {"channel": channel, "ts": self._there.stamp(), "user": BOT}
            self._there.posts.append({**place, "text": text, "files": shown, **thread})
        return {"ok": True, "files": shown}
