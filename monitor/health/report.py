"""What the daemon tells about its health, and what of it is a reason to help.

A blind source or an undeliverable page is no reason: operators are paged for them, and starting the daemon
again mends neither. They are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

# Without a tick for this long something hangs, however short the time between two ticks is.
STALE_AFTER: Final = timedelta(minutes=2)
STALE_TICKS: Final = 10


class State(StrEnum):
    """What the daemon is about."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True)
class SourceHealth:
    """One source: everything updated before `complete_to` was read; None where it does not apply."""

    name: str
    complete_to: datetime | None = None
    failing_since: datetime | None = None
    blind_since: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class LeaseHealth:
    """Who may write to the store, and until when it holds without being renewed."""

    holder: str | None
    expires_at: datetime | None
    held: bool


@dataclass(frozen=True)
class Report:
    """What the daemon tells about itself.

    Attributes
    ----------
    tick_every : the configured time between two ticks
    closed_until : hours before this are closed and judged
    pending, undeliverable : deliveries of the outbox
    hung : channels that do not answer
    """

    state: State
    version: str
    started_at: datetime
    tick_every: timedelta
    ticked_at: datetime | None = None
    sources: tuple[SourceHealth, ...] = ()
    closed_until: datetime | None = None
    pending: int = 0
    undeliverable: int = 0
    hung: tuple[str, ...] = ()
    lease: LeaseHealth | None = None

    def problems(self, now: datetime) -> tuple[str, ...]:
        """Reasons why the daemon does not do its work, as sentences."""
        return tuple(self._problems(now))

    def warnings(self) -> tuple[str, ...]:
        """What is worth a look while the daemon does its work."""
        return tuple(self._warnings())

    def _problems(self, now: datetime) -> Iterator[str]:
        if self.state is not State.RUNNING:
            yield f"the daemon is {self.state}"
        elif now - (self.ticked_at or self.started_at) > max(STALE_AFTER, STALE_TICKS * self.tick_every):
            silent = (now - (self.ticked_at or self.started_at)) // timedelta(seconds=1)
            yield f"there has been no tick for {silent} s; see the log, and start the daemon again"
        if self.lease is not None and not self.lease.held:
            yield f"{self.lease.holder or 'nobody'} holds the store's lease, not this instance"

    def _warnings(self) -> Iterator[str]:
        for source in self.sources:
            if source.blind_since is not None:
                yield f"source {source.name} is blind: its hours are unknown"
            elif source.failing_since is not None:
                yield f"source {source.name} fails"
        for channel in self.hung:
            yield f"channel {channel} does not answer"
        if self.undeliverable:
            yield f"undeliverable pages: {self.undeliverable}; complaint-monitor status lists them"


def as_json(report: Report, problems: tuple[str, ...], zone: ZoneInfo) -> dict[str, Any]:
    """The body of the answer; stamps are ISO 8601 with the zone's offset."""

    def stamp(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(zone).isoformat()

    lease = report.lease
    return {
        "state": report.state.value,
        "problems": list(problems),
        "warnings": list(report.warnings()),
        "version": report.version,
        "started_at": stamp(report.started_at),
        "ticked_at": stamp(report.ticked_at),
        "closed_until": stamp(report.closed_until),
        "sources": [
            {
                "name": source.name,
                "complete_to": stamp(source.complete_to),
                "failing_since": stamp(source.failing_since),
                "blind_since": stamp(source.blind_since),
                "error": source.error,
            }
            for source in report.sources
        ],
        "outbox": {
            "pending": report.pending,
            "undeliverable": report.undeliverable,
            "hung": list(report.hung),
        },
        "lease": None
        if lease is None
        else {"holder": lease.holder, "expires_at": stamp(lease.expires_at), "held": lease.held},
    }
