"""When a count reaches its threshold, version by version."""

from datetime import timedelta

import numpy as np
from engine import replay_of
from histories import SHANGHAI, at, burst, later, ticket
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import OracleRule

from connectors.ticket import to_us

NOON = at("2026-05-09T12:00")
SECOND = timedelta(seconds=1)


def fired(versions, threshold=3, *, depths=(1,)):
    rule = OracleRule("same day", "daily_threshold", depths, {"low": threshold})
    return replay_of(versions, [rule], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).signals


def test_a_ticket_that_moves_inside_the_group_changes_nothing_there():
    tickets = burst(2, NOON, "a/b")
    moved = [later(tickets[0], NOON + n * SECOND, path=("a", str(n))) for n in range(2, 9)]
    assert fired(tickets + moved) == ()


def test_a_ticket_that_moves_into_the_group_completes_it_when_it_is_seen_there():
    stranger = ticket("stranger", NOON, "z/b")
    moved = later(stranger, NOON + 60 * SECOND, path=("a", "b"))
    [signal] = fired([stranger, *burst(2, NOON, "a/b"), moved])
    assert signal.node == ("a",)
    assert (signal.crossed_at, signal.created_at) == (to_us(NOON + 60 * SECOND), to_us(NOON))


def test_a_count_that_falls_and_rises_again_fires_once_at_its_first_rise():
    tickets = burst(3, NOON)
    void = later(tickets[0], NOON + 10 * SECOND, void=True)
    again = later(tickets[0], NOON + 20 * SECOND)
    [signal] = fired([*tickets, void, again])
    assert signal.crossed_at == to_us(NOON + 2 * SECOND)
    assert signal.revised_to is None


def test_a_ticket_that_goes_before_the_third_comes_leaves_two():
    tickets = burst(3, NOON, step=10 * SECOND)
    void = later(tickets[0], NOON + 15 * SECOND, void=True)
    assert fired([*tickets, void]) == ()


def test_a_version_that_only_repeats_counts_no_second_time():
    tickets = burst(2, NOON)
    assert fired(tickets + [later(one, NOON + 60 * SECOND) for one in tickets] + tickets) == ()


def test_groups_that_cross_at_different_tickets_fire_in_that_order():
    tickets = [*burst(3, NOON, "b"), *burst(3, NOON - 60 * SECOND, "z", prefix="u")]
    assert [signal.node for signal in fired(tickets)] == [("z",), ("b",)]


MOVES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", ""])), max_size=25)


@settings(deadline=None, max_examples=80)
@given(MOVES, st.integers(1, 4))
def test_a_group_fires_when_a_plain_set_of_its_tickets_first_has_so_many(moves, threshold):
    versions, where, expected = [], {}, {}
    for n, (number, path) in enumerate(moves):
        now = NOON + n * SECOND
        versions.append(ticket(str(number), NOON, path or "a", updated_at=now, void=not path))
        where[number] = path
        for group in "ab":
            if list(where.values()).count(group) >= threshold:
                expected.setdefault((group,), to_us(now))
    found = {signal.node: signal.crossed_at for signal in fired(versions, threshold)}
    assert found == expected
    assert all(np.diff(list(found.values())) >= 0)
