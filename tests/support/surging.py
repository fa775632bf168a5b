"""Weeks of ordinary hours and a surge in them, as tickets: what a detector of surges is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from histories import at, later, ticket
from oracle import OracleTicket

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

TODAY = at("2026-04-27T00:00")
"""A Monday in Shanghai."""
PATHS = ("a/x", "a/y", "b/x")


@dataclass
class World:
    """Tickets by hand and by chance; stamps are never at a full minute, where a clock would tick as well."""

    random: Random
    versions: list[OracleTicket] = field(default_factory=list)

    def add(
        self, created: datetime, path: str, *, seen: datetime | None = None, who: str | None = None
    ) -> OracleTicket:
        """A ticket, seen when it is created unless told otherwise."""
        number = f"t{len(self.versions)}"
        self.versions.append(ticket(number, created, path, updated_at=seen, complainant=who))
        return self.versions[-1]

    def change(self, version: OracleTicket, seen: datetime, **told: object) -> None:
        """A later version of a ticket."""
        self.versions.append(later(version, seen, **told))

    def ordinary(self, start: datetime, end: datetime) -> None:
        """One or two tickets an hour by day, of one node or another, and few by night."""
        hour = start
        while hour < end:
            local = (hour + 8 * HOUR).hour
            number = self.random.choice((1, 1, 2)) if 8 <= local < 20 else int(self.random.random() < 0.2)
            for _ in range(number):
                self.add(self.within(hour, HOUR), self.random.choice(PATHS))
            hour += HOUR

    def surge(self, start: datetime, path: str, number: int, within: timedelta) -> None:
        """So many tickets of one node."""
        for _ in range(number):
            self.add(self.within(start, within), path)

    def within(self, start: datetime, span: timedelta) -> datetime:
        """A moment in [start, start + span), inside a minute."""
        minutes = self.random.randrange(span // MINUTE)
        return start + minutes * MINUTE + timedelta(seconds=self.random.randrange(1, 60))

    def in_order(self) -> list[OracleTicket]:
        """All versions, as they are seen."""
        return sorted(self.versions, key=lambda version: version.updated_at)


def weeks(seed: int, *, days: int = 56) -> World:
    """Eight ordinary weeks up to `TODAY`, or so many days."""
    world = World(Random(seed))
    world.ordinary(TODAY - days * DAY, TODAY)
    return world


def before(versions: Sequence[OracleTicket], now: datetime) -> list[OracleTicket]:
    """What has been seen by then."""
    return [version for version in versions if version.updated_at < now]
