"""How concentrated tickets are, beside the same told by counting one by one."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.branches import Branches
from detectors.tree.corroboration import drawn, together
from detectors.tree.habits import Habits
from detectors.tree.makeup import Makeup
from detectors.tree.marks import COLUMNS, Marks

HABITS = Habits(np.array([0.01, 0.02, 0.005]), np.full((1, len(COLUMNS)), 20.0))


@st.composite
def trees(draw: Any) -> Branches:
    """Up to nine nodes under one root."""
    return Branches(
        np.array(
            [-1, *(draw(st.integers(0, node - 1)) for node in range(1, draw(st.integers(1, 9))))], np.int32
        )
    )


@st.composite
def histories(draw: Any) -> tuple[Branches, Marks]:
    """A tree and some tickets of its nodes."""
    tree = draw(trees())
    ticket = st.tuples(
        st.integers(0, 20), st.integers(0, len(tree) - 1), *(st.integers(-1, 3) for _ in COLUMNS)
    )
    at, node, *code = zip(*draw(st.lists(ticket, min_size=1, max_size=40)), strict=True)
    # No two tickets come at the same moment: the last one of several is one.
    moment = np.array(at) + np.arange(len(at)) / 100
    return tree, Marks(moment, np.array(node, np.int32), np.array(code, np.int32))


def inside(marks: Marks, tree: Branches, node: int) -> Any:
    """(k,) bool: the ticket lies in a branch."""
    return np.array([node in {one, *tree.above(one)} for one in marks.node.tolist()], bool)


def usual(marks: Marks, tree: Branches, node: int, rows: Any, *, column: int, value: int) -> Any:
    """(share, sure) of a value at a node, of all tickets but these, counted one by one."""
    own, among = [], []
    for above in [*reversed(tree.above(node)), node]:
        past = marks.code[column, inside(marks, tree, above) & ~rows]
        own.append([float((past == value).sum())])
        among.append([float((past >= 0).sum())])
    return drawn(np.array(own), np.array(among), 20.0)


@given(histories(), st.data())
def test_the_score_is_that_of_tickets_counted_one_by_one_in_each_branch_above(made: Any, data: Any):
    tree, marks = made
    node, first = data.draw(st.integers(0, len(tree) - 1)), float(data.draw(st.integers(0, 20)))
    seen: list[Any] = []
    makeup = Makeup(marks, tree)
    found = makeup.judge(np.array([node]), np.array([first]), np.array([np.inf]), HABITS)
    rows = inside(marks, tree, node) & (marks.at >= first)
    for column in range(len(COLUMNS)):
        window = marks.code[column, rows]
        window = window[window >= 0]
        for value, tickets in zip(*np.unique(window, return_counts=True), strict=True):
            if tickets > 1:
                share, sure = usual(marks, tree, node, rows, column=column, value=value)
                seen.append((column, int(tickets), len(window), share[0], sure[0]))
    columns = sum((code[rows] >= 0).sum() > 1 for code in marks.code)
    expected = max((score(one, columns) for one in seen), default=0.0)
    assert np.isclose(found.score[0], expected, atol=1e-5)


@given(histories(), st.data())
def test_windows_that_are_looked_at_together_say_what_each_says_alone(made: Any, data: Any):
    tree, marks = made
    window = st.tuples(st.integers(0, len(tree) - 1), st.integers(0, 20), st.integers(1, 20))
    rows = np.array(data.draw(st.lists(window, min_size=1, max_size=5)))
    nodes, first = rows[:, 0], rows[:, 1].astype(float)
    last = first + rows[:, 2]
    makeup = Makeup(marks, tree)
    every = makeup.judge(nodes, first, last, HABITS)
    for k in range(len(rows)):
        alone = makeup.judge(nodes[k : k + 1], first[k : k + 1], last[k : k + 1], HABITS)
        assert every.score[k] == alone.score[0]
        assert (every.column[k], every.value[k]) == (alone.column[0], alone.value[0])


def score(one: tuple[int, int, int, float, float], columns: int) -> float:
    """-log10 of the chance of so many tickets with a value, by the definition."""
    from scipy.stats import betabinom

    column, tickets, among, share, sure = one
    share += (1 - share) * HABITS.repeat[column]
    if tickets - 1 <= (among - 1) * share:
        return 0.0
    chance = betabinom.sf(tickets - 2, among - 1, share * sure, (1 - share) * sure)
    return max(0.0, -np.log10(among / tickets * chance * columns))


@given(histories(), st.permutations(range(4)), st.data())
def test_how_values_are_numbered_changes_nothing(made: Any, numbers: list[int], data: Any):
    tree, marks = made
    node, first = data.draw(st.integers(0, len(tree) - 1)), float(data.draw(st.integers(0, 20)))
    other = Marks(marks.at, marks.node, np.append(numbers, -1).astype(np.int32)[marks.code])
    one, two = (
        Makeup(some, tree).judge(np.array([node]), np.array([first]), np.array([np.inf]), HABITS)
        for some in (marks, other)
    )
    assert one.score.tolist() == two.score.tolist()
    assert one.column.tolist() == two.column.tolist()
    assert [numbers[value] if value >= 0 else -1 for value in one.value.tolist()] == two.value.tolist()


@given(st.floats(1.5, 20), st.floats(0, 0.9))
def test_a_make_up_that_is_hardly_strange_adds_nothing(count: float, makeup: float):
    """So values that are no more frequent than usual need not be worked out."""
    assert together(np.array([count]), np.array([makeup])).tolist() == [count]
