"""Freshdesk's list of tickets, with its traps.

Without updated_since only tickets of the last 30 days are there. Pages are offsets into what is there now, so
they move when tickets change, and end after 300. Deleted tickets and spam are listed apart, archived ones
nowhere. Statistics, descriptions and requesters come only when they are included.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

MOST = 300


class FakeFreshdesk:
    inclusive = True

    def __init__(self, now):
        self.now = now
        self.tickets = {}
        self.sign_in = "Basic " + b64encode(b"secret:X").decode()
        self.may_read = True
        self.stuck = False

    def put(self, ident, updated, *, category="network", **fields):
        stamp = _written(updated)
        old = self.tickets.get(ident, {"created_at": stamp, "status": 2, "spam": False, "tags": []})
        self.tickets[ident] = old | {
            "id": ident,
            "updated_at": stamp,
            "custom_fields": {"cf_cause": category, "cf_part": "B"},
            **fields,
        }

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return 401, {}, {"code": "invalid_credentials", "message": "You have to be logged in to do it"}
        if not self.may_read:
            return 403, {}, {"code": "access_denied", "message": "You are not authorized"}
        if path != "/api/v2/tickets":
            return 404, {}, {}
        number, size = int(query.get("page", 1)), int(query.get("per_page", 30))
        if number > MOST or size > 100:
            late = (
                f"You cannot access tickets beyond the {MOST}th page. Please provide a smaller page number."
            )
            wrong = [{"field": "page", "message": late, "code": "invalid_value"}]
            return 400, {}, {"description": "Validation failed", "errors": wrong}
        since = query.get("updated_since") or _written(self.now - timedelta(days=30))
        found = [t for t in self.tickets.values() if self._listed(t, query.get("filter"))]
        found = [t for t in found if t["updated_at"] > since or (self.inclusive and t["updated_at"] == since)]
        by = query.get("order_by", "created_at")
        found.sort(key=lambda t: (t[by], t["id"]), reverse=query.get("order_type", "desc") == "desc")
        number = 1 if self.stuck else number
        page = found[(number - 1) * size : number * size]
        more = {"Link": '<https://x/api/v2/tickets?page=2>;rel="next"'} if len(found) > number * size else {}
        return 200, more, [self._shown(t, query.get("include", "")) for t in page]

    def _listed(self, ticket, listing):
        if ticket.get("archived"):
            return False
        if listing is None:
            return not ticket.get("deleted") and not ticket["spam"]
        return bool(ticket.get(listing))

    def _shown(self, ticket, included):
        shown = {name: value for name, value in ticket.items() if name not in {"stats", "description"}}
        asked = [name for name in included.split(",") if name]
        return shown | {name: ticket.get(name, {"closed_at": None}) for name in asked}


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
