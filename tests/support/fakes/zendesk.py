"""Zendesk's incremental export and ticket fields, with their traps.

The order is that of generated_timestamp, which moves without updated_at too. The last minute is left out, and
a start_time in it refused. A cursor stands behind (generated_timestamp, id): what becomes visible late
is never shown by it. Custom fields come as ids, dropdowns as tags, deleted tickets as such.
"""

from base64 import b64decode, b64encode
from binascii import Error
from datetime import UTC, timedelta

FIELDS = [
    {"id": 11, "title": "Subject", "type": "subject"},
    {
        "id": 360001,
        "title": "Complaint",
        "type": "tagger",
        "custom_field_options": [
            {"id": 1, "name": "Network::B", "value": "network_b"},
            {"id": 2, "name": "Billing::B", "value": "billing_b"},
            {"id": 3, "name": "Other", "value": "other"},
        ],
    },
    {"id": 360002, "title": "Region", "type": "text"},
    {"id": 360003, "title": "Region", "type": "text"},
]


class FakeZendesk:
    def __init__(self, now):
        self.now = now
        self.tickets = {}
        self.sign_in = "Basic " + b64encode(b"admin@acme.test/token:secret").decode()
        self.may_read = True
        self.per_minute = None
        self.stuck = False
        self._answered = []

    def put(self, ident, updated, *, generated=None, category="network_b", **fields):
        stamp = updated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        old = self.tickets.get(ident, {"created_at": stamp, "status": "open", "tags": [], "subject": "No"})
        self.tickets[ident] = old | {
            "id": ident,
            "updated_at": stamp,
            "generated_timestamp": int((generated or updated).timestamp()),
            "custom_fields": [{"id": 360001, "value": category}, {"id": 360002, "value": None}],
            **fields,
        }

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return 401, {}, {"error": "Couldn't authenticate you"}
        if not self.may_read:
            return 403, {}, {"error": {"title": "Forbidden", "message": "You do not have access"}}
        if path == "/api/v2/ticket_fields.json":
            first = query.get("page[after]") is None
            meta = {"has_more": first, "after_cursor": "x" if first else None}
            return 200, {}, {"ticket_fields": FIELDS[:2] if first else FIELDS[2:], "meta": meta}
        if path != "/api/v2/incremental/tickets/cursor.json":
            return 404, {}, {"error": "InvalidEndpoint"}
        if self.per_minute is not None:
            self._answered = [at for at in self._answered if at > self.now - timedelta(minutes=1)]
            if len(self._answered) >= self.per_minute:
                wait = self._answered[0] + timedelta(minutes=1) - self.now
                return 429, {"Retry-After": str(int(wait.total_seconds()))}, {"error": "APIRateLimitExceeded"}
            self._answered.append(self.now)
        return self._exported(query)

    def _exported(self, query):
        last = self.now.timestamp() - 60
        size = min(1_000, int(query.get("per_page", 1_000)))
        if "cursor" in query:
            try:
                stamp, _, ident = b64decode(query["cursor"], validate=True).decode().split("|")[:3]
                begin = float(stamp), int(ident)
            except (ValueError, Error):
                return 400, {}, {"error": "InvalidPaginationParameter"}
            rows = [t for t in self.tickets.values() if _key(t) > begin]
        elif "start_time" not in query:
            return 400, {}, {"error": "StartTimeMissing"}
        elif int(query["start_time"]) > last:
            return 400, {}, {"error": "StartTimeTooRecent"}
        else:
            rows = [t for t in self.tickets.values() if t["generated_timestamp"] >= int(query["start_time"])]
        rows = sorted((t for t in rows if t["generated_timestamp"] <= last), key=_key)
        page = rows[:size]
        empty = b64decode(query["cursor"]).decode() if "cursor" in query else "0.0||0|"
        after = "{}.0||{}|".format(*_key(page[-1])) if page else empty
        told = {
            "tickets": page,
            "after_cursor": b64encode(after.encode()).decode(),
            "end_of_stream": len(rows) <= size and not self.stuck,
        }
        if query.get("include") == "metric_sets":
            told["metric_sets"] = [
                {"ticket_id": t["id"], "solved_at": t.get("solved")} for t in page if t["id"] % 2
            ]
        return 200, {}, told


def _key(ticket):
    return ticket["generated_timestamp"], ticket["id"]
