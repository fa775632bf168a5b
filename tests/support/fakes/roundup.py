"""A Roundup tracker's REST interface, with its traps, as a real one of 2.6 was seen to have them.

The times of a question are read in the account's zone, and answered in UTC; a bare date is a whole day.
Stamps are cut to seconds, but the last half millisecond of a minute is its second 60. A property that is not
there is an error. Pages are counted from the first one. Retired items are not listed.
"""

import re
from base64 import b64encode
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STAMP = "%Y-%m-%d.%H:%M:%S"
PROPERTIES = {"id", "title", "cause", "part", "activity", "creation", "status"}


class FakeRoundup:
    def __init__(self, now):
        self.now = now
        self.items = {}
        self.zone = ZoneInfo("America/New_York")
        self.sign_in = "Basic " + b64encode(b"reader:secret").decode()
        self.may_read = True
        self.stuck = False

    def put(self, ident, updated, *, category="network", **fields):
        at = _stamp(updated)
        status = {"id": "1", "link": "http://x/status/1", "name": "unread"}
        old = self.items.get(ident, {"creation": at, "title": "No signal", "status": status})
        self.items[ident] = old | {"id": str(ident), "activity": at, "cause": category, "part": "B"} | fields

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            return 401, {}, {"error": {"status": 401, "msg": "Invalid Login"}}
        if not self.may_read:
            return 403, {}, {"error": {"status": 403, "msg": "Permission to view issue denied"}}
        if path.startswith("/rest/data/issue/"):
            item = self.items[int(path.rpartition("/")[2])]
            known = {
                name: value for name, value in item.items() if name not in {"id", "activity", "creation"}
            }
            return 200, {}, {"data": {"id": item["id"], "attributes": known}}
        fields = [name for name in query.get("@fields", "").split(",") if name]
        for name in fields:
            if name not in PROPERTIES:
                return 400, {}, {"error": {"status": 400, "msg": f"'Unknown property: {name}'"}}
        found = [item for item in self.items.values() if self._asked_for(item, query)]
        for name in reversed(query.get("@sort", "id").split(",")):
            field = name.removeprefix("-")
            found.sort(key=lambda item, by=field: _key(item[by]), reverse=name.startswith("-"))
        size = int(query.get("@page_size", 10_000))
        index = 1 if self.stuck else int(query.get("@page_index", 1))
        page = found[(index - 1) * size : index * size]
        links = {"self": [{}]} | ({"next": [{}]} if len(found) > index * size else {})
        shown = [{name: item[name] for name in ("id", *fields)} for item in page]
        return 200, {}, {"data": {"collection": shown, "@links": links, "@total_size": len(found)}}

    def _asked_for(self, item, query):
        if "id" in query and item["id"] != query["id"]:
            return False
        if "activity" not in query:
            return True
        begin = re.fullmatch(r"from (\S+)", query["activity"])
        assert begin, "a bare date is a whole day, and finds nothing of another one"
        literal = datetime.strptime(begin[1], STAMP).replace(tzinfo=self.zone)
        return item["activity"] >= _stamp(literal)


def _stamp(instant):
    """As it is kept, rounded to milliseconds, and shown, cut to seconds; stamps are compared as texts."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%d.%H:%M}:{int(round(utc.second + utc.microsecond / 1e6, 3)):02d}"


def _key(value):
    return int(value) if value.isdecimal() else value
