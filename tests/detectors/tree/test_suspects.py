"""Whose tickets are looked at, how far back, and where they say that the cause is."""

import numpy as np
import pytest
from marked import marks

from detectors.tree.branches import Branches
from detectors.tree.focus import Seen
from detectors.tree.habits import Habits
from detectors.tree.makeup import Makeup
from detectors.tree.marks import COLUMNS, joined_marks
from detectors.tree.rehearsal import Rehearsed
from detectors.tree.suspects import BACK, MOST_SUSPECTS, SUSPECT, Suspects, rehearsed
from detectors.tree.trailing import RECENT, Evidence

TREE = Branches(np.array([-1, 0, 0, 1, 1, 2], np.int32))
ROOT, LEFT, RIGHT, LEAF, SISTER, OTHER = range(6)
TOTAL = np.array([900, 600, 300, 10, 590, 300], np.float32)
COMPLAINANT = len(COLUMNS) - 1
HABITS = Habits(np.zeros(3), np.full((1, 3), 20.0))
NOW, PASSED = 1002, 0.5
SIX_USUAL = Seen(np.zeros(6), TOTAL * 6 / 1344, np.ones(6))
AN_HOUR, SIX_HOURS, TEN_MINUTES, TWENTY_MINUTES = range(4)


def alarmed(*nodes, tickets=9, window=SIX_HOURS, score=2.5):
    many, one = len(nodes), np.ones(len(nodes))
    scores = np.broadcast_to(np.asarray(score, float), many).copy()
    return Evidence(
        np.array(nodes), scores, np.full(many, window), tickets * one, one, 0 * one, np.full(many, -1)
    )


def suspects_among(reads, *, tree=TREE, total=TOTAL):
    return Suspects(
        tree, (1, 6), total, past=1344, habits=HABITS, tickets=reads, now=NOW, passed=PASSED
    )  # fmt: skip


def suspect(brought, *nodes, **told):
    suspects = suspects_among(lambda _node, _since: brought)
    return suspects, suspects.corroborated(alarmed(*nodes, **told))


def strangers(seed=6, node=SISTER):
    """Five hundred tickets of four thousand people."""
    rng = np.random.default_rng(seed)
    return marks(np.sort(rng.uniform(0, 990, 500)), node, complainant=rng.integers(1000, 5000, 500))


def of_one(at, node=LEAF, *, tickets=7):
    return marks(np.full(tickets, at), node, complainant=7)


def test_a_suspects_tickets_raise_its_score_and_say_where_they_come_from():
    others = marks(np.full(2, 1000.0), SISTER, complainant=[8, 9])
    every = joined_marks([strangers(), of_one(1000.0), others])
    suspects, evidence = suspect(every, LEFT)
    assert evidence.score[0] > 6
    assert evidence.column[0] == COMPLAINANT
    assert suspects.source(evidence, 0, SIX_USUAL) == LEAF, (
        "the tickets of one complainant all come from there"
    )
    suspects, evidence = suspect(every, LEFT, tickets=1000)
    assert evidence.score.tolist() == [2.5], "so many tell enough by their number"


def test_a_concentration_that_several_children_share_is_that_of_their_parent():
    halves = [of_one(1000.0, LEAF, tickets=5), of_one(1000.0, SISTER, tickets=4)]
    suspects, evidence = suspect(joined_marks([strangers(), *halves]), ROOT)
    assert suspects.source(evidence, 0, SIX_USUAL) == LEFT
    mostly = [of_one(1000.0, LEAF, tickets=9), of_one(1000.0, SISTER, tickets=1)]
    suspects, evidence = suspect(joined_marks([strangers(), *mostly]), ROOT)
    assert suspects.source(evidence, 0, SIX_USUAL) == LEAF


@pytest.mark.parametrize(("usual", "of_region"), [(60, LEAF), (2, LEFT)])
def test_what_its_siblings_usually_bring_of_a_region_does_not_hide_the_child_it_comes_from(usual, of_region):
    """Of a region's sixteen tickets three are of a sister, who usually brings that many, or hardly any."""
    rng = np.random.default_rng(4)
    past = marks(np.sort(rng.uniform(0, 990, 600)), SISTER, region=rng.integers(0, 8, 600))
    now = [marks(np.full(13, 1000.0), LEAF, region=7), marks(np.full(3, 1000.0), SISTER, region=7)]
    suspects, evidence = suspect(joined_marks([past, *now]), LEFT, tickets=16)
    seen = Seen(np.zeros(6), np.array([70, usual + 2, 8, 2, usual, 8.0]) / 4, np.ones(6))
    assert suspects.source(evidence, 0, seen) == of_region


def test_no_child_without_tickets_is_named_where_a_region_is_rare_at_a_node_and_common_in_its_branch():
    past = [marks(np.arange(600.0), SISTER, region=7), marks(np.arange(200.0), RIGHT, region=0)]
    now = [marks(np.full(7, 1000.0), RIGHT, region=7), marks(np.full(2, 1000.0), RIGHT, region=0)]
    suspects, evidence = suspect(joined_marks([*past, *now]), RIGHT)
    seen = Seen(np.zeros(6), np.array([24, 12, 12, 2, 10, 0.0]), np.ones(6))
    assert evidence.makeup[0] > 2
    assert suspects.source(evidence, 0, seen) == RIGHT


def test_tickets_of_the_node_itself_are_its_own():
    own = [of_one(1000.0, LEFT, tickets=5), of_one(1000.0, LEAF, tickets=2)]
    suspects, evidence = suspect(joined_marks([strangers(), *own]), ROOT)
    assert suspects.source(evidence, 0, SIX_USUAL) == LEFT


