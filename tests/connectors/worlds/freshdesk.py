"""An account of Freshdesk with fields of its own for what complaints are about."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from fakes.freshdesk import FakeFreshdesk
from fakes.server import Server
from reading import NOW, settings

from connectors.freshdesk import Options, Source
from connectors.options import Secret
from connectors.source import Fields, Flag

FIELDS = Fields(
    id="id",
    created_at="created_at",
    category=("custom_fields.cf_cause", "custom_fields.cf_part"),
    void=Flag("status", ("9",)),
)


class World:
    many = 60
    page = 25
    token = "DESK_FRESHDESK"
    without: ClassVar = {
        "zone": "its API knows UTC only",
    }

    partly: ClassVar = {"gone": "a ticket that was merged into another carries no mark over there"}

    def __init__(self, folder: Path) -> None:
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = FakeFreshdesk(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "url": self.server.url,
            "key": Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        return Source(settings("freshdesk", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

    def put(self, number, at, **changes) -> None:
        self.fake.put(number + 1, at, **changes)

    def discard(self, number, at) -> None:
        self.put(number, at, status=9)

    def delete(self, number, at) -> None:
        self.put(number, at, deleted=True)

    merge = None

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def name(self, number) -> str:
        return str(number + 1)

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), created_at="soon")

    def lose(self) -> None:
        self.server.close()
