"""Salesforce's SOQL over Case, its description and its tokens, with their traps.

A token expires on demand, as does the locator of a page. Pages hold fewer rows than asked for. Stamps are
whole seconds. query hides what queryAll shows: cases deleted, or merged into another. A field that is not
there, or hidden from the account, is an error for the whole query.
"""

import re
from datetime import UTC

FIELDS = [
    {"name": "Id", "label": "Case ID", "relationshipName": None},
    {"name": "IsDeleted", "label": "Deleted", "relationshipName": None},
    {"name": "MasterRecordId", "label": "Master Record ID", "relationshipName": "MasterRecord"},
    {"name": "CaseNumber", "label": "Case Number", "relationshipName": None},
    {"name": "ContactId", "label": "Contact ID", "relationshipName": "Contact"},
    {"name": "Status", "label": "Status", "relationshipName": None},
    {"name": "IsEscalated", "label": "Escalated", "relationshipName": None},
    {"name": "CreatedDate", "label": "Created Date", "relationshipName": None},
    {"name": "ClosedDate", "label": "Closed Date", "relationshipName": None},
    {"name": "SystemModstamp", "label": "System Modstamp", "relationshipName": None},
    {"name": "Complaint__c", "label": "Complaint", "relationshipName": None},
    {"name": "Part__c", "label": "Part", "relationshipName": None},
    {"name": "Region__c", "label": "Region", "relationshipName": None},
    {"name": "Region2__c", "label": "Region", "relationshipName": None},
]
QUERY = re.compile(
    r"SELECT (?P<names>.+?) FROM Case(?: WHERE (?P<where>.*?))? ORDER BY SystemModstamp ASC, Id ASC"
)
BEGIN = re.compile(r"SystemModstamp >= (\S+?)Z")


class FakeSalesforce:
    def __init__(self, now):
        self.now = now
        self.cases = {}
        self.hidden = set()
        self.stuck = False
        self.may_read = True
        self.granted = 0
        self.expired = 0
        self._locators = {}

    def put(self, ident, updated, *, category="network", **fields):
        stamp = _written(updated)
        old = self.cases.get(ident, {"CreatedDate": stamp, "IsEscalated": False, "IsDeleted": False})
        self.cases[ident] = old | {
            "Id": ident,
            "SystemModstamp": stamp,
            "Complaint__c": category,
            "Part__c": "B",
            **fields,
        }

    def expire(self):
        """Tokens and locators of before are worth nothing."""
        self.expired = self.granted
        self._locators.clear()

    def answer(self, method, path, query, body, headers):
        if path == "/services/oauth2/token" and "Authorization" not in headers:
            return self._token(body)
        if headers.get("Authorization") not in {
            f"Bearer token {n + 1}" for n in range(self.expired, self.granted)
        }:
            return 401, {}, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        if not self.may_read:
            return 403, {}, [{"message": "The REST API is not enabled", "errorCode": "API_DISABLED_FOR_ORG"}]
        if path == "/services/data/v62.0/sobjects/Case/describe":
            return 200, {}, {"name": "Case", "fields": [f for f in FIELDS if f["name"] not in self.hidden]}
        if not path.startswith("/services/data/v62.0/query"):
            return 404, {}, [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
        return self._rows(path, query, int(headers["Sforce-Query-Options"].partition("=")[2]))

    def _rows(self, path, query, size):
        if not 200 <= size <= 2_000:
            return _wrong("INVALID_QUERY_OPTIONS", "batchSize")
        if "q" in query:
            return self._queried(query["q"], size - 7, every=path.endswith("All"))
        if path.rpartition("/")[2] not in self._locators:
            return _wrong("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(*self._locators[path.rpartition("/")[2]], size - 7)

    def _token(self, form):
        wanted = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret"}
        if form != wanted:
            return 400, {}, {"error": "invalid_client", "error_description": "invalid client credentials"}
        self.granted += 1
        return 200, {}, {"access_token": f"token {self.granted}", "token_type": "Bearer", "scope": "api"}

    def _queried(self, soql, size, *, every):
        asked = QUERY.fullmatch(soql)
        names = asked["names"].split(", ")
        fields = {field["name"] for field in FIELDS} - self.hidden
        wrong = [name for name in names if name not in fields and not name.startswith("Contact.")]
        if wrong:
            return _wrong("INVALID_FIELD", f"No such column '{wrong[0]}' on entity 'Case'")
        begin = BEGIN.search(asked["where"] or "")
        least = f"{begin[1]}.000+0000" if begin else ""
        rows = [row for row in self.cases.values() if row["SystemModstamp"] >= least]
        rows = [row for row in rows if every or not row["IsDeleted"]]
        rows.sort(key=lambda row: (row["SystemModstamp"], row["Id"]))
        return self._page([row["Id"] for row in rows], names, 0, size)

    def _page(self, idents, names, offset, size):
        shown = [dict.fromkeys(names) | self.cases[i] for i in idents[offset : offset + size]]
        records = []
        for row in shown:
            record = {name: row[name] for name in names if "." not in name}
            record |= {"Contact": row.get("Contact")} if any(n.startswith("Contact.") for n in names) else {}
            records.append({"attributes": {"type": "Case"}, **record})
        told = {"totalSize": len(idents), "done": len(idents) <= offset + size, "records": records}
        if not told["done"] or self.stuck:
            locator = f"01g-{0 if self.stuck else len(self._locators)}-{offset + size}"
            self._locators[locator] = (idents, names, offset if self.stuck else offset + size)
            told |= {"done": False, "nextRecordsUrl": f"/services/data/v62.0/query/{locator}"}
        return 200, {}, told


def _written(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _wrong(code, sentence):
    return 400, {}, [{"message": sentence, "errorCode": code}]
