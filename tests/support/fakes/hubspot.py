"""HubSpot's search, properties and list of deleted tickets, with their traps.

The search ends after 10,000 tickets, orders by one property (those of one stamp come in any order), and its
pages are offsets into what is there now. It follows late on demand (`lag`). It knows no deleted tickets. A
merge makes a new ticket of two, and nothing else knows these any more. A refusal names a limit and no time.
"""

import random
from datetime import UTC, datetime, timedelta

MOST = 10_000
PROPERTIES = [
    {"name": "createdate", "label": "Create date", "options": []},
    {"name": "hs_lastmodifieddate", "label": "Last modified date", "options": []},
    {"name": "hs_object_id", "label": "Record ID", "options": []},
    {"name": "subject", "label": "Ticket name", "options": []},
    {"name": "closed_date", "label": "Close date", "options": []},
    {
        "name": "complaint_1",
        "label": "Complaint",
        "options": [
            {"value": value, "label": value.capitalize()} for value in ("network", "billing", "other")
        ],
    },
    {
        "name": "part",
        "label": "Part",
        "options": [{"value": "b1", "label": "B"}, {"value": "c1", "label": "C"}],
    },
    {"name": "region_1", "label": "Region", "options": []},
    {"name": "region_2", "label": "Region", "options": []},
    {"name": "state", "label": "State", "options": [{"value": "9", "label": "Spam"}]},
    {"name": "hs_merged_object_ids", "label": "Merged ticket IDs", "options": []},
]
KNOWN = {one["name"] for one in PROPERTIES}


class FakeHubSpot:
    def __init__(self, now):
        self.now = now
        self.tickets = {}
        self.archived = {}
        self.lag = timedelta(0)
        self.most = MOST
        self.per_second = None
        self.stuck = False
        self.may_read = True
        self.sign_in = "Bearer secret"
        self._visible = {}
        self._searches = []
        self._random = random.Random(1)

    def put(self, ident, updated, *, category="network", **properties):
        """A ticket appears, changes or is restored; the search shows it `lag` later."""
        old = self.archived.pop(ident, None) or self.tickets.get(ident, {"createdate": _written(updated)})
        self.tickets[ident] = old | {
            "hs_object_id": str(ident),
            "hs_lastmodifieddate": _written(updated),
            "complaint_1": category,
            "part": "b1",
            **properties,
        }
        self._visible.setdefault(ident, []).append((self.now + self.lag, self.tickets[ident]))

    def delete(self, ident, at):
        self.archived[ident] = self.tickets.pop(ident) | {"archivedAt": _written(at)}
        del self._visible[ident]

    def merge(self, ident, into, at):
        """Make a new ticket of two, and return its id; what the two were made of is remembered."""
        others, new = self.tickets.pop(ident), 1_000_000 + len(self._visible)
        del self._visible[ident], self._visible[into]
        self.tickets[new] = kept = self.tickets.pop(into)
        merged = [kept.get("hs_merged_object_ids"), others.get("hs_merged_object_ids"), into, ident]
        self.put(new, at, hs_merged_object_ids=";".join(str(one) for one in merged if one))
        return new

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return 401, {}, {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "invalid"}
        if not self.may_read:
            return 403, {}, {"status": "error", "category": "MISSING_SCOPES", "message": "scopes are missing"}
        if (method, path) == ("GET", "/crm/properties/2026-09/tickets"):
            return 200, {}, {"results": PROPERTIES}
        if (method, path) == ("GET", "/crm/objects/2026-09/tickets"):
            return self._listed(query)
        if (method, path) == ("POST", "/crm/objects/2026-09/tickets/search"):
            return self._refused() or self._searched(body)
        return 404, {}, {"status": "error", "message": "resource not found"}

    def _listed(self, query):
        if int(query.get("limit", 10)) > 100 or query.get("archived") != "true":
            return _wrong("limit must be at most 100")
        size, rows = int(query.get("limit", 10)), sorted(self.archived)
        rows = [ident for ident in rows if ident >= int(query.get("after", 0))]
        names = query["properties"].split(",")
        told = {
            "results": [
                self._shown(ident, self.archived[ident], names)
                | {"archived": True, "archivedAt": self.archived[ident]["archivedAt"]}
                for ident in rows[:size]
            ]
        }
        if len(rows) > size:
            told["paging"] = {"next": {"after": str(rows[size]), "link": "https://api.hubapi.com/..."}}
        return 200, {}, told

    def _refused(self):
        """The answer to one search too many within a second; it says which limit, and not how long."""
        if self.per_second is None:
            return None
        self._searches = [at for at in self._searches if at > self.now - timedelta(seconds=1)]
        if len(self._searches) >= self.per_second:
            said = "You have reached your secondly limit."
            told = {"status": "error", "message": said, "errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
            return 429, {}, told
        self._searches.append(self.now)
        return None

    def _searched(self, body):
        size, offset = body.get("limit", 10), int(body.get("after", 0))
        if size > 200 or len(body["sorts"]) > 1 or any(len(g["filters"]) > 6 for g in body["filterGroups"]):
            return _wrong("invalid request")
        if offset + size > self.most:
            return _wrong("the search cannot page beyond 10,000 results")
        rows = {}
        for ident, versions in self._visible.items():
            seen = [ticket for at, ticket in versions if at <= self.now]
            if seen and any(_all(seen[-1], group["filters"]) for group in body["filterGroups"]):
                rows[ident] = seen[-1]
        order = body["sorts"][0]["propertyName"]
        idents = list(rows)
        self._random.shuffle(idents)
        idents.sort(key=lambda ident: _comparable(order, rows[ident][order]))
        if self.stuck:
            idents = sorted(self.tickets)
        page = idents[offset : offset + size]
        tickets = self.tickets if self.stuck else rows
        told = {
            "total": len(idents),
            "results": [self._shown(ident, tickets[ident], body["properties"]) for ident in page],
        }
        if len(idents) > offset + size:
            told["paging"] = {"next": {"after": str(offset + size)}}
        return 200, {}, told

    def _shown(self, ident, ticket, names):
        shown = {name: ticket.get(name) for name in names if name in KNOWN}
        return {
            "id": str(ident),
            "properties": shown,
            "createdAt": ticket["createdate"],
            "updatedAt": ticket["hs_lastmodifieddate"],
            "archived": False,
        }


def _all(ticket, filters):
    return all(_is(ticket, one["propertyName"], one["operator"], one["value"]) for one in filters)


def _is(ticket, name, operator, value):
    mine, other = _comparable(name, ticket[name]), int(value)
    return {"GTE": mine >= other, "GT": mine > other, "EQ": mine == other}[operator]


def _comparable(name, value):
    return int(value) if name == "hs_object_id" else round(datetime.fromisoformat(value).timestamp() * 1000)


def _written(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _wrong(sentence):
    return 400, {}, {"status": "error", "category": "VALIDATION_ERROR", "message": sentence}
