"""What a step of the engine did, for the log, the trend files and whoever watches."""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.page import Page
from detectors.signal import Signal
from monitor.trend.rows import TrendLogRows


@dataclass
class Done:
    """One step."""

    versions: int = 0
    quarantined: int = 0
    hours: int = 0
    signals: list[Signal] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    trend: list[TrendLogRows] = field(default_factory=list)


@dataclass
class Rearranged(Done):
    """What a changed taxonomy brought: whether it changed, and how many tickets are counted elsewhere now."""

    changed: bool = False
    moved: int = 0
