"""A service on this machine, told of tickets, with a Source that reads it: what all services have alike."""

import os
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from fakes.server import Server
from reading import NOW, settings

from connectors.options import Secret
from connectors.source import Fields


class ServiceWorld:
    """A subclass says which connector reads which fake, and how tickets change over there.

    `connector` is its module; `secret` the option that holds the secret, and `options` what else it is told;
    `created` is the field with the time at which a ticket was created; `merge_keeps` whether one of two
    tickets that are merged stays, and no third one is made; `tells_gone` whether a service whose lists are
    looked through for what is gone may tell it too.
    """

    connector: ClassVar[ModuleType]
    fake_service: ClassVar[type]
    fields: ClassVar[Fields]
    secret: ClassVar = "token"
    options: ClassVar[dict[str, Any]] = {}
    created: ClassVar = "created_at"
    many = 60
    page = 25
    merge = None
    merge_keeps = True
    tells_gone = False

    def __init__(self, folder: Path) -> None:
        self.kind = self.connector.__name__.rpartition(".")[2]
        self.token = f"DESK_{self.kind.upper()}"
        os.environ[self.token] = "secret"
        self.now = NOW
        self.fake = self.fake_service(NOW)
        self.server = Server(self.fake)

    def close(self) -> None:
        self.server.close()

    lose = close

    def source(self, fields=None, **options):
        told = self.options | {
            "url": self.server.url,
            self.secret: Secret(f"env:{self.token}"),
            "page_size": self.page,
        }
        asked = settings(self.kind, fields=fields or self.fields, zone="Asia/Shanghai")
        return self.connector.Source(asked, self.connector.Options(**told | options))

    def tell(self, numbers) -> None:
        self.pass_time()
        for n in numbers:
            self.put(n, self.now - timedelta(seconds=1_700 - n % 1_600))

    def put(self, number, at, **changes) -> None:
        self.fake.put(number + 1, at, **changes)

    def name(self, number) -> str:
        return str(number + 1)

    def pass_time(self, minutes=30) -> None:
        self.now += timedelta(minutes=minutes)
        self.fake.now = self.now

    def loop(self, stuck=True) -> None:
        self.fake.stuck = stuck

    def at_work(self, numbers):
        """These tickets change with every question, a minute each; what the fake answered before."""
        answer = self.fake.answer

        def changing(*question):
            self.pass_time(1)
            for number in numbers:
                self.put(number, self.now)
            return answer(*question)

        self.fake.answer = changing
        return answer

    def spoil(self) -> None:
        self.pass_time()
        self.put(999_999, self.now - timedelta(minutes=1), **{self.created: "soon"})
