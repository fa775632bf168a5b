"""Whether a history bursts: nodes high for one step and over at once, more often than the budget has pages.

Surges of the history are left out when thresholds are found. Batches of tickets that somebody enters stand
out as much, and where they come week after week each of them would be told. But a surge lasts, and a burst
was over within its step. Where bursts are usual, no single step is told alone: the next one says what it was.
"""

from __future__ import annotations

import numpy as np

from detectors.precision import Floats
from detectors.tree.branches import Branches
from detectors.tree.budget import branches_of, episodes
from detectors.tree.rehearsal import Rehearsed

ONE_STEP = 0
"""The window that is a single step."""


def bursts(high: Rehearsed, tree: Branches, limit: Floats, *, pages: float, quiet: int) -> bool:
    """Whether more bursts of the history would have been told than the budget has pages.

    Parameters
    ----------
    limit : (depths,) float64, the thresholds
    pages : false ones that the budget allows in the time of the history
    quiet : steps after which an alarm is another one

    Examples
    --------
    One leaf bursts eight times, and its parent with it; another has a surge of three steps:

    >>> tree, at = Branches(np.array([-1, 0, 0], np.int32)), np.arange(8) * 100
    >>> step, node = np.concatenate((at, at, [50, 51, 52])), np.repeat([1, 0, 2], [8, 8, 3])
    >>> window = np.repeat([0, 1, 2], [17, 1, 1])
    >>> high = Rehearsed(step, node, np.append(np.full(17, 7.0), [8.0, 9.0]), window, np.full(19, 15.0))
    >>> [bursts(high, tree, np.array([3.0, 3.0]), pages=pages, quiet=24) for pages in (7, 8)]
    [True, False]
    """
    high = high.at_least(limit[tree.depth[high.nodes]])
    order, first, _ = episodes(high, quiet)
    end = np.append(first, len(order))[1:]
    of = np.repeat(np.arange(len(first)), end - first)
    highest = order[np.lexsort((high.score[order], of))][end - 1]
    alone = highest[high.window[highest] == ONE_STEP]
    return branches_of(high.only(alone), tree, limit, quiet=quiet, most=pages) > pages
