"""Request Tracker's search for tickets by REST2, with the traps that a real one of 5.0.3 was seen to have.

The times of a search are read in the account's zone, whatever zone is written. Without orderby tickets come
in any order. A field that is not there is answered as an empty one. A page holds at most 100. Deleted and
merged tickets are not found. An account without rights sees no queue and no ticket, and is told so nowhere.
"""

import random
import re
from base64 import b64encode
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STAMP = "%Y-%m-%dT%H:%M:%SZ"


class FakeRequestTracker:
    def __init__(self, now):
        self.now = now
        self.tickets = {}
        self.zone = ZoneInfo("America/New_York")
        self.sign_in = "Basic " + b64encode(b"reader:secret").decode()
        self.may_read = True
        self.stuck = False
        self._random = random.Random(1)

    def put(self, ident, updated, *, category="network", status="new", **fields):
        at = updated.astimezone(UTC).strftime(STAMP)
        never = "1970-01-01T00:00:00Z"
        old = self.tickets.get(ident, {"Created": at, "Subject": "No signal", "Resolved": never})
        custom = [{"name": "Cause", "values": [category]}, {"name": "Part", "values": ["B"]}]
        people = [{"type": "user", "id": "a@b.test"}]
        self.tickets[ident] = old | {
            "id": str(ident),
            "LastUpdated": at,
            "Status": status,
            "CustomFields": custom,
            "Requestor": people,
            **fields,
        }

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return 401, {}, {"message": "Unauthorized"}
        size = min(100, int(query.get("per_page", 20)))
        number = 1 if self.stuck else int(query.get("page", 1))
        if path == "/REST/2.0/queues/all":
            queues = [{"type": "queue", "id": "1"}] if self.may_read else []
            return 200, {}, {"items": queues, "total": None, "pages": None}
        if path == "/REST/2.0/customfields":
            return 200, {}, {"items": [{"Name": "Cause"}, {"Name": "Part"}], "total": 2, "pages": 1}
        if path != "/REST/2.0/tickets":
            return 404, {}, {"message": "Not Found"}
        found = self._found(query["query"])
        if query.get("orderby") == ["LastUpdated", "id"]:
            latest_first = "DESC" in query["order"]
            found.sort(key=lambda one: (one["LastUpdated"], int(one["id"])), reverse=latest_first)
        page = found[(number - 1) * size : number * size]
        names = query.get("fields", "").split(",")
        shown = [
            {"id": one["id"], "type": "ticket"} | {name: one.get(name, "") for name in names} for one in page
        ]
        pages = -(-len(found) // size)
        return 200, {}, {"items": shown, "total": len(found), "pages": pages, "page": number}

    def _found(self, sql):
        found = [one for one in self.tickets.values() if self.may_read and one["Status"] != "deleted"]
        since = re.search(r"LastUpdated >= '([^']*)'", sql)
        if since:
            local = datetime.fromisoformat(since[1][:19]).replace(tzinfo=self.zone)
            begin = local.astimezone(UTC).strftime(STAMP)
            found = [one for one in found if one["LastUpdated"] >= begin]
        wanted = re.findall(r"id = (\d+)", sql)
        if wanted:
            found = [one for one in found if one["id"] in wanted]
        self._random.shuffle(found)
        return found
