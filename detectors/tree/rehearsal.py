"""The last weeks of a history, judged as they would be today: what the thresholds are found on.

A window is judged beside the level of the weeks around it, its own tickets left out. All windows of a block
of nodes are looked at together: sums over time are differences of running sums, and few cells have tickets
enough to be weighed at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from detectors.precision import Bools, Floats, Indices, Kept, Stored
from detectors.seasonal.baseline import Baseline
from detectors.seasonal.level import JEFFREYS
from detectors.seasonal.period import Period
from detectors.seasonal.seasonal_part import PATH_HALF, PATH_SPREAD, by_week
from detectors.tree.likelihood import StepByStep, Windows
from detectors.tree.trailing import Trailing

MOST_WEEKS = 8
MOST_CELLS = 2 * 168 * 100_000
"""Weeks, and steps of all nodes together, that are judged again at the most."""
AT_ONCE = 24
"""Steps whose occasions are counted at a time."""
BLOCK = 256
"""Nodes at a time."""


@dataclass(frozen=True)
class Rehearsed:
    """What some steps of a history would have shown; all (k,).

    Attributes
    ----------
    step : int, counted from the first that was judged again
    nodes : int
    score : float64, of the node's most surprising window that ends with the step
    window : int, which one
    observed : float64, tickets in it
    """

    step: Indices
    nodes: Indices
    score: Floats
    window: Indices
    observed: Floats

    @classmethod
    def of(cls, parts: Sequence[Rehearsed]) -> Rehearsed:
        """Several parts as one."""
        no, none = np.empty(0, np.intp), np.empty(0)
        columns = zip(*(vars(part).values() for part in (cls(no, no, none, no, none), *parts)), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def at_least(self, score: Floats | float) -> Rehearsed:
        """Those that reach a score."""
        return self.only(self.score >= score)

    def only(self, kept: Bools | Indices) -> Rehearsed:
        """Some of them."""
        return Rehearsed(*(column[kept] for column in vars(self).values()))


def weeks_of(count: Kept, period: Period) -> int:
    """Whole weeks of a history that are judged again."""
    affordable: int = max(MOST_CELLS // period.cycle // count.shape[1], 1)
    return min(len(count) // period.cycle, MOST_WEEKS, affordable)


def rehearsal(
    count: Kept, baseline: Baseline, trailing: Trailing, *, judged: Bools, fewest: float
) -> Iterator[Rehearsed]:
    """The last weeks of a history, judged with what is known now, block by block of the nodes.

    Parameters
    ----------
    count : (steps, nodes) float32, nan where unknown
    trailing : how windows are judged
    judged : (nodes,) bool
    """
    week = baseline.period.cycle
    weeks = len(count) // week
    first = len(count) - weeks * week
    slot = baseline.stamps.slot[first : len(count)]
    again = (weeks - weeks_of(count, baseline.period)) * week
    judged_nodes = np.flatnonzero(judged & (weeks > 0))
    longest = max(trailing.lengths)
    occasions = np.empty((weeks * week - again, count.shape[1]), Stored)
    for low in range(0, len(occasions), AT_ONCE):
        part = slice(low, min(low + AT_ONCE, len(occasions)))
        occasions[part] = trailing.clumps.occasions(count[first + again :][part])
    for low in range(0, len(judged_nodes), BLOCK):
        nodes = judged_nodes[low : low + BLOCK]
        came, known = count[first:, nodes], None
        if np.isnan(came.sum()):
            known = ~np.isnan(came)
            came = np.where(known, came, Stored(0))
        came_by = running(came[again:])
        step, column = np.nonzero(came[again:] > 0)
        enough = came_by[step + 1, column] - came_by[np.maximum(step + 1 - longest, 0), column] >= fewest
        step, some, column = step[enough], *np.unique(column[enough], return_inverse=True)
        if not len(some):
            continue
        nodes, came, came_by = nodes[some], came[:, some], came_by[:, some]
        usual = baseline.seasonal.profile[:, nodes].astype(Stored)[slot]
        if known is not None:
            usual *= known[:, some]
        usual_by = running(usual[again:])
        around = Around(by_week(came, week), by_week(usual, week), baseline.dispersion.value[nodes])
        begin = [np.maximum(step + 1 - length, 0) for length in trailing.lengths]
        arrived, foretold = (
            np.stack([by[step + 1, column] - by[since, column] for since in begin]).astype(Stored)
            for by in (came_by, usual_by)
        )
        foretold *= around.height((again + step) // week, column, arrived, foretold)
        each = (came[again:], occasions[:, nodes], usual[again:])
        seen = Windows(arrived, foretold, partial(step_by_step, each, step, column, longest))
        rows, evidence = trailing.strongest(nodes[column], seen, fewest=fewest)
        yield Rehearsed(step[rows], evidence.nodes, evidence.score, evidence.window, evidence.observed)


def step_by_step(
    of: tuple[Kept, Kept, Kept], step: Indices, column: Indices, longest: int, some: Indices
) -> StepByStep:
    """Of some of the cells (step, column), the steps that end with them.

    Parameters
    ----------
    of : (steps, nodes) each, tickets, occasions, and what was to come
    """
    back = step[some] - np.arange(longest)[:, None]
    count, often, due = (
        np.where(back >= 0, each[np.maximum(back, 0), column[some]], Stored(0)) for each in of
    )
    return StepByStep(count, often, due, np.ones(len(some)))


def running(value: Kept) -> Floats:
    """(steps + 1, nodes) float64, sums of (steps, nodes) up to each step; whole numbers stay exact."""
    by = np.add.accumulate(value, axis=0, dtype=np.float64)
    return np.concatenate((np.zeros_like(by[:1]), by))


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
        self.came, self.usual = np.einsum("vw,wn->vn", near, came), np.einsum("vw,wn->vn", near, usual)
        self.all_came, self.all_usual = came.sum(axis=0), usual.sum(axis=0)
        self.prior = (dispersion / PATH_SPREAD**2).astype(Stored)

    def height(self, week: Indices, nodes: Indices, came: Kept, usual: Kept) -> Kept:
        """(windows, k) height of some nodes in some weeks, from all but the windows' own tickets.

        Parameters
        ----------
        week, nodes : (k,)
        came, usual : (windows, k) float32
        """
        left = np.maximum(self.all_came[nodes] - came, 0) + Stored(JEFFREYS)
        overall = left / np.maximum(self.all_usual[nodes] - usual, Stored(1e-6))
        prior = self.prior[nodes]
        found: Kept = (np.maximum(self.came[week, nodes] - came, 0) + prior) / (
            np.maximum(self.usual[week, nodes] - usual, 0) + prior / overall
        )
        return found
