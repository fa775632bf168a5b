"""The category tree: numbers that never change, and the ancestors of each node."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.taxonomy import ROOT, Taxonomy

LEVELS = ["business", "service", "problem"]
PATHS = st.lists(st.lists(st.sampled_from(["a", "b", "N/A"]), max_size=3).map(tuple), max_size=20)


@settings(deadline=None, max_examples=80)
@given(PATHS)
def test_each_node_knows_its_ancestor_at_every_depth(paths):
    tree = Taxonomy(LEVELS, paths)
    assert set(tree.paths) == {()} | {path[:d] for path in paths for d in range(len(path) + 1)}
    for number, path in enumerate(tree.paths):
        assert tree.find(path) == number
        assert tree.depth[number] == len(path)
        line = [tree.find(path[:d]) for d in range(len(path) + 1)]
        assert tree.lineage(number) == line
        assert tree.ancestor[number].tolist() == line + [-1] * (len(LEVELS) - len(path))


@settings(deadline=None, max_examples=80)
@given(PATHS, PATHS)
def test_a_node_keeps_its_number_when_others_come(paths, more):
    tree = Taxonomy(LEVELS, paths)
    before = list(tree.paths)
    numbers = tree.nodes(more)
    assert tree.paths[: len(before)] == before
    assert [tree.paths[number] for number in numbers] == more
    assert Taxonomy(LEVELS, tree.paths).paths == tree.paths, "a stored tree comes back as it was"


def test_the_root_is_everything_and_no_other_node_is_there_at_first():
    tree = Taxonomy(LEVELS)
    assert (len(tree), tree.find(()), tree.lineage(ROOT)) == (1, ROOT, [ROOT])
    assert tree.find(("a",)) is None


def test_a_tree_of_thousands_of_nodes_grows():
    tree = Taxonomy(LEVELS, [(str(n % 7), str(n)) for n in range(2_000)])
    assert len(tree) == 1 + 7 + 2_000
    last = tree.find(("4", "1999"))
    assert tree.paths[last] == ("4", "1999")
    assert tree.lineage(last) == [ROOT, tree.find(("4",)), last]


def test_a_path_with_more_names_than_levels_is_refused():
    with pytest.raises(
        ValueError, match=r"a > b > c > d has 4 names, and the taxonomy has 3 levels: business"
    ):
        Taxonomy(LEVELS).node(("a", "b", "c", "d"))


@pytest.mark.parametrize("levels", [[], list("abcdef")])
def test_a_taxonomy_has_one_to_five_levels(levels):
    with pytest.raises(ValueError, match="1 to 5 levels"):
        Taxonomy(levels)
