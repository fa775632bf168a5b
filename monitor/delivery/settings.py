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
