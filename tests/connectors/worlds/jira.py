"""A site of Jira whose account lives in New York, with a cascade for what complaints are about."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.jira import FakeJira
from service_world import ServiceWorld

from connectors import jira
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="key",
    created_at="created",
    category=("Complaint",),
    void=Flag("Status", ("Spam",)),
)


class World(ServiceWorld):
    connector = jira
    fake_service = FakeJira
    fields = FIELDS
    options: ClassVar = {"user": "reader@acme.test"}
    created = "created"
    without: ClassVar = {
        "cap": "its pages follow the key, without an end",
    }

    def discard(self, number, at) -> None:
        self.put(number, at, status={"name": "Spam"})

    def delete(self, number, at) -> None:
        self.fake.delete(number + 1)

    def name(self, number) -> str:
        return f"SUP-{number + 1}"

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)
