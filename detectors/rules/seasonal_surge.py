"""`seasonal_surge`: far more tickets of a node than it usually brings at this hour of the week.

A statistical rule, within a budget of false pages over the whole tree (docs/detection.md). It follows the
clock: each hour is judged as it closes, and the running one whenever tickets have arrived; with another
`period`, each day or week as it closes. One cause is one signal, at the node that explains the excess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from connectors.options import option
from detectors.following import Follower
from detectors.seasonal.period import PeriodName
from detectors.signal import Signal
from detectors.standing import below_threshold
from detectors.statistical_rule import ALONE, part_of_budget, whose_holidays
from detectors.step import Counts, Place, Step

KIND = "seasonal_surge"
HOURS: Final = {"hour": 1, "day": 24, "week": 168}


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    levels: tuple[str, ...] = option(
        (), doc="warning levels of mild, considerable and grave causes; default: the plan's, lowest first"
    )
    min_count: int = option(4, doc="least tickets of a window that is told", at_least=2)
    period: PeriodName = option(
        "hour", doc='what is judged: "hour", also while it runs; "day" or "week", when it is over'
    )
    quiet_hours: int | None = option(
        None,
        doc="hours after which a quiet branch can fire again; default: a day; by days 2 weeks, by weeks 4",
        at_least=1,
    )
    false_pages_per_week: float | None = part_of_budget()
    country: str | None = whose_holidays()


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
        return below_threshold(signals, counts, place.taxonomy)

    def follower(self) -> Follower:
        """A follower of the hours, or of the days or weeks."""
        from detectors.followers.surge import SurgeFollower
        from detectors.followers.telling import Teller
        from detectors.followers.whole import WholeFollower
        from detectors.tree.cause import TreeSettings
        from detectors.tree.severity import Severities

        options = self.options
        levels = options.levels or ("",)
        settings = TreeSettings(
            false_pages_per_week=options.false_pages_per_week or ALONE,
            fewest=options.min_count,
            depths=self.depths,
            quiet=self._quiet(),
            severities=Severities(highest=len(levels)),
        )
        teller = Teller(self.name, KIND, levels)
        if options.period == "hour":
            return SurgeFollower(teller, settings, country=options.country)
        return WholeFollower(teller, settings, options.period)

    def _quiet(self) -> int:
        """Steps after which a quiet cause is over; 0 = as many as the longest window has, which sees it."""
        # The step in which it was last seen is none of those that are asked for.
        hours = self.options.quiet_hours
        return 0 if hours is None else 1 + ceil(hours / HOURS[self.options.period])
