"""Thresholds of all nodes and windows: a week without surges brings as many false pages as asked for.

The budget is divided among the depths of the tree, by the square root of their nodes: the few nodes high up,
where a surge that is spread thinly shows, need less to be told than each of thousands of leaves. At each
depth the last weeks of the history are judged as they would be today; alarms of one node that follow each
other are one. How often their peaks reach a height is counted where they are many, six to twenty-four times
the budget, and carried on to the budget by their exponential tail: surges that the history holds, a few a
week, then hardly move the threshold. Where a depth shows few peaks, the nominal score is corrected. One
excess crosses at several depths: how often is counted as well, and all depths have so much more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from detectors.seasonal.baseline import PATH_HALF, PATH_SPREAD
from detectors.seasonal.branches import Branches, Indices, Int32
from detectors.seasonal.level import JEFFREYS
from detectors.seasonal.period import PeriodName
from detectors.seasonal.surge import SeasonalSurge
from detectors.seasonal.tail import Bools, Floats, Kept, Stored
from detectors.seasonal.trailing import Evidence, Trailing

MOST_WEEKS = 8
MOST_CELLS = 2 * 168 * 100_000
"""Weeks, and steps of all nodes together, that are judged again at the most."""
STEPS_A_WEEK: Mapping[PeriodName, int] = {"hour": 168, "day": 7, "week": 1}
LIVE = 1.9
"""How many times more often thresholds are crossed live than in the rehearsal: nodes are judged there with a
baseline that has seen those weeks, and the running hour is looked at often.
"""
RANKS = (6.0, 24.0)
"""Multiples of the budget between which peaks are counted."""
BELOW = 3.0
"""Under the nominal threshold by so much, peaks are kept."""
NOMINAL_FALL = 1 / np.log(10)
"""Mean by which peaks exceed a height, in the score's units, if the score is what it says."""
PRIOR_PEAKS = 5.0
"""What the nominal fall weighs, and the nominal number of peaks."""
FEWEST_PEAKS = 3
"""Of which the height of a depth is told."""
DIVISION = 0.5
"""Power of the number of nodes by which depths share the budget."""
SURGE = 1.0
"""A peak so far above the threshold was a surge, and is left out when the threshold is found once more."""
LOWEST = 2.7
LEAST_KEPT = 1.5


def shares(nodes: Floats) -> Floats:
    """How the budget is divided among depths of so many nodes, (depths,); they add up to 1.

    Examples
    --------
    >>> shares(np.array([1.0, 16.0, 0.0])).round(2).tolist()
    [0.2, 0.8, 0.0]
    """
    root = nodes**DIVISION
    found: Floats = root / max(root.sum(), 1e-9)
    return found


def nominal(nodes: float, rate: float, steps_a_week: float) -> float:
    """Score that nodes reach `rate` times a week, were they independent and looked at once a step."""
    return float(-np.log10(min(max(rate, 1e-9) / steps_a_week / max(nodes, 1.0), 0.5)))


def calibrated(peaks: Floats, weeks: float, rate: float, standard: float) -> float:
    """Score that peaks reach `rate` times a week.

    Parameters
    ----------
    peaks : (k,) float64, heights in `weeks` weeks, those under `standard - BELOW` left out
    rate : false pages a week
    standard : the nominal score

    Examples
    --------
    >>> heights = 4 + np.random.default_rng(1).exponential(0.43, 800)
    >>> round(calibrated(heights, 4.0, 2.0, 6.0), 1), round(4 + 0.43 * float(np.log(100)), 1)
    (5.9, 6.0)
    >>> round(calibrated(np.zeros(0), 0.0, 2.0, 6.0), 1)
    6.0
    """
    found = reached(np.sort(peaks)[::-1], max(rate * weeks, 1e-9), standard)
    return reached(np.sort(peaks[peaks <= found + SURGE])[::-1], max(rate * weeks, 1e-9), standard)


