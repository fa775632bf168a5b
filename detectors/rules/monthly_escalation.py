"""`monthly_escalation`: escalated tickets of one group reach a threshold in one calendar month.

The plan's crisis rule (T3: 5 or more escalated tickets of the same problem in one month). A ticket counts in
the month of its escalation, whenever it was created.
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
        doc="level -> escalated tickets of one group in one month; several make a ladder", at_least=1
    )


@dataclass(frozen=True)
class Detector:
    """Fires at the escalation that brings a group's escalated tickets of the month to the threshold."""

    name: str
    depths: tuple[int, ...]
    options: Options

    def judge(self, step: Step) -> list[Signal]:
        """Signals of groups whose count rose to a threshold in this step."""
        return judge_ladder(
            step,
            step.changes("escalated"),
            rule=self.name,
            kind="monthly_escalation",
            unit="month",
            columns=group_columns(step.taxonomy, self.depths),
            thresholds=self.options.thresholds,
            before=partial(step.count_before, "escalated", "month"),
        )

    def standing(self, signals: Sequence[Signal], counts: Counts, place: Place) -> list[int | None]:
        """Counts now that are below the threshold."""
        return below_threshold(signals, counts, place.taxonomy, column="escalated")
