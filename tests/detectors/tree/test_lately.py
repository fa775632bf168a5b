"""What breaks out inside an open cause, and what only goes on."""

import numpy as np
import pytest
from thirty_leaves import FIRST_LEAF, PAST, begun, rolled_up, told, weeks

from detectors.tree.episodes import Episode
from detectors.tree.lately import CALM, FRESH, Lately
from detectors.tree.outlook import Look
from detectors.tree.trailing import RECENT

LEAF, GROUP = FIRST_LEAF + 7, 2


def opened(node, *, since, told=None):
    """An open cause; hours are counted from the end of the history."""
    return Episode(node, PAST + since, PAST + (since if told is None else told), PAST + since, 1)


def breaking_out(came, *episodes, hour, recent=None):
    """Nodes that alarm in an hour, those that break out inside open causes, and which of these are over."""
    surge, rows = begun(), rolled_up(came)[PAST:]
    for row in rows[:hour]:
        surge.outlook.close(row)
    look = Look(rows[hour], 1.0, recent)
    evidence = surge.outlook.judge(look, np.arange(len(surge.tree)), fewest=4)
    alarmed = evidence.at_least(surge.threshold[evidence.nodes])
    lately = Lately(surge.outlook, look, surge.threshold, fewest=4, origin=0)
    found, over = lately.breaking_out(episodes, alarmed)
    return alarmed.nodes.tolist(), found.nodes.tolist(), over


def test_a_leaf_that_has_been_high_since_a_cause_began_does_not_break_out_of_it():
    """Although it is so small a part of the branch that this has hardly more than ever."""
    came = weeks()
    came[PAST + 2 :, 7] += 8
    alarmed, found, _ = breaking_out(came, opened(0, since=2), hour=14)
    assert LEAF in alarmed
    assert found == []


def test_a_leaf_that_rises_while_its_branch_goes_on_breaks_out_and_what_is_above_it_does_not():
    came = weeks()
    came[PAST + 2 :, 6:12] += 1
    came[PAST + 13 : PAST + 15, 7] += 14
    alarmed, found, over = breaking_out(came, opened(GROUP, since=2), hour=14)
    assert {0, GROUP, LEAF} <= set(alarmed)
    assert (found, over) == ([LEAF], [])


def test_a_leaf_that_rises_as_much_as_its_branch_has_risen_before_it_does_not_break_out_of_it():
    came = weeks()
    came[PAST + 2 :, [6, 8, 9, 10, 11]] += 4
    came[PAST + 2 : PAST + 12, 7], came[PAST + 12 :, 7] = 0, 8
    alarmed, found, _ = breaking_out(came, opened(GROUP, since=2), hour=14)
    assert LEAF in alarmed
    assert found == []


def test_a_leaf_breaks_out_of_a_cause_that_has_been_calm_which_is_over_then_and_no_other_is():
    came = weeks()
    came[PAST + 14, 7] += 25
    calm, goes_on = opened(GROUP, since=2), opened(0, since=2, told=12)
    _, found, over = breaking_out(came, calm, goes_on, hour=14)
    assert found == [GROUP, LEAF]
    assert over == [calm]


@pytest.mark.parametrize(("age", "found"), [(2 * FRESH - 1, []), (2 * FRESH, [LEAF])])
def test_nothing_breaks_out_of_a_cause_that_is_hardly_older_than_what_would(age, found):
    came = weeks()
    came[PAST + 14, 7] += 25
    assert breaking_out(came, opened(GROUP, since=15 - age), hour=14)[1] == found


def test_what_breaks_out_in_the_last_minutes_is_seen_across_the_border_of_the_hour():
    came = weeks()
    came[PAST + 14 :, 7] = 2
    recent, goes_on = np.zeros((len(RECENT), came.shape[1])), opened(GROUP, since=2, told=12)
    assert breaking_out(came, goes_on, hour=14, recent=rolled_up(recent))[1] == []
    recent[:, 7] = 9
    assert breaking_out(came, goes_on, hour=14, recent=rolled_up(recent))[1] == [LEAF]


@pytest.mark.parametrize(("calm", "new"), [(CALM - 1, False), (CALM, True)])
def test_a_focus_makes_room_for_a_new_cause_after_as_many_calm_hours_and_not_before(calm, new):
    """The hours between the one in which it was told last and those in which the new surge may have begun."""
    came, told_in = weeks(), 3
    now = told_in + calm + FRESH
    came[PAST + 2 : PAST + 6, 7] = 0
    came[PAST + now, 7] += 25
    episode = opened(LEAF, since=2, told=told_in)
    assert breaking_out(came, episode, hour=now)[1:] == (([LEAF], [episode]) if new else ([], []))


def test_a_focus_that_was_high_in_between_goes_on():
    came = weeks()
    came[PAST + 10 : PAST + 12, 7] += 4
    came[PAST + 14, 7] += 25
    assert breaking_out(came, opened(LEAF, since=2), hour=14)[1:] == ([], [])


def test_a_new_surge_inside_an_open_cause_is_told_and_its_course_is_not():
    came = weeks()
    came[PAST + 5 : PAST + 35, 6:12] += np.random.default_rng(3).poisson(1.2, (30, 6))
    inside = {0, GROUP, *range(FIRST_LEAF + 6, FIRST_LEAF + 12)}

    def fresh():
        return [c.node for c in told(begun(), came, 36) if c.node in inside and not c.again]

    assert fresh() == [GROUP]
    came[PAST + 20 : PAST + 24, 7] += 25
    assert fresh() == [GROUP, LEAF]


def test_a_greater_surge_at_the_same_leaf_after_calm_hours_is_a_cause_of_its_own_and_the_other_is_over():
    came, surge = weeks(), begun()
    came[PAST + 2, 7] += 8
    came[PAST + 20 : PAST + 23, 7] += 12
    assert [(c.node, c.since, c.again) for c in told(surge, came, 24)] == [
        (LEAF, PAST + 2, False), (LEAF, PAST + 20, False)
    ]  # fmt: skip
    assert [episode.since for episode in surge.register.open] == [PAST + 20]
