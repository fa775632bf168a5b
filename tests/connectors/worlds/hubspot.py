"""An account of HubSpot with properties of its own for what complaints are about."""

from typing import ClassVar

from fakes.hubspot import FakeHubSpot
from service_world import ServiceWorld

from connectors import hubspot
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="createdate",
    category=("Complaint", "Part"),
    void=Flag("State", ("Spam",)),
)


class World(ServiceWorld):
    connector = hubspot
    fake_service = FakeHubSpot
    fields = FIELDS
    created = "createdate"
    without: ClassVar = {
        "zone": "its API knows UTC only",
    }

    merge_keeps = False

    def delete(self, number, at) -> None:
        self.fake.delete(number + 1, at)

    def merge(self, number, into, at) -> None:
        self.fake.merge(number + 1, into + 1, at)

    def discard(self, number, at) -> None:
        self.put(number, at, state="9")
