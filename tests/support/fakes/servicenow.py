"""ServiceNow's Table API, with its traps.

Without ORDERBY rows come in any order. A field that is not there is left out of the answer and no error, and
a condition on one is ignored. Rows that the account may not read are cut out of a page after it was counted.
`display_value` shows stamps in the account's zone; where `literals` is set, the times of a query are read in
a zone too. Where `patience` is set, an answer is broken off after so many rows: 200, with an error.
"""

import random
import re
from base64 import b64encode
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STAMP = "%Y-%m-%d %H:%M:%S"
CONDITION = re.compile(r"([\w.]+?)(>=|<=|>|<|!=|=|IN)(.*)")


class FakeServiceNow:
    def __init__(self, now):
        self.now = now
        self.rows = {}
        self.hidden = set()
        self.zone = ZoneInfo("America/New_York")
        self.literals = ZoneInfo("UTC")
        self.sign_in = "Basic " + b64encode(b"reader:secret").decode()
        self.may_read = True
        self.patience = None
        self.stuck = False
        self._random = random.Random(1)

    def put(self, ident, updated, **fields):
        """A row appears or changes; its stamps are in whole seconds."""
        stamp = f"{updated.astimezone(UTC):{STAMP}}"
        old = self.rows.get(ident, {"opened_at": stamp, "closed_at": "", "category": "network"})
        self.rows[ident] = old | fields | {"sys_id": ident, "sys_updated_on": stamp, "subcategory": "B"}

    def answer(self, method, path, query, body, headers):
        if headers.get("Authorization") != self.sign_in:
            wrong = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}
            return 401, {}, {"error": wrong, "status": "failure"}
        if not self.may_read:
            wrong = {"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}
            return 403, {}, {"error": wrong, "status": "failure"}
        if (method, path) != ("GET", "/api/now/table/incident"):
            return 400, {}, {"error": {"message": "Invalid table", "detail": None}, "status": "failure"}
        rows = self._found(query.get("sysparm_query", ""))
        offset, limit = int(query.get("sysparm_offset", 0)), int(query.get("sysparm_limit", 10_000))
        page = [row for row in rows[offset : offset + limit] if row["sys_id"] not in self.hidden]
        shown = query.get("sysparm_display_value", "false")
        names = query["sysparm_fields"].split(",") if "sysparm_fields" in query else None
        told = {"result": [self._shown(row, names, shown) for row in page[: self.patience]]}
        if self.patience is not None and len(page) > self.patience:
            late = "Transaction cancelled: maximum execution time exceeded"
            told |= {"error": {"message": late, "detail": f"{late} Check logs"}, "status": "failure"}
        return 200, {"X-Total-Count": str(len(rows))}, told

    def _found(self, query):
        newest_first, order, clauses = False, [], [[]]
        for new, part in re.findall(r"(?:^|\^)(NQ)?([^^]*)", query):
            if new:
                clauses.append([])
            if part.startswith("ORDERBYDESC"):
                newest_first, order = True, [part.removeprefix("ORDERBYDESC")]
            elif part.startswith("ORDERBY"):
                order.append(part.removeprefix("ORDERBY"))
            elif part.startswith("OR"):  # binds closer than the and of a caret
                clauses[-1][-1].append(CONDITION.fullmatch(part.removeprefix("OR")).groups())
            elif part:
                clauses[-1].append([CONDITION.fullmatch(part).groups()])
        rows = [
            row
            for row in self.rows.values()
            if self.stuck
            or any(all(any(self._is(row, *c) for c in either) for either in every) for every in clauses)
        ]
        self._random.shuffle(rows)
        return sorted(rows, key=lambda row: tuple(row[name] for name in order), reverse=newest_first)

    def _is(self, row, name, sign, value):
        if name not in row:
            return True
        mine = row[name]
        if name.endswith("_on"):
            local = datetime.strptime(value, STAMP).replace(tzinfo=self.literals)
            value = f"{local.astimezone(UTC):{STAMP}}"
        return {
            ">=": mine >= value,
            "<=": mine <= value,
            ">": mine > value,
            "<": mine < value,
            "=": mine == value,
            "!=": mine != value,
            "IN": mine in value.split(","),
        }[sign]

    def _shown(self, row, names, shown):
        told = {}
        for name in row if names is None else names:
            if name in row:
                both = {"display_value": self._for_people(row[name]), "value": row[name]}
                told[name] = {"all": both, "true": both["display_value"]}.get(shown, both["value"])
        return told

    def _for_people(self, value):
        if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value):
            return f"{datetime.strptime(value, STAMP).replace(tzinfo=UTC).astimezone(self.zone):{STAMP}}"
        return value.capitalize()
