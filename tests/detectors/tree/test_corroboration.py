"""What single tickets add: nothing where nothing is known, and no more than chance allows elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.tree.branches import Branches
from detectors.tree.corroboration import COLUMNS, together
from detectors.tree.habits import Habits
from detectors.tree.makeup import Makeup
from detectors.tree.marks import Marks
from detectors.tree.suspects import Suspects
from detectors.tree.trailing import Evidence

TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
REGION, CHANNEL, COMPLAINANT = range(len(COLUMNS))
NIGHT = 1000.0


def marks(at, node, region=-1, channel=-1, complainant=-1):
    columns = [np.broadcast_to(np.asarray(one), len(at)) for one in (region, channel, complainant)]
    return Marks(np.asarray(at, float), np.full(len(at), node, np.int32), np.array(columns, np.int32))


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


def alarmed(node, tickets=9):
    return Evidence(
        np.array([node]), np.array([2.5]), np.array([1]), np.array([float(tickets)]), np.array([1.0]),
        np.zeros(1), np.array([-1]),
    )  # fmt: skip


def suspects_among(reads):
    return Suspects(
        TREE, (1, 6), np.array([900, 600, 300, 10, 590, 300], np.float32), past=1344,
        habits=Habits(np.zeros(3), np.full((1, 3), 20.0)), tickets=reads, now=1002, passed=0.5,
    )  # fmt: skip


def suspect(marks_, node, tickets=9):
    suspects = suspects_among(lambda _node, _since: marks_)
    return suspects, suspects.corroborated(alarmed(node, tickets))


def test_a_suspects_tickets_raise_its_score_and_say_where_they_come_from():
    rng = np.random.default_rng(6)
    past = marks(np.sort(rng.uniform(0, 990, 500)), 4, complainant=rng.integers(1000, 5000, 500))
    mine = marks(np.full(7, 1000.0), 3, complainant=7)
    others = marks(np.full(2, 1000.0), 4, complainant=[8, 9])
    every = Marks(
        *(np.concatenate(one, axis=-1) for one in zip(*map(parts, (past, mine, others)), strict=True))
    )
    suspects, evidence = suspect(every, 1)
    assert evidence.score[0] > 6
    assert evidence.column[0] == COMPLAINANT
    assert suspects.source(evidence, 0) == 3, "the tickets of one complainant all come from there"
    suspects, evidence = suspect(every, 1, tickets=1000)
    assert evidence.score.tolist() == [2.5], "so many tell enough by their number"


def test_what_alarms_by_its_count_alone_is_looked_at_when_it_is_told_of():
    rng = np.random.default_rng(7)
    every = marks(
        np.append(np.sort(rng.uniform(0, 990, 500)), np.full(9, 1000.0)), 3,
        complainant=np.append(rng.integers(1000, 5000, 500), [7] * 9),
    )  # fmt: skip
    read = []

    def reading(node, _since):
        read.append(node)
        return every

    _, at_once = suspect(every, 1)
    suspects = suspects_among(reading)
    evidence = alarmed(1)
    assert suspects.corroborated(evidence, 2.5).score.tolist() == [2.5]
    assert not read
    assert suspects.told(evidence).score.tolist() == at_once.score.tolist()
    assert len(read) == 1
    assert suspects.corroborated(evidence, 2.6).score.tolist() == at_once.score.tolist()


def test_what_was_learned_is_the_same_after_a_restart():
    import json

    from detectors.tree.learning import Learned

    rng = np.random.default_rng(1)
    learned = Learned(rng.normal(4, 1, 6), bursts=True, habits=Habits(rng.random(3), rng.random((6, 3))))
    again = Learned.from_json(json.loads(json.dumps(learned.to_json())))
    assert again.thresholds.tolist() == learned.thresholds.tolist()
    assert again.habits.steady.tolist() == learned.habits.steady.tolist()
    assert again.habits.repeat.tolist() == learned.habits.repeat.tolist()
    assert Learned.from_json(Learned(learned.thresholds, bursts=False, habits=None).to_json()).habits is None
