"""A workspace of Intercom with attributes of its own for what complaints are about."""

from typing import ClassVar

from fakes.intercom import FakeIntercom
from service_world import ServiceWorld

from connectors import intercom
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_at",
    category=("custom_attributes.Complaint", "custom_attributes.Part"),
    closed_at="statistics.last_close_at",
    void=Flag("tags.spam", ("true",)),
)


class World(ServiceWorld):
    connector = intercom
    fake_service = FakeIntercom
    fields = FIELDS
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages follow the key, without an end",
    }

    partly: ClassVar = {
        "gone": "a conversation that was merged into another is closed, and carries no mark over there"
    }

    def discard(self, number, at) -> None:
        self.put(number, at, tags={"type": "tag.list", "tags": [{"id": "1", "name": "spam"}]})

    def delete(self, number, at) -> None:
        self.fake.delete(number + 1)

    merge = None
