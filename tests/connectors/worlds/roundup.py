"""A tracker whose account lives in New York."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.roundup import FakeRoundup
from service_world import ServiceWorld

from connectors import roundup
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="creation",
    category=("cause", "part"),
    void=Flag("status.name", ("spam",)),
)


class World(ServiceWorld):
    connector = roundup
    fake_service = FakeRoundup
    fields = FIELDS
    secret = "password"
    options: ClassVar = {"user": "reader"}
    created = "creation"
    without: ClassVar = {
        "cap": "its pages have no end",
    }

    def discard(self, number, at) -> None:
        self.put(number, at, status={"id": "9", "name": "spam"})

    def delete(self, number, at) -> None:
        del self.fake.items[number + 1]

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)
