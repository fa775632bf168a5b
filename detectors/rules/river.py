"""`river`: any anomaly or drift detector of the package river, one for each busy node, over closed hours.

`detector` is a dotted class, `arguments` what it is made with. Anomaly detectors are scored before they
learn, and alarm within the budget of false pages; those that take a target (GaussianScorer) are given the
hour of the day and the day of the week, and the count as target; the others the count. A drift detector
watches the level of each node, and a lasting change is told as a shift (docs/detection.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.options import option
from connectors.said import Said
from connectors.ticket import NEVER, Int32
from detectors.following import Follower, Moment
from detectors.signal import Signal
from detectors.standing import counts_now
from detectors.statistical_rule import ALONE, lowest_level, part_of_budget
from detectors.step import Counts, Place, Step

if TYPE_CHECKING:
    from detectors.precision import Kept
    from detectors.seasonal.stamps import Stamps

KIND = "river"


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    detector: str = option(doc='a class of river, "river.anomaly.GaussianScorer", "river.drift.ADWIN"')
    arguments: Mapping[str, bool | int | float | str] = option(
        factory=dict, doc="what the class is made with, by name"
    )
    level: str | None = lowest_level()
    min_count: int = option(5, doc="least tickets of an hour that is told", at_least=1)
    least_change: float = option(0.2, doc="least part by which a level has to change to be told", above=0)
    busiest: int = option(100, doc="so many nodes are watched, those with the most tickets", at_least=1)
    quiet_hours: int = option(12, doc="hours after which a node that was told can be told again", at_least=1)
    false_pages_per_week: float | None = part_of_budget()

    def __post_init__(self) -> None:
        """Make one and try it, so that a mistake is told before anything starts."""
        from detectors.followers.watchers import tried

        watcher = made(self.detector, self.arguments)
        try:
            tried(watcher)
        except Exception as error:  # whatever a class of somebody else's says to counts
            unfit = '"{path}" cannot judge counts: {error}'
            raise ValueError(Said("river.unfit", unfit, path=self.detector, error=str(error))) from error


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
        """Counts now of hours in which less than half of the excess is left; shifts stay."""
        return [
            count if "change" not in signal.detail and count < signal.threshold else None
            for signal, count in zip(signals, counts_now(signals, counts, place.taxonomy), strict=True)
        ]

    def follower(self) -> Follower:
        """A follower of the hours."""
        from detectors.followers.model import Model, Modeller
        from detectors.followers.river import Finding, RiverFollower, RiverSettings, RiverTree
        from detectors.followers.telling import half_excess

        options = self.options
        settings = RiverSettings(
            make=lambda: made(options.detector, options.arguments),
            false_pages_per_week=options.false_pages_per_week or ALONE,
            fewest=options.min_count,
            busiest=options.busiest,
            depths=self.depths,
            quiet=options.quiet_hours,
            least_change=options.least_change,
        )

        def started(
            count: Kept, stamps: Stamps, parents: Int32, origin: int, model: Model[RiverTree]
        ) -> RiverTree:
            del model
            return RiverTree(count, stamps, parents, settings, origin=origin)

        def told(found: Finding, model: Model[RiverTree], hour: int, moment: Moment) -> Signal:
            calendar, path = moment.calendar, moment.taxonomy.paths[model.nodes.numbers[found.node]]
            since = model.step_of(found.since)
            detail: dict[str, Any] = {
                "detected_at": calendar.iso(moment.now),
                "expected": round(found.expected, 1),
                "score": round(found.score, 4),
                "focus": list(path),
                "detector": options.detector,
                "hours": found.hours,
            }
            if found.change is not None:
                detail |= {"change": round(found.change, 3), "since": calendar.iso(since)}
            observed = round(found.observed)
            return Signal(
                rule=self.name,
                kind=KIND,
                node=path,
                exact=False,
                window_start=since,
                window_end=calendar.hour_end(hour),
                level=options.level or "",
                observed=observed,
                threshold=half_excess(observed, found.expected),
                crossed_at=calendar.hour_end(hour),
                created_at=NEVER,
                detail=detail,
            )

        return RiverFollower(Modeller(started, max(self.depths), None), told)


def made(path: str, arguments: Mapping[str, Any]) -> Any:
    """A detector of river.

    Raises ValueError, with a sentence.
    """
    module, _, name = path.rpartition(".")
    if not module.startswith("river."):
        wrong = '"{path}" is no class of river; write one such as "river.anomaly.GaussianScorer"'
        raise ValueError(Said("river.other", wrong, path=path))
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        absent = 'river has no class "{path}"; see river.anomaly and river.drift'
        raise ValueError(Said("river.absent", absent, path=path)) from None
    try:
        detector = kind(**arguments)
    except Exception as error:  # whatever a class of somebody else's says to its arguments
        unmade = '"{path}" cannot be made with these arguments: {error}'
        raise ValueError(Said("river.unmade", unmade, path=path, error=str(error))) from error
    watches = hasattr(detector, "score_one") or hasattr(detector, "drift_detected")
    if not watches:
        neither = '"{path}" detects neither anomalies nor drift: it has no score_one or drift_detected'
        raise ValueError(Said("river.neither", neither, path=path))
    if hasattr(detector, "limits"):
        # HalfSpaceTrees tell apart what lies between 0 and 1, and all counts alike that are above.
        from river.preprocessing import MinMaxScaler

        return MinMaxScaler() | detector
    return detector
