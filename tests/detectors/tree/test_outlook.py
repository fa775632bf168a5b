"""What windows were to bring, also those that lie across the border of the hour."""

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from thirty_leaves import FIRST_LEAF, PARENTS, PAST, STAMPS, begun, ordinary, rolled_up, weeks

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches
from detectors.tree.outlook import Look, StampsExhaustedError
from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT

LEAF, GROUP, NEW = FIRST_LEAF + 7, 2, len(PARENTS)
EVERY = np.arange(len(PARENTS))


@pytest.fixture(scope="module")
def watched():
    """Thirty hours after the history, of which the twentieth is unknown; what came, and what was to come."""
    outlook, came, due = begun().outlook, rolled_up(weeks())[PAST : PAST + 30], []
    came[20] = np.nan
    for row in came:
        due.append(np.where(np.isnan(row), 0, outlook.due))
        outlook.close(row)
    return outlook, np.nan_to_num(came), np.array(due)


def test_a_window_is_the_running_hour_as_far_as_it_has_gone_and_the_hours_before_it(watched):
    outlook, came, due = watched
    running = np.ones(len(PARENTS), np.float32)
    observed, expected = outlook.windows(Look(running, 0.25, None), EVERY)
    assert observed.shape == (len(outlook.lengths), len(PARENTS))
    for window, length in enumerate(outlook.lengths):
        closed = slice(len(came) - (length - 1), None)
        assert observed[window] == pytest.approx(came[closed].sum(axis=0) + 1)
        assert expected[window] == pytest.approx(due[closed].sum(axis=0) + outlook.due / 4, rel=1e-5)
        seen = outlook.seen(Look(running, 0.25, None), window)
        assert (seen.observed.tolist(), seen.expected.tolist()) == (
            observed[window].tolist(), expected[window].tolist()
        )  # fmt: skip
        trailing = outlook.trailing
        assert seen.dispersion == pytest.approx(trailing.own + trailing.relative * expected[window])


@pytest.mark.parametrize("minutes", [3, 15, 30, 57])
def test_the_last_minutes_were_to_bring_their_part_of_this_hour_and_of_the_one_before(watched, minutes):
    outlook, _, due = watched
    recent = np.arange(len(RECENT) * len(PARENTS), dtype=np.float32).reshape(len(RECENT), -1)
    look = Look(np.zeros(len(PARENTS), np.float32), minutes / 60, recent)
    observed, expected = outlook.windows(look, EVERY)
    for row, length in enumerate(RECENT, len(outlook.lengths)):
        here = min(length, minutes)
        part = here * outlook.due + (length - here) * due[-1]
        assert expected[row] == pytest.approx(part / 60, rel=1e-5)
        assert observed[row].tolist() == recent[row - len(outlook.lengths)].tolist()


@given(st.integers(PAST, PAST + 40), st.integers(PAST, PAST + 40))
def test_what_came_between_two_steps_is_that_of_the_last_day_and_no_more(watched, first, last):
    outlook, came, due = watched
    rows = slice(max(first - PAST, len(came) - 23), max(last - PAST, len(came) - 23))
    found, expected = outlook.since(first, last, EVERY)
    assert found == pytest.approx(came[rows].sum(axis=0))
    assert expected == pytest.approx(due[rows].sum(axis=0), rel=1e-5)
    seen = outlook.seen_since(first, last)
    assert (seen.observed.tolist(), seen.expected.tolist()) == (found.tolist(), expected.tolist())


def test_an_unknown_hour_brought_nothing_and_was_to_bring_nothing(watched):
    found, expected = watched[0].since(PAST + 20, PAST + 21, EVERY)
    assert not found.any()
    assert not expected.any()


def grown(outlook, *parents):
    more = deepcopy(outlook)
    more.grow(Branches(np.append(PARENTS, parents).astype(np.int32)))
    return more


def test_a_new_node_is_to_bring_what_its_siblings_lack_beside_its_share(watched):
    outlook = grown(watched[0], GROUP)
    siblings = np.flatnonzero(PARENTS == GROUP)
    for silent in (siblings[:0], siblings[:1], siblings):
        count = outlook.due.copy()
        count[silent] = 0
        look = Look(count, 1.0, None)
        came, due = outlook.windows(look, siblings)
        lacking = np.maximum(due.sum(axis=1) - came.sum(axis=1), 0)
        share = outlook.trailing.due[:, NEW] + outlook.due[NEW]
        assert outlook.windows(look, np.array([NEW]))[1][:, 0] == pytest.approx(share + lacking, rel=1e-5)
        assert outlook.due[NEW] == pytest.approx(outlook.due[GROUP] * outlook.borrowing.share[0])


