"""Many alarms are one cause, and what was told is told again only where it has become worse."""

import numpy as np
import pytest
from marked import marks
from thirty_leaves import FIRST_LEAF, LEAVES, PARENTS, PAST, STAMPS, begun, rolled_up, told, weeks

from detectors.tree.branches import Branches
from detectors.tree.marks import Marks
from detectors.tree.severity import Severities
from detectors.tree.surge import TreeSurge

LEAF = FIRST_LEAF + 7


def tickets_of(came, *, origin, alike):
    """Reads single tickets of strangers, but for those of one hour and leaf: one stranger's, or not."""
    rng, tree = np.random.default_rng(3), Branches(PARENTS)
    step, leaf = (np.repeat(each, came[came > 0]) for each in np.nonzero(came))
    who = rng.integers(5000, size=len(step))
    who[(step == PAST + 3) & (leaf == 7) & alike] = 9999
    every = marks(origin + step + rng.random(len(step)), FIRST_LEAF + leaf, complainant=who)

    def reads(node, since):
        branch = tree.at_depth(int(tree.depth[node]))[every.node] == node
        kept = branch & (every.at >= since)
        return Marks(every.at[kept], every.node[kept], every.code[:, kept])

    return reads


@pytest.mark.parametrize("origin", [0, 480_000])
def test_a_cause_names_the_column_in_which_its_tickets_are_alike_and_is_the_surer_for_it(origin):
    came, found, learned = weeks(), {}, None
    came[PAST + 3, 7] = 6
    count = rolled_up(came)
    for alike in (False, True):
        reads = tickets_of(came, origin=origin, alike=alike)
        surge = TreeSurge.start(
            count[:PAST], STAMPS, PARENTS, origin=origin, tickets=reads, learned=learned
        )  # fmt: skip
        learned = surge.learned
        causes = [surge.close(row, tickets=reads) for row in count[PAST : PAST + 5]]
        ((found[alike],),) = filter(None, causes)
    assert (found[False].node, found[False].concentrated) == (LEAF, "")
    assert (found[True].node, found[True].concentrated) == (LEAF, "complainant")
    assert found[True].score > found[False].score + 1
    assert found[True].since == found[False].since == origin + PAST + 3


def hour_by_hour(came, hours, **chosen):
    """Of each hour its number and the causes that it tells."""
    surge = begun(**chosen)
    return [(PAST + hour, surge.close(rolled_up(came)[PAST + hour])) for hour in range(hours)]


def test_a_cause_says_in_which_hours_it_was_seen_and_what_came_in_them():
    came = weeks()
    came[PAST + 3, 20] += 12
    came[PAST + 8 : PAST + 14, 7] += 3
    count = rolled_up(came)
    causes = [(hour, cause) for hour, found in hour_by_hour(came, 24) for cause in found]
    assert {cause.steps for _, cause in causes} > {1}
    for hour, cause in causes:
        assert cause.since + cause.steps - 1 == hour
        assert cause.observed == count[cause.since : hour + 1, cause.node].sum() > cause.expected > 0
        assert (cause.minutes, cause.borrowed, cause.concentrated) == (0, False, "")


def test_a_cause_that_was_seen_in_the_last_minutes_says_so():
    surge, none = begun(), np.zeros(len(PARENTS))
    recent = rolled_up(np.eye(1, LEAVES, 7) * np.array([[9], [9], [9]]))
    (cause,) = surge.tick(none + recent[0] / 9, passed=0.1, recent=recent)
    assert (cause.node, cause.minutes, cause.observed) == (LEAF, 10, 9)
    assert (cause.since, cause.steps) == (PAST, 1)


def test_the_gravest_cause_of_a_look_is_told_first_and_of_equally_grave_ones_the_surest():
    came = weeks()
    came[PAST + 3, [2, 14, 28]] += np.array([9, 14, 60])
    ((_, causes),) = [found for found in hour_by_hour(came, 5) if found[1]]
    assert [cause.node for cause in causes] == [FIRST_LEAF + 28, FIRST_LEAF + 14, FIRST_LEAF + 2]
    assert [cause.severity for cause in causes] == [2, 1, 1]
    assert causes[1].score > causes[2].score


def test_a_cause_waits_until_the_node_that_explains_it_has_tickets_enough_by_itself():
    came = weeks()
    came[PAST : PAST + 32, 7] = 0
    came[PAST + 30, [7, 8]] = 25, 2
    assert [cause.node for _, found in hour_by_hour(came, 31, fewest=26) for cause in found] == []
    assert [cause.node for _, found in hour_by_hour(came, 31, fewest=25) for cause in found] == [LEAF]
    came[PAST + 31, 7] = 1
    assert [cause.node for _, found in hour_by_hour(came, 32, fewest=26) for cause in found] == [LEAF]


