"""What single tickets add: nothing where nothing is known, and no more than chance allows elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked import marks

from detectors.tree.branches import Branches
from detectors.tree.corroboration import together
from detectors.tree.habits import Habits
from detectors.tree.makeup import Makeup
from detectors.tree.marks import COLUMNS, Marks

TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
REGION, CHANNEL, COMPLAINANT = range(len(COLUMNS))
NIGHT = 1000.0


def with_past(past, window):
    both = [np.concatenate((one, two), axis=-1) for one, two in zip(*map(parts, (past, window)), strict=True)]
    return Makeup(Marks(*both), TREE)


def parts(some):
    return some.at, some.node, some.code


def found(makeup, node=3):
    return makeup.judge(
        np.array([node]), np.array([NIGHT]), np.array([np.inf]), Habits.of(makeup.marks, TREE)
    )


columns = st.lists(st.sampled_from(["", None, "only"]), min_size=1, max_size=30)


@given(columns, columns, st.floats(1.5, 12))
def test_what_is_unknown_or_always_the_same_adds_exactly_nothing(past, window, score):
    number = {"only": 0}
    code, now = (
        np.array([[number.get(value, -1) for value in told] for told in (some, some, len(some) * [None])])
        for some in (past, window)
    )
    makeup = with_past(
        Marks(np.arange(len(past), dtype=float), np.full(len(past), 3, np.int32), code),
        Marks(NIGHT + np.arange(len(window)), np.full(len(window), 3, np.int32), now),
    )
    assert together(np.array([score]), found(makeup).score).tolist() == [score]


def test_no_tickets_are_no_evidence():
    nothing = marks([], 3)
    assert found(Makeup(nothing, TREE)).score.tolist() == [0]


@given(st.floats(0, 20), st.floats(0, 20))
def test_both_together_are_never_less_than_the_count_alone(count, makeup):
    both = together(np.array([count]), np.array([makeup]))[0]
    assert count <= both <= count + makeup


@pytest.mark.parametrize("tickets", [6, 15, 60])
def test_under_chance_alone_a_make_up_is_as_rare_as_its_score_says(tickets):
    rng, draws = np.random.default_rng(tickets), 800
    regions, people = rng.dirichlet(np.full(8, 2.0)), 500

    def drawn(k):
        return rng.choice(8, k, p=regions), rng.choice(3, k, p=[0.6, 0.3, 0.1]), rng.integers(people, size=k)

    past = marks(np.sort(rng.uniform(0, NIGHT, 600)), 3, *drawn(600))
    windows = [marks(NIGHT + np.arange(tickets) / 100, 3, *drawn(tickets)) for _ in range(draws)]
    scores = np.array([found(with_past(past, window)).score[0] for window in windows])
    for level in (1.0, 1.5, 2.0):
        expected = draws * 10**-level
        assert (scores >= level).sum() <= expected + 3 * np.sqrt(expected)


def test_one_customer_of_nine_tickets_is_strange_and_not_if_a_third_is_always_theirs():
    rng = np.random.default_rng(2)
    at, night = np.sort(rng.uniform(0, NIGHT, 300)), NIGHT + np.arange(9.0) / 10
    theirs = np.array([7] * 5 + [1, 2, 3, 4])
    strangers = marks(at, 3, complainant=rng.integers(1000, 5000, 300))
    regular = marks(at, 3, complainant=np.where(np.arange(300) % 3 == 0, 7, rng.integers(1000, 5000, 300)))
    one = found(with_past(strangers, marks(night, 3, complainant=theirs)))
    assert one.score[0] > 4
    assert (COLUMNS[one.column[0]], one.value[0]) == ("complainant", 7)
    assert found(with_past(regular, marks(night, 3, complainant=theirs))).score[0] < 1


def test_a_quiet_leafs_usual_shares_are_those_of_its_branch():
    rng = np.random.default_rng(3)
    branch = marks(np.sort(rng.uniform(0, NIGHT, 2000)), 4, region=(rng.random(2000) < 0.2).astype(int))
    night = marks(NIGHT + np.arange(8.0) / 10, 3, region=[0] * 8)
    assert found(with_past(branch, night)).score[0] < 1
    assert found(with_past(branch, marks(night.at, 3, region=[1] * 8))).score[0] > 3


def test_where_people_often_call_twice_a_few_calls_of_one_say_less():
    rng = np.random.default_rng(4)
    once = rng.permutation(4000)[:600]
    twice = np.repeat(rng.permutation(4000)[:300], 2)
    at = np.repeat(np.sort(rng.uniform(0, NIGHT * 20, 300)), 2) + np.tile([0, 0.5], 300) - 20 * NIGHT
    night = marks(NIGHT + np.arange(6.0) / 10, 3, complainant=[9000, 9000, 9000, 9001, 9002, 9003])
    scores = [found(with_past(marks(at, 3, complainant=who), night)).score[0] for who in (once, twice)]
    assert scores[0] > scores[1] + 1
