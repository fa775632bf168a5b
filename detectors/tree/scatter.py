"""Whether a cause is wider than the node that alarms: many of its siblings rose too, each by a little.

A surge over thirty of a branch's two hundred leaves shows first at one quiet leaf, where five tickets are
much. Then a sibling alarms, and another; what their busy parent brings is hardly strange, and no factor that
all its children have in common explains it. So at each node above the one that alarms two stories are
compared for its other children: *none rose*, and *some rose, each for itself*. Which ones, how many and by
how much is not known, and averaged over; of a child with nodes below, one of those may have risen alone. The
average likelihood ratio is 1 at the most where nothing rose, whatever the branch: chance makes it e ** x once
in e ** x times.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats, Indices
from detectors.seasonal.tail import log_ratio
from detectors.tree.branches import Branches
from detectors.tree.focus import LEAST_EXPECTED, Seen

WIDE = 3.0
"""Log likelihood ratio from which on a cause is its branch's."""
EACH = 1.5
"""What one child adds to it at the most: a sibling or two may have a cause of their own."""
PARTS = 0.5 ** np.arange(1, 7)
"""Of the children, that may have risen."""
RISES = 2.0 ** np.arange(5)
"""Tickets by which they may have risen."""
GREATEST = 300.0
"""Log likelihood ratio of a node at the most: its exponential is finite, and far less adds all of `EACH`."""


def widest(tree: Branches, seen: Seen, node: int) -> int:
    """The topmost node above one whose other children rose too; the node itself where there is none.

    Examples
    --------
    A root with a busy leaf and twenty quiet ones, of which one has six tickets and some others two; and that
    one with a single sibling:

    >>> tree = Branches(np.array([-1] + [0] * 21, np.int32))
    >>> usual, one = np.array([42.0, 40] + [0.1] * 20), np.ones(22)
    >>> widest(tree, Seen(np.array([60.0, 40, 6] + [2] * 7 + [0] * 12), usual, one), 2)
    0
    >>> widest(tree, Seen(np.array([50.0, 40, 6, 4] + [0] * 18), usual, one), 2)
    2
    """
    path = (node, *tree.above(node))
    for place in range(len(path) - 1, 0, -1):
        if scattered(tree, seen, path[place], but=path[place - 1]) >= WIDE:
            return path[place]
    return node


def scattered(tree: Branches, seen: Seen, node: int, *, but: int = -1) -> float:
    """Log of how much likelier the counts of a node's children are if some of them rose, each for itself.

    Beside a factor that all of them have in common: a busy day is no cause.

    Parameters
    ----------
    but : a child that is left out
    """
    children = tree.children(node)
    children = children[children != but]
    if not len(children):
        return -np.inf
    usual = max(float(seen.expected[children].sum()), LEAST_EXPECTED)
    ratio = risen(tree, seen, children, max(float(seen.observed[children].sum()) / usual, 1.0))
    each = np.minimum(np.log1p(PARTS[:, None, None] * (ratio - 1)), EACH)
    stories = each.sum(axis=2)
    found: float = np.logaddexp.reduce(stories, axis=None) - np.log(stories.size)
    return found


def risen(tree: Branches, seen: Seen, nodes: Indices, factor: float) -> Floats:
    """(RISES, k) likelihood ratio of each node, or one somewhere below it, having risen by so much."""
    expected = np.maximum(seen.expected[nodes] * factor, LEAST_EXPECTED)
    log = log_ratio(seen.observed[nodes], expected, expected + RISES[:, None], seen.dispersion[nodes])
    found: Floats = np.exp(np.minimum(log, GREATEST))
    below, of = tree.children_of(nodes)
    if len(below):
        many = np.bincount(of, minlength=len(nodes))
        deeper = risen(tree, seen, below, factor)
        mean = np.stack([np.bincount(of, one, len(nodes)) for one in deeper]) / np.maximum(many, 1)
        found = np.where(many > 0, (found + mean) / 2, found)
    return found
