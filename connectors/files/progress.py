"""How far the files of a source have been read: what the cursor remembers of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.files.folder import Look
from connectors.files.lines import Position
from connectors.ticket import MICROSECOND, to_us


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was read up to a place; `digest` stands for the bytes before it, "" if it can't grow."""

    size: int
    mtime: int
    offset: int
    line: int
    digest: str = ""
    done: bool = False
    problem: str = ""

    def same(self, look: Look) -> bool:
        return (self.size, self.mtime) == (look.size, look.mtime)

    @property
    def position(self) -> Position:
        return Position(self.offset, self.line)


@dataclass(frozen=True, slots=True)
class Wait:
    """A file that is not complete: as last seen, since when it is so, and since when it is waited for."""

    size: int
    mtime: int
    same_since: int
    since: int


@dataclass
class Progress:
    """What a cursor tells: the files that were read, and those that are waited for, by name."""

    digest: str
    known: dict[str, Known] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None, digest: str) -> Progress:
        told: dict[str, Any] = json.loads(cursor) if cursor else {}
        if told.get("reads") != digest:
            return cls(digest)
        known = {key: Known(*values) for key, values in told["known"].items()}
        return cls(digest, known, {key: Wait(*values) for key, values in told["waits"].items()})

    def cursor(self) -> str:
        known = {key: astuple(value) for key, value in self.known.items()}
        waits = {key: astuple(value) for key, value in self.waits.items()}
        told = {"reads": self.digest, "known": known, "waits": waits}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    def complete(self, look: Look, now: datetime, settle: timedelta) -> bool:
        """Whether the file has not changed for `settle`, by its own time or since an earlier look."""
        at, still = to_us(now), settle // MICROSECOND
        wait = self.waits.pop(look.key, Wait(look.size, look.mtime, at, at))
        same = (wait.size, wait.mtime) == (look.size, look.mtime)
        since = wait.same_since if same else at
        if still == 0 or look.mtime // 1_000 + still <= at or since + still <= at:
            return True
        self.waits[look.key] = Wait(look.size, look.mtime, since, wait.since)
        return False

    def forget(self, looks: Sequence[Look]) -> None:
        """Keep only the files that are still there."""
        there = {look.key for look in looks}
        self.known = {key: value for key, value in self.known.items() if key in there}
        self.waits = {key: value for key, value in self.waits.items() if key in there}
