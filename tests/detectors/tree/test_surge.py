"""`TreeSurge`: every node judged, one cause told once."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.tree.branches import Branches, TreeShapeError
from detectors.tree.cause import TreeSettings
from detectors.tree.focus import Seen, focus
from detectors.tree.outlook import StampsExhaustedError
from detectors.tree.severity import Severities
from detectors.tree.surge import TreeSurge

WEEKS = 8
PAST = WEEKS * 168
GROUPS, LEAVES = 5, 30
FIRST_LEAF = 1 + GROUPS
PARENTS = np.array([-1] + [0] * GROUPS + [1 + k // 6 for k in range(LEAVES)], np.int32)
STAMPS = name_steps(np.datetime64("2024-01-01T00", "h") + np.arange(PAST + 200), HOUR)


def rolled_up(leaves, parents=PARENTS):
    count = np.zeros((len(leaves), len(parents)), np.float32)
    count[:, len(parents) - leaves.shape[1] :] = leaves
    for node in range(len(parents) - 1, 0, -1):
        count[:, parents[node]] += count[:, node]
    return count


def ordinary(steps, seed=1, mean=0.3, leaves=LEAVES):
    course = np.exp(0.6 * np.cos(2 * np.pi * (np.arange(steps) % 24 - 15) / 24))
    return np.random.default_rng(seed).poisson(mean * np.repeat(course[:, None], leaves, axis=1))


@pytest.fixture(scope="module")
def history():
    return ordinary(PAST + 72)


def begun(history, **chosen):
    return TreeSurge.start(rolled_up(history[:PAST]), STAMPS, PARENTS, TreeSettings(**chosen))


def fresh(causes, nodes):
    return [cause for cause in causes if cause.node in nodes and not cause.again]


def test_one_leafs_surge_is_found_at_the_leaf_although_it_lifts_its_ancestors(history):
    came = history.copy()
    came[PAST + 5 : PAST + 9, 7] += 12
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
    assert [(cause.node, cause.since) for cause in told if not cause.again] == [(FIRST_LEAF + 7, PAST + 5)]
    assert told[0].observed >= 12 > told[0].expected


def test_a_surge_spread_thinly_over_thirty_leaves_is_found_at_their_parent(history):
    came = history.copy()
    came[PAST + 5 : PAST + 12] += np.random.default_rng(3).poisson(0.7, (7, LEAVES))
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
    assert [cause.node for cause in told if not cause.again] == [0]


def test_two_leaves_far_apart_are_two_causes(history):
    came = history.copy()
    came[PAST + 5 : PAST + 9, [2, 28]] += 15
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
    assert sorted(cause.node for cause in told if not cause.again) == [FIRST_LEAF + 2, FIRST_LEAF + 28]


def test_a_cause_that_grows_is_told_again_as_often_as_there_are_levels(history):
    came = history.copy()
    came[PAST + 5 : PAST + 12, 7] += np.array([12, 160, 90, 90, 90, 90, 90])
    for highest in (1, 2, 3):
        surge = begun(came, severities=Severities(highest=highest))
        told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
        assert [cause.severity for cause in told if cause.node == FIRST_LEAF + 7] == [1, 2, 3][:highest]


def test_a_cause_that_grows_to_less_than_a_crisis_is_told_once(history):
    came = history.copy()
    came[PAST + 5 : PAST + 13, 7] += np.array([6, 10, 15, 20, 25, 20, 10, 5])
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
    assert [(cause.severity, cause.again) for cause in told if cause.node == FIRST_LEAF + 7] == [(1, False)]


def test_a_cause_that_comes_again_is_as_grave_as_all_that_it_has_brought(history):
    came = history.copy()
    came[PAST + 2, 7] += 25
    came[PAST + 8 : PAST + 11, 7] += 45
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST : PAST + 24] for cause in surge.close(row)]
    first, again = [cause for cause in told if cause.node == FIRST_LEAF + 7]
    assert (first.since, first.severity, first.again) == (PAST + 2, 1, False)
    assert (again.since + again.steps - 1, again.severity, again.again) == (PAST + 10, 3, True)
    assert again.observed - again.expected < Severities().excess[1]


def test_a_new_surge_inside_an_open_cause_is_told_and_its_course_is_not(history):
    came = history.copy()
    thin = np.random.default_rng(3).poisson(1.2, (30, 6))
    came[PAST + 5 : PAST + 35, 6:12] += thin
    inside = {0, 2, *range(FIRST_LEAF + 6, FIRST_LEAF + 12)}
    surge = begun(came)
    told = [c.node for row in rolled_up(came)[PAST:][:36] for c in fresh(surge.close(row), inside)]
    assert told == [2]
    came[PAST + 20 : PAST + 24, 7] += 25
    surge = begun(came)
    told = [c.node for row in rolled_up(came)[PAST:][:36] for c in fresh(surge.close(row), inside)]
    assert told == [2, FIRST_LEAF + 7]


def test_a_greater_surge_at_the_same_leaf_after_calm_hours_is_a_cause_of_its_own(history):
    came = history.copy()
    came[PAST + 2, 7] += 8
    came[PAST + 20 : PAST + 23, 7] += 12
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST:][:48] for cause in surge.close(row)]
    assert [(c.node, c.since, c.again) for c in told] == [
        (FIRST_LEAF + 7, PAST + 2, False), (FIRST_LEAF + 7, PAST + 20, False)
    ]  # fmt: skip
    assert [episode.since for episode in surge.register.open] == [PAST + 20]


def test_a_cause_that_pauses_and_goes_on_is_told_once(history):
    came = history.copy()
    came[PAST + 2 : PAST + 8, 7] += 5
    came[PAST + 18 : PAST + 24, 7] += 5
    surge = begun(came)
    told = [cause for row in rolled_up(came)[PAST:][:48] for cause in surge.close(row)]
    assert [(c.node, c.again) for c in told] == [(FIRST_LEAF + 7, False)]


def test_a_cause_that_is_over_is_not_told_again_by_what_chance_brings_to_its_node(history):
    busy = history.copy()
    busy[:, 7] = np.random.default_rng(2).poisson(12, len(history))
    busy[PAST + 2 : PAST + 5, 7] = 12 + np.array([20, 60, 60])
    busy[PAST + 5 : PAST + 12, 7] = 15
    surge = begun(busy)
    told = [cause for row in rolled_up(busy)[PAST:][:24] for cause in surge.close(row)]
    assert [(c.node, c.again) for c in told] == [(FIRST_LEAF + 7, False)]


def test_what_is_high_somewhere_below_does_not_keep_a_cause_of_everything_open(history):
    came = history.copy()
    came[PAST + 1 : PAST + 4] += np.random.default_rng(3).poisson(1.0, (3, LEAVES))
    for hour in range(8, 68, 5):
        came[PAST + hour, 7 * hour % LEAVES] += 3
    surge = begun(came)
    told = [cause.node for row in rolled_up(came)[PAST:][:68] for cause in surge.close(row)]
    assert (told, surge.register.open) == ([0], [])


def test_the_running_hour_tells_a_surge_before_it_is_over_and_only_once(history):
    surge = begun(history)
    so_far = rolled_up(np.eye(1, LEAVES, 7) * 14)[0]
    assert [cause.node for cause in surge.tick(so_far, passed=0.3)] == [FIRST_LEAF + 7]
    assert surge.tick(so_far, passed=0.3) == []
    assert surge.tick(so_far, passed=0.4) == []


def test_tickets_of_the_last_minutes_are_seen_beside_those_of_a_long_quiet_hour():
    busy = ordinary(PAST + 1, mean=12.0)
    leaf, so_far = 7, busy[-1].copy()
    so_far[leaf] = 17
    recent = np.repeat(so_far[None] / 60, 3, axis=0) * np.array([[10], [20], [40]])
    recent[:, leaf] = 12, 13, 15
    surge = begun(busy)
    assert surge.tick(rolled_up(so_far[None])[0], passed=0.98) == []
    told = surge.tick(rolled_up(so_far[None])[0], passed=0.98, recent=rolled_up(recent))
    assert [(cause.node, cause.minutes) for cause in told] == [(FIRST_LEAF + leaf, 10)]


def test_a_gap_is_unknown_and_tells_nothing(history):
    surge = begun(history)
    flood = rolled_up(history[:1] + 50)[0]
    assert surge.close(flood, known=False) == []
    assert surge.close(rolled_up(history[PAST + 1 : PAST + 2])[0]) == []


def test_a_restart_changes_nothing(history):
    came = history.copy()
    came[PAST + 5 : PAST + 30, 7] += 6
    rows = rolled_up(came)[PAST:]
    running = begun(came)
    told = [[running.tick(row / 2, passed=0.5), running.close(row)] for row in rows[:40]]
    again = begun(came)
    for row in rows[:10]:
        again.close(row)
    first = begun(came)
    for row in rows[:10]:
        first.tick(row / 2, passed=0.5)
        first.close(row)
    again.restore(json.loads(json.dumps(first.state())))
    assert [[again.tick(row / 2, passed=0.5), again.close(row)] for row in rows[10:40]] == told[10:]


def test_a_new_node_borrows_from_its_parent_and_says_so(history):
    surge = begun(history)
    surge.grow(np.append(PARENTS, 3))
    row = np.append(rolled_up(history[PAST : PAST + 1])[0], 40.0)
    row[[3, 0]] += 40
    told = surge.tick(row, passed=0.9)
    assert [(cause.node, cause.borrowed) for cause in told] == [(len(PARENTS), True)]


def test_a_renamed_node_is_no_surge():
    history = ordinary(PAST + 72, mean=4.0)
    surge = begun(history)
    surge.grow(np.append(PARENTS, PARENTS[FIRST_LEAF + 7]))
    for row in rolled_up(history)[PAST:]:
        renamed = np.append(row, row[FIRST_LEAF + 7])
        renamed[FIRST_LEAF + 7] = 0
        assert surge.close(renamed) == []


@pytest.mark.parametrize("hours", [0, 1, 13, 30, 400])
@pytest.mark.parametrize("mean", [0.0, 0.05, 300.0])
def test_a_short_or_an_empty_history_is_no_error(hours, mean):
    past = rolled_up(ordinary(hours, mean=mean))
    surge = TreeSurge.start(past, STAMPS, PARENTS)
    causes = [surge.close(row) for row in rolled_up(ordinary(30, seed=2, mean=mean))]
    assert all(np.isfinite(cause.score) for told in causes for cause in told)


def test_gaps_in_the_history_and_counts_of_a_billion_are_no_error(history):
    past = rolled_up(history[:PAST])
    past[100:300], past[:, 9], past[500, 0] = np.nan, np.nan, 1e9
    surge = TreeSurge.start(past, STAMPS, PARENTS)
    told = surge.close(rolled_up(history[PAST : PAST + 1])[0] + np.float32(1e9))
    assert told
    assert all(np.isfinite(cause.score) for cause in told)


def test_only_the_chosen_depths_are_judged_and_what_they_show_is_named_where_it_lies(history):
    came = history.copy()
    came[PAST + 5, 7] += 20
    surge = begun(came, depths=(0, 1))
    told = [cause for row in rolled_up(came)[PAST : PAST + 8] for cause in surge.close(row)]
    assert np.flatnonzero(surge.judged).max() < FIRST_LEAF
    assert [cause.node for cause in told] == [FIRST_LEAF + 7]


def test_a_node_before_its_parent_is_refused():
    with pytest.raises(TreeShapeError, match="node 1 has the parent 2"):
        Branches(np.array([-1, 2, 0], np.int32))


def test_a_step_without_a_name_says_what_to_do(history):
    surge = TreeSurge.start(
        rolled_up(history[:PAST]), name_steps(np.arange(PAST + 1).astype("datetime64[h]"), HOUR), PARENTS
    )
    with pytest.raises(StampsExhaustedError, match="start anew"):
        surge.close(rolled_up(history[PAST : PAST + 1])[0])


@st.composite
def trees(draw):
    nodes = draw(st.integers(1, 40))
    parents = [-1] + [draw(st.integers(-1, k - 1)) for k in range(1, nodes)]
    observed = draw(st.lists(st.integers(0, 60), min_size=nodes, max_size=nodes))
    expected = draw(st.lists(st.floats(0, 30), min_size=nodes, max_size=nodes))
    alarmed = draw(st.sets(st.integers(0, nodes - 1), min_size=1))
    seen = Seen(np.array(observed, float), np.array(expected), np.full(nodes, 1.3))
    return Branches(np.array(parents, np.int32)), seen, np.array(sorted(alarmed))


@settings(deadline=None)
@given(trees())
def test_focus_is_never_empty_and_never_nested(drawn):
    tree, seen, alarmed = drawn
    found = focus(tree, seen, alarmed)
    assert found
    assert not [1 for one in found for other in found if one < other and tree.nested(one, other)]
    assert all(any(tree.nested(one, node) for node in alarmed.tolist()) for one in found)
