"""Counts of groups, rolled up from those of whole paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from detectors.group_counts import GroupCounts, counts_among, counts_at_least, roll_up
from detectors.grouping import group_columns, group_of

LEVELS = ["business", "service", "problem"]
PATHS = st.lists(st.lists(st.sampled_from("ab"), max_size=3).map(tuple), max_size=12)


@settings(deadline=None, max_examples=80)
@given(PATHS, st.data())
def test_counts_of_whole_paths_are_rolled_up_to_every_depth_and_to_exact_groups(paths, data):
    taxonomy = Taxonomy(LEVELS, paths)
    counts = data.draw(st.lists(st.integers(-2, 3), min_size=len(paths), max_size=len(paths)))
    plain: dict[int, int] = {}
    for path, count in zip(paths, counts, strict=True):
        for group in {(path, True)} | {(path[:d], False) for d in range(len(path) + 1)}:
            number = group_of(taxonomy.find(group[0]), exact=group[1])
            plain[number] = plain.get(number, 0) + count
    plain = {group: count for group, count in plain.items() if count}
    columns = taxonomy.nodes(paths), np.array(counts, dtype=np.int64)
    assert roll_up(taxonomy, *columns) == plain
    one_by_one = GroupCounts(taxonomy, *columns)
    assert {g: one_by_one.get(g, 0) for g in range(2 * len(taxonomy))} == {
        g: plain.get(g, 0) for g in range(2 * len(taxonomy))
    }
    assert dict(one_by_one) == plain
    every = np.arange(2 * len(taxonomy))
    assert counts_among(one_by_one, every).tolist() == [plain.get(group, 0) for group in every.tolist()]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 0, 2, 1]])
def test_groups_of_a_column_that_have_enough_are_found_however_they_are_known(order):
    tree = Taxonomy(("business", "product"))
    leaves = tree.nodes([("a", "x"), ("a", "y"), ("a",), ("b", "x")])
    nodes, counts = leaves[order], np.array([4, 3, 5, 2])[order]
    doubled = np.concatenate((nodes, nodes)), np.concatenate((counts, counts))
    for known in (GroupCounts(tree, nodes, counts), roll_up(tree, nodes, counts)):
        for column in group_columns(tree, (1, 2)):
            wanted = counts_among(roll_up(tree, nodes, counts), column.groups)
            codes, found = counts_at_least(known, column, 4)
            assert codes.tolist() == np.flatnonzero(wanted >= 4).tolist()
            assert found.tolist() == wanted[wanted >= 4].tolist()
            twice = counts_at_least(GroupCounts(tree, *doubled), column, 8)[1]
            assert twice.tolist() == (2 * found).tolist()
