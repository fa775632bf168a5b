"""Which groups a ticket belongs to, by the depths of a rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from detectors.grouping import (
    Groups,
    counts_among,
    counts_at_least,
    group_columns,
    group_of,
    node_of,
    roll_up,
)

LEVELS = ["business", "service", "problem"]
PATHS = st.lists(st.lists(st.sampled_from("ab"), max_size=3).map(tuple), max_size=12)


def groups_of(path, depths):
    """The groups of a path's tickets, as (path, exact), in the words of docs/semantics.md."""
    return {(path[:d], False) if len(path) >= d else (path, True) for d in depths}


def found_groups(taxonomy, path, depths):
    node = taxonomy.find(path)
    found = [
        node_of(int(column.groups[column.code[node]]))
        for column in group_columns(taxonomy, depths)
        if column.code[node] >= 0
    ]
    assert len(set(found)) == len(found), "a ticket came twice into one group"
    return {(taxonomy.paths[number], exact) for number, exact in found}


@pytest.mark.parametrize(
    ("path", "depths", "groups"),
    [
        (("a", "b", "c"), [3], {(("a", "b", "c"), False)}),
        (("a", "b", "c"), [1, 2], {(("a",), False), (("a", "b"), False)}),
        (("a", "b", "c"), [0], {((), False)}),
        (("a", "b"), [3], {(("a", "b"), True)}),
        (("a", "b"), [2], {(("a", "b"), False)}),
        (("a",), [2, 3], {(("a",), True)}),
        (("a",), [1, 3], {(("a",), False), (("a",), True)}),
        ((), [3], {((), True)}),
        ((), [0], {((), False)}),
        ((), [0, 1], {((), False), ((), True)}),
        (("a",), [3, 3], {(("a",), True)}),
    ],
)
def test_a_ticket_belongs_to_these_groups(path, depths, groups):
    taxonomy = Taxonomy(LEVELS, [("a", "b", "c"), ("a", "z"), ("y",)])
    assert found_groups(taxonomy, path, depths) == groups == groups_of(path, depths)


@settings(deadline=None, max_examples=80)
@given(PATHS, st.sets(st.integers(0, 3), min_size=1))
def test_no_ticket_is_ever_outside_every_group(paths, depths):
    taxonomy = Taxonomy(LEVELS, paths)
    for path in taxonomy.paths:
        assert found_groups(taxonomy, path, sorted(depths)) == groups_of(path, depths) != set()


def test_a_way_to_group_that_groups_no_node_is_left_out():
    assert group_columns(Taxonomy(LEVELS), [2])[0].groups.tolist() == [group_of(0, exact=True)]
    assert len(group_columns(Taxonomy(LEVELS), [2])) == 1
    assert group_columns(Taxonomy(LEVELS), []) == []


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
    one_by_one = Groups(taxonomy, *columns)
    assert {g: one_by_one.get(g, 0) for g in range(2 * len(taxonomy))} == {
        g: plain.get(g, 0) for g in range(2 * len(taxonomy))
    }
    assert dict(one_by_one) == plain
    every = np.arange(2 * len(taxonomy))
    assert counts_among(one_by_one, every).tolist() == [plain.get(group, 0) for group in every.tolist()]


@pytest.mark.parametrize("exact", [False, True])
def test_a_group_s_number_tells_its_node(exact):
    assert node_of(group_of(7, exact=exact)) == (7, exact)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 0, 2, 1]])
def test_groups_of_a_column_that_have_enough_are_found_however_they_are_known(order):
    tree = Taxonomy(("business", "product"))
    leaves = tree.nodes([("a", "x"), ("a", "y"), ("a",), ("b", "x")])
    nodes, counts = leaves[order], np.array([4, 3, 5, 2])[order]
    doubled = np.concatenate((nodes, nodes)), np.concatenate((counts, counts))
    for known in (Groups(tree, nodes, counts), roll_up(tree, nodes, counts)):
        for column in group_columns(tree, (1, 2)):
            wanted = counts_among(roll_up(tree, nodes, counts), column.groups)
            codes, found = counts_at_least(known, column, 4)
            assert codes.tolist() == np.flatnonzero(wanted >= 4).tolist()
            assert found.tolist() == wanted[wanted >= 4].tolist()
            twice = counts_at_least(Groups(tree, *doubled), column, 8)[1]
            assert twice.tolist() == (2 * found).tolist()
