"""Nodes as columns: every ticket is counted at its node and at all above it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from detectors.followers.nodes import Nodes
from detectors.following import Cells

PATHS = st.lists(st.lists(st.sampled_from("abc"), max_size=3).map(tuple), min_size=1, max_size=20)


def tree_of(paths):
    taxonomy = Taxonomy(["x", "y", "z"])
    return taxonomy, taxonomy.nodes(paths)


@given(PATHS, st.integers(0, 3))
def test_a_count_is_the_sum_over_all_below(paths, deepest):
    taxonomy, leaves = tree_of(paths)
    nodes = Nodes(taxonomy, deepest=deepest, leaves=np.unique(leaves))
    counted = nodes.count(leaves, np.ones(len(leaves), np.int64))
    for column, number in enumerate(nodes.numbers):
        node = taxonomy.paths[number]
        assert len(node) <= deepest
        assert counted[column] == sum(path[: len(node)] == node for path in paths)


@given(PATHS, PATHS)
def test_parents_come_before_their_children_also_those_that_come_later(first, later):
    taxonomy, leaves = tree_of(first + later)
    nodes = Nodes(taxonomy, deepest=3, leaves=np.unique(leaves[: len(first)]))
    before = [taxonomy.paths[number] for number in nodes.numbers]
    nodes.add(np.unique(leaves))
    paths = [taxonomy.paths[number] for number in nodes.numbers]
    assert paths[: len(before)] == before
    assert len(set(paths)) == len(paths)
    for column, parent in enumerate(nodes.parents.tolist()):
        assert parent < column
        assert (parent < 0) if paths[column] == () else (paths[parent] == paths[column][:-1])
        assert nodes.column(paths[column]) == column


@given(PATHS)
def test_the_order_depends_on_the_paths_and_not_on_who_came_first(paths):
    def order(some):
        taxonomy, leaves = tree_of(some)
        nodes = Nodes(taxonomy, deepest=3, leaves=np.unique(leaves))
        return [taxonomy.paths[number] for number in nodes.numbers]

    assert order(paths) == order(paths[::-1])


def test_a_table_has_a_row_for_each_hour_and_zeros_where_nothing_came():
    taxonomy, leaves = tree_of([("a", "b"), ("a",)])
    nodes = Nodes(taxonomy, deepest=3, leaves=leaves)
    cells = Cells(np.array([20, 20]), leaves, np.array([3, 2]))
    table = nodes.table(np.array([10, 20, 30]), cells)
    assert table.tolist() == [[0, 0, 0], [5, 5, 3], [0, 0, 0]]


def test_what_was_never_named_has_no_column():
    taxonomy, leaves = tree_of([("a",)])
    assert Nodes(taxonomy, deepest=3, leaves=leaves).column(("b",)) is None
