"""`seasonal_surge`: far more tickets of a node than it usually brings at this hour of the week.

A statistical rule, within a budget of false pages over the whole tree (docs/detection.md). It follows the
clock: each hour is judged as it closes, and the running one whenever tickets have arrived. One cause is one
signal, at the node that explains the excess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.options import option
from detectors.following import Follower
from detectors.grouping import group_of
from detectors.signal import Signal
from detectors.step import Counts, Place, Step

KIND = "seasonal_surge"


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    levels: tuple[str, ...] = option(
        (), doc="warning levels of mild, considerable and grave causes; default: the plan's, lowest first"
    )
    min_count: int = option(5, doc="least tickets of a window that is told", at_least=2)
    quiet_hours: int = option(24, doc="hours after which a branch that is quiet can fire again", at_least=1)
    false_pages_per_week: float | None = option(
        None, doc="the rule's share of the budget; default: an equal part of `[detection]`", above=0
    )
    country: str | None = option(
        None, doc='whose public holidays are like Sundays, "CN"; default: `[detection] country`'
    )


@dataclass(frozen=True)
class Detector:
    """Fires while an hour runs, or when it closes."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Nothing: what fires is told by the follower."""
        del step
        return []

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Counts now of windows in which less than half of the excess is left."""
        standing: list[int | None] = []
        for signal in signals:
            node = place.taxonomy.find(signal.node)
            window = counts.of("tickets", signal.window_start, signal.window_end)
            count = window.get(group_of(node or 0, exact=signal.exact), 0)
            standing.append(count if count < signal.threshold else None)
        return standing

    def follower(self) -> Follower:
        """A follower of the hours."""
        from detectors.seasonal.cause import TreeSettings
        from detectors.seasonal.follower import SurgeFollower
        from detectors.seasonal.telling import Teller

        options = self.options
        settings = TreeSettings(
            false_pages_per_week=options.false_pages_per_week or 2.0,
            fewest=options.min_count,
            depths=self.depths,
            quiet=options.quiet_hours,
        )
        teller = Teller(self.name, KIND, options.levels or ("",))
        return SurgeFollower(teller, settings, country=options.country)
