"""`silence`: a node has far fewer tickets than it usually brings at this hour of the week.

That is a data problem or a hidden complaint, until somebody has looked; it is never reported as good news. A
statistical rule, judged as hours close (docs/detection.md). A branch that goes silent is told at its topmost
node, once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.options import option
from connectors.ticket import NEVER, Int32, Path
from detectors.following import Follower, Moment
from detectors.signal import Signal
from detectors.standing import counts_now
from detectors.statistical_rule import ALONE, lowest_level, part_of_budget, whose_holidays
from detectors.step import Counts, Place, Step

if TYPE_CHECKING:
    from detectors.precision import Kept
    from detectors.seasonal.stamps import Stamps
    from detectors.tree.quiet import Lull

KIND = "silence"
SHARE = 0.1
"""Part of the rule's budget that the sources have in addition to it: they are few."""


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    level: str | None = lowest_level()
    min_expected: float = option(10.0, doc="least tickets that were to come in the window", at_least=3)
    at_most: float = option(
        0.3, doc="largest part of them that came, 0 for none at all", at_least=0, at_most=0.9
    )
    sources: bool = option(
        True, doc="where there are several sources, each is judged as well, beside its own past"
    )
    quiet_hours: int = option(12, doc="hours after which a node that came back can fire again", at_least=1)
    false_pages_per_week: float | None = part_of_budget()
    country: str | None = whose_holidays()


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
        # Nobody counts by source: what was said of one stays.
        return [
            count if not signal.subject and count > signal.threshold else None
            for signal, count in zip(signals, counts_now(signals, counts, place.taxonomy), strict=True)
        ]

    def follower(self) -> Follower:
        """A follower of the hours."""
        from detectors.followers.hourly import HourlyFollower
        from detectors.followers.model import Model, Modeller
        from detectors.followers.sources import SilenceFollower
        from detectors.tree.quiet import QuietSettings, QuietTree

        options = self.options
        settings = QuietSettings(
            options.false_pages_per_week or ALONE,
            options.min_expected,
            options.at_most,
            self.depths,
            # The hour in which a node was last silent is none of them.
            1 + options.quiet_hours,
        )

        def started(
            count: Kept, stamps: Stamps, parents: Int32, origin: int, model: Model[QuietTree]
        ) -> QuietTree:
            del model
            return QuietTree(count, stamps, parents, settings, origin=origin)

        def told(lull: Lull, model: Model[QuietTree], hour: int, moment: Moment) -> Signal:
            node = moment.taxonomy.paths[model.nodes.numbers[lull.node]]
            return self._signal(node, lull, model.step_of(lull.since), hour, moment)

        nodes = HourlyFollower(Modeller(started, max(self.depths), options.country), told)
        if not options.sources:
            return nodes
        few = replace(settings, false_pages_per_week=SHARE * settings.false_pages_per_week, depths=(0, 1))
        return SilenceFollower(nodes, few, country=options.country, tell=self._of_source)

    def _of_source(self, name: str, lull: Lull, since: int, hour: int, moment: Moment) -> Signal:
        """A source has fallen silent. It has no node: its tickets could have been of any."""
        signal = self._signal((), lull, since, hour, moment)
        subject = (("since", moment.calendar.iso(since)), ("source", name))
        return replace(signal, exact=True, subject=subject, detail={**signal.detail, "source": name})

    def _signal(self, node: Path, lull: Lull, since: int, hour: int, moment: Moment) -> Signal:
        calendar = moment.calendar
        return Signal(
            rule=self.name,
            kind=KIND,
            node=node,
            exact=False,
            window_start=since,
            window_end=calendar.hour_end(hour),
            level=self.options.level or "",
            observed=round(lull.observed),
            threshold=half_missing(lull.observed, lull.expected),
            crossed_at=calendar.hour_end(hour),
            created_at=NEVER,
            detail={
                "detected_at": calendar.iso(moment.now),
                "expected": round(lull.expected, 1),
                "rarity": round(lull.rarity, 2),
                "hours": lull.steps,
            },
        )


def half_missing(observed: float, expected: float) -> int:
    """The most tickets with which at least half of what is missing still is.

    >>> half_missing(2, 41.0), half_missing(0, 10.5)
    (21, 5)
    """
    return math.floor((observed + expected) / 2)
