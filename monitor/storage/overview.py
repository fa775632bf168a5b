"""How much there is of what, for `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.storage import bulk

if TYPE_CHECKING:
    from sqlalchemy import Connection


def tickets_by_source(connection: Connection) -> dict[str, int]:
    """How many tickets are stored of each source, void ones included."""
    found = bulk.rows(
        connection,
        "SELECT name, tickets FROM sources JOIN "
        "(SELECT source_id, COUNT(*) AS tickets FROM tickets GROUP BY source_id) AS counted "
        "ON source_id = id ORDER BY name",
    )
    return {name: int(tickets) for name, tickets in found}
