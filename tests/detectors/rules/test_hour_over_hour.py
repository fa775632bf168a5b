"""`hour_over_hour`: an hour that brings far more than the hour before, by an exact test."""

from datetime import timedelta
from fractions import Fraction
from math import comb

import pytest
from engine import replay_of
from histories import SHANGHAI, at, burst, later, ticket
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import OracleRule

from connectors.ticket import to_us
from detectors.rules.hour_over_hour import Detector, Options, critical_count, rejects

TEN = at("2026-05-09T10:00")
HOUR = timedelta(hours=1)
OPENER = ticket("first", TEN - 3 * HOUR)


def p_value(count, previous):
    """P(X >= count) for X ~ Binomial(count + previous, 1/2), as a fraction."""
    n = count + previous
    return Fraction(sum(comb(n, k) for k in range(count, n + 1)), 2**n)


def fired(before, count, *, more=(), gaps=(), **options):
    versions = [
        OPENER,
        *burst(before, TEN - HOUR, prefix="before "),
        *burst(count, TEN, prefix="now "),
        *more,
    ]
    rule = OracleRule("hour", "hour_over_hour", (1,), **({"level": "low"} | options))
    signals = replay_of(
        versions, [rule], zone=SHANGHAI, levels=1, sources=["s"], gaps={"s": list(gaps)}
    ).signals
    return [signal for signal in signals if signal.window_start == to_us(TEN)]


@pytest.mark.parametrize(
    ("before", "count", "fires"),
    [
        (2, 4, False),
        (0, 16, True),
        (0, 9, False),
        (0, 10, True),
        (2, 15, False),
        (2, 16, True),
        (10, 31, True),
    ],
)
def test_an_hour_is_compared_with_the_hour_before(before, count, fires):
    found = fired(before, count)
    assert len(found) == fires
    for signal in found:
        assert (signal.observed, signal.detail["previous"]) == (count, before)
        assert signal.crossed_at == to_us(TEN + HOUR), "it fires when the hour has closed"
        assert signal.created_at == to_us(TEN + timedelta(seconds=count - 1))


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, 60),
    st.sampled_from(["0.5", "0.25", "0.05", "0.001", "1", "0.0009765625", "1e-9"]).map(Fraction),
    st.integers(1, 40),
)
def test_the_critical_count_is_the_smallest_that_an_exact_fraction_rejects(previous, alpha, floor):
    critical = critical_count(previous, alpha, floor)
    assert critical >= floor
    assert p_value(critical, previous) <= alpha
    assert critical == floor or p_value(critical - 1, previous) > alpha


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 80), st.integers(0, 80), st.sampled_from([-1, 0, 1]))
def test_a_p_value_that_is_alpha_to_the_last_digit_rejects_and_one_above_does_not(count, previous, nudge):
    alpha = p_value(count, previous) + Fraction(nudge, 2 ** (count + previous + 1))
    assert rejects(count, previous, alpha) is (nudge >= 0)


@pytest.mark.parametrize("count", [1, 2, 10, 40])
def test_after_an_empty_hour_the_p_value_is_a_power_of_one_half(count):
    assert rejects(count, 0, Fraction(1, 2**count))
    assert not rejects(count, 0, Fraction(1, 2**count) - Fraction(1, 2**60))


def test_no_ticket_at_all_has_a_p_value_of_one():
    assert rejects(0, 5, Fraction(1))
    assert not rejects(0, 5, Fraction(999, 1000))


def test_counts_of_a_hundred_thousand_are_decided_exactly_and_at_once():
    alpha = Fraction("0.001")
    critical = critical_count(100_000, alpha, 1)
    assert rejects(critical, 100_000, alpha)
    assert not rejects(critical - 1, 100_000, alpha)
    # A normal variable agrees to a few tickets: the difference has variance count + previous.
    assert abs(critical - 100_000 - 3.0902 * (critical + 100_000) ** 0.5) < 5


@pytest.mark.parametrize(
    ("factor", "previous", "least"), [(1.1, 10, 11), (1.1, 20, 22), (2.1, 10, 21), (1.0, 7, 7), (3.0, 0, 1)]
)
def test_a_factor_is_taken_as_it_is_written(factor, previous, least):
    """1.1 x 10 is 11, although 1.1 in binary is a little more than 1.1."""
    detector = Detector("hour", (1,), Options(level="low", factor=factor, min_count=1, alpha=1.0))
    assert detector.least(previous) == least


@pytest.mark.parametrize(("before", "count", "fires"), [(10, 10, 0), (10, 11, 1), (10, 12, 1)])
def test_eleven_after_ten_fires_at_a_factor_of_one_point_one(before, count, fires):
    assert len(fired(before, count, factor=1.1, min_count=1, alpha=1.0)) == fires


@pytest.mark.parametrize(
    ("gap", "fires"),
    [
        ((-3, -1), 1),
        ((-1, -1), 1),
        ((-2, -0.99), 0),
        ((0.5, 0.6), 0),
        ((1, 2), 1),
    ],
)
def test_an_hour_that_a_gap_touches_is_not_judged_nor_is_the_one_after_it(gap, fires):
    since, until = (TEN + part * HOUR for part in gap)
    assert len(fired(0, 16, gaps=[(since, until)])) == fires


def test_the_hour_of_the_first_ticket_and_the_one_after_it_are_not_judged():
    rule = OracleRule("hour", "hour_over_hour", (1,), level="low")
    told = {"zone": SHANGHAI, "levels": 1, "sources": ["s"], "gaps": {}}
    opener = ticket("first", TEN - HOUR)
    assert replay_of([opener, *burst(16, TEN)], [rule], **told).signals == ()
    assert replay_of([*burst(16, TEN)], [rule], **told).signals == ()


def test_a_late_ticket_has_the_closed_hour_judged_again():
    told = TEN + 3 * HOUR
    [signal] = fired(0, 9, more=[ticket("late", TEN, updated_at=told)])
    assert (signal.observed, signal.crossed_at) == (10, to_us(told))


def test_an_hour_before_that_shrinks_has_the_hour_judged_again():
    told = TEN + 3 * HOUR
    before = burst(2, TEN - HOUR, prefix="before ")
    [signal] = fired(2, 15, more=[later(before[0], told, void=True)])
    assert (signal.observed, signal.detail["previous"], signal.crossed_at) == (15, 1, to_us(told))


def test_tickets_that_come_later_into_the_hour_before_revise_the_signal():
    more = burst(9, TEN - HOUR, prefix="late ", updated_at=TEN + 3 * HOUR)
    [signal] = fired(0, 16, more=more)
    assert signal.revised_to == 16
