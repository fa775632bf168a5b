"""A plain reader of ticket exports: csv and datetime, nothing else."""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from .model import OracleTicket


@dataclass(frozen=True)
class CsvMapping:
    """Which column is what; the same words as `[[sources]]` and `[sources.fields]` of config.toml."""

    source: str
    timezone: str
    id: str
    created_at: str
    category: tuple[str, ...]
    updated_at: str | None = None
    datetime_format: str | None = None
    empty: tuple[str, ...] = ()
    escalated: tuple[str, frozenset[str]] | None = None
    escalated_at: str | None = None
    closed_at: str | None = None
    void: tuple[str, frozenset[str]] | None = None
    tags: str | None = None
    complainant: str | None = None


@dataclass
class ReadResult:
    """Versions in input order, and the rows that are none: line number of the row and why."""

    versions: list[OracleTicket] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


def read_csv(path: Path, mapping: CsvMapping) -> list[OracleTicket]:
    return read_csv_with_rejects(path, mapping).versions


def read_csv_with_rejects(path: Path, mapping: CsvMapping) -> ReadResult:
    result = ReadResult()
    with _open(path) as stream:
        for number, row in enumerate(csv.DictReader(stream), start=1):
            try:
                result.versions.append(_version(row, mapping))
            except ValueError as error:
                result.rejected.append((number, str(error)))
    return result


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _version(row: Mapping[str, str | None], mapping: CsvMapping) -> OracleTicket:
    def value(column: str | None) -> str | None:
        text = "" if column is None else (row[column] or "").strip()
        return None if text == "" or text in mapping.empty else text

    def stamp(column: str | None) -> datetime | None:
        text = value(column)
        return None if text is None else _instant(text, mapping.datetime_format, mapping.timezone)

    def flag(test: tuple[str, frozenset[str]] | None) -> bool:
        return test is not None and value(test[0]) in test[1]

    identity, created_at = value(mapping.id), stamp(mapping.created_at)
    if identity is None:
        raise ValueError("no id")
    if created_at is None:
        raise ValueError("no created_at")
    updated_at = stamp(mapping.updated_at) or created_at

    path: list[str] = []
    for column in mapping.category:
        name = value(column)
        if name is None:
            break
        path.append(name)
    return OracleTicket(
        source=mapping.source,
        id=identity,
        created_at=created_at,
        updated_at=updated_at,
        path=tuple(path),
        escalated_at=updated_at if flag(mapping.escalated) else stamp(mapping.escalated_at),
        closed_at=stamp(mapping.closed_at),
        void=flag(mapping.void),
        tags=frozenset(tag.strip() for tag in (value(mapping.tags) or "").split(",") if tag.strip()),
        complainant=value(mapping.complainant),
    )


@lru_cache(maxsize=100_000)
def _instant(text: str, datetime_format: str | None, timezone: str) -> datetime:
    """A stamp as UTC; one without an offset is read in the source's zone, the first of two (fold 0)."""
    if datetime_format is None:
        moment = datetime.fromisoformat(text)
    else:
        moment = datetime.strptime(text, datetime_format)  # noqa: DTZ007 - given its zone below
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone), fold=0)
    return moment.astimezone(UTC)
