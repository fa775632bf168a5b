"""`TreeSurge`: how it is led, and what comes of that."""

import json
from dataclasses import replace

import numpy as np
import pytest
from thirty_leaves import FIRST_LEAF, LEAVES, PARENTS, PAST, STAMPS, begun, ordinary, rolled_up, told, weeks

from detectors.tree.surge import TreeSurge
from detectors.tree.trailing import RECENT


def test_one_leafs_surge_is_found_at_the_leaf_although_it_lifts_its_ancestors():
    came = weeks()
    came[PAST + 5 : PAST + 9, 7] += 12
    causes = told(begun(), came)
    assert [(cause.node, cause.since) for cause in causes if not cause.again] == [(FIRST_LEAF + 7, PAST + 5)]
    assert causes[0].observed >= 12 > causes[0].expected


def test_the_running_hour_tells_a_surge_before_it_is_over_and_only_once():
    surge = begun()
    so_far = rolled_up(np.eye(1, LEAVES, 7) * 14)[0]
    assert [cause.node for cause in surge.tick(so_far, passed=0.3)] == [FIRST_LEAF + 7]
    assert surge.tick(so_far, passed=0.3) == []
    assert surge.tick(so_far, passed=0.4) == []


def test_a_gap_is_unknown_and_tells_nothing():
    came, surge = weeks(), begun()
    flood = rolled_up(came[:1] + 50)[0]
    assert surge.close(flood, known=False) == []
    assert surge.close(rolled_up(came[PAST + 1 : PAST + 2])[0]) == []


def test_a_restart_changes_nothing():
    came = weeks()
    came[PAST + 5 : PAST + 30, 7] += 6
    rows = rolled_up(came)[PAST:]
    running = begun()
    pages = [[running.tick(row / 2, passed=0.5), running.close(row)] for row in rows[:40]]
    again = begun()
    for row in rows[:10]:
        again.close(row)
    first = begun()
    for row in rows[:10]:
        first.tick(row / 2, passed=0.5)
        first.close(row)
    again.restore(json.loads(json.dumps(first.state())))
    assert [[again.tick(row / 2, passed=0.5), again.close(row)] for row in rows[10:40]] == pages[10:]


def test_a_restart_knows_what_only_a_look_inside_the_hour_has_told():
    """Tickets that turn out void before the hour is over: closed hours alone would not tell them again."""
    rows, leaf = rolled_up(weeks())[PAST : PAST + 3], 7
    surge = rolled_up(np.eye(1, LEAVES, leaf) * 14)[0]
    running = begun()
    assert [cause.node for cause in running.tick(rows[0] + surge, passed=0.5)] == [FIRST_LEAF + leaf]
    kept = json.loads(json.dumps(running.state()))
    again = begun()
    assert again.close(rows[0]) == []
    again.restore(kept)
    assert again.close(rows[1] + surge) == []


