"""A site of Jira whose account lives in New York, with a cascade for what complaints are about."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from fakes.jira import FakeJira
from fakes.server import Server
from reading import NOW, settings

from connectors.jira import Options, Source
from connectors.options import Secret
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="key",
    created_at="created",
    category=("Complaint",),
    void=Flag("Status", ("Spam",)),
)


class World:
    many = 60
    page = 25
    token = "DESK_JIRA"
    without: ClassVar = {
        "cap": "its pages follow the key, without an end",
    }

    def __init__(self, folder: Path) -> None:
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = FakeJira(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "url": self.server.url,
            "user": "reader@acme.test",
            "token": Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        return Source(settings("jira", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

    def put(self, number, at, **changes) -> None:
        self.fake.put(number + 1, at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, status={"name": "Spam"})

    def delete(self, number, at) -> None:
        self.fake.delete(number + 1)

    merge = None

    def name(self, number) -> str:
        return f"SUP-{number + 1}"

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def move_account(self, zone) -> None:
        self.fake.zone = ZoneInfo(zone)

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), created="soon")

    def lose(self) -> None:
        self.server.close()
