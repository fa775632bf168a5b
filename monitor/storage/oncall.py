"""Who stands in for whom on call, as people said it by command; beside the overrides of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from alerts.incident_plan import Override
from connectors.ticket import at_us, to_us
from monitor.storage.schema_told import ONCALL_OVERRIDES
from monitor.storage.texts import storable

if TYPE_CHECKING:
    from sqlalchemy import Connection


class OnCall:
    """Reads and writes the table `oncall_overrides`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cover(self, schedule: str, override: Override, *, author: str, at: int) -> None:
        """Somebody stands in."""
        columns = ONCALL_OVERRIDES.c
        self._connection.execute(
            ONCALL_OVERRIDES.insert().values(
                {
                    columns.schedule: storable(schedule),
                    columns.contact: storable(override.contact),
                    columns.start: to_us(override.from_),
                    columns.end: to_us(override.to),
                    columns.author: storable(author),
                    columns.created_at: at,
                }
            )
        )

    def overrides(self, after: int) -> tuple[tuple[str, Override], ...]:
        """(schedule, who stands in) for all that end after an instant; who was named last comes first."""
        columns = ONCALL_OVERRIDES.c
        chosen = select(columns.schedule, columns.contact, columns.start, columns.end).where(
            columns.end > after
        )
        return tuple(
            (row.schedule, Override(row.contact, at_us(row.start), at_us(row.end)))
            for row in self._connection.execute(chosen.order_by(columns.id.desc()))
        )