def reached(ordered: Floats, allowed: float, standard: float) -> float:
    """Score that falling peaks reach `allowed` times."""
    first, last = (round(many * allowed) for many in RANKS)
    first = max(first, FEWEST_PEAKS)
    last = max(last, 4 * first)
    if len(ordered) <= last:
        first, last = len(ordered) // 4, len(ordered) - 1
    if first < 1:
        usual = allowed * 10**BELOW
        found = standard + np.log10((len(ordered) + PRIOR_PEAKS) / (usual + PRIOR_PEAKS))
        return float(max(found, LOWEST))
    at, under = ordered[first - 1], ordered[last]
    among = last + 1 - first
    fall = (PRIOR_PEAKS * NOMINAL_FALL + among * (at - under) / np.log((last + 1) / first)) / (
        PRIOR_PEAKS + among
    )
    return float(max(at + fall * np.log(first / allowed), LOWEST))


def rehearsal(
    count: Kept, surge: SeasonalSurge, trailing: Trailing, *, judged: Bools, fewest: float
) -> Iterator[Evidence]:
    """The evidence of each of the last steps of a history, judged with what is known now.

    Parameters
    ----------
    count : (steps, nodes) float32, nan where unknown
    trailing : how windows are judged
    judged : (nodes,) bool
    """
    week = STEPS_A_WEEK[surge.period.name]
    weeks = len(count) // week
    first = len(count) - weeks * week
    weekly, usual = np.zeros((2, weeks, count.shape[1]), Stored)
    slot = surge.stamps.slot[first : len(count)]
    profile = surge.baseline.profile
    for k in range(weeks):
        rows = slice(first + k * week, first + (k + 1) * week)
        weekly[k] = count[rows].sum(axis=0)
        times = np.bincount(slot[k * week : (k + 1) * week], minlength=len(profile)).astype(Stored)
        if np.isnan(weekly[k]).any():
            known = ~np.isnan(count[rows])
            weekly[k] = np.nansum(count[rows], axis=0)
            for step in range(week):
                usual[k] += known[step] * profile[slot[k * week + step]]
        else:
            usual[k] = times @ profile.astype(Stored)
    around = Around(weekly, usual, surge.dispersion.value)
    came, due = np.zeros((2, len(trailing.steps), count.shape[1]), Stored)
    past: list[tuple[Kept, Kept]] = []
    for step in range((weeks - weeks_of(count, surge.period.name)) * week, weeks * week):
        row = count[first + step]
        known = ~np.isnan(row)
        usually = profile[slot[step]].astype(Stored) * known
        row = np.where(known, row, Stored(0))
        past = [*past[-max(trailing.steps) :], (row, usually)]
        for k, length in enumerate(trailing.steps):
            came[k] += row
            due[k] += usually
            if len(past) > length:
                came[k] -= past[-1 - length][0]
                due[k] -= past[-1 - length][1]
        nodes = np.flatnonzero(judged & (row > 0))
        some = came[:, nodes]
        foretold = np.maximum(due[:, nodes], 0)
        foretold *= around.height(step // week, nodes, some, foretold)
        yield trailing.weigh(nodes, some, foretold, fewest=fewest)


def weeks_of(count: Kept, period: PeriodName) -> int:
    """Whole weeks of a history that are judged again."""
    week = STEPS_A_WEEK[period]
    affordable: int = max(MOST_CELLS // week // count.shape[1], 1)
    return min(len(count) // week, MOST_WEEKS, affordable)


class Around:
    """The height of nodes in the weeks around a window, the window itself left out.

    Parameters
    ----------
    came, usual : (weeks, nodes) float32, tickets, and what the profile makes of a height of 1
    dispersion : (nodes,) float64
    """

    def __init__(self, came: Kept, usual: Kept, dispersion: Floats) -> None:
        weeks = np.arange(len(came))
        near = (0.5 ** (np.abs(weeks[:, None] - weeks) / PATH_HALF)).astype(Stored)
        self.came, self.usual = near @ came, near @ usual
        self.all_came, self.all_usual = came.sum(axis=0), usual.sum(axis=0)
        self.prior = (dispersion / PATH_SPREAD**2).astype(Stored)

    def height(self, week: int, nodes: Indices, came: Kept, usual: Kept) -> Kept:
        """(windows, k) height of some nodes, from all but the windows' own tickets."""
        left = np.maximum(self.all_came[nodes] - came, 0) + Stored(JEFFREYS)
        overall = left / np.maximum(self.all_usual[nodes] - usual, Stored(1e-6))
        prior = self.prior[nodes]
        found: Kept = (np.maximum(self.came[week, nodes] - came, 0) + prior) / (
            np.maximum(self.usual[week, nodes] - usual, 0) + prior / overall
        )
        return found


def peaks_of(steps: Sequence[Evidence], depth: Int32, depths: int, *, quiet: int) -> list[Floats]:
    """Heights of what would have been told at each depth: alarms of one node that follow each other are one.

    Parameters
    ----------
    depth : (nodes,) int32
    depths : how many there are
    quiet : steps after which an alarm is another one
    """
    told: list[list[list[float]]] = [[] for _ in range(depths)]
    running: dict[int, list[float]] = {}
    for now, evidence in enumerate(steps):
        for node, score in zip(evidence.nodes.tolist(), evidence.score.tolist(), strict=True):
            one = running.get(node)
            if one is None or now - one[0] >= quiet:
                one = running[node] = [now, score]
                told[depth[node]].append(one)
            one[0], one[1] = now, max(one[1], score)
    return [np.array([one[1] for one in peaks]) for peaks in told]


def branches_of(steps: Sequence[Evidence], tree: Branches, limit: Floats, *, quiet: int) -> int:
    """How many would have been told, were alarms above and below each other one; limit (depths,)."""
    told, running = 0, dict[int, int]()
    for now, evidence in enumerate(steps):
        high = evidence.at_least(limit[tree.depth[evidence.nodes]])
        running = {node: last for node, last in running.items() if now - last < quiet}
        for node in high.nodes[np.argsort(-high.score)].tolist():
            mine = [one for one in running if tree.nested(one, node)]
            told += not mine
            running.update(dict.fromkeys(mine or [node], now))
    return told


def thresholds(
    steps: Iterator[Evidence], tree: Branches, *, judged: Bools, weeks: float, rate: float, a_week: float,
    quiet: int,
) -> Floats:  # fmt: skip
    """(depths,) float64, scores that ordinary weeks reach `rate` times a week, all depths together.

    Parameters
    ----------
    steps : of the history
    judged : (nodes,) bool
    weeks : of the history
    a_week : steps in a week
    """
    depth = tree.depth
    nodes = np.bincount(depth[judged], minlength=int(depth.max(initial=0)) + 1).astype(np.float64)
    rates = shares(nodes) * rate / LIVE
    standard = np.array([nominal(*pair, a_week) for pair in zip(nodes, rates, strict=True)])
    least = np.maximum(standard - BELOW, LEAST_KEPT)
    high = [evidence.at_least(least[depth[evidence.nodes]]) for evidence in steps]
    peaks = peaks_of(high, depth, len(nodes), quiet=quiet)

    def at(rates: Floats) -> Floats:
        each = zip(peaks, rates.tolist(), standard.tolist(), strict=True)
        return np.array([calibrated(heights, weeks, own, usual) for heights, own, usual in each])

    often = at(RANKS[0] * rates)
    alone = sum(int((heights >= limit).sum()) for heights, limit in zip(peaks, often, strict=True))
    together = branches_of(high, tree, often, quiet=quiet)
    return at(rates * (alone + PRIOR_PEAKS) / (together + PRIOR_PEAKS))
