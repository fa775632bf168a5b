"""Thresholds of all nodes and windows: a week without surges brings as many false pages as asked for.

The budget is divided among the depths of the tree, by the square root of their nodes: the few nodes high up,
where a surge that is spread thinly shows, need less to be told than each of thousands of leaves. At each
depth the last weeks of the history are judged as they would be today; alarms of one node that follow each
other are one. How often their peaks reach a height is counted where they are many, six to twenty-four times
the budget, and carried on to the budget by their exponential tail. Where a depth shows few peaks, the nominal
score is corrected. One excess crosses at several depths: how often is counted as well, and all depths have so
much more.

Surges that the history holds are left out, with all that their branches showed meanwhile, or a bad month
would blind the next two. What a surge is, the nominal score says first: a likelihood ratio reaches it by
chance more seldom than it says, so where noise is what it is taken for, thresholds lie more than an order
below it. What is left says it once more, and may take back what was only noisy.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Bools, Floats, Indices, Int32
from detectors.tree.branches import Branches
from detectors.tree.rehearsal import Rehearsed

LIVE = 2.7
"""How many times more often thresholds are crossed live than in the rehearsal: nodes are judged there with a
baseline that has seen those weeks and without what chance brought that looks like a surge, and the running
hour, with its tickets, is looked at often.
"""
LOOKS = (0.8, 0.65)
"""Of that, with a ticket a day at each leaf, and more for each e times as many: what is busy can reach a
height within an hour and not at its end. Found on trees of 80 Poisson leaves with 5 and 20 tickets a day.
"""
MANY, LARGER = 3000.0, 0.15
"""Nodes of which `LIVE` is true, and the power of their number by which it grows: the more there are, the
quieter is the one that stands out, and the more has its baseline learned of what stands out.
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
CAREFUL = 1.0
"""So far below the nominal threshold, and above, it was a surge, until a threshold is found."""
SURGE = 0.5
"""So far above the threshold that was found, it was one."""
MOST_SURGES, RAISED = 10.0, 1.2
"""Surges a week. Were more told of the history, they would be usual: thresholds rise by a factor."""
LEAST_LEFT = 0.1
"""Part of a history that is taken to be left of it at the least, without surges."""
LOWEST, LEAST_KEPT = 1.5, 1.0
"""Threshold at the least, of something thirty times likelier with a surge; and peaks that are kept."""


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


def live(tickets_a_day: float, nodes: float) -> float:
    """How many times more often thresholds are crossed live than in the rehearsal.

    Parameters
    ----------
    tickets_a_day : of a leaf
    nodes : that are judged

    Examples
    --------
    >>> [round(live(tickets, MANY), 1) for tickets in (0.2, 1.0, 5.0, 20.0)]
    [2.7, 2.7, 5.0, 7.4]
    >>> [round(live(0.2, nodes), 1) for nodes in (100, 1000, 10000, 100000)]
    [1.6, 2.3, 3.2, 4.6]
    """
    least, more = LOOKS
    busier = max(1.0, least + more * float(np.log(max(tickets_a_day, 1.0))))
    return LIVE * busier * float((max(nodes, 1.0) / MANY) ** LARGER)


def nominal(nodes: float, rate: float, steps_a_week: float) -> float:
    """Score that nodes reach `rate` times a week, were they independent and looked at once a step."""
    return float(-np.log10(min(max(rate, 1e-9) / steps_a_week / max(nodes, 1.0), 0.5)))


def reached(peaks: Floats, allowed: float, standard: float) -> float:
    """Score that peaks reach `allowed` times.

    Parameters
    ----------
    peaks : (k,) float64, heights; those under `standard - BELOW` are left out
    standard : the nominal score

    Examples
    --------
    >>> heights = 4 + np.random.default_rng(1).exponential(0.43, 800)
    >>> round(reached(heights, 8.0, 6.0), 1), round(4 + 0.43 * float(np.log(100)), 1)
    (5.9, 6.0)
    >>> round(reached(np.zeros(0), 1e-9, 6.0), 1)
    6.0
    """
    ordered, allowed = np.sort(peaks)[::-1], max(allowed, 1e-9)
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


def peaks_of(high: Rehearsed, depth: Int32, depths: int, *, quiet: int) -> list[Floats]:
    """Heights of what would have been told at each depth: alarms of one node that follow each other are one.

    Parameters
    ----------
    depth : (nodes,) int32
    depths : how many there are
    quiet : steps after which an alarm is another one
    """
    order, first, peaks = episodes(high, quiet)
    of = depth[high.nodes[order[first]]]
    return [peaks[of == one] for one in range(depths)]


