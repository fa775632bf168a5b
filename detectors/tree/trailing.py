"""Counts of the windows that end now, beside what they were to bring: the exact tail of each.

A window is the running step, as far as it has gone, and the closed steps before it; the shortest ones, of
parts of an hour, lie across the border of the hour. Sums over time keep the dispersion, and the error of the
baseline is the same in each step, so its part of the variance grows with the expectation of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.seasonal.tail import Bools, Floats, Kept, Stored, upper_tail
from detectors.tree.branches import Branches, Indices
from detectors.tree.clumps import Clumps, together

GATE = 3.0
"""Standard deviations above expectation from which on a window is judged exactly."""
LEAST_VARIANCE = 0.05
RECENT = (10, 20, 40)
"""Minutes of the short windows, which lie across the border of the hour."""
RAREST = 1e-300


@dataclass(frozen=True)
class Evidence:
    """The most surprising window of some nodes; all (k,).

    Attributes
    ----------
    nodes : rising numbers
    score : float64, -log10 of the chance of such a count in the best window, corrected for all of them
    window : int64, which one: its place in the steps, or after them in `RECENT`
    observed, expected : float64, tickets in it
    makeup : float64, -log10 of the chance that its tickets are so concentrated; 0 = not looked at
    column : int64, in a value of which column, where the score is higher for it; else -1
    """

    nodes: Indices
    score: Floats
    window: NDArray[np.int64]
    observed: Floats
    expected: Floats
    makeup: Floats
    column: Indices

    def at_least(self, score: Floats | float) -> Evidence:
        """Those that reach a score."""
        return self.only(self.score >= score)

    def only(self, kept: Bools) -> Evidence:
        """Some of them."""
        return Evidence(*(getattr(self, name)[kept] for name in vars(self)))


class Trailing:
    """The last steps of `nodes` series, and what they were to bring.

    Parameters
    ----------
    steps : lengths of the windows, in steps
    weights : of these windows; those of `RECENT` weigh as much as the shortest
    count, expected : (longest window, nodes) float32, the last closed steps, oldest first; nan = unknown
    clumps : what is usual of occasions
    own, relative : (nodes,) float64, dispersion, and relative variance of the expectation
    """

    def __init__(
        self, steps: tuple[int, ...], weights: tuple[float, ...], count: Kept, expected: Kept, *,
        clumps: Clumps, own: Floats, relative: Floats,
    ) -> None:  # fmt: skip
        self.clumps, self.occasions = clumps, clumps.occasions(count)
        self.steps, self.own, self.relative = steps, own.astype(Stored), relative.astype(Stored)
        self.count, self.expected, self.weights = count, expected, weights
        self.sum_up()

    def sum_up(self) -> None:
        """Sums over the closed steps of each window; the running step makes it whole."""
        known = ~np.isnan(self.count)
        count, expected = np.where(known, self.count, 0), np.where(known, self.expected, 0)
        last = [slice(len(count) - (length - 1), None) for length in self.steps]
        self.came = np.stack([count[part].sum(axis=0) for part in last]).astype(Stored)
        self.often = np.stack([self.occasions[part].sum(axis=0) for part in last])
        self.due = np.stack([expected[part].sum(axis=0) for part in last]).astype(Stored)
        self.before = expected[-1]

    def close(self, count: Kept, expected: Kept) -> None:
        """The running step is over."""
        self.count = np.concatenate((self.count[1:], count[None]))
        self.occasions = np.concatenate((self.occasions[1:], self.clumps.occasions(count)[None]))
        self.expected = np.concatenate((self.expected[1:], expected[None]))
        self.sum_up()

    def grow(self, tree: Branches) -> None:
        """There are more nodes, of which nothing came and nothing is known."""
        nodes = len(tree) - len(self.clumps.tree)
        self.clumps = self.clumps.grown(tree)
        nothing = np.zeros((len(self.count), nodes), Stored)
        self.count = np.concatenate((self.count, nothing), axis=1)
        self.expected = np.concatenate((self.expected, nothing), axis=1)
        self.occasions = np.concatenate((self.occasions, nothing), axis=1)
        self.own = np.append(self.own, np.ones(nodes, Stored))
        self.relative = np.append(self.relative, np.ones(nodes, Stored))

    def weigh(self, nodes: Indices, came: Kept, often: Kept, due: Kept, *, fewest: float) -> Evidence:
        """Evidence of the nodes that pass the gate.

        Parameters
        ----------
        came, due : (windows, k) float32, tickets of each window and what was to come
        often : (windows, k) float32, occasions
        fewest : tickets that a window must have
        """
        return self.strongest(nodes, came, often, due, fewest=fewest)[1]

    def gate(self, nodes: Indices, came: Kept, due: Kept) -> Bools:
        """(windows, k) bool, the windows that are judged exactly; more that was to come lets none through."""
        variance = (self.own[nodes] + self.relative[nodes] * due) * np.maximum(due, Stored(LEAST_VARIANCE))
        excess = came - due
        through: Bools = (excess > 0) & (excess * excess > Stored(GATE**2) * variance)
        return through

    def strongest(
        self, nodes: Indices, came: Kept, often: Kept, due: Kept, *, fewest: float
    ) -> tuple[Indices, Evidence]:
        """As `weigh`, where a node may be there several times: which of the k pass, and their evidence."""
        own, relative = self.own[nodes], self.relative[nodes]
        through = self.gate(nodes, came, due) & (came >= fewest)
        some = np.flatnonzero(through.any(axis=0))
        window, column = np.nonzero(through[:, some])
        tails = np.ones((len(came), len(some)))
        at = some[column]
        expected = due[window, at].astype(np.float64)
        dispersion = own[at] + relative[at] * expected
        tail = upper_tail(came[window, at].astype(np.float64), expected, dispersion)
        occasions = self.clumps.tail(often[window, at], expected, nodes[at], relative[at])
        weight = np.array(self.weights + self.weights[:1] * (len(came) - len(self.weights)))
        tails[window, column] = together(tail, occasions) * (weight.sum() / weight)[window]
        best = tails.argmin(axis=0)
        score = -np.log10(np.maximum(tails[best, np.arange(len(some))], RAREST))
        return some, Evidence(
            nodes[some], np.maximum(score, 0.0), best, came[best, some].astype(np.float64),
            due[best, some].astype(np.float64), np.zeros(len(some)), np.full(len(some), -1),
        )  # fmt: skip
