"""Builders for tests of sources: settings, files with a chosen time, and what a source told."""

# ruff: noqa: DTZ001 - readings of a source's clock have no zone

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.source import Fields, Poll, Quarantined, SourceError, SourceSettings
from connectors.ticket import Ticket

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""The clock of these tests."""

FIELDS = Fields(id="id", created_at="created", updated_at="updated", category=("a", "b"))
HEADER = "id,created,updated,a,b"


def settings(kind="csv", *, fields=FIELDS, zone="UTC", **others) -> SourceSettings:
    return SourceSettings(name="desk", kind=kind, timezone=ZoneInfo(zone), fields=fields, **others)


def with_fields(**changes) -> Fields:
    return replace(FIELDS, **changes)


def drop(path: Path, text: str | bytes, *, age: float = 60) -> Path:
    """Write a file that has not changed for `age` seconds."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    touch(path, NOW - timedelta(seconds=age))
    return path


def append(path: Path, text: str | bytes, *, age: float = 60) -> Path:
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    touch(path, NOW - timedelta(seconds=age))
    return path


def touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def row(number: int, *, minute: int = 0, a: str = "A", b: str = "B") -> str:
    """A line of a csv file with the HEADER."""
    created = datetime(2026, 3, 1) + timedelta(minutes=minute)
    return f"T{number},{created.isoformat()},{created.isoformat()},{a},{b}\n"


def table(rows: Iterable[str]) -> str:
    return HEADER + "\n" + "".join(rows)


def listen(source, cursor: str | None = None, *, now: datetime = NOW) -> list[Poll]:
    return list(source.poll(cursor, now))


def listen_anyway(polls: Iterable[Poll]) -> tuple[list[Poll], str]:
    """What was told before a SourceError, and the error."""
    heard: list[Poll] = []
    try:
        for poll in polls:
            heard += [poll]
    except SourceError as error:
        return heard, str(error)
    return heard, ""


def tickets(polls: Iterable[Poll]) -> list[Ticket]:
    return [ticket for poll in polls for ticket in poll.batch.tickets()]


def ids(polls: Iterable[Poll]) -> list[str]:
    return [str(ident) for poll in polls for ident in poll.batch.ids]


def bad(polls: Iterable[Poll]) -> list[Quarantined]:
    return [one for poll in polls for one in poll.quarantined]


def only(values: Sequence):
    """The one value there is."""
    assert len(values) == 1, values
    return values[0]
