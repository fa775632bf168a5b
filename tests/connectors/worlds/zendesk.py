"""An account of Zendesk with a dropdown for what complaints are about."""

from typing import ClassVar

from fakes.zendesk import FakeZendesk
from service_world import ServiceWorld

from connectors import zendesk
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_at",
    category=("custom_fields.Complaint",),
    void=Flag("tags.spam", ("true",)),
)


class World(ServiceWorld):
    connector = zendesk
    fake_service = FakeZendesk
    fields = FIELDS
    options: ClassVar = {"client_id": "monitor"}
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages follow the key, without an end",
    }

    def put(self, number, at, **changes) -> None:
        if "category" in changes:
            changes["category"] += "_b"
        self.fake.put(number + 1, at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, tags=["spam"])

    def delete(self, number, at) -> None:
        self.put(number, at, status="deleted")

    def merge(self, number, into, at) -> None:
        self.put(number, at, tags=["closed_by_merge"])
