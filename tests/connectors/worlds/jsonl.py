"""A log of JSON lines that is appended to."""

# ruff: noqa: DTZ001 - readings of a source's clock have no zone

import json
from datetime import datetime, timedelta
from pathlib import Path

from conformance import FILES
from reading import FIELDS, NOW, append, drop, settings

from connectors.jsonl import Options, Source


class World:
    many = 45_000
    without = FILES

    def __init__(self, folder: Path) -> None:
        self.log = drop(folder / "log.jsonl", "")
        self.now = NOW

    def source(self) -> Source:
        return Source(settings("jsonl", fields=FIELDS), Options(path=self.log))

    def tell(self, numbers) -> None:
        self._append(
            {"id": n, "created": self._stamp(n), "updated": self._stamp(n), "a": "A"} for n in numbers
        )

    def move(self, number, name) -> None:
        stamp = self._stamp(number)
        self._append([{"id": number, "created": stamp, "updated": self._stamp(number + 1), "a": name}])

    def spoil(self) -> None:
        self._append([{"id": "T9", "created": "soon"}])

    def lose(self) -> None:
        self.log.unlink()

    def _append(self, records) -> None:
        self.now += timedelta(minutes=5)
        text = "".join(json.dumps(record | {"b": "B"}) + "\n" for record in records)
        append(self.log, text, age=60 - (self.now - NOW).total_seconds())

    def _stamp(self, number: int) -> str:
        return (datetime(2026, 3, 1) + timedelta(minutes=number % 900)).isoformat()
