"""What goes into the brute force, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Node = tuple[str, ...]
Group = tuple[Node, bool]
"""A node, and whether the group is exact (the node alone, without descendants)."""

TicketKey = tuple[str, str]
"""Identity of a ticket: source, id."""


@dataclass(frozen=True, slots=True)
class OracleTicket:
    """One version of one ticket. All stamps are aware UTC datetimes."""

    source: str
    id: str
    created_at: datetime
    updated_at: datetime
    path: Node = ()
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    void: bool = False
    tags: frozenset[str] = frozenset()
    complainant: str | None = None

    @property
    def key(self) -> TicketKey:
        return (self.source, self.id)


@dataclass(frozen=True)
class OracleRule:
    """One configured rule. `thresholds` is the ladder level -> number; the others use `level`."""

    name: str
    kind: str
    depths: tuple[int, ...] | None = None
    thresholds: Mapping[str, int] = field(default_factory=dict)
    factor: float | str = 2.0
    min_count: int = 10
    alpha: float | str = 0.001
    level: str = "三级预警"
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OracleResult:
    """Records with the fields of signals.jsonl and trend.jsonl; stamps are aware datetimes."""

    signals: list[dict[str, Any]]
    trend: list[dict[str, Any]]
