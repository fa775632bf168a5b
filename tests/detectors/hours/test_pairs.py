"""What made an hour ready, and which ticket came last into it, beside the same looked up one by one."""

import pytest
from stepping import ByHand, all_depths, dense

from detectors.hours.pairing import hour_pairs


def told_by(step, order):
    row = step.row(order)
    return int(step.versions.seen[row]), int(step.versions.created[row])


@pytest.mark.parametrize("seed", range(40))
def test_a_pair_knows_the_version_that_made_it_ready_and_the_last_ticket_that_came(seed):
    step = dense(seed)
    pairs, hand = hour_pairs(step, all_depths(step), at_least=1), ByHand(step)
    seen = step.versions.seen[step.versions.known :]
    for k, ready in enumerate(pairs.ready.tolist()):
        if not ready:
            continue
        group, hour, previous = (int(column[k]) for column in (pairs.group, pairs.hour, pairs.previous_hour))
        arrived, end = int(pairs.arrived[k]), step.calendar.hour_end(hour)
        assert bool(pairs.late[k]) == (arrived > (seen < end).sum())
        changed = pairs.late[k] and arrived - 1 in hand.orders(group, hour, previous)
        assert pairs.made_ready_by(step, k) == (arrived - 1 if changed else None)
        came = [
            order
            for order in hand.orders(group, hour)
            if order < arrived and hand.count(group, hour, order + 1) > hand.count(group, hour, order)
        ]
        last = told_by(step, came[-1]) if came else step.before.last_seen(group, hour, end)
        assert pairs.last_seen(step, k) == last
