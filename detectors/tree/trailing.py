"""Counts of the windows that end now, beside what they were to bring: how strange each is.

A window is the running step, as far as it has gone, and the closed steps before it; the shortest ones, of
parts of an hour, lie across the border of the hour, and are a step of their own. Sums over time keep the
dispersion, and the error of the baseline is the same in each step, so its part of the variance grows with the
expectation of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Bools, Floats, Indices, Ints, Kept, Stored
from detectors.tree.branches import Branches
from detectors.tree.clumps import Clumps
from detectors.tree.likelihood import (
    StepByStep,
    Steps,
    Windows,
    even,
    in_proportion,
    likeliest,
    log_likelihood_ratio,
    sums,
)

GATE = 3.0
"""Standard deviations above expectation from which on the steps of a window are looked at: whatever the
distribution, its tickets are then as rare as one in ten (Cantelli's inequality)."""
LEAST_VARIANCE = 0.05
"""Expectation below which the gate's variance falls no further: where none is due each ticket would pass, in
whatever clumps they come."""
ROUNDED = Stored(1e-5)
"""Part of a window's tickets by which a sum of float32 is off at the most."""
BUSIER = 0.5
"""Power of a node's tickets per step by which a surge there is likelier beforehand: few nodes have many, and
a surge there is soon a great one."""
RECENT = (10, 20, 40)
"""Minutes of the short windows, which lie across the border of the hour; days and weeks have none."""
AN_HOUR = 60.0
"""Minutes of a step, of which `RECENT` are parts: only steps of an hour have short windows."""


@dataclass(frozen=True)
class Evidence:
    """The most surprising window of some nodes; all (k,).

    Attributes
    ----------
    nodes : numbers, rising as they were asked for
    score : float64, log10 of how much likelier a surge makes the best window, corrected for all of them
    window : int64, which one: its place in the steps, or after them in `RECENT`
    observed, expected : float64, tickets in it
    makeup : float64, -log10 of the chance that its tickets are so concentrated; 0 = not looked at
    column : int64, in a value of which column, where the score is higher for it; else -1
    """

    nodes: Indices
    score: Floats
    window: Ints
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
    lengths : of the windows, in steps
    weights : of these windows; those of `RECENT` weigh as much as the shortest
    count, expected : (longest window, nodes) float32, the last closed steps, oldest first; nan = unknown
    clumps : what is usual of occasions
    own, relative : (nodes,) float64, dispersion, and relative variance of the expectation

    Attributes
    ----------
    telling : (nodes,) float32, log10 of the ratio up to which a step counts in full; None = all of it
    """

    telling: Kept | None = None

    def __init__(
        self, lengths: tuple[int, ...], weights: tuple[float, ...], count: Kept, expected: Kept, *,
        clumps: Clumps, own: Floats, relative: Floats,
    ) -> None:  # fmt: skip
        self.clumps, self.occasions = clumps, clumps.occasions(count)
        self.lengths, self.own, self.relative = lengths, own.astype(Stored), relative.astype(Stored)
        self.count, self.expected, self.weights = np.nan_to_num(count), known(expected, count), weights
        self.sum_up()

    def sum_up(self) -> None:
        """Sums over the closed steps of each window; the running step makes it whole."""
        last = [slice(len(self.count) - (length - 1), None) for length in self.lengths]
        self.came, self.due = (
            np.stack([each[part].sum(axis=0) for part in last]).astype(Stored)
            for each in (self.count, self.expected)
        )

    def close(self, count: Kept, expected: Kept) -> None:
        """The running step is over."""
        self.count = np.concatenate((self.count[1:], np.nan_to_num(count)[None]))
        self.occasions = np.concatenate((self.occasions[1:], self.clumps.occasions(count)[None]))
        self.expected = np.concatenate((self.expected[1:], known(expected, count)[None]))
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

    def step_by_step(
        self, nodes: Indices, running: tuple[Kept, ...], short: tuple[Kept, ...], passed: Kept | Floats
    ) -> StepByStep:
        """The steps of some nodes.

        Parameters
        ----------
        running : (k,) each, tickets and occasions of the running step so far, and what was to come
        short : (len(RECENT), k) or none, the same of the last minutes
        """
        closed = (self.count, self.occasions, self.expected)
        count, often, due = (
            np.concatenate((now[None], past[::-1, nodes], last))
            for now, past, last in zip(running, closed, short, strict=True)
        )
        return StepByStep(count, often, due, passed)

    def gate(self, nodes: Indices, came: Kept, due: Kept) -> Bools:
        """(windows, k) bool, whose steps are looked at; more that was to come lets none through."""
        excess = came - due
        through: Bools = (excess > 0) & (excess * excess > Stored(GATE**2) * self._variance(nodes, due))
        return through

    def least(self, *, fewest: float) -> Kept:
        """(nodes,) float32, tickets of the running step below which no window of whole steps passes the gate.

        What the running step was to bring is left out: it would only make them more.
        """
        high = self.due + GATE * np.sqrt(self._variance(slice(None), self.due)) - self.came
        high -= ROUNDED * (self.due + self.came)
        found: Kept = np.maximum(high, fewest - self.came).min(axis=0)
        return found

    def _variance(self, nodes: Indices | slice, due: Kept) -> Kept:
        return (self.own[nodes] + self.relative[nodes] * due) * np.maximum(due, Stored(LEAST_VARIANCE))

    def strongest(self, nodes: Indices, seen: Windows, *, fewest: float) -> tuple[Indices, Evidence]:
        """Which of some nodes pass the gate, and their evidence.

        Parameters
        ----------
        nodes : (k,) of the windows; a node may be there several times
        fewest : tickets that a window must have
        """
        through = self.gate(nodes, seen.came, seen.due) & (seen.came >= fewest)
        some = np.flatnonzero(through.any(axis=0))
        came, due = seen.came[:, some], seen.due[:, some]
        short = np.arange(len(came) - len(self.lengths))
        first = np.append(np.zeros_like(self.lengths), max(self.lengths) + short)
        length = np.append(self.lengths, np.ones_like(short))
        weight = np.array(self.weights + self.weights[:1] * len(short))
        window, at = np.nonzero(through[:, some])
        steps = seen.step_by_step(some).steps(at, first[window], length[window])
        score = np.full(came.shape, -np.inf)
        score[window, at] = self._ratio(nodes[some[at]], due[window, at], steps, at_most=seen.at_most)
        score += np.log10(weight / weight.sum())[:, None]
        score += BUSIER * np.log10(1 + due[len(self.lengths) - 1] / self.lengths[-1])
        best, row = score.argmax(axis=0), np.arange(len(some))
        return some, Evidence(
            nodes[some], np.maximum(score[best, row], 0.0), best, came[best, row].astype(np.float64),
            due[best, row].astype(np.float64), np.zeros(len(some)), np.full(len(some), -1),
        )  # fmt: skip

    def _ratio(self, nodes: Indices, whole: Kept, steps: Steps, *, at_most: bool) -> Floats:
        """(k,) log10 of how much likelier a surge makes a window: the mean for its tickets and its occasions.

        Parameters
        ----------
        whole : (k,) tickets that were to come in it
        """
        usual = in_proportion(steps.due, whole, steps.of)
        rarer, uncertain = self.clumps.ratio[nodes], self.relative[nodes] * sums(steps.of, usual)
        varied = self.own[nodes] + uncertain, self.clumps.dispersion[nodes] + uncertain * rarer
        # Both counts side by side: most of the cost is not the number of steps.
        of = np.concatenate((steps.of, len(nodes) + steps.of))
        count, due = np.append(steps.count, steps.often), np.append(usual, usual * rarer[steps.of])
        dispersion = np.concatenate(varied)[of]
        surge = likeliest(count, due, dispersion) if at_most else even(count, due, np.tile(steps.part, 2), of)
        most = None if self.telling is None else np.log(10) * np.tile(self.telling[nodes], 2)[of]
        ratio = log_likelihood_ratio(count, due, dispersion, surge, of, most=most)
        tickets, occasions = np.split(ratio, 2)
        part = self.clumps.tickets[nodes]
        mean: Floats = np.logaddexp(tickets + np.log(part), occasions + np.log1p(-part)) / np.log(10)
        return mean


def known(expected: Kept, count: Kept) -> Kept:
    """What was to come, and nothing where it is unknown what came."""
    found: Kept = np.where(np.isnan(count), Stored(0), expected)
    return found