def calm(
    high: Rehearsed, tree: Branches, limit: Floats, *, steps: float, quiet: int
) -> tuple[Rehearsed, Floats]:  # fmt: skip
    """Without surges: without all on the line above and below a node, while it has an alarm.

    Parameters
    ----------
    limit : (depths,) float64, what alarms of a node that follow each other reach to be a surge
    steps : of the history

    Returns
    -------
    What is left, and which part of the history that is at each depth, (depths,) float64.
    """
    order, first, peaks = episodes(high, quiet)
    last = np.append(first, len(order))[1:] - 1
    begin, end = high.step[order[first]], high.step[order[last]] + 1
    nodes, (inside, outside) = high.nodes[order[first]], tree.spans
    surge = np.zeros((int(high.step.max(initial=-1)) + 1, len(tree)), bool)
    for k in np.flatnonzero(peaks > limit[tree.depth[nodes]]).tolist():
        during = slice(begin[k], end[k])
        surge[during, inside[nodes[k]] : outside[nodes[k]]] = True
        surge[during, inside[list(tree.above(int(nodes[k])))]] = True
    kept = ~surge[high.step, inside[high.nodes]]
    out = np.bincount(tree.depth, surge.sum(axis=0)[inside]) / np.maximum(np.bincount(tree.depth), 1)
    left = np.maximum(1 - out / max(steps, 1.0), LEAST_LEFT)
    return high.only(kept), left


def episodes(high: Rehearsed, quiet: int) -> tuple[Indices, Indices, Floats]:
    """Order by node and step, where in it each episode begins, and its height."""
    order = np.lexsort((high.step, high.nodes))
    node, step = high.nodes[order], high.step[order]
    another = np.ones(len(order), bool)
    another[1:] = (node[1:] != node[:-1]) | (step[1:] - step[:-1] >= quiet)
    first = np.flatnonzero(another)
    peaks = np.maximum.reduceat(high.score[order], first) if len(first) else np.zeros(0)
    return order, first, peaks


def branches_of(
    high: Rehearsed, tree: Branches, limit: Floats, *, quiet: int, most: float = np.inf
) -> int:  # fmt: skip
    """How many would have been told, were alarms above and below each other one; limit (depths,).

    Where there are more than `most`, they are not counted to the end.
    """
    high = high.at_least(limit[tree.depth[high.nodes]])
    lines = {node: {node, *tree.above(node)} for node in np.unique(high.nodes).tolist()}
    order = np.lexsort((-high.score, high.step))
    told, running, now = 0, dict[int, int](), -1
    for step, node in zip(high.step[order].tolist(), high.nodes[order].tolist(), strict=True):
        if told > most:
            break
        if step != now:
            now, running = step, {one: last for one, last in running.items() if step - last < quiet}
        line = lines[node]
        mine = [one for one in running if one in line or node in lines[one]]
        told += not mine
        running.update(dict.fromkeys(mine or [node], now))
    return told


def thresholds(
    high: Rehearsed, tree: Branches, *, shown: Bools, judged: Bools, weeks: float, rate: float,
    a_week: float, quiet: int, often: float = LIVE,
) -> Floats:  # fmt: skip
    """(depths,) float64, scores that ordinary weeks reach `rate` times a week, all depths together.

    Parameters
    ----------
    high : of the history
    shown : (nodes,) bool, those that share the budget
    judged : (nodes,) bool, those of them that are in `high`: new ones have no past of their own
    weeks : of the history
    a_week : steps in a week
    often : how many times more often thresholds are crossed live
    """
    depth = tree.depth
    depths = int(depth.max(initial=0)) + 1
    nodes, old = (np.bincount(depth[some], minlength=depths).astype(np.float64) for some in (shown, judged))
    rates = shares(nodes) * rate / often
    standard = np.array([nominal(*pair, a_week) for pair in zip(nodes, rates, strict=True)])
    # Only these can show peaks; where all are new, the nominal score stands.
    rates *= old / np.maximum(nodes, 1)
    high = high.at_least(np.maximum(standard - BELOW, LEAST_KEPT)[depth[high.nodes]])

    def peaks(high: Rehearsed) -> list[Floats]:
        return peaks_of(high, depth, len(nodes), quiet=quiet)

    def at(high: Rehearsed, rates: Floats) -> Floats:
        each = zip(peaks(high), rates.tolist(), standard.tolist(), strict=True)
        return np.array([reached(heights, own * weeks, usual) for heights, own, usual in each])

    def without(limit: Floats) -> tuple[Rehearsed, Floats]:
        return calm(high, tree, limit, steps=weeks * a_week, quiet=quiet)

    usual, left = without(np.maximum(standard - CAREFUL, LOWEST))
    usual, left = without(at(usual, left * rates) + SURGE)
    rates *= left
    counted = at(usual, RANKS[0] * rates)
    alone = sum(int((heights >= limit).sum()) for heights, limit in zip(peaks(usual), counted, strict=True))
    together = branches_of(usual, tree, counted, quiet=quiet)
    found = at(usual, rates * (alone + PRIOR_PEAKS) / (together + PRIOR_PEAKS))
    most = (rate + MOST_SURGES) * weeks
    while branches_of(high, tree, found, quiet=quiet, most=most) > most:
        found *= RAISED
    return found
