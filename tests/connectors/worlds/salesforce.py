"""An organisation of Salesforce with fields of its own for what complaints are about."""

from typing import ClassVar

from fakes.salesforce import FakeSalesforce
from service_world import ServiceWorld

from connectors import salesforce
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="Id",
    created_at="CreatedDate",
    category=("Complaint", "Part"),
    void=Flag("Status", ("Spam",)),
)


class World(ServiceWorld):
    connector = salesforce
    fake_service = FakeSalesforce
    fields = FIELDS
    secret = "secret"
    options: ClassVar = {"client_id": "key"}
    created = "CreatedDate"
    many = 450
    page = 200
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages follow the key, without an end",
    }

    def put(self, number, at, **changes) -> None:
        self.fake.put(self.name(number), at, **changes)

    def delete(self, number, at) -> None:
        self.put(number, at, IsDeleted=True)

    def merge(self, number, into, at) -> None:
        self.put(number, at, MasterRecordId=self.name(into))

    def discard(self, number, at) -> None:
        self.put(number, at, Status="Spam")

    def name(self, number) -> str:
        return f"500{number:015d}"
