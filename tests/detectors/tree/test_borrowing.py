"""New nodes: what they are to bring follows from their parents, and what their siblings lack is theirs."""

import numpy as np
from thirty_leaves import FIRST_LEAF, PARENTS, PAST, STAMPS, begun, ordinary, rolled_up, weeks

from detectors.tree.surge import TreeSurge

GROUP = 3


def test_a_new_node_borrows_from_its_parent_and_says_so():
    surge = begun()
    surge.grow(np.append(PARENTS, GROUP))
    row = np.append(rolled_up(weeks()[PAST : PAST + 1])[0], 40.0)
    row[[GROUP, 0]] += 40
    assert [(cause.node, cause.borrowed) for cause in surge.tick(row, passed=0.9)] == [(len(PARENTS), True)]


def test_a_renamed_node_is_no_surge():
    count = rolled_up(ordinary(PAST + 72, mean=4.0))
    surge = TreeSurge.start(count[:PAST], STAMPS, PARENTS)
    surge.grow(np.append(PARENTS, PARENTS[FIRST_LEAF + 7]))
    for row in count[PAST:]:
        renamed = np.append(row, row[FIRST_LEAF + 7])
        renamed[FIRST_LEAF + 7] = 0
        assert surge.close(renamed) == []
