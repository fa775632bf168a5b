"""An RT whose account lives in New York."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.request_tracker import FakeRequestTracker
from service_world import ServiceWorld

from connectors import request_tracker
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="Created",
    category=("CustomFields.Cause", "CustomFields.Part"),
    closed_at="Resolved",
    void=Flag("Status", ("rejected",)),
)


class World(ServiceWorld):
    connector = request_tracker
    fake_service = FakeRequestTracker
    fields = FIELDS
    secret = "password"
    options: ClassVar = {"user": "reader"}
    created = "Created"
    without: ClassVar = {
        "cap": "its pages have no end",
    }
    forbids = "sees no queue; give it the rights SeeQueue"

    def discard(self, number, at) -> None:
        self.put(number, at, status="rejected")

    def delete(self, number, at) -> None:
        self.fake.tickets[number + 1]["Status"] = "deleted"

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)
