"""Hours beside the hours before them, beside the same counted version by version."""

from datetime import timedelta

import pytest
from histories import SHANGHAI, History, at, burst, ticket
from stepping import ByHand, Told, all_depths, dense

from connectors.ticket import NEVER
from detectors.hours.pairing import hour_pairs

MINUTE = timedelta(minutes=1)


def agree(step, at_least):
    pairs, hand = hour_pairs(step, all_depths(step), at_least=at_least), ByHand(step)
    found = {
        (int(group), int(hour)): k
        for k, (group, hour) in enumerate(zip(pairs.group.tolist(), pairs.hour.tolist(), strict=True))
    }
    assert len(found) == len(pairs.hour)
    needed = set()
    hours = zip(step.hours.tolist(), step.previous_hours.tolist(), step.judged_from.tolist(), strict=True)
    for hour, previous, judged in hours:
        for group in hand.groups:
            if judged == NEVER:
                continue
            ready = max(judged, 0)
            events = [order for order in hand.orders(group, hour, previous) if order >= ready]
            firing = [order for order in events if hand.count(group, hour, order + 1) >= at_least]
            k = found.get((group, hour))
            if judged >= 0 and hand.count(group, hour, ready) >= at_least:
                needed.add((group, hour))
            if k is None:
                # A rise of the hour before makes nothing fire.
                assert not [o for o in firing if hand.count(group, hour, o + 1) > hand.count(group, hour, o)]
                assert not [
                    o for o in firing if hand.count(group, previous, o + 1) < hand.count(group, previous, o)
                ]
                continue
            if judged >= 0 or events:
                assert pairs.count[k] == hand.count(group, hour, ready)
                assert pairs.previous[k] == hand.count(group, previous, ready)
            assert bool(pairs.ready[k]) == (judged >= 0)
            assert pairs.previous_hour[k] == previous
            moved = {order: tuple(move) for order, move in pairs.later.get(k, {}).items() if any(move)}
            assert (
                moved
                == {
                    order: move
                    for order in events
                    if any(
                        move := tuple(
                            hand.count(group, one, order + 1) - hand.count(group, one, order)
                            for one in (hour, previous)
                        )
                    )
                }
                or not firing
            )
    assert needed <= set(found)
    assert not {(group, hour) for group, hour in found if group not in hand.groups}
    never = {
        hour
        for hour, judged in zip(step.hours.tolist(), step.judged_from.tolist(), strict=True)
        if judged == NEVER
    }
    assert not [k for (_, hour), k in found.items() if hour in never and (pairs.ready[k] or k in pairs.later)]


@pytest.mark.parametrize("at_least", [1, 2, 4, 7])
def test_pairs_are_those_that_are_counted_version_by_version(at_least):
    for seed in range(25):
        agree(dense(seed), at_least)


def test_a_ticket_that_is_seen_after_its_hour_is_a_later_one_also_where_nothing_came_out_of_order():
    ten = at("2026-05-09T10:00")
    late = ticket("late", ten + 40 * MINUTE, updated_at=ten + 90 * MINUTE)
    versions = [ticket("first", ten - 180 * MINUTE), *burst(2, ten), late]
    pairs = hour_pairs(Told.of(History(versions, [], SHANGHAI, 1, ["s"], {})).whole(), (1,), at_least=2)
    assert pairs.count.tolist() == [2]
    assert pairs.later == {0: {3: (1, 0)}}
