"""Start-up of a whole tree: busy nodes are fitted, quiet ones have their own level and a borrowed profile.

A leaf with a ticket a day says nothing about its 168 hours of the week; its nearest busy ancestor does. Its
level and dispersion are sums over its few tickets, the dispersion drawn to what all quiet nodes show
together. So most of a large tree costs a few passes over its counts.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Bools, Floats, Indices, Kept
from detectors.seasonal.baseline import Baseline
from detectors.seasonal.level import Level
from detectors.seasonal.seasonal_part import SeasonalPart
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.start import start
from detectors.tree.appearance import since_there, steps_before, there_from
from detectors.tree.branches import Branches

BUSY = {"hour": 300, "day": 0, "week": 0}
"""Tickets of the history from which on a node is fitted."""
ROWS = 64
"""Steps at a time."""
MOST_A_STEP = 5.0
"""Tickets of a quiet node's step that count, so that an old outbreak is not its level."""
POOLED = 300.0
"""Tickets that the dispersion of all quiet nodes weighs beside a node's own."""
LONG = 3.0
"""Log weight by which the longest memory of a quiet node leads."""


def start_tree(count: Kept, stamps: Stamps, tree: Branches, total: Kept) -> Baseline:
    """What is known of all nodes of a tree, as `start.start` says it of busy nodes.

    Parameters
    ----------
    count : (steps, nodes) float32, with all descendants, nan where unknown
    stamps : names of these steps and of those to come
    total : (nodes,) float32, tickets of the history
    """
    nodes, period = count.shape[1], stamps.period
    fitted = (total >= BUSY[period.name]) & (len(count) > 2 * period.guard)
    if fitted.all():
        return start(since_there(count, period.cycle), stamps)
    busy, quiet = np.flatnonzero(fitted), np.flatnonzero(~fitted)
    some = start(since_there(count[:, busy], period.cycle), stamps) if len(busy) else Baseline(0, stamps)
    found = Baseline(nodes, stamps)
    found.now = len(count)
    lender = lenders(tree, fitted)
    place = np.full(nodes + 1, len(busy))
    place[busy] = np.arange(len(busy))
    profile = np.append(some.seasonal.profile, np.ones((period.slots, 1), np.float16), axis=1)
    found.seasonal = SeasonalPart(profile[:, place[lender]], None, {})
    for name in ("came", "foretold", "plain", "choice"):
        getattr(found.level, name)[:, busy] = getattr(some.level, name)
    found.level.choice[0, quiet] = LONG
    found.dispersion.value = np.ones(nodes)
    found.dispersion.value[quiet], pooled = settle(found, count, quiet, lender)
    own = (total[busy] * (some.dispersion.value - 1) + POOLED * pooled) / (total[busy] + POOLED)
    found.dispersion.value[busy] = np.where(some.dispersion.value > 1, 1 + own, some.dispersion.value)
    found.seen[:] = len(count)
    return found


def lenders(tree: Branches, fitted: np.ndarray) -> Indices:
    """(nodes,) the node itself where it is fitted, its nearest fitted ancestor elsewhere; -1 = none."""
    found = np.arange(len(tree))
    while True:
        ask = (found >= 0) & ~fitted[found]
        if not ask.any():
            return found
        found[ask] = tree.parents[found[ask]]


def settle(baseline: Baseline, count: Kept, quiet: Indices, lender: Indices) -> tuple[Floats, float]:
    """Write the levels of quiet nodes into `baseline`; their dispersions, (quiet,), and what they share.

    Their few tickets are summed up one by one. What a borrowed profile makes of the steps is the same for
    all that borrow it, but for the steps that are unknown of one node alone, or in which it was not there.
    """
    stamps, last, nodes = baseline.stamps, max(len(count) - baseline.stamps.period.guard, 0), len(quiet)
    gap = np.isnan(count[:last, quiet[0]])
    gap[gap] = np.isnan(count[:last][gap]).all(axis=1)
    step, node, tickets = filled(count, gap, quiet)
    some = tickets > 0
    begin = there_from(step[some], node[some], nodes=nodes, steps=last, cycle=stamps.period.cycle)
    slot, fade = stamps.slot[:last], fading(baseline.level, last)
    lent, which = np.unique(lender[quiet], return_inverse=True)
    profile = np.append(baseline.seasonal.profile, np.ones((stamps.period.slots, 1), np.float16), axis=1)
    profile = profile[:, lent].astype(np.float64)
    in_slots = np.stack([np.bincount(slot, row, stamps.period.slots) for row in fade * ~gap])
    foretold = np.einsum("ks,sp->kp", in_slots, profile)[:, which]
    squared = (in_slots[0] @ profile**2)[which]
    alone = np.isnan(tickets) & (step >= begin[node])
    before, absent = steps_before(begin)
    lost, whose = (
        np.append(one, other[~gap[before]]) for one, other in ((step[alone], before), (node[alone], absent))
    )
    usual = profile[slot[lost], which[whose]]
    for row, weight in enumerate(fade):
        foretold[row] -= np.bincount(whose, weight[lost] * usual, nodes)
    squared -= np.bincount(whose, usual**2, nodes)
    step, node, tickets = step[some], node[some], np.minimum(tickets[some], MOST_A_STEP)
    came = np.stack([np.bincount(node, weight[step] * tickets, nodes) for weight in fade])
    baseline.level.came[:, quiet], baseline.level.foretold[:, quiet] = came[1:-1], foretold[1:-1]
    baseline.level.plain[:, quiet] = came[-1], foretold[-1]
    due = came[0]
    pairs = np.bincount(node, tickets**2, nodes) - due - (due / np.maximum(foretold[0], 1e-9)) ** 2 * squared
    pooled = max(pairs.sum() / max(due.sum(), 1.0), 0.0)
    return 1 + np.maximum((pairs + POOLED * pooled) / (due + POOLED), 0.0), pooled


def filled(count: Kept, gap: Bools, nodes: Indices) -> tuple[Indices, Indices, Floats]:
    """Cells of some nodes that are not 0: step, place among the nodes, and count, nan = unknown.

    Steps that are a gap are left out; there may be more of them than of the others.
    """
    place = np.full(count.shape[1], -1)
    place[nodes] = np.arange(len(nodes))
    parts = [(np.empty(0, np.intp), np.empty(0, np.intp))]
    for first in range(0, len(gap), ROWS):
        steps = first + np.flatnonzero(~gap[first : first + ROWS])
        row, node = np.divmod(np.flatnonzero(count[steps]), count.shape[1])
        kept = place[node] >= 0
        parts.append((steps[row[kept]], node[kept]))
    step, node = (np.concatenate(column) for column in zip(*parts, strict=True))
    return step, place[node], count[step, node].astype(np.float64)


def fading(level: Level, steps: int) -> Floats:
    """(2 + memories, steps) weights of steps: all alike, as each memory fades, as the plain mean fades."""
    age = np.arange(steps)[::-1]
    return np.concatenate((np.ones((1, steps)), level.keep**age, 0.5 ** (age / level.period.raw_half)[None]))
