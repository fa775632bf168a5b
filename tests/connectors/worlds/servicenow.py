"""A table of ServiceNow whose account lives in New York."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.servicenow import FakeServiceNow
from service_world import ServiceWorld

from connectors import servicenow
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="sys_id",
    created_at="opened_at",
    category=("category", "subcategory"),
    closed_at="closed_at",
    void=Flag("category.value", ("spam",)),
)


class World(ServiceWorld):
    connector = servicenow
    fake_service = FakeServiceNow
    fields = FIELDS
    secret = "password"
    options: ClassVar = {"user": "reader"}
    created = "opened_at"
    without: ClassVar = {
        "cap": "its pages follow the key, without an end",
    }

    def put(self, number, at, **changes) -> None:
        self.fake.put(self.name(number), at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, category="spam")

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)

    def delete(self, number, at) -> None:
        del self.fake.rows[self.name(number)]

    def name(self, number) -> str:
        return f"{number:032x}"
