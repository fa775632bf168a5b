"""What a history teaches before it goes on: thresholds, bursts, and what its single tickets say of others.

Counts of hours that have closed stay as they are, and models are worked out from them again. Single tickets
change: they come late, move, turn out void. So what was learned of them at midnight is kept for the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.precision import Floats, Kept
from detectors.tree.budget import LEAST_KEPT, LIVE, live, thresholds
from detectors.tree.bursts import bursts
from detectors.tree.cause import TreeSettings
from detectors.tree.habits import Habits
from detectors.tree.makeup import Makeup
from detectors.tree.marks import Marks, joined_marks
from detectors.tree.outlook import Outlook
from detectors.tree.rehearsal import Rehearsed, rehearsal, weeks_of
from detectors.tree.suspects import TicketsOf, rehearsed

MOST_PAST: Final = 1_000_000
"""Tickets of the weeks that are judged again; where there are more, single ones are not looked at."""

UNSURE: Final = 2.0
"""Threshold at the least where bursts are usual: those are left out, and few peaks remain to go by."""


@dataclass(frozen=True)
class Learned:
    """What the rehearsal of a history has taught.

    Attributes
    ----------
    thresholds : (depths,) float64, scores that ordinary weeks reach as often as the budget allows
    bursts : whether nodes are high for one step and over at once more often than the budget has pages
    habits : what its single tickets say of others; None = they are not looked at
    """

    thresholds: Floats
    bursts: bool
    habits: Habits | None

    def to_json(self) -> dict[str, Any]:
        """Fields of a JSON object; the numbers are kept exactly."""
        habits = self.habits
        return {
            "thresholds": self.thresholds.tolist(),
            "bursts": self.bursts,
            "repeat": None if habits is None else habits.repeat.tolist(),
            "steady": None if habits is None else habits.steady.tolist(),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Learned:
        """What `to_json` came from."""
        repeat, steady = fields["repeat"], fields["steady"]
        habits = None if repeat is None else Habits(np.array(repeat), np.array(steady))
        # An earlier version has learned nothing of bursts today.
        return cls(np.array(fields["thresholds"]), fields.get("bursts", False), habits)


def learn(
    count: Kept, outlook: Outlook, settings: TreeSettings, origin: int, tickets: TicketsOf | None
) -> Learned:
    """Rehearse a history.

    Parameters
    ----------
    count : (steps, nodes) float32, the history
    origin : number of its first step
    """
    asked = outlook.tree.at(settings.depths)
    judged = asked & ~outlook.borrowed
    # Where all nodes of a depth are new none can be rehearsed; they share the budget all the same.
    shown = judged | asked & ~np.isin(outlook.tree.depth, outlook.tree.depth[judged])
    period = outlook.stamps.period
    weeks = weeks_of(count, period)
    steps = weeks * period.cycle
    parts = rehearsal(count, outlook.baseline, outlook.trailing, judged=judged, fewest=settings.fewest)
    high, habits = Rehearsed.of([part.at_least(LEAST_KEPT) for part in parts]), None
    roots = np.flatnonzero(outlook.tree.parents < 0)
    total = float(np.nansum(count[len(count) - steps :, roots]))
    if tickets is not None and 0 < total <= MOST_PAST:
        first, last = origin + len(count) - steps, origin + len(count)
        marks = joined_marks([before(tickets(root, first), last) for root in roots.tolist()])
        habits = Habits.of(marks, outlook.tree)
        high = rehearsed(high, Makeup(marks, outlook.tree), habits, outlook.lengths, first=first)
    leaves = shown.copy()
    leaves[outlook.tree.parents[outlook.tree.parents >= 0]] = False
    a_day = total / max(weeks * 7, 1) / max(int(leaves.sum()), 1)
    rate, quiet = settings.false_pages_per_week, settings.quiet or max(outlook.lengths)
    limits = thresholds(
        high, outlook.tree, shown=shown, judged=judged, weeks=weeks, rate=rate, a_week=period.cycle,
        quiet=quiet, often=live(a_day, float(shown.sum())) if period.name == "hour" else LIVE,
    )  # fmt: skip
    usual = bursts(high, outlook.tree, limits, pages=rate * weeks, quiet=quiet)
    return Learned(np.maximum(limits, UNSURE) if usual else limits, usual, habits)


def before(marks: Marks, step: float) -> Marks:
    """Those that were created before a step."""
    kept = marks.at < step
    return Marks(marks.at[kept], marks.node[kept], marks.code[:, kept])
