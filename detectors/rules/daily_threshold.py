"""`daily_threshold`: tickets of one group created on one business-zone calendar day reach a threshold.

The plan's same-day rule (T2: 100 or more tickets of one five-level node on the same calendar day).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from connectors.options import option
from detectors.grouping import group_columns
from detectors.signal import Signal
from detectors.standing import below_threshold
from detectors.step import Counts, Place, Step
from detectors.threshold_rule import judge_ladder


@dataclass(frozen=True)
class Options:
    """What the rule can be told."""

    thresholds: Mapping[str, int] = option(
        doc="level -> tickets of one group in one day; several make a ladder", at_least=1
    )


@dataclass(frozen=True)
class Detector:
    """Fires at the ticket that brings a group's tickets of the day to the threshold."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Signals of groups whose count rose to a threshold in this step."""
        return judge_ladder(
            step,
            step.changes("tickets"),
            rule=self.name,
            kind="daily_threshold",
            unit="day",
            columns=group_columns(step.taxonomy, self.depths),
            thresholds=self.options.thresholds,
            before=partial(step.count_before, "tickets", "day"),
        )

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Counts now that are below the threshold."""
        return below_threshold(signals, counts, place.taxonomy)