def test_a_look_at_which_nothing_stirs_tells_nothing_and_changes_nothing():
    came, rng, surge = weeks(), np.random.default_rng(9), begun()
    came[PAST + 2 : PAST + 6, 7] += 5
    came[PAST + 9, 20] += 6
    leaf = np.repeat(np.tile(np.arange(LEAVES), 72), came[PAST:].ravel())
    minute = np.repeat(np.arange(72 * LEAVES) // LEAVES * 60, came[PAST:].ravel())
    minute += rng.integers(60, size=len(minute))
    still = 0

    def tickets(since, until):
        inside = (minute >= since) & (minute < until)
        return rolled_up(np.bincount(leaf[inside], minlength=LEAVES)[None])[0]

    for hour in range(14):
        for passed in range(1, 61, 2):
            now = 60 * hour + passed
            count, before = tickets(60 * hour, now), surge.state()
            recent = np.stack([tickets(max(now - minutes, 0), now) for minutes in RECENT])
            part = np.full(len(PARENTS), passed / 60, np.float32)
            stirs = surge.stirs(np.arange(len(PARENTS)), count, passed=part, recent=recent).any()
            causes = surge.tick(count, passed=passed / 60, recent=recent)
            assert stirs or (causes, surge.state()) == ([], before)
            still += not stirs
        surge.close(tickets(60 * hour, 60 * hour + 60))
    assert still > 100, "most looks need not be made"
    assert {episode.node for episode in surge.register.open} == {FIRST_LEAF + 7, FIRST_LEAF + 20}


@pytest.mark.parametrize(("tickets", "causes"), [(14, [FIRST_LEAF + 7]), (13, [])])
def test_a_leaf_without_a_ticket_for_a_day_is_told_and_stirs_if_it_has_just_enough_now(tickets, causes):
    surge, came = begun(fewest=14), weeks()
    came[PAST:, 7] = 0
    assert told(surge, came) == []
    count, none = rolled_up(np.eye(1, LEAVES, 7) * tickets)[0], np.zeros((len(RECENT), 1), np.float32)
    leaf, part = np.array([FIRST_LEAF + 7]), np.full(1, 0.5, np.float32)
    assert surge.stirs(leaf, count[leaf], passed=part, recent=none).tolist() == [bool(causes)]
    assert [cause.node for cause in surge.tick(count, passed=0.5)] == causes


def test_each_node_has_the_threshold_of_its_depth_and_deeper_ones_that_of_the_deepest():
    surge, limits = begun(), begun().learned.thresholds
    assert len(set(limits.tolist())) == 3
    surge.grow(np.append(PARENTS, FIRST_LEAF))
    depths = [0] + [1] * (FIRST_LEAF - 1) + [2] * LEAVES + [2]
    assert surge.threshold.tolist() == limits[depths].tolist()


def test_steps_are_counted_from_the_origin_and_nothing_else_depends_on_it():
    came, later = weeks(), 480_000
    came[PAST + 2, 7] += 8
    came[PAST + 20 : PAST + 26, 7] += np.array([12, 12, 160, 90, 90, 90])
    came[PAST + 21 : PAST + 33, 13:] += 1
    came[PAST + 30 : PAST + 33, 15] += 20
    causes = told(begun(), came, 40)
    assert {(cause.node, cause.again) for cause in causes} >= {
        (FIRST_LEAF + 7, True),
        (FIRST_LEAF + 15, False),
    }
    surge = begun(origin=later)
    assert surge.now == PAST + later
    assert told(surge, came, 40) == [replace(cause, since=cause.since + later) for cause in causes]


@pytest.mark.parametrize("hours", [0, 1, 13, 30, 400])
@pytest.mark.parametrize("mean", [0.0, 0.05, 300.0])
def test_a_short_or_an_empty_history_is_no_error(hours, mean):
    surge = TreeSurge.start(rolled_up(ordinary(hours, mean=mean)), STAMPS, PARENTS)
    causes = [surge.close(row) for row in rolled_up(ordinary(30, seed=2, mean=mean))]
    assert all(np.isfinite(cause.score) for found in causes for cause in found)


def test_gaps_in_the_history_and_counts_of_a_billion_are_no_error():
    count = rolled_up(weeks())
    past, flood = count[:PAST], count[PAST] + np.float32(1e9)
    past[100:300], past[:, 9], past[500, 0] = np.nan, np.nan, 1e9
    causes = TreeSurge.start(past, STAMPS, PARENTS).close(flood)
    assert causes
    assert all(np.isfinite(cause.score) for cause in causes)


def test_only_the_chosen_depths_are_judged_and_what_they_show_is_named_where_it_lies():
    came = weeks()
    came[PAST + 5, 7] += 20
    surge = begun(depths=(0, 1))
    assert np.flatnonzero(surge.judged).max() < FIRST_LEAF
    assert [cause.node for cause in told(surge, came, 8)] == [FIRST_LEAF + 7]
