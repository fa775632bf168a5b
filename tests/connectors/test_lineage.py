"""A label is counted where its node is now."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.labels import Entry
from connectors.lineage import ALWAYS, Change, Lineage


def lineage(*changes, entries=(), depth=5):
    return Lineage(entries, [Change(tuple(c[0]), *c[1:]) for c in changes], depth=depth)


def test_a_rename_takes_all_below_along_and_finds_old_labels_in_any_writing():
    found = lineage([[(("DSL",), ("Fixed line", "Copper"))]])
    assert found.path(("ｄｓｌ", "slow"), 5) == ("Fixed line", "Copper", "slow")
    assert found.path(("DSL2",), 5) == ("DSL2",)
    assert found.path((), 5) == ()


def test_changes_are_followed_in_their_order_each_once():
    chain = lineage([[(("A",), ("B",))]], [[(("B",), ("C",))]], [[(("C",), ("A",))]])
    assert {chain.path((name,), 0) for name in "ABC"} == {("A",)}


def test_moves_of_one_change_are_made_at_once_and_the_longest_holds():
    swap = lineage([[(("A",), ("B",)), (("B",), ("A",)), (("A", "x"), ("X",))]])
    assert swap.path(("A", "y"), 0) == ("B", "y")
    assert swap.path(("B", "y"), 0) == ("A", "y")
    assert swap.path(("A", "x", "1"), 0) == ("X", "1")


def test_a_split_counts_only_the_tickets_created_from_then_on_elsewhere():
    split = lineage([[(("A",), ("A1",))], 100], [[(("A",), ("A0",))], 50], [[(("A1",), ("Z",))]])
    assert split.stations(("A",)) == ((ALWAYS, ("A",)), (50, ("A0",)), (100, ("Z",)))
    assert [split.path(("A",), at) for at in (49, 50, 99, 100)] == [("A",), ("A0",), ("A0",), ("Z",)]


def test_the_table_is_asked_before_and_after_and_a_path_is_cut_at_the_deepest_level():
    entries = [Entry(("New", "Router"), aliases=("cpe",))]
    found = lineage([[(("Old",), ("New",))]], entries=entries, depth=2)
    assert found.path(("old", "CPE"), 0) == ("New", "Router")
    assert found.path(("Old", "CPE", "hot"), 0) == ("New", "Router")


def test_a_column_of_labels_is_counted_on_the_paths_of_now():
    split = lineage([[(("A",), ("B",))], 10])
    labels = [("A", "x"), ("C",)]
    paths, code = split.counted(labels, np.array([0, 1, 0], np.int32), np.array([9, 10, 10]))
    assert [paths[c] for c in code] == [("A", "x"), ("C",), ("B", "x")]
    assert len(split.counted([], np.empty(0, np.int32), np.empty(0, np.int64))[1]) == 0


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)
CHANGES = st.lists(
    st.tuples(st.lists(st.tuples(PATHS, PATHS), min_size=1, max_size=2), st.sampled_from([ALWAYS, 10, 20])),
    max_size=4,
)


@given(changes=CHANGES, label=PATHS, created=st.sampled_from([0, 10, 15, 20, 30]))
def test_stations_say_what_following_one_change_after_the_other_says(changes, label, created):
    path = label
    for moves, since in changes:
        last = dict(moves)
        for depth in range(len(path), 0, -1):
            if created >= since and path[:depth] in last:
                path = last[path[:depth]] + path[depth:]
                break
    assert lineage(*changes).path(label, created) == path[:5]
