"""A desk that brings its tickets to our endpoint, signed."""

import os
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from bringing import Sender
from reading import NOW, settings

from connectors.options import Secret
from connectors.webhook import Options, Source

SECRET = "a secret of the desk"


class World:
    many = 60
    without: ClassVar = dict.fromkeys(("wait", "broken", "loop", "cap"), "nothing is asked") | {
        "ties": "requests are read by their place, and not by time",
        "late": "requests are read as they come, whatever their stamps",
        "gone": "nobody tells; a flag that is mapped as void is told",
    }

    def __init__(self, folder: Path) -> None:
        os.environ["DESK_WEBHOOK"] = SECRET
        self.folder, self.now = folder, NOW
        self._listening = self.source()
        self._listening.listen(lambda: None, lambda: self.now)
        list(self._listening.poll(None, self.now))
        self.sender = Sender(self._listening.port, SECRET, lambda: self.now)

    def source(self, zone="UTC", **options) -> Source:
        told = {"secrets": (Secret("env:DESK_WEBHOOK"),), "journal": self.folder / "journal", "port": 0}
        return Source(settings("webhook", zone=zone), Options(**told | options))

    def tell(self, numbers) -> None:
        self.now += timedelta(minutes=30)
        at = [(self.now - timedelta(seconds=1_700 - n % 1_600)).isoformat() for n in numbers]
        told = [
            {"id": f"T{n}", "created": stamp, "updated": stamp, "a": "A", "b": "B"}
            for n, stamp in zip(numbers, at, strict=True)
        ]
        assert self.sender.bring(told)[0] == 202

    def move(self, number, name) -> None:
        self.now += timedelta(minutes=30)
        at = (self.now - timedelta(minutes=5)).isoformat()
        told = {"id": f"T{number}", "created": at, "updated": at, "a": name, "b": "B"}
        assert self.sender.bring(told)[0] == 202

    def spoil(self) -> None:
        self.now += timedelta(minutes=30)
        assert self.sender.bring({"id": "T9", "created": "soon"})[0] == 202

    lose = None

    def close(self) -> None:
        self._listening.close()