def test_tickets_that_are_not_concentrated_say_nothing_of_where_and_of_what():
    spread = marks(np.full(9, 1000.0), LEAF, complainant=np.arange(9))
    suspects, evidence = suspect(joined_marks([strangers(), spread]), LEFT)
    assert (evidence.score[0], evidence.column[0]) == (2.5, -1)
    assert suspects.source(evidence, 0, SIX_USUAL) is None


def test_what_is_not_strange_enough_is_not_looked_at():
    def reads(_node, _since):
        raise AssertionError("read")

    evidence = alarmed(LEFT, score=SUSPECT - 0.01)
    assert suspects_among(reads).corroborated(evidence).score.tolist() == evidence.score.tolist()


def test_the_strangest_are_looked_at_where_there_are_many():
    many = MOST_SUSPECTS + 4
    tree = Branches(np.append(-1, np.zeros(many)).astype(np.int32))
    past = strangers(node=0)
    each = [of_one(1000.0, 1 + leaf, tickets=5) for leaf in range(many)]
    for leaf, one in enumerate(each):
        one.code[COMPLAINANT] = leaf
    every = joined_marks([past, *each])
    score = SUSPECT + np.random.default_rng(1).permutation(many) / 10
    total = np.append(500, np.full(many, 5)).astype(np.float32)
    suspects = suspects_among(lambda _node, _since: every, tree=tree, total=total)
    found = suspects.corroborated(alarmed(*range(1, many + 1), score=score))
    assert (
        np.flatnonzero(found.score > score).tolist() == np.sort(np.argsort(-score)[:MOST_SUSPECTS]).tolist()
    )


@pytest.mark.parametrize(
    ("window", "begin"),
    [
        (AN_HOUR, NOW),
        (SIX_HOURS, NOW - 5),
        (TEN_MINUTES, NOW + PASSED - RECENT[0] / 60),
        (TWENTY_MINUTES, NOW + PASSED - RECENT[1] / 60),
    ],
)
def test_only_tickets_of_the_window_are_looked_at(window, begin):
    _, inside = suspect(joined_marks([strangers(), of_one(begin + 0.001)]), LEFT, window=window)
    _, before = suspect(joined_marks([strangers(), of_one(begin - 0.001)]), LEFT, window=window)
    assert inside.score[0] > 6
    assert before.score[0] == 2.5


def reading(asked):
    def reads(node, since):
        asked.append((node, since))
        return joined_marks([strangers(), of_one(1000.0)])

    return reads


@pytest.mark.parametrize(("node", "lender"), [(LEAF, LEFT), (LEFT, LEFT), (SISTER, SISTER), (OTHER, ROOT)])
def test_a_quiet_node_asks_the_one_above_it_that_has_tickets_enough_what_is_usual(node, lender):
    asked = []
    suspects_among(reading(asked)).corroborated(alarmed(node))
    assert [one for one, _ in asked] == [lender]


def test_a_quiet_root_has_none_to_ask():
    asked = []
    suspects_among(reading(asked), total=TOTAL / 100).corroborated(alarmed(LEAF))
    assert [one for one, _ in asked] == [ROOT]


def test_the_busier_a_node_is_the_less_far_back_are_its_tickets_read_and_a_day_at_the_least():
    since = []
    for busier in (1, 100, 10_000):
        asked = []
        suspects_among(reading(asked), total=TOTAL * np.float32(busier)).corroborated(alarmed(ROOT))
        since.append(asked[0][1])
    before_the_longest_window = NOW - 6 + 1
    assert since[0] == before_the_longest_window - BACK[1]
    assert since[0] < since[1] < since[2] == before_the_longest_window - BACK[0]


def test_one_reading_is_enough_for_all_that_ask_the_same():
    asked = []
    suspects = suspects_among(reading(asked))
    evidence = suspects.corroborated(alarmed(LEFT, LEAF))
    suspects.source(evidence, 0, SIX_USUAL)
    assert [node for node, _ in asked] == [LEFT]


def test_what_alarms_by_its_count_alone_is_looked_at_when_it_is_told_of():
    _, at_once = suspect(reading([])(0, 0), LEFT)
    asked = []
    suspects = suspects_among(reading(asked))
    evidence = alarmed(LEFT)
    assert suspects.corroborated(evidence, 2.5).score.tolist() == [2.5]
    assert not asked
    assert suspects.told(evidence).score.tolist() == at_once.score.tolist()
    assert len(asked) == 1
    assert suspects.corroborated(evidence, 2.6).score.tolist() == at_once.score.tolist()


def test_a_past_step_is_judged_with_the_tickets_of_its_window_and_none_that_came_later():
    first, step = 900, 20
    makeup = Makeup(joined_marks([strangers(), of_one(first + step + 0.99)]), TREE)

    def score(step, window, observed=7.0, score=2.0):
        one = np.ones(1)
        high = Rehearsed(
            np.array([step]), np.array([LEFT]), score * one, np.array([window]), observed * one
        )  # fmt: skip
        return float(rehearsed(high, makeup, HABITS, (1, 6), first=first).score[0])

    assert score(step, AN_HOUR) > 5
    assert score(step - 1, AN_HOUR) == score(step - 1, SIX_HOURS) == 2.0, "they have not come by then"
    assert score(step + 1, AN_HOUR) == 2.0
    assert score(step + 5, SIX_HOURS) > 5
    assert score(step + 6, SIX_HOURS) == 2.0
    assert score(step, AN_HOUR, score=SUSPECT - 0.1) == SUSPECT - 0.1
    assert score(step, AN_HOUR, observed=1000.0) == 2.0
