"""What a history's tickets say of others, beside the same told by comparing them two by two."""

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import marks

from detectors.tree.branches import Branches
from detectors.tree.corroboration import BRANCH_WEIGHS, SURE
from detectors.tree.habits import APART, PRIOR_PAIRS, Habits, repeat, steady
from detectors.tree.marks import COLUMNS, Marks

TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
REGION, CHANNEL, COMPLAINANT = range(len(COLUMNS))


@st.composite
def tickets(draw: Any) -> Marks:
    """Some tickets of five days, in any order; no two of them come at the same moment."""
    one = st.tuples(st.integers(0, 120), st.integers(0, len(TREE) - 1), *[st.integers(-1, 2)] * len(COLUMNS))
    rows = draw(st.lists(one, max_size=30))
    at, node, *code = zip(*rows, strict=True) if rows else ((),) * (2 + len(COLUMNS))
    moment = 500 + np.array(at, float) + np.arange(len(at)) / 100
    return Marks(moment, np.array(node, np.int32), np.array(code, np.int32))


def by_node(some: Marks) -> list[list[int]]:
    """Rows of each node's tickets in the order of time."""
    order = np.argsort(some.at).tolist()
    return [[row for row in order if some.node[row] == node] for node in range(len(TREE))]


@given(tickets())
def test_repeats_are_pairs_that_come_soon_beyond_what_those_are_alike_that_come_late(some: Marks):
    soon, late = [], []
    for rows in by_node(some):
        soon += [(one, two) for one, two in pairwise(rows) if some.at[two] - some.at[one] < APART]
        for one in rows:
            late += [(one, two) for two in rows if some.at[two] >= some.at[one] + APART][:1]
    for column, found in enumerate(repeat(some)):
        code = some.code[column]

        def alike(pairs: Any, code: Any = code) -> tuple[int, int]:
            known = [(one, two) for one, two in pairs if code[one] >= 0 and code[two] >= 0]
            return sum(code[one] == code[two] for one, two in known), len(known)

        (same, pairs), (usually, others) = alike(soon), alike(late)
        beyond = max(same - pairs * usually / max(others, 1), 0)
        assert found == pytest.approx((beyond + 1) / (pairs + PRIOR_PAIRS))


@given(tickets())
def test_shares_are_the_less_steady_the_more_often_a_nodes_tickets_are_alike_than_its_branchs(some: Marks):
    line = {node: {node, *TREE.above(node)} for node in range(len(TREE))}

    def alike(node: int, code: Any) -> tuple[int, float]:
        told = [code[row] for row in range(len(some)) if node in line[int(some.node[row])] and code[row] >= 0]
        pairs = [one == two for one, two in combinations(told, 2)]
        return len(told), float(np.mean(pairs)) if pairs else 0.0

    found = steady(some, TREE)
    assert (found[0] == BRANCH_WEIGHS).all()
    for column, code in enumerate(some.code):
        for depth in (1, 2):
            more, most, nodes = 0.0, 0.0, 0
            for node in np.flatnonzero(TREE.depth == depth).tolist():
                (many, own), (_, above) = alike(node, code), alike(int(TREE.parents[node]), code)
                if many > 1:
                    nodes, more, most = nodes + 1, more + many * (own - above), most + many * (1 - above)
            sure = 1 / max(more / max(most, 1.0), 1e-9)
            expected = np.clip(sure, BRANCH_WEIGHS, SURE) if nodes else BRANCH_WEIGHS
            assert found[depth, column] == pytest.approx(expected)


def test_people_who_call_twice_are_told_from_regions_that_are_often_the_same():
    rng = np.random.default_rng(4)
    at = np.repeat(np.sort(rng.uniform(0, 2000, 300)), 2) + np.tile([0, 0.5], 300)
    who, where = np.repeat(rng.permutation(4000)[:300], 2), rng.choice(2, 600, p=[0.9, 0.1])
    found = Habits.of(marks(at, 3, region=where, complainant=who), TREE).repeat
    assert found[COMPLAINANT] > 0.3
    assert found[REGION] < 0.1
    assert found[CHANNEL] == pytest.approx(1 / PRIOR_PAIRS)


def test_no_tickets_teach_no_more_than_is_taken_for_granted():
    found = Habits.of(marks([], 0), TREE)
    assert found.repeat.tolist() == pytest.approx([1 / PRIOR_PAIRS] * len(COLUMNS))
    assert (found.steady == BRANCH_WEIGHS).all()
