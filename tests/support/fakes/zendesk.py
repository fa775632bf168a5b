"""Zendesk's incremental export and ticket fields, with their traps.

The order is that of generated_timestamp, which moves without updated_at too. The last minute is left out, and
a start_time in it refused. A cursor stands behind (generated_timestamp, id): what becomes visible late
is never shown by it. Custom fields come as ids, dropdowns as tags, deleted tickets as such; fields of
Zendesk's own are listed with the custom ones, and have titles as well. The token of an OAuth client lasts for
half an hour, and no request is answered that comes with an expired one.
"""

from base64 import b64decode, b64encode
from binascii import Error
from datetime import UTC, timedelta

LASTS = timedelta(minutes=30)
FIELDS = [
    {"id": 11, "title": "Subject", "type": "subject", "removable": False},
    {"id": 12, "title": "Complaint", "type": "tickettype", "removable": False},
    {
        "id": 360001,
        "title": "Complaint",
        "type": "tagger",
        "removable": True,
        "custom_field_options": [
            {"id": 1, "name": "Network::B", "value": "network_b"},
            {"id": 2, "name": "Billing::B", "value": "billing_b"},
            {"id": 3, "name": "Other", "value": "other"},
        ],
    },
    {"id": 360002, "title": "Region", "type": "text", "removable": True},
    {"id": 360003, "title": "Region", "type": "text", "removable": True},
]


class FakeZendesk:
    def __init__(self, now):
        self.now = now
        self.tickets = {}
        self.api_token = "Basic " + b64encode(b"admin@acme.test/token:secret").decode()
        self.granted = []
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
        signed = headers.get("Authorization")
        valid = [f"Bearer {n}" for n, at in enumerate(self.granted) if at > self.now - LASTS]
        if signed is not None and signed not in {self.api_token, *valid}:
            return _wrong(
                401, "invalid_token" if signed.startswith("Bearer") else "Couldn't authenticate you"
            )
        if (method, path) == ("POST", "/oauth/tokens"):
            return self._token(body)
        if signed is None:
            return _wrong(401, "Couldn't authenticate you")
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

    def _token(self, form):
        wanted = {"grant_type": "client_credentials", "client_id": "monitor", "client_secret": "secret"}
        if form != wanted | {"scope": "read"}:
            return _wrong(401, "invalid_client")
        self.granted.append(self.now)
        told = {"access_token": str(len(self.granted) - 1), "token_type": "bearer", "scope": "read"}
        return 200, {}, told | {"expires_in": int(LASTS.total_seconds())}

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


def _wrong(status, error):
    return status, {}, {"error": error}


def _key(ticket):
    return ticket["generated_timestamp"], ticket["id"]
