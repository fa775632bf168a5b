"""A mailbox to which people write their complaints; a form puts the category into headers."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from fakes.imap import FakeImap
from reading import NOW, settings

from connectors.mailbox import Options, Source
from connectors.options import Secret
from connectors.source import Fields

FIELDS = Fields(
    id="id", created_at="received", category=("header.X-Business", "header.X-Product"), complainant="from"
)


class World:
    many = 250
    without: ClassVar = {
        "moved": "a mail never changes",
        "gone": "a mail that is taken away is not noticed",
        "late": "mails are read by their numbers, whatever their stamps",
        "wait": "IMAP has no such answer",
        "loop": "a mailbox has no pages",
        "cap": "a mailbox has no pages",
        "clock": "the number of a mail decides, and no clock",
    }

    def __init__(self, folder: Path) -> None:
        os.environ["DESK_MAILBOX"] = "secret"
        self.now, self.fake = NOW, FakeImap()

    def close(self) -> None:
        self.fake.close()

    def source(self, fields=FIELDS, **options) -> Source:
        told = {
            "host": "127.0.0.1",
            "port": self.fake.port,
            "security": "none",
            "user": "desk",
            "password": Secret("env:DESK_MAILBOX"),
        }
        return Source(settings("mailbox", fields=fields, zone="Asia/Shanghai"), Options(**told | options))

    def tell(self, numbers) -> None:
        self.now += timedelta(minutes=30)
        for n in numbers:
            self.put(f"Message-ID: <{n}@a.test>", at=self.now - timedelta(minutes=1))

    def put(self, *head, text="no signal", at=None, **others) -> None:
        """A mail of these header lines comes."""
        lines = ["From: Ann <A@b.test>", "X-Business: A", "X-Product: B", *head]
        raw = "\r\n".join([*lines, "", text]).encode()
        self.fake.put(raw, at or self.now - timedelta(minutes=1), **others)

    def spoil(self) -> None:
        self.now += timedelta(minutes=30)
        self.put("Message-ID: <deep@a.test>", at=self.now + timedelta(hours=3))

    def lose(self) -> None:
        self.fake.close()
