"""What is absurd of a history teaches nothing; all else of it stays as it is."""

import numpy as np
import pytest

from detectors.seasonal.period import DAY, HOUR, Period
from detectors.seasonal.stamps import Stamps, name_steps
from detectors.tree.absurd import without_absurd
from detectors.tree.branches import Branches
from detectors.tree.cause import TreeSettings
from detectors.tree.quiet import QuietSettings, QuietTree
from detectors.tree.surge import TreeSurge

TREE = Branches(np.array([-1, 0, 0, 1, 1, 1, 2, 2], np.int32))
LEAVES = (3, 4, 5, 6, 7)
WEEKS = 8


def stamps(period: Period, steps: int) -> Stamps:
    """From a Monday on, and a few days more."""
    unit = "h" if period.name == "hour" else "D"
    return name_steps(np.datetime64("2026-03-02", unit) + np.arange(steps + 100), period)


def rolled(leaves: dict[int, np.ndarray]) -> np.ndarray:
    """(steps, nodes) of all nodes, from what the leaves bring."""
    found = np.zeros((len(next(iter(leaves.values()))), len(TREE)), np.float32)
    for leaf, column in leaves.items():
        for node in (leaf, *TREE.above(leaf)):
            found[:, node] += column
    return found


def ordinary(seed: int = 1, *, weeks: int = WEEKS, rate: float = 0.4) -> dict[int, np.ndarray]:
    """Leaves with some tickets a day, more of them by day."""
    random = np.random.default_rng(seed)
    by_day = 0.3 + 1.4 * ((np.arange(weeks * 168) % 24 >= 8) & (np.arange(weeks * 168) % 24 < 20))
    return {leaf: random.poisson(rate * by_day).astype(np.float32) for leaf in LEAVES}


@pytest.mark.parametrize("booked", [1e4, 1e6, 1e9])
def test_what_one_leaf_brings_by_mistake_is_left_out_of_it_and_of_all_above(booked: float):
    leaves = ordinary()
    leaves[3][1000] = booked
    found = without_absurd(rolled(leaves), stamps(HOUR, WEEKS * 168), TREE)
    assert (found[1000, [0, 1, 3]] < 200).all()
    leaves[3][1000] = found[1000, 3]
    np.testing.assert_allclose(found, rolled(leaves), atol=64 if booked == 1e9 else 0.01)


def test_what_a_whole_branch_brings_by_mistake_is_left_out_of_all_its_nodes_in_proportion():
    leaves = ordinary()
    for leaf in LEAVES:
        leaves[leaf][1000] = 45
    found = without_absurd(rolled(leaves), stamps(HOUR, WEEKS * 168), TREE)
    assert found[1000, 0] < 225
    np.testing.assert_allclose(found[1000, list(LEAVES)], found[1000, 0] / 5, rtol=1e-5)
    np.testing.assert_array_equal(np.delete(found, 1000, axis=0), np.delete(rolled(leaves), 1000, axis=0))


def test_where_nothing_is_absurd_the_counts_are_the_same_object():
    for rate in (0.1, 2.0, 60.0, 5000.0):
        count = rolled(ordinary(rate=rate))
        count[200:205] = np.nan
        assert without_absurd(count, stamps(HOUR, len(count)), TREE) is count


def columns(name: str) -> np.ndarray:
    """A leaf that has nothing but what comes again."""
    hours = np.arange(WEEKS * 168)
    found = {
        "every Monday at nine": (hours % 168 == 9) * 2000.0,
        "every second Monday at nine": (hours % 336 == 9) * 2000.0,
        "every working day at nine": ((hours % 24 == 9) & (hours % 168 < 120)) * 2000.0,
        "since a day and a half": (hours >= len(hours) - 36) * 2000.0,
        "for a day and a half, long ago": ((hours >= 400) & (hours < 436)) * 2000.0,
    }[name]
    return found.astype(np.float32)


@pytest.mark.parametrize(
    "name",
    [
        "every Monday at nine",
        "every second Monday at nine",
        "every working day at nine",
        "since a day and a half",
        "for a day and a half, long ago",
    ],
)
def test_what_comes_again_or_stays_is_no_mistake(name: str):
    count = rolled({**ordinary(), 3: columns(name)})
    assert without_absurd(count, stamps(HOUR, len(count)), TREE) is count


@pytest.mark.parametrize("days", [2, 3, 5, 9, 15])
def test_a_short_history_with_nights_and_a_daily_batch_is_kept(days: int):
    hours = np.arange(days * 24)
    by_day = ((hours % 24 >= 9) & (hours % 24 < 18)) * 500.0
    batch = (hours % 24 == 9) * 3000.0
    count = rolled({3: by_day.astype(np.float32), 6: batch.astype(np.float32)})
    assert without_absurd(count, stamps(HOUR, len(count)), TREE) is count


def test_days_are_judged_alike():
    random = np.random.default_rng(3)
    leaves = {leaf: random.poisson(3, 364).astype(np.float32) for leaf in LEAVES}
    count = rolled(leaves)
    assert without_absurd(count, stamps(DAY, 364), TREE) is count
    leaves[6][300] = 1e5
    assert without_absurd(rolled(leaves), stamps(DAY, 364), TREE)[300, 0] < 500


@pytest.mark.parametrize("where", [(3,), LEAVES])
def test_a_mistake_in_the_past_changes_neither_what_is_expected_nor_when_it_alarms(where: tuple[int, ...]):
    leaves = ordinary()
    named = stamps(HOUR, WEEKS * 168)

    def started() -> TreeSurge:
        return TreeSurge.start(rolled(leaves), named, TREE.parents, TreeSettings(depths=(0, 1, 2)))

    before = started()
    for leaf in where:
        leaves[leaf][1000] = 10_000
    after = started()
    np.testing.assert_allclose(after.outlook.due, before.outlook.due, rtol=0.15, atol=0.02)
    np.testing.assert_allclose(after.threshold, before.threshold, atol=0.5)
    own = before.outlook.trailing.own
    assert (after.outlook.trailing.own < 2 * own).all()


def test_windows_that_begin_before_midnight_tell_all_that_came():
    leaves, named = ordinary(), stamps(HOUR, WEEKS * 168)
    leaves[3][-2] = 10_000
    count = rolled(leaves)
    surge = TreeSurge.start(count, named, TREE.parents, TreeSettings(depths=(0, 1, 2)))
    now = np.zeros(len(TREE), np.float32)
    now[[0, 1, 3]] = 40
    [cause, *_] = surge.close(now)
    assert cause.observed == count[-cause.steps + 1 :, cause.node].sum() + 40
    assert cause.observed > 10_000


@pytest.mark.parametrize("booked", [0, 1e4, 1e6])
def test_the_same_hour_a_week_after_a_mistake_is_not_silent(booked: float):
    leaves = ordinary(weeks=WEEKS + 1, rate=3.0)
    past = WEEKS * 168
    leaves[3][past - 168 + 9] += booked
    count, told = rolled(leaves), []
    for midnight in range(past, past + 48, 24):
        named = stamps(HOUR, midnight)
        quiet = QuietTree(
            count[:midnight], named, TREE.parents, QuietSettings(2.0, 10.0, 0.3, (0, 1, 2), 12), origin=0
        )
        for hour in range(midnight, midnight + 24):
            told += quiet.close(count[hour], known=True)
    assert not told
