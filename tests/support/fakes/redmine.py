"""Redmine's list of issues, with its traps, as a real one of 5.0 was seen to have them.

Without status_id=* closed issues are left out. Stamps are kept in microseconds and shown in seconds, and >=
finds what is later than the second before: issues that show that second, too. A page holds at most 100. A key
that is not known is nobody's, who sees what is public, and is no error. Pages are offsets into what is there
now. Deleted issues are gone.
"""

from datetime import UTC, datetime, timedelta

NEW, CLOSED = {"id": 1, "name": "New", "is_closed": False}, {"id": 5, "name": "Closed", "is_closed": True}


class FakeRedmine:
    def __init__(self, now):
        self.now = now
        self.issues = {}
        self.key = "secret"
        self.may_read = True
        self.stuck = False

    def put(self, ident, updated, *, category="network", closed=False, **fields):
        at = updated.astimezone(UTC)
        old = self.issues.get(ident, {"created_on": at, "subject": "No signal"})
        self.issues[ident] = old | {"id": ident, "updated_on": at, "status": CLOSED if closed else NEW}
        self.issues[ident]["custom_fields"] = [
            {"id": 1, "name": "Cause", "value": category},
            {"id": 2, "name": "Part", "value": "B"},
        ]
        self.issues[ident] |= fields

    def answer(self, method, path, query, body, headers):
        known = headers.get("X-Redmine-API-Key") == self.key
        if known and not self.may_read:
            return 403, {}, {"errors": ["forbidden"]}
        if path == "/users/current.json":
            return (200, {}, {"user": {"id": 5, "login": "reader"}}) if known else (401, {}, {})
        if path != "/issues.json":
            return 404, {}, {}
        found = list(self.issues.values()) if known else []
        if query.get("status_id") != "*":
            found = [issue for issue in found if not issue["status"]["is_closed"]]
        if "issue_id" in query:
            found = [issue for issue in found if str(issue["id"]) in query["issue_id"].split(",")]
        if "updated_on" in query:
            assert query["updated_on"].startswith(">="), "only >= finds what was shown in whole seconds"
            since = datetime.fromisoformat(query["updated_on"].removeprefix(">="))
            found = [issue for issue in found if issue["updated_on"] > since - timedelta(seconds=1)]
        for name in reversed(query.get("sort", "id:desc").split(",")):
            field, _, direction = name.partition(":")
            found.sort(key=lambda issue, by=field: issue[by], reverse=direction == "desc")
        offset = 0 if self.stuck else int(query.get("offset", 0))
        limit = min(100, int(query.get("limit", 25)))
        told = [{name: _shown(value) for name, value in issue.items()} for issue in found]
        page = {"total_count": len(found), "offset": offset, "limit": limit}
        return 200, {}, {"issues": told[offset : offset + limit], **page}


def _shown(value):
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
