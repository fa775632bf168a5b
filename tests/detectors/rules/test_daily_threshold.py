"""`daily_threshold`: a hundred tickets of one group on one business-zone day."""

from datetime import timedelta

import pytest
from engine import replay_of
from histories import NEW_YORK, SHANGHAI, at, burst, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us

NOON = at("2026-05-09T12:00")


def fired(versions, thresholds=None, *, depths=None, zone=SHANGHAI, levels=2):
    rule = OracleRule("same day", "daily_threshold", depths, thresholds or {"low": 100})
    return replay_of(versions, [rule], zone=zone, levels=levels, sources=["s"], gaps={}).signals


@pytest.mark.parametrize(("tickets", "signals"), [(99, 0), (100, 1), (101, 1), (250, 1)])
def test_the_hundredth_ticket_of_a_day_fires_once(tickets, signals):
    found = fired(burst(tickets, NOON, "a/b"))
    assert len(found) == signals
    for signal in found:
        assert (signal.observed, signal.threshold, signal.level) == (100, 100, "low")
        assert signal.crossed_at == signal.created_at == to_us(NOON + timedelta(seconds=99))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (SHANGHAI, "2026-05-09", 24),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
    ],
)
def test_a_day_is_the_business_zone_s_also_when_the_clock_changes(zone, day, hours):
    start = at(f"{day}T00:00", zone)
    end = start + timedelta(hours=hours)
    inside = [*burst(99, start, "a/b"), ticket("last", end - timedelta(microseconds=1), "a/b")]
    [signal] = fired(inside, zone=zone)
    assert (signal.window_start, signal.window_end) == (to_us(start), to_us(end))
    assert not fired([*burst(99, start, "a/b"), ticket("next", end, "a/b")], zone=zone)


def test_each_level_of_a_ladder_fires_at_its_own_threshold():
    found = fired(burst(12, NOON, "a/b"), {"low": 3, "middle": 10, "high": 13})
    assert [(signal.level, signal.observed) for signal in found] == [("low", 3), ("middle", 10)]


def test_one_day_after_the_other_fires_anew():
    found = fired([*burst(3, NOON), *burst(3, NOON + timedelta(days=1), prefix="u")], {"low": 3})
    assert len({signal.identity for signal in found}) == 2


def test_tickets_that_arrive_after_their_day_complete_it_late():
    told = at("2026-05-10T01:00")
    [signal] = fired([*burst(2, NOON), ticket("late", NOON, updated_at=told)], {"low": 3})
    assert signal.window_end == to_us(at("2026-05-10T00:00"))
    assert signal.late_us == 3_600_000_000
    assert (signal.crossed_at, signal.created_at) == (to_us(told), to_us(NOON))


def test_a_hundred_and_four_that_later_turn_out_to_be_ninety_seven_are_marked():
    tickets = burst(104, NOON)
    gone = [later(one, NOON + timedelta(hours=1), void=True) for one in tickets[:7]]
    [signal] = fired(tickets + gone)
    assert (signal.observed, signal.revised_to) == (100, 97)
    [standing] = fired(tickets + gone[:4])
    assert standing.revised_to is None


def test_a_short_path_is_a_group_of_its_own_and_a_depth_of_none_is_everything():
    tickets = [*burst(2, NOON, "a"), *burst(2, NOON, "a/b", prefix="u"), ticket("none", NOON, "")]
    found = fired(tickets, {"low": 2}, depths=(0, 1, 2))
    assert {(signal.node, signal.exact) for signal in found} == {
        ((), False),
        (("a",), False),
        (("a",), True),
        (("a", "b"), False),
    }


def test_twenty_thousand_tickets_of_one_day_are_counted_one_by_one():
    step = timedelta(milliseconds=100)
    tickets = burst(20_000, NOON, "a/b", step=step)
    replayed = fired(tickets, {"low": 20_000, "high": 20_001})
    assert [signal.observed for signal in replayed] == [20_000]
