"""Hours of the busiest nodes, judged by what any detector of the package river says of each.

River's anomaly detectors give scores of many scales, so the alarms are calibrated on the history: of all
scores of the last weeks, of all nodes, only so many may lie above the threshold as the budget of false pages
allows. River's drift detectors watch the level, each count over what is usual at its hour of the day and day
of the week; when one says that the level has changed, the most likely hour of the change is looked for, and
the change is told as a shift.

References
----------
J. Montiel et al., River: machine learning for streaming data in Python, JMLR 22 (2021) 110.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from connectors.ticket import Int32, Path
from detectors.followers.hourly import HourlyFollower
from detectors.followers.levels import STEPS_A_WEEK, changed_at, mean, usual_by_slot
from detectors.followers.watchers import Watchers
from detectors.precision import Floats, Kept
from detectors.seasonal.stamps import Stamps
from detectors.tree.branches import Branches
from detectors.tree.episodes import ToldNodes

WARM: Final = 1 / 3
"""Part of the history whose scores are not looked at."""
HOLDS: Final = 0.5
"""Part of the excess of the node above that a node holds, to be named in its place."""
BACK: Final = 14 * 24
"""Hours in which the beginning of a shift is looked for."""
LEAST_USUAL: Final = 0.05
"""Tickets an hour that are usual at the least: beside nearly none, one ticket would be a level of its own."""
SHIFT_QUIET: Final = 72
"""Hours after which a node that has shifted can be told again, at least."""


@dataclass(frozen=True)
class RiverSettings:
    """What can be chosen.

    Attributes
    ----------
    make : makes a new detector of river
    false_pages_per_week : budget of all nodes together
    fewest : tickets of an hour that is told
    busiest : so many nodes are watched, those with the most tickets
    depths : depths of nodes that are judged
    quiet : hours after which a node, or one above or below it, can be told again
    least_change : part by which a level has to change to be told
    """

    make: Callable[[], Any]
    false_pages_per_week: float
    fewest: int
    busiest: int
    depths: tuple[int, ...]
    quiet: int
    least_change: float


@dataclass(frozen=True)
class Finding:
    """An hour, or a level, that river's detector finds strange.

    Attributes
    ----------
    node : its column
    since : number of the first hour
    hours : up to and with the last closed one
    observed, expected : tickets in them
    score : river's; 0 of a shift
    change : part by which the level has changed, None of a single hour
    """

    node: int
    since: int
    hours: int
    observed: float
    expected: float
    score: float
    change: float | None


class RiverTree:
    """Judges closed hours; used as `TreeSurge` is."""

    def __init__(
        self, count: Kept, stamps: Stamps, parents: Int32, settings: RiverSettings, *, origin: int
    ) -> None:
        self.settings, self.stamps, self.origin, self.step = settings, stamps, origin, 0
        self.tree, self.told = Branches(parents), ToldNodes()
        judged = np.flatnonzero(np.isin(self.tree.depth, settings.depths))
        came = np.nansum(count[:, judged], axis=0)
        self.nodes = np.sort(judged[np.argsort(-came, kind="stable")[: settings.busiest]])
        self.usual = usual_by_slot(count[:, self.nodes], stamps.slot[: len(count)])
        self.watchers = Watchers(settings.make, len(self.nodes))
        self.history: list[Floats] = []
        scores = [self._learned(row[self.nodes].astype(np.float64)) for row in count]
        self.limit = self._limit(scores)

    @property
    def now(self) -> int:
        """Number of the running hour."""
        return self.step + self.origin

    def grow(self, parents: Int32) -> None:
        """Nodes that are new are watched from the next midnight on."""
        self.tree = Branches(parents)

    def failures(self) -> dict[int, str]:
        """What detectors said that have failed, by column; each is set aside, and its node not judged."""
        return {int(self.nodes[k]): said for k, said in self.watchers.failed.items()}

    def state(self) -> dict[str, Any]:
        """What has been told, fit for JSON."""
        return self.told.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with these."""
        self.told.restore(state)

    def close(self, count: Kept, *, known: bool = True) -> list[Finding]:
        """The running hour is over."""
        row = count[self.nodes].astype(np.float64) if known else np.full(len(self.nodes), np.nan)
        usual = self._usual()
        score = self._learned(row)
        found = self._shifts(score) if self.watchers.drifts else self._alarms(row, usual, score)
        # A whole branch that shifts after a part of it is told of again.
        new = [
            one
            for one in found
            if not self.told.hold(self.tree, one.node, self.now, wider=self.watchers.drifts)
        ]
        self.told.last.update({one.node: self.now for one in new})
        self.told.expire(self.now, self._quiet)
        return new

    @property
    def _quiet(self) -> int:
        # The next night's watchers find a shift again, some hours sooner or later.
        return max(self.settings.quiet, SHIFT_QUIET) if self.watchers.drifts else self.settings.quiet

    def _usual(self) -> Floats:
        usual: Floats = self.usual[self.stamps.slot[self.step]]
        return usual

    def _learned(self, row: Floats) -> Floats:
        """Scores of an hour, before it is learned."""
        self.history.append(row / np.maximum(self._usual(), LEAST_USUAL))
        score = self.watchers.learn(row, self.history[-1], int(self.stamps.slot[self.step]))
        self.step += 1
        return score

    def _limit(self, scores: list[Floats]) -> tuple[float, float]:
        """(score, excess) that an hour has to be above."""
        rows = scores[int(len(scores) * WARM) :]
        if self.watchers.drifts or not rows or not len(self.nodes):
            return (0.0, 0.0)
        score = np.stack(rows)
        if score.min() == score.max():
            # It has not told one hour from another yet (a window that fills, a time of grace).
            return (np.inf, np.inf)
        ratio = np.nan_to_num(np.stack(self.history[-len(rows) :]))
        weeks = len(rows) / STEPS_A_WEEK
        allowed = min(int(self.settings.false_pages_per_week * weeks), score.size - 1)
        order = np.lexsort((ratio.ravel(), score.ravel()))
        at = order[-1 - allowed]
        return float(score.ravel()[at]), float(ratio.ravel()[at])

    def _alarms(self, row: Floats, usual: Floats, score: Floats) -> list[Finding]:
        ratio = self.history[-1]
        above = (score > self.limit[0]) | ((score == self.limit[0]) & (ratio > self.limit[1]))
        above[list(self.watchers.failed)] = False
        strange = np.flatnonzero(above & (row > usual) & (row >= self.settings.fewest))
        excess = dict(zip(self.nodes[strange].tolist(), (row - usual)[strange].tolist(), strict=True))
        found, depth = [], self.tree.depth
        for top in self.tree.topmost(self.nodes[strange]):
            inside = self.tree.within(top, self.nodes[strange]).tolist()
            holding = [node for node in inside if excess[node] >= HOLDS * excess[top]]
            node = max(holding, key=lambda one: (int(depth[one]), excess[one], -one))
            k = int(np.searchsorted(self.nodes, node))
            found.append(
                Finding(node, self.now - 1, 1, float(row[k]), float(usual[k]), float(score[k]), None)
            )
        return found

    def _shifts(self, drifted: Floats) -> list[Finding]:
        found = []
        past = np.stack(self.history[-BACK:])
        weight = np.maximum(self.usual[self.stamps.slot[self.step - len(past) : self.step]], LEAST_USUAL)
        for k in np.flatnonzero(drifted).tolist():
            began = changed_at(past[:, k], weight[:, k])
            if began is None:
                continue
            after, before = past[began:, k], past[:began, k]
            usually = max(mean(before, weight[:began, k]), LEAST_USUAL)
            change = mean(after, weight[began:, k]) / usually - 1
            if abs(change) < self.settings.least_change:
                continue
            hours = len(after)
            first = self.step - hours
            usual = self.usual[self.stamps.slot[first : self.step], k]
            expected = float(usual.sum()) * usually
            observed = float(np.nansum(after * np.maximum(usual, LEAST_USUAL)))
            since = first + self.origin
            found.append(Finding(int(self.nodes[k]), since, hours, observed, expected, 0.0, change))
        topmost = self.tree.topmost(np.array([one.node for one in found], np.intp))
        return [one for one in found if one.node in topmost]


class RiverFollower(HourlyFollower[RiverTree]):
    """Follows the hours for one rule. A detector that fails leaves its own node unjudged, and no other."""

    def failures(self) -> Mapping[Path, str]:
        """What the detectors said that have failed, by node."""
        model = self._model
        if model is None or model.judge is None:
            return {}
        rows = ({"node": node, "said": said} for node, said in model.judge.failures().items())
        return {tuple(row["node"]): row["said"] for row in model.nodes.by_path(rows)}
