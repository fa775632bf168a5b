"""Nodes that fall silent: the lower tail, and what no silence is."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.seasonal.period import HOUR
from detectors.seasonal.stamps import name_steps
from detectors.seasonal.tail import lower_tail
from detectors.tree.quiet import QuietSettings, QuietTree

MONDAY = np.datetime64("2026-03-02T00")
PARENTS = np.array([-1, 0, 0], np.int32)


@given(st.integers(0, 60), st.floats(0.5, 200), st.sampled_from([1.0, 1.5, 4.0]))
def test_it_is_that_of_the_negative_binomial(count, mean, dispersion):
    found = lower_tail(np.array([count * 1.0]), np.array([mean]), np.array([dispersion]))[0]
    if dispersion == 1.0:
        expected = stats.poisson.cdf(count, mean)
    else:
        expected = stats.nbinom.cdf(count, mean / (dispersion - 1), 1 / dispersion)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def desk(days, *, rate, weekdays=False, seed=1):
    """Hours of two desks and all: 9 to 18, from Monday to Friday or each day, and nothing else."""
    hour = np.arange(24 * days)
    opened = (hour % 24 >= 9) & (hour % 24 < 18) & ((hour // 24 % 7 < 5) | (not weekdays))
    came = np.random.default_rng(seed).poisson(rate * opened[:, None] * np.array([0.6, 0.4]))
    return np.column_stack((came.sum(axis=1), came)).astype(np.float32)


def begun(count, day, **chosen):
    """A tree that has seen the eight weeks before a day."""
    first, now = max(0, 24 * (day - 56)), 24 * day
    stamps = name_steps(MONDAY + np.arange(first, now + 96).astype("timedelta64[h]"), HOUR)
    options = {"expected": 10.0, "most": 0.3, "depths": (0, 1), "quiet": 12} | chosen
    settings = QuietSettings(2.0, **options)
    return QuietTree(count[first:now], stamps, PARENTS, settings, origin=first)


def told(count, day, *, hours=24, tree=None, **chosen):
    """Nodes and hours of the lulls of a day, by the eight weeks before it."""
    judge = tree or begun(count, day, **chosen)
    return [(lull.node, hour) for hour in range(hours) for lull in judge.close(count[24 * day + hour])]


def silent(count, day, since, until=None, *, desks=(1, 2)):
    """Some desks bring nothing in these hours of a day."""
    found = count.copy()
    found[24 * day + since : None if until is None else 24 * day + until, list(desks)] = 0
    found[:, 0] = found[:, 1] + found[:, 2]
    return found


@pytest.mark.parametrize("weekdays", [False, True])
@pytest.mark.parametrize("rate", [10, 90, 900])
def test_a_desk_that_closes_is_not_silent_however_young_its_history_is(rate, weekdays):
    count = desk(60, rate=rate, weekdays=weekdays)
    assert [told(count, day) for day in (2, 3, 5, 7, 10, 12, 14, 15, 19, 23, 40, 57)] == [[]] * 12


@pytest.mark.parametrize("weekdays", [False, True])
def test_a_desk_that_falls_silent_while_it_is_open_is_told_within_the_hour_after_two_weeks(weekdays):
    count = desk(60, rate=90, weekdays=weekdays)
    for day in (16, 22, 57):
        assert told(silent(count, day, 11), day) == [(0, 11)]
    assert told(silent(count, 9, 11), 9) == [], "what a weekday is cannot be known after one week"


def test_a_node_that_came_later_has_the_mean_of_the_weeks_since():
    count = desk(60, rate=90)
    count[: 24 * 40, 2] = 0
    count[:, 0] = count[:, 1] + count[:, 2]
    assert [node for node, _ in told(silent(count, 57, 11, desks=[2]), 57)] == [2]


DAY = 57
"""A Tuesday, before which the desks have been open for eight weeks."""


@pytest.fixture(scope="module")
def open_desks():
    return desk(60, rate=90)


def test_a_silence_is_told_with_the_hours_that_it_has_lasted_and_what_they_were_to_bring(open_desks):
    tree, count = begun(open_desks, DAY), silent(open_desks, DAY, 11)
    (lull,) = [lull for row in count[24 * DAY : 24 * DAY + 24] for lull in tree.close(row)]
    assert (lull.node, lull.since + lull.steps) == (0, 24 * DAY + 12)
    assert lull.observed == count[lull.since : 24 * DAY + 12, 0].sum() <= 0.3 * lull.expected
    assert lull.expected == pytest.approx(90 * lull.steps, rel=0.3)
    assert lull.rarity >= tree.threshold


def test_a_desk_that_falls_silent_alone_is_told_itself(open_desks):
    assert told(silent(open_desks, DAY, 11, desks=[2]), DAY) == [(2, 11)]


def test_a_whole_branch_that_falls_silent_after_a_part_of_it_is_told_too(open_desks):
    count = silent(silent(open_desks, DAY, 11, desks=[2]), DAY, 14)
    assert told(count, DAY) == [(2, 11), (0, 14)]


def test_a_part_that_falls_silent_with_its_branch_or_stays_so_after_it_is_not_told(open_desks):
    count = silent(silent(open_desks, DAY, 11, 14), DAY, 14, desks=[2])
    assert told(count, DAY) == [(0, 11)]


@pytest.mark.parametrize(("quiet", "times"), [(3, [11, 16]), (12, [11])])
def test_one_that_has_come_back_for_so_many_hours_is_told_anew(open_desks, quiet, times):
    count = silent(silent(open_desks, DAY, 11, 12), DAY, 16, 17)
    assert told(count, DAY, quiet=quiet) == [(0, hour) for hour in times]


def test_fewer_tickets_than_usual_are_no_silence(open_desks):
    count, low = open_desks.copy(), slice(24 * DAY + 11, 24 * DAY + 14)
    count[low] = np.ceil(count[low] * 0.5)
    assert told(count, DAY) == []
    assert told(count, DAY, most=0.9) != []


def test_where_few_were_to_come_none_are_no_silence(open_desks):
    count = silent(open_desks, DAY, 11, 12, desks=[2])
    assert told(count, DAY, hours=13) == [(2, 11)]
    assert told(count, DAY, hours=13, expected=60.0) == []


def test_only_the_chosen_depths_are_judged(open_desks):
    assert told(silent(open_desks, DAY, 11), DAY, depths=(1,)) == [(1, 11), (2, 11)]


def test_hours_in_which_nobody_could_see_are_no_silence(open_desks):
    count, tree = open_desks, begun(open_desks, DAY)
    hours = [tree.close(count[24 * DAY + hour] * (hour < 11), known=hour < 11) for hour in range(16)]
    assert hours == [[]] * 16
    assert [tree.close(count[24 * DAY + hour]) for hour in range(16, 20)] == [[]] * 4


def test_a_silence_that_goes_on_is_not_told_again_after_a_restart_nor_when_nodes_appear(open_desks):
    count, tree = silent(open_desks, DAY, 11), begun(open_desks, DAY)
    assert told(count, DAY, tree=tree, hours=13) == [(0, 11)]
    again = begun(open_desks, DAY)
    for row in count[24 * DAY : 24 * DAY + 13]:
        again.outlook.close(row)
    again.restore(json.loads(json.dumps(tree.state())))
    again.grow(np.append(PARENTS, 1))
    assert [again.close(np.append(row, 0)) for row in count[24 * DAY + 13 : 24 * DAY + 17]] == [[]] * 4
