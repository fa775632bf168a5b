"""How many tickets of a span were valid, invalid, closed and escalated, by node of their whole path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monitor.storage import bulk

if TYPE_CHECKING:
    from sqlalchemy import Connection

_VOLUMES: Final = """
    SELECT node_id,
        SUM(CASE WHEN void THEN 0 ELSE 1 END),
        SUM(CASE WHEN void THEN 1 ELSE 0 END),
        SUM(CASE WHEN NOT void AND closed <= ? THEN 1 ELSE 0 END),
        SUM(CASE WHEN NOT void AND escalated <= ? THEN 1 ELSE 0 END)
    FROM tickets WHERE created >= ? AND created < ? GROUP BY node_id
"""


@dataclass(frozen=True, slots=True)
class Volume:
    """Tickets of one node: valid ones, invalid ones (void), and of the valid ones those closed, escalated."""

    valid: int = 0
    invalid: int = 0
    closed: int = 0
    escalated: int = 0

    def __add__(self, other: Volume) -> Volume:
        return Volume(
            self.valid + other.valid,
            self.invalid + other.invalid,
            self.closed + other.closed,
            self.escalated + other.escalated,
        )


def volumes(connection: Connection, start: int, end: int, *, at: int) -> dict[int, Volume]:
    """Tickets created in [start, end) as they stood closed and escalated by `at`, by node number."""
    found = bulk.rows(connection, _VOLUMES, at, at, start, end)
    return {int(node): Volume(*map(int, numbers)) for node, *numbers in found}
