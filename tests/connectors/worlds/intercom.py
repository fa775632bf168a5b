"""A workspace of Intercom with attributes of its own for what complaints are about."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from fakes.intercom import FakeIntercom
from fakes.server import Server
from reading import NOW, settings

from connectors.intercom import Options, Source
from connectors.options import Secret
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_at",
    category=("custom_attributes.Complaint", "custom_attributes.Part"),
    closed_at="statistics.last_close_at",
    void=Flag("tags.spam", ("true",)),
)


class World:
    many = 60
    page = 25
    token = "DESK_INTERCOM"
    without: ClassVar = {
        "zone": "its API knows UTC only",
        "cap": "its pages follow the key, without an end",
    }

    partly: ClassVar = {
        "gone": "what becomes of a conversation that was merged into another is not documented"
    }

    def __init__(self, folder: Path) -> None:
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = FakeIntercom(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "url": self.server.url,
            "token": Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        return Source(settings("intercom", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

    def put(self, number, at, **changes) -> None:
        self.fake.put(number + 1, at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, tags={"type": "tag.list", "tags": [{"id": "1", "name": "spam"}]})

    def delete(self, number, at) -> None:
        self.fake.delete(number + 1)

    merge = None

    def name(self, number) -> str:
        return str(number + 1)

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), created_at="soon")

    def lose(self) -> None:
        self.server.close()
