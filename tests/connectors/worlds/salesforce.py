"""An organisation of Salesforce with fields of its own for what complaints are about."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from fakes.salesforce import FakeSalesforce
from fakes.server import Server
from reading import NOW, settings

from connectors.options import Secret
from connectors.salesforce import Options, Source
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="Id",
    created_at="CreatedDate",
    category=("Complaint", "Part"),
    void=Flag("Status", ("Spam",)),
)


class World:
    many = 450
    page = 200
    token = "DESK_SALESFORCE"
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages follow the key, without an end",
    }

    def __init__(self, folder: Path) -> None:
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = FakeSalesforce(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "url": self.server.url,
            "client_id": "key",
            "secret": Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        return Source(settings("salesforce", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

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

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), CreatedDate="soon")

    def lose(self) -> None:
        self.server.close()
