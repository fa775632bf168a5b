"""What a plan says of incidents: what config.toml can tell of absorbing, acknowledging and resolving them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.options import option


@dataclass(frozen=True)
class IncidentSettings:
    """`[incidents]`: when an incident speaks up again, and when it is over."""

    surge_factor: float = option(
        2.0, doc="a count this many times the largest before is a new surge inside an incident", above=1
    )
    surge_after: timedelta = option(
        timedelta(hours=6), doc="a signal so long after the last one is a new surge inside an incident"
    )
    acknowledged_for: timedelta = option(
        timedelta(hours=4), doc="an acknowledgement ends after this time, and people are paged again"
    )
    acknowledged_factor: float = option(
        2.0, doc="an acknowledgement ends when the tickets are this many times what they were then", above=1
    )
    quiet_for: timedelta = option(
        timedelta(hours=3), doc="a handled incident is resolved after so long at the baseline, all data known"
    )
    subsided_for: timedelta = option(
        timedelta(hours=24), doc="the same for one that nobody has handled; it is said so"
    )
