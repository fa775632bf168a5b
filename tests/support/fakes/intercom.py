"""Intercom's search for conversations, with its traps.

Without a sort the newest come first. There is no >=. Pages stand behind the last conversation. The index
follows late on demand (`lag`): a conversation is found as it was before. Stamps are numbers, texts are HTML,
and an attribute that a conversation does not have is not there. Intercom's own attributes are listed with
those of the company. A refusal says when, not for how long.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error
from datetime import timedelta

OWN = {"type": "data_attribute", "data_type": "string", "model": "conversation", "archived": False}
ATTRIBUTES = [
    OWN | {"name": name, "full_name": f"custom_attributes.{name}", "label": label, "custom": True}
    for name, label in (
        ("Complaint", "Complaint"),
        ("part_1", "Part"),
        ("region_1", "Region"),
        ("region_2", "Region"),
    )
] + [
    OWN | {"name": name, "full_name": name, "label": label, "custom": False}
    for name, label in (("created_at", "Created at"), ("id", "Part"))
]


class FakeIntercom:
    def __init__(self, now):
        self.now = now
        self.conversations = {}
        self.lag = timedelta(0)
        self.stuck = False
        self.sorts = True
        self.may_read = True
        self.sign_in = "Bearer secret"
        self._indexed = {}

    def put(self, ident, updated, *, category="network", **fields):
        stamp = int(updated.timestamp())
        old = self.conversations.get(ident, {"created_at": stamp, "state": "open"})
        attributes = {"Complaint": category, "part_1": "B"}
        self.conversations[ident] = old | {
            "type": "conversation",
            "id": str(ident),
            "updated_at": stamp,
            "statistics": None,
            "custom_attributes": attributes if category else {},
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": f"c{ident}"}]},
            "tags": {"type": "tag.list", "tags": []},
            "source": {"type": "email", "subject": "", "body": "<p>No&nbsp;signal &amp; no <b>call</b></p>"},
            **fields,
        }
        self._indexed.setdefault(ident, []).append((self.now + self.lag, self.conversations[ident]))

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return _wrong(401, "unauthorized", "Access Token Invalid")
        if not self.may_read:
            return _wrong(403, "api_plan_restricted", "Active subscription needed.")
        if headers.get("Intercom-Version") is None:
            return _wrong(400, "intercom_version_invalid", "The requested version could not be found")
        if (method, path, query.get("model")) == ("GET", "/data_attributes", "conversation"):
            return 200, {}, {"type": "list", "data": ATTRIBUTES}
        if (method, path) == ("POST", "/conversations/search"):
            return self._chosen(body) if body["query"]["operator"] == "OR" else self._searched(body)
        if path.removeprefix("/conversations/") in map(str, self.conversations):
            return 200, {}, self.conversations[int(path.removeprefix("/conversations/"))]
        return _wrong(404, "not_found", "Resource Not Found")

    def _chosen(self, body):
        """The conversations with these ids, as far as the index knows them."""
        wanted = {int(one["value"]) for one in body["query"]["value"] if one["field"] == "id"}
        if len(body["query"]["value"]) > 15:
            return _wrong(400, "parameter_invalid", "at most 15 filters")
        known = sorted(wanted & {i for i, versions in self._indexed.items() if versions[0][0] <= self.now})
        told = [self.conversations[ident] for ident in known][: body["pagination"]["per_page"]]
        return 200, {}, {"type": "conversation.list", "pages": {"type": "pages"}, "conversations": told}

    def delete(self, ident):
        del self.conversations[ident], self._indexed[ident]

    def _searched(self, body):
        asked, pagination = body["query"], body.get("pagination", {})
        if asked["operator"] not in {"=", ">", "<"} or asked["field"] != "updated_at":
            return _wrong(400, "invalid_operator", "operator is not supported")
        size = pagination.get("per_page", 20)
        if size > 150:
            return _wrong(400, "parameter_invalid", "per_page must be at most 150")
        rows = []
        for versions in self._indexed.values():
            seen = [one for at, one in versions if at <= self.now]
            rows += [one for one in seen[-1:] if one["updated_at"] > asked["value"]]
        ascending = self.sorts and body.get("sort") == {"field": "updated_at", "order": "ascending"}
        rows.sort(key=_key, reverse=not ascending)
        if "starting_after" in pagination:
            try:
                stamp, ident, _ = json.loads(b64decode(pagination["starting_after"], validate=True))
            except (ValueError, Error):
                return _wrong(400, "bad_request", "bad 'starting_after' parameter")
            after = (stamp // 1000, ident)
            rows = [one for one in rows if (_key(one) > after) == ascending]
        page = rows[:size]
        pages = {"type": "pages", "page": 1, "per_page": size, "total_pages": 1}
        if len(rows) > size or self.stuck:
            stamp, ident = (0, 0) if self.stuck else _key(page[-1])
            token = b64encode(json.dumps([stamp * 1000, ident, 2]).encode()).decode()
            pages["next"] = {"page": 2, "starting_after": token}
        told = {"type": "conversation.list", "pages": pages, "total_count": len(rows), "conversations": page}
        return 200, {"X-RateLimit-Reset": str(int(self.now.timestamp()) + 10)}, told


def _key(conversation):
    return conversation["updated_at"], int(conversation["id"])


def _wrong(status, code, message):
    return status, {}, {"type": "error.list", "errors": [{"code": code, "message": message}]}
