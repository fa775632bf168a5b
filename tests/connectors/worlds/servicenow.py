"""A table of ServiceNow whose account lives in New York."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.server import Server
from fakes.servicenow import FakeServiceNow
from reading import NOW, settings

from connectors.options import Secret
from connectors.servicenow import Options, Source
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="sys_id",
    created_at="opened_at",
    category=("category", "subcategory"),
    closed_at="closed_at",
    void=Flag("category.value", ("spam",)),
)


class World:
    many = 60
    page = 25
    token = "DESK_SERVICENOW"
    without: ClassVar = {
        "cap": "its pages follow the key, without an end",
    }

    def __init__(self, folder: Path) -> None:
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = FakeServiceNow(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "url": self.server.url,
            "user": "reader",
            "password": Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        return Source(settings("servicenow", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

    def put(self, number, at, **changes) -> None:
        self.fake.put(self.name(number), at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, category="spam")

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def delete(self, number, at) -> None:
        del self.fake.rows[self.name(number)]

    merge = None

    def name(self, number) -> str:
        return f"{number:032x}"

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), opened_at="soon")

    def lose(self) -> None:
        self.server.close()
