"""Back-off: the deepest node of the tree that is sure."""

from __future__ import annotations

import numpy as np
import pytest

from connectors.clustering.backoff import Tree

PATHS = [("card", "lost", "abroad"), ("card", "lost", "at home"), ("card", "stolen"), ("loan",), ("card",)]


@pytest.mark.parametrize(
    ("probabilities", "sure", "path", "confidence"),
    [
        ([0.7, 0.1, 0.1, 0.1, 0.0], 0.6, ("card", "lost", "abroad"), 0.7),
        ([0.4, 0.4, 0.1, 0.1, 0.0], 0.6, ("card", "lost"), 0.8),
        ([0.3, 0.2, 0.4, 0.1, 0.0], 0.6, ("card",), 0.9),
        ([0.3, 0.1, 0.1, 0.4, 0.1], 0.7, (), 0.6),
        ([0.3, 0.1, 0.1, 0.4, 0.1], 0.0, ("loan",), 0.4),
        ([0.1, 0.1, 0.1, 0.1, 0.6], 0.6, ("card",), 0.6),
        ([0.01, 0.01, 0.01, 0.01, 0.0], 0.5, (), 0.03),
    ],
)
def test_a_ticket_stays_at_the_deepest_level_that_is_still_sure(probabilities, sure, path, confidence):
    ((found, value),) = Tree(PATHS).settle(np.array([probabilities]), sure=sure)
    assert found == path
    assert value == pytest.approx(confidence)


def test_rows_are_settled_each_for_itself():
    rows = np.array([[0.9, 0, 0, 0.1, 0], [0.1, 0.1, 0.1, 0.4, 0.3], [0.4, 0.4, 0, 0.2, 0]])
    tree = Tree(PATHS)
    together = tree.settle(rows, sure=0.7)
    assert together == [tree.settle(row[None], sure=0.7)[0] for row in rows]