def test_a_new_node_was_to_bring_its_share_of_the_past_too(watched):
    outlook = grown(watched[0], GROUP)
    (_, own), (_, parents) = (outlook.since(PAST, PAST + 30, np.array([node])) for node in (NEW, GROUP))
    assert own == pytest.approx(parents * outlook.borrowing.share[0])
    assert own > 0.5


def test_what_the_siblings_of_one_new_node_lack_is_no_other_branchs(watched):
    outlook = grown(watched[0], GROUP, GROUP + 1)
    count = outlook.due.copy()
    look = Look(count, 1.0, None)
    before = outlook.windows(look, np.array([NEW, NEW + 1]))[1]
    count[PARENTS.searchsorted(GROUP) : PARENTS.searchsorted(GROUP, "right")] = 0
    after = outlook.windows(Look(count, 1.0, None), np.array([NEW, NEW + 1]))[1]
    assert (after[:, 0] > before[:, 0] + 1).any()
    assert after[:, 1].tolist() == before[:, 1].tolist()


def test_a_node_is_judged_beside_the_same_that_its_windows_were_to_bring(watched):
    outlook = grown(watched[0], GROUP)
    count = np.append(watched[1][-1], 0).astype(np.float32)
    count[[LEAF, NEW]] = 25, 40
    look, nodes = Look(count, 0.5, None), np.arange(len(outlook.tree))
    came, due = outlook.windows(look, nodes)
    evidence = outlook.judge(look, nodes, fewest=4)
    assert {LEAF, NEW} <= set(evidence.nodes.tolist())
    assert evidence.observed == pytest.approx(came[evidence.window, evidence.nodes])
    assert evidence.expected == pytest.approx(due[evidence.window, evidence.nodes])


def test_only_those_windows_are_judged_that_are_asked_for(watched):
    outlook, among = watched[0], np.zeros(6 + len(RECENT), bool)
    count = watched[1][-1].astype(np.float32)
    count[LEAF] = 25
    among[[1, 4]] = True
    evidence = outlook.judge(Look(count, 0.5, None), EVERY, fewest=4, among=among)
    assert LEAF in evidence.nodes
    assert set(evidence.window.tolist()) <= {1, 4}


def test_the_more_an_open_cause_brings_the_less_its_branch_is_evidence_of_another(watched):
    outlook, count = watched[0], watched[1][-1].astype(np.float32)
    count[LEAF] = 25
    scores = [
        outlook.judge(
            Look(count, 0.5, None), np.array([LEAF]), fewest=4, lifted=np.full(1, lifted, np.float32)
        ).score
        for lifted in (1, 2, 8, 1000)
    ]  # fmt: skip
    assert scores[0] > scores[1] > scores[2]
    assert len(scores[3]) == 0


def test_tickets_of_the_last_minutes_are_seen_beside_those_of_a_long_quiet_hour():
    busy = ordinary(PAST + 1, mean=12.0)
    leaf, so_far = 7, busy[-1].copy()
    so_far[leaf] = 17
    recent = np.repeat(so_far[None] / 60, 3, axis=0) * np.array([[10], [20], [40]])
    recent[:, leaf] = 12, 13, 15
    surge = TreeSurge.start(rolled_up(busy[:PAST]), STAMPS, PARENTS)
    assert surge.tick(rolled_up(so_far[None])[0], passed=0.98) == []
    told = surge.tick(rolled_up(so_far[None])[0], passed=0.98, recent=rolled_up(recent))
    assert [(cause.node, cause.minutes) for cause in told] == [(FIRST_LEAF + leaf, 10)]


def test_a_step_without_a_name_says_what_to_do():
    count = rolled_up(weeks()[: PAST + 1])
    stamps = name_steps(np.arange(PAST + 1).astype("datetime64[h]"), HOUR)
    surge = TreeSurge.start(count[:PAST], stamps, PARENTS)
    with pytest.raises(StampsExhaustedError, match="start anew"):
        surge.close(count[PAST])
