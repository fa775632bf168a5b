"""An account of Freshdesk with fields of its own for what complaints are about."""

from typing import ClassVar

from fakes.freshdesk import FakeFreshdesk
from service_world import ServiceWorld

from connectors import freshdesk
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_at",
    category=("custom_fields.cf_cause", "custom_fields.cf_part"),
    void=Flag("status", ("9",)),
)


class World(ServiceWorld):
    connector = freshdesk
    fake_service = FakeFreshdesk
    fields = FIELDS
    secret = "key"
    without: ClassVar = {
        "zone": "its API knows UTC only",
    }

    tells_gone = True
    partly: ClassVar = {"gone": "a ticket that was merged into another carries no mark over there"}

    def discard(self, number, at) -> None:
        self.put(number, at, status=9)

    def delete(self, number, at) -> None:
        self.put(number, at, deleted=True)
