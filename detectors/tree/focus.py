"""Which one node explains an excess: walk down from the topmost alarmed node while one child explains it.

At each node two stories are compared by their likelihood: *all children rose by the same factor*, and *one
child rose alone*. A leaf's surge lifts four ancestors, and at each of them the child on the way tells more
than the common factor; thirty leaves that rose a little each tell nothing one by one, and the walk stops at
their parent. Where a few children rose strongly, each alarmed by itself, and the others did not, there are
several causes, and the walk goes on in each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.precision import Floats, Indices
from detectors.seasonal.tail import log_ratio
from detectors.tree.branches import Branches

APART = 6.0
"""Log likelihood that each cause beyond the first costs, where several stand for one common factor."""
MOST_APART = 3
"""Children that may have a cause each; more are one cause of their parent."""
LEAST_EXPECTED = 1e-4
"""Tickets, so that ratios and logarithms are finite where nothing was expected."""


@dataclass(frozen=True)
class Seen:
    """Counts of one window beside what was expected; all (nodes,) float64, with all descendants.

    Attributes
    ----------
    observed, expected : counts
    dispersion : variance over mean
    """

    observed: Floats
    expected: Floats
    dispersion: Floats


def focus(tree: Branches, seen: Seen, alarmed: Indices) -> list[int]:
    """The nodes that explain what was alarmed: at least one, and none above another.

    Parameters
    ----------
    alarmed : numbers of the nodes whose count is a surge; at least one

    Examples
    --------
    A root, its two children, and two leaves of the first:

    >>> tree = Branches(np.array([-1, 0, 0, 1, 1], np.int32))
    >>> usual, one = np.array([20.0, 10, 10, 5, 5]), np.ones(5)
    >>> focus(tree, Seen(np.array([45.0, 36, 9, 31, 5]), usual, one), np.array([0, 1, 3]))
    [3]
    >>> focus(tree, Seen(np.array([45.0, 36, 9, 18, 18]), usual, one), np.array([0, 1, 3, 4]))
    [1]
    """
    ringing = set(alarmed.tolist())
    found = []
    for top in tree.topmost(alarmed):
        found += descend(tree, seen, top, ringing)
    return found


def descend(tree: Branches, seen: Seen, top: int, ringing: set[int]) -> list[int]:
    """The foci at or below one node."""
    found, open_ends = [], [top]
    while open_ends:
        node = open_ends.pop()
        further = narrower(tree, seen, node, ringing)
        if further:
            open_ends += further
        else:
            found.append(node)
    return sorted(found)


def narrower(tree: Branches, seen: Seen, node: int, ringing: set[int]) -> list[int]:
    """The children that explain a node's excess better than all of them together; none = the node does."""
    children = tree.children(node)
    if not len(children):
        return []
    alone, together = gains(seen, node, children)
    rest = alone[-1]
    order = np.argsort(-alone[:-1], kind="stable")
    apart = [int(k) for k in order[:MOST_APART] if int(children[k]) in ringing]
    for many in range(len(apart), 1, -1):
        if alone[apart[:many]].sum() - APART * (many - 1) > together and many < len(children):
            return [int(children[k]) for k in apart[:many]]
    best = order[0]
    if alone[best] >= together and alone[best] > max(rest, 0.0):
        return [int(children[best])]
    return []


def gains(seen: Seen, node: int, children: Indices) -> tuple[Floats, float]:
    """Log likelihood won if each child rose alone (the node's own tickets last), and if all rose alike."""
    observed = np.append(seen.observed[children], 0.0)
    expected = np.append(seen.expected[children], 0.0)
    observed[-1] = max(seen.observed[node] - observed.sum(), 0.0)
    expected[-1] = seen.expected[node] - expected.sum()
    expected = np.maximum(expected, LEAST_EXPECTED)
    dispersion = np.append(seen.dispersion[children], seen.dispersion[node])
    factor = max(observed.sum() / expected.sum(), 1.0)
    raised = np.stack([np.maximum(observed, expected), factor * expected])
    alone, together = log_ratio(observed, expected, raised, dispersion)
    return alone, float(together.sum())
