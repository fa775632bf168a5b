"""What delivery is told by the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.plan import ResponsePlan
from monitor.pages.links import Links


@dataclass(frozen=True)
class Settings:
    """What the configuration says about delivery; replaced whole when it is read again.

    Attributes
    ----------
    links : makes the links by which mails are answered; None where there are no pages
    """

    plan: ResponsePlan
    language: str
    zone: ZoneInfo
    links: Links | None = None

    def link(self, incident: int | None, channel: str, address: str, *, at: int) -> str | None:
        """Where the reader at an address answers in their own name, by a page that was decided `at`.

        Nowhere where the address is that of several people.
        """
        people = [one.name for one in self.plan.contacts if one.addresses.get(channel) == address]
        if self.links is None or incident is None or len(people) != 1:
            return None
        return self.links.link(people[0], incident, at=at)
