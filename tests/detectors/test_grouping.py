"""Which groups a ticket belongs to, by the depths of a rule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import Taxonomy
from detectors.grouping import group_columns, group_of, node_of

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


@pytest.mark.parametrize("exact", [False, True])
def test_a_group_s_number_tells_its_node(exact):
    assert node_of(group_of(7, exact=exact)) == (7, exact)
