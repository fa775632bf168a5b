"""What delivery is told by the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.plan import ResponsePlan


@dataclass(frozen=True)
class Settings:
    """What the configuration says about delivery; replaced whole when it is read again."""

    plan: ResponsePlan
    language: str
    zone: ZoneInfo