def test_a_node_that_alarms_in_a_longer_window_than_its_branch_does_not_wait():
    came = weeks()
    came[PAST + 3, [7, 8]] = 11, 1
    ((hour, (cause,)),) = [one for one in hour_by_hour(came, 4, fewest=12) if one[1]]
    assert (hour, cause.node) == (PAST + 3, LEAF)
    assert cause.steps > 1
    assert came[PAST + 3, 7] < cause.observed


def test_a_cause_that_has_tickets_enough_only_in_the_longest_window_is_told():
    came = weeks()
    came[PAST:, 7] = 2
    ((_, causes),) = [one for one in hour_by_hour(came, 24, fewest=40, depths=(2,)) if one[1]]
    assert [(cause.node, cause.steps) for cause in causes] == [(LEAF, 24)]
    assert causes[0].observed >= 40


def test_what_is_shown_by_its_parent_alone_is_told_with_its_own_tickets():
    came = weeks()
    came[PAST + 5, 7] += 20
    (cause,) = [cause for _, found in hour_by_hour(came, 8, depths=(0, 1)) for cause in found]
    assert (cause.node, cause.since, cause.observed) == (LEAF, PAST + 5, came[PAST + 5, 7])


def test_what_is_shown_by_its_parent_alone_is_told_in_a_window_that_holds_tickets_enough():
    came = weeks()
    came[PAST + 3 : PAST + 5, [7, 8]] = [[2, 0], [10, 0]]
    (cause,) = [cause for _, found in hour_by_hour(came, 5, fewest=11, depths=(0, 1)) for cause in found]
    assert (cause.node, cause.since, cause.observed) == (LEAF, PAST + 3, 12)


def test_what_alarms_above_a_cause_for_another_reason_does_not_keep_it_open():
    came, surge = weeks(), begun()
    came[PAST + 2, 7] += 20
    came[PAST + 2 : PAST + 70, 25] += 6
    assert [cause.node for cause in told(surge, came, 40) if not cause.again] == [LEAF, FIRST_LEAF + 25]
    assert LEAF in [episode.node for episode in surge.register.open]
    for row in rolled_up(came)[PAST + 40 : PAST + 60]:
        surge.close(row)
    assert [episode.node for episode in surge.register.open] == [FIRST_LEAF + 25]


def test_a_cause_that_grows_is_told_again_as_often_as_there_are_levels():
    came = weeks()
    came[PAST + 5 : PAST + 12, 7] += np.array([12, 160, 90, 90, 90, 90, 90])
    for highest in (1, 2, 3):
        causes = told(begun(severities=Severities(highest=highest)), came)
        mine = [cause for cause in causes if cause.node == LEAF]
        assert [cause.severity for cause in mine] == [1, 2, 3][:highest]
        hours = [cause.since + cause.steps - 1 - PAST for cause in mine]
        assert hours == [5, 6, 7][:highest], "level 3 takes three steps"


def test_a_cause_that_grows_to_less_than_a_crisis_is_told_once():
    came = weeks()
    came[PAST + 5 : PAST + 13, 7] += np.array([6, 10, 15, 20, 25, 20, 10, 5])
    causes = told(begun(), came)
    assert [(cause.severity, cause.again) for cause in causes if cause.node == LEAF] == [(1, False)]


def test_a_cause_that_comes_again_is_as_grave_as_all_that_it_has_brought():
    came = weeks()
    came[PAST + 2, 7] += 25
    came[PAST + 8 : PAST + 11, 7] += 45
    first, again = [cause for cause in told(begun(), came) if cause.node == LEAF]
    assert (first.since, first.severity, first.again) == (PAST + 2, 1, False)
    assert (again.since + again.steps - 1, again.severity, again.again) == (PAST + 10, 3, True)
    assert again.observed - again.expected < Severities().excess[1]


def test_a_cause_that_pauses_and_goes_on_is_told_once():
    came = weeks()
    came[PAST + 2 : PAST + 8, 7] += 5
    came[PAST + 18 : PAST + 24, 7] += 5
    assert [(c.node, c.again) for c in told(begun(), came, 48)] == [(LEAF, False)]


def test_a_cause_that_is_over_is_not_told_again_by_what_chance_brings_to_its_node():
    busy = weeks()
    busy[:, 7] = np.random.default_rng(2).poisson(12, len(busy))
    surge = TreeSurge.start(rolled_up(busy[:PAST]), STAMPS, PARENTS)
    busy[PAST + 2 : PAST + 5, 7] = 12 + np.array([20, 60, 60])
    busy[PAST + 5 : PAST + 12, 7] = 15
    assert [(c.node, c.again) for c in told(surge, busy)] == [(LEAF, False)]


def test_what_is_high_somewhere_below_does_not_keep_a_cause_of_everything_open():
    came = weeks()
    came[PAST + 1 : PAST + 4] += np.random.default_rng(3).poisson(1.0, (3, LEAVES))
    for hour in range(8, 68, 5):
        came[PAST + hour, 7 * hour % LEAVES] += 3
    surge = begun()
    assert [cause.node for cause in told(surge, came, 68)] == [0]
    assert surge.register.open == []
