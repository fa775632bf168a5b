"""Start-up of a whole tree: busy nodes are fitted, quiet ones have their own level and a borrowed profile.

A leaf with a ticket a day says nothing about its 168 hours of the week; its nearest busy ancestor does. Its
level and dispersion are sums over its few tickets, the dispersion drawn to what all quiet nodes show
together. So most of a large tree costs a few passes over its counts.
"""

from __future__ import annotations

import numpy as np

from detectors.seasonal.baseline import Baseline
from detectors.seasonal.branches import Branches, Indices
from detectors.seasonal.level import Level
from detectors.seasonal.stamps import Stamps
from detectors.seasonal.start import start
from detectors.seasonal.surge import SeasonalSurge
from detectors.seasonal.tail import Floats, Kept, Stored

BUSY = {"hour": 300, "day": 0, "week": 0}
"""Tickets of the history from which on a node is fitted."""
BLOCK = 512
"""Nodes at a time."""
MOST_A_STEP = 5.0
"""Tickets of a quiet node's step that count, so that an old outbreak is not its level."""
POOLED = 300.0
"""Tickets that the dispersion of all quiet nodes weighs beside a node's own."""
LONG = 3.0
"""Log weight by which the longest memory of a quiet node leads."""


def start_tree(count: Kept, stamps: Stamps, tree: Branches, total: Kept) -> SeasonalSurge:
    """A detector of all nodes of a tree, as `start.start` makes one of busy nodes.

    Parameters
    ----------
    count : (steps, nodes) float32, with all descendants, nan where unknown
    stamps : names of these steps and of those to come
    total : (nodes,) float32, tickets of the history
    """
    nodes, period = count.shape[1], stamps.period
    fitted = (total >= BUSY[period.name]) & (len(count) > 2 * period.guard)
    if fitted.all():
        return start(count, stamps)
    busy, quiet = np.flatnonzero(fitted), np.flatnonzero(~fitted)
    some = (
        SeasonalSurge(0, stamps) if fitted.sum() == 0 else start(np.ascontiguousarray(count[:, busy]), stamps)
    )
    found = SeasonalSurge(nodes, stamps)
    found.now = len(count)
    lender = lenders(tree, fitted)
    place = np.full(nodes + 1, len(busy))
    place[busy] = np.arange(len(busy))
    profile = np.append(some.baseline.profile, np.ones((period.slots, 1), np.float16), axis=1)
    found.baseline = Baseline(profile[:, place[lender]], None, {})
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


def settle(surge: SeasonalSurge, count: Kept, quiet: Indices, lender: Indices) -> tuple[Floats, float]:
    """Write the levels of quiet nodes into `surge`; their dispersions, (quiet,), and what they share."""
    stamps, last = surge.stamps, max(len(count) - surge.stamps.period.guard, 0)
    slot = stamps.slot[:last]
    pairs, due = np.zeros((2, len(quiet)))
    profile = np.append(surge.baseline.profile, np.ones((stamps.period.slots, 1), np.float16), axis=1)
    quiet = quiet[np.argsort(lender[quiet], kind="stable")]
    for first in range(0, len(quiet), BLOCK):
        part = slice(first, min(first + BLOCK, len(quiet)))
        nodes = quiet[part]
        came = count[:last, nodes]
        known = ~np.isnan(came)
        came = np.minimum(np.where(known, came, Stored(0)), Stored(MOST_A_STEP))
        lent, which = np.unique(lender[nodes], return_inverse=True)
        each = known[:, :1]
        if not (known == each).all():
            each, lent, which = known, lender[nodes], np.arange(len(nodes))
        weekly = profile[:, lent].astype(Stored)[slot] * each
        level = Level(len(nodes), stamps.period)
        sum_up(level, came, weekly, which)
        for name in ("came", "foretold", "plain"):
            getattr(surge.level, name)[:, nodes] = getattr(level, name)
        due[part] = came.sum(axis=0)
        height = due[part] / np.maximum(weekly.sum(axis=0), Stored(1e-9))[which]
        pairs[part] = np.einsum("sn,sn->n", came, came) - due[part]
        pairs[part] -= height**2 * np.einsum("sn,sn->n", weekly, weekly)[which]
    pooled = max(pairs.sum() / max(due.sum(), 1.0), 0.0)
    found = np.ones(len(surge.seen))
    found[quiet] += np.maximum((pairs + POOLED * pooled) / (due + POOLED), 0.0)
    return found[np.sort(quiet)], pooled


def sum_up(level: Level, came: Kept, weekly: Kept, which: Indices) -> None:
    """`Level.rebuild` where all steps count alike.

    Parameters
    ----------
    came : (steps, nodes) float32, 0 where unknown
    weekly : (steps, profiles) float32, 0 where unknown
    which : (nodes,) each one's profile
    """
    age = np.arange(len(came))[::-1]
    fade = np.concatenate((level.keep**age, 0.5 ** (age / level.period.raw_half)[None])).astype(Stored)
    all_came, all_foretold = fade @ came, (fade @ weekly)[:, which]
    level.came, level.foretold = all_came[:-1], all_foretold[:-1]
    level.plain = np.stack([all_came[-1], all_foretold[-1]])
