"""A root, five groups, thirty leaves: eight ordinary weeks of theirs, and a detector that has seen them."""

from copy import deepcopy
from functools import cache

import numpy as np

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.cause import TreeSettings
from detectors.tree.surge import TreeSurge

PAST = 8 * 168
GROUPS, LEAVES = 5, 30
FIRST_LEAF = 1 + GROUPS
PARENTS = np.array([-1] + [0] * GROUPS + [1 + k // 6 for k in range(LEAVES)], np.int32)
STAMPS = name_steps(np.datetime64("2024-01-01T00", "h") + np.arange(PAST + 200), HOUR)


def rolled_up(leaves, parents=PARENTS):
    """(steps, nodes) float32, with all descendants."""
    count = np.zeros((len(leaves), len(parents)), np.float32)
    count[:, len(parents) - leaves.shape[1] :] = leaves
    for node in range(len(parents) - 1, 0, -1):
        count[:, parents[node]] += count[:, node]
    return count


def ordinary(steps, seed=1, mean=0.3, leaves=LEAVES):
    """(steps, leaves) tickets by chance, more by day than by night."""
    course = np.exp(0.6 * np.cos(2 * np.pi * (np.arange(steps) % 24 - 15) / 24))
    return np.random.default_rng(seed).poisson(mean * np.repeat(course[:, None], leaves, axis=1))


def weeks():
    """(steps, leaves) of eight weeks, and of three days after them, in which tests let something happen."""
    return ordinary(PAST + 72)


def begun(*, origin=0, **chosen):
    """A detector that has seen the eight weeks; the steps of those are counted from `origin`."""
    return deepcopy(_begun(TreeSettings(**chosen), origin))


@cache
def _begun(chosen, origin):
    return TreeSurge.start(rolled_up(weeks()[:PAST]), STAMPS, PARENTS, chosen, origin=origin)


def told(surge, came, hours=24):
    """Causes of so many hours after the eight weeks, which all are closed."""
    return [cause for row in rolled_up(came)[PAST : PAST + hours] for cause in surge.close(row)]
