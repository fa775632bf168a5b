"""Jira Cloud's search, fields and account, with their traps.

JQL reads its minutes in the account's zone. The index follows late on demand (`lag`), except for issues that
are reconciled. A search without a condition is refused, the old one is gone (410). Page tokens stand behind
(updated, key), hold their query, and expire. Fields come as ids, options as objects, texts as documents. Who
comes with a token that is not known is nobody: but for /myself that is no error, and nobody sees no issue.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FIELDS = [
    {"id": "summary", "name": "Summary", "custom": False},
    {"id": "status", "name": "Status", "custom": False},
    {"id": "created", "name": "Created", "custom": False},
    {"id": "updated", "name": "Updated", "custom": False},
    {"id": "labels", "name": "Labels", "custom": False},
    {"id": "reporter", "name": "Reporter", "custom": False},
    {"id": "description", "name": "Description", "custom": False},
    {"id": "customfield_10050", "name": "Complaint", "custom": True},
    {"id": "customfield_10051", "name": "Time to resolution", "custom": True},
    {"id": "customfield_10052", "name": "Region", "custom": True},
    {"id": "customfield_10053", "name": "Region", "custom": True},
    {"id": "customfield_10010", "name": "Request Type", "custom": True},
]
BEHIND = re.compile(r'(?:\((?P<own>.*)\) AND )?updated >= "(?P<at>[^"]*)" ORDER BY updated ASC, key ASC')


class FakeJira:
    def __init__(self, now):
        self.now = now
        self.issues = {}
        self.zone = ZoneInfo("America/New_York")
        self.lag = timedelta(0)
        self.stuck = False
        self.may_read = True
        self.may_browse = True
        self.unready = []
        self.sign_in = "Basic " + b64encode(b"reader@acme.test:secret").decode()
        self.forgotten = set()
        self._indexed = {}

    def put(self, number, updated, *, category="network", **fields):
        """An issue appears or changes."""
        old = self.issues.get(
            number, {"created": _written(updated), "labels": [], "status": {"name": "Open"}}
        )
        self.issues[number] = old | {
            "updated": _written(updated),
            "customfield_10050": {"id": "1", "value": category, "child": {"id": "2", "value": "B"}},
            **fields,
        }
        self._indexed.setdefault(number, []).append((self.now + self.lag, self.issues[number]))

    def delete(self, number):
        del self.issues[number], self._indexed[number]

    def answer(self, method, path, query, body, headers):
        known = headers.get("Authorization") == self.sign_in
        reason = {"X-Seraph-LoginReason": "OK" if known else "AUTHENTICATED_FAILED"}
        status, others, told = self._to(method, path, query, body) if known else self._to_nobody(path)
        return status, reason | others, told

    def _to_nobody(self, path):
        return {
            "/rest/api/3/mypermissions": (200, {}, {"permissions": {}}),
            "/rest/api/3/field": (200, {}, [field for field in FIELDS if not field["custom"]]),
            "/rest/api/3/search/jql": (200, {}, {"issues": [], "isLast": True}),
            "/rest/api/3/issue/bulkfetch": (200, {}, {"issues": [], "issueErrors": []}),
        }.get(path, (401, {}, {"message": "Client must be authenticated to access this resource."}))

    def _to(self, method, path, query, body):
        if not self.may_read:
            return 403, {}, {"errorMessages": ["The user does not have access to Jira"], "errors": {}}
        if path == "/rest/api/3/myself":
            return 200, {}, {"accountId": "5b1", "active": True, "timeZone": self.zone.key}
        if path == "/rest/api/3/mypermissions":
            browse = {"key": query["permissions"], "havePermission": self.may_browse}
            return 200, {}, {"permissions": {query["permissions"]: browse}}
        if path == "/rest/api/3/field":
            return 200, {}, FIELDS
        if (method, path) == ("POST", "/rest/api/3/search/jql"):
            return self._found(body)
        if (method, path) == ("POST", "/rest/api/3/issue/bulkfetch"):
            return self._fetched(body)
        # The search that others still use.
        gone = path in {"/rest/api/3/search", "/rest/api/2/search"}
        return 410 if gone else 404, {}, {"errorMessages": ["The requested API has been removed."]}

    def _fetched(self, body):
        """The issues of these keys; those that are not there are left out, without an error."""
        if len(body["issueIdsOrKeys"]) > 100:
            return _wrong("The number of issues must not exceed 100.")
        numbers = {int(key.removeprefix("SUP-")) for key in body["issueIdsOrKeys"]} & self.issues.keys()
        numbers = numbers if self.may_browse else set()
        issues = [self._issue(number, self.issues[number], body["fields"]) for number in sorted(numbers)]
        return 200, {}, {"issues": issues, "issueErrors": self.unready}

    def _found(self, body):
        asked = BEHIND.fullmatch(body["jql"])
        if asked is None:
            return _wrong("Unbounded JQL queries are not allowed here. Please add a search restriction.")
        reconciled = body.get("reconcileIssues", [])
        if len(reconciled) > 50:
            return _wrong("The maximum number of issues to reconcile is 50.")
        after = (0, 0)
        if body.get("nextPageToken"):
            try:
                told = json.loads(b64decode(body["nextPageToken"], validate=True))
            except (ValueError, Error):
                return _wrong("The provided next page token is invalid or expired.")
            if told["jql"] != body["jql"] or body["nextPageToken"] in self.forgotten:
                return _wrong("The provided next page token is invalid or expired.")
            after = tuple(told["after"])
        local = datetime.strptime(asked["at"], "%Y-%m-%d %H:%M").replace(tzinfo=self.zone)
        least = int(local.timestamp() * 1000)
        rows = sorted(
            (_millis(fields["updated"]), number) for number, fields in self._shown(reconciled).items()
        )
        rows = [row for row in rows if row[0] >= least and row > after and self.may_browse]
        size = min(body.get("maxResults", 50), 100)
        page, shown = rows[:size], self._shown(reconciled)
        issues = [self._issue(number, shown[number], body.get("fields", [])) for _, number in page]
        answer = {"issues": issues, "isLast": len(rows) <= size}
        if len(rows) > size or self.stuck:
            told = {"after": [0, 0] if self.stuck else page[-1], "jql": body["jql"]}
            answer |= {"nextPageToken": b64encode(json.dumps(told).encode()).decode(), "isLast": False}
        return 200, {}, answer

    def _shown(self, reconciled):
        """Every issue as the index knows it; those that are reconciled as they are."""
        known = {}
        for number, versions in self._indexed.items():
            seen = [fields for at, fields in versions if at <= self.now]
            if 10_000 + number in reconciled:
                known[number] = self.issues[number]
            elif seen:
                known[number] = seen[-1]
        return known

    def _issue(self, number, fields, names):
        shown = {name: fields.get(name) for name in names if name in {field["id"] for field in FIELDS}}
        return {"id": str(10_000 + number), "key": f"SUP-{number}", "fields": shown}


def _written(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _millis(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _wrong(sentence):
    return 400, {}, {"errorMessages": [sentence], "errors": {}}
