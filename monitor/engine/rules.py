"""What the engine judges and decides by; replaced whole when the configuration is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.plan import ResponsePlan
from detectors.step import Detector
from monitor.known_time import Missing


@dataclass(frozen=True)
class Rules:
    """The part of the configuration that decides.

    Attributes
    ----------
    detectors : by the name of their rule, in the order of the configuration
    sources : names of the configured sources
    gaps : their known missing time
    samples : those of the sources that make their tickets themselves
    """

    detectors: Mapping[str, Detector]
    plan: ResponsePlan
    sources: tuple[str, ...]
    gaps: tuple[Missing, ...] = ()
    samples: frozenset[str] = frozenset()

    @property
    def only_samples(self) -> bool:
        """All tickets are made, so that every page is to say so."""
        return bool(self.samples) and self.samples.issuperset(self.sources)
