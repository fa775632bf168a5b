"""`silence`: a node has far fewer tickets than it usually brings at this hour of the week.

That is a data problem or a hidden complaint, until somebody has looked; it is never reported as good news. A
statistical rule, judged as hours close (docs/detection.md). A branch that goes silent is told at its topmost
node, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.options import option
from detectors.following import Follower
from detectors.grouping import group_of
from detectors.signal import Signal
from detectors.step import Counts, Place, Step

KIND = "silence"


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    level: str | None = option(None, doc="warning level of its signals; default: the plan's lowest")
    min_expected: float = option(10.0, doc="least tickets that were to come in the window", at_least=3)
    at_most: float = option(
        0.3, doc="largest part of them that came, 0 for none at all", at_least=0, at_most=0.9
    )
    quiet_hours: int = option(12, doc="hours after which a node that came back can fire again", at_least=1)
    false_pages_per_week: float | None = option(
        None, doc="the rule's share of the budget; default: an equal part of `[detection]`", above=0
    )
    country: str | None = option(
        None, doc='whose public holidays are like Sundays, "CN"; default: `[detection] country`'
    )


@dataclass(frozen=True)
class Detector:
    """Fires when an hour closes."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Nothing: what fires is told by the follower."""
        del step
        return []

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Counts now of windows in which less than half of what was missing still is."""
        standing: list[int | None] = []
        for signal in signals:
            node = place.taxonomy.find(signal.node)
            window = counts.of("tickets", signal.window_start, signal.window_end)
            count = window.get(group_of(node or 0, exact=signal.exact), 0)
            standing.append(count if count > signal.threshold else None)
        return standing

    def follower(self) -> Follower:
        """A follower of the hours."""
        from detectors.seasonal.quiet import QuietSettings
        from detectors.seasonal.quiet_follower import QuietFollower

        options = self.options
        settings = QuietSettings(
            options.false_pages_per_week or 2.0,
            options.min_expected,
            options.at_most,
            self.depths,
            options.quiet_hours,
        )
        return QuietFollower(self.name, KIND, settings, level=options.level or "", country=options.country)
