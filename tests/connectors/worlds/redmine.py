"""A Redmine with custom fields for what complaints are about."""

from typing import ClassVar

from fakes.redmine import FakeRedmine
from service_world import ServiceWorld

from connectors import redmine
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_on",
    category=("custom_fields.Cause", "custom_fields.Part"),
    void=Flag("status.name", ("Spam",)),
)


class World(ServiceWorld):
    connector = redmine
    fake_service = FakeRedmine
    fields = FIELDS
    secret = "key"
    created = "created_on"
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages have no end",
    }

    def discard(self, number, at) -> None:
        self.put(number, at, status={"id": 9, "name": "Spam", "is_closed": False})

    def delete(self, number, at) -> None:
        del self.fake.issues[number + 1]
