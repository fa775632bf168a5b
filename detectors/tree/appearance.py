"""Since when a node has been there: a level is that of the steps since then, and not of those before.

A category that was renamed or opened three weeks ago has brought nothing in the five weeks before. Were they
counted, it would be expected to bring three eighths of what it does, and each of its days would look strange.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from detectors.precision import Indices, Kept

ABSENT: Final = 6.0
"""A node was not there before its first ticket if chance leaves all its steps with tickets after it only once
in e ** ABSENT times."""


def there_from(step: Indices, node: Indices, *, nodes: int, steps: int, cycle: int) -> Indices:
    """(nodes,) step from which on each was there; 0 where it may only have been quiet until its first ticket.

    Parameters
    ----------
    step, node : (k,) where there are tickets
    nodes, steps : how many there are
    cycle : steps of a week, in which what is there may be closed

    Examples
    --------
    Three nodes have their first ticket late: one is new, one is quiet, one was closed at first.

    >>> late, rare, closed = np.arange(1200, 1240), np.array([1200, 1210]), np.arange(60, 1344)
    >>> step, node = np.concatenate((late, rare, closed)), np.repeat([0, 1, 2], [40, 2, 1284])
    >>> there_from(step, node, nodes=3, steps=1344, cycle=168).tolist()
    [1200, 0, 0]
    """
    first = np.full(nodes, max(steps - 1, 0))
    np.minimum.at(first, node, step)
    others = np.bincount(node, minlength=nodes) - 1
    by_chance = others * np.log1p(-first / max(steps, 1))
    return np.where((by_chance < -ABSENT) & (first >= cycle), first, 0)


def steps_before(begin: Indices) -> tuple[Indices, Indices]:
    """All steps before those of some nodes, and whose they are; begin (nodes,).

    Examples
    --------
    >>> steps_before(np.array([2, 0, 1]))
    (array([0, 1, 0]), array([0, 0, 2]))
    """
    whose = np.repeat(np.arange(len(begin)), begin)
    return np.arange(len(whose)) - np.repeat(np.cumsum(begin) - begin, begin), whose


def since_there(count: Kept, cycle: int) -> Kept:
    """A copy of (steps, nodes) counts, unknown as long as a node was not there."""
    count = count.copy()
    begin = there_from(*np.nonzero(count > 0), nodes=count.shape[1], steps=len(count), cycle=cycle)
    count[steps_before(begin)] = np.nan
    return count
