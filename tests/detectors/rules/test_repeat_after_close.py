"""`repeat_after_close`: the same person complains of the same thing again after it was handled."""

from datetime import timedelta

import pytest
from engine import replay_of
from histories import SHANGHAI, at, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us

START = at("2026-05-09T12:00")
DAY = timedelta(days=1)


def fired(versions, thresholds=None):
    rule = OracleRule("again", "repeat_after_close", thresholds=thresholds or {"high": 3})
    return replay_of(versions, [rule], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).signals


def complaints(number, *, closed_after=timedelta(hours=1), who="x", path="a/b"):
    """One a day, each closed so long after it was created; None for never."""
    return [
        ticket(
            f"{who} {path} {n}",
            START + n * DAY,
            path,
            complainant=who,
            closed_at=None if closed_after is None else START + n * DAY + closed_after,
        )
        for n in range(number)
    ]


@pytest.mark.parametrize(("tickets", "signals"), [(3, 0), (4, 1), (5, 1)])
def test_the_third_repeat_fires_once(tickets, signals):
    found = fired(complaints(tickets))
    assert len(found) == signals
    for signal in found:
        assert signal.subject == (("complainant", "x"),)
        assert (signal.observed, signal.crossed_at) == (3, to_us(START + 3 * DAY))
        assert (signal.node, signal.exact) == (("a", "b"), False)


@pytest.mark.parametrize(
    ("closed_after", "fires"),
    [(None, False), (DAY, False), (DAY - timedelta(microseconds=1), True), (timedelta(0), True)],
)
def test_a_ticket_created_at_or_before_the_close_of_the_last_is_no_repeat(closed_after, fires):
    assert bool(fired(complaints(4, closed_after=closed_after))) is fires


@pytest.mark.parametrize("other", [{"who": "y"}, {"path": "a/c"}, {"path": "a"}])
def test_only_the_same_person_and_the_whole_same_path_count(other):
    versions = complaints(3) + complaints(3, **other)
    assert fired(sorted(versions, key=lambda version: version.updated_at)) == ()


@pytest.mark.parametrize("who", [None, ""])
def test_nobody_repeats_nothing(who):
    assert fired(complaints(6, who=who)) == ()


def test_a_short_path_is_a_group_of_its_own():
    [signal] = fired(complaints(4, path="a"))
    assert (signal.node, signal.exact) == (("a",), True)


def test_a_close_that_is_told_afterwards_completes_the_repeats():
    tickets = complaints(4)
    late = later(tickets[1], START + 9 * DAY)
    tickets[1] = ticket(tickets[1].id, tickets[1].created_at, "a/b", complainant="x")
    [signal] = fired([*tickets, late])
    assert signal.crossed_at == to_us(START + 9 * DAY)


def test_a_ticket_that_is_opened_again_revises_the_signal():
    tickets = complaints(4)
    [signal] = fired([*tickets, later(tickets[0], START + 9 * DAY, closed_at=None)])
    assert signal.revised_to == 2


def test_a_ladder_fires_at_each_level():
    found = fired(complaints(6), {"low": 2, "high": 4})
    assert [(signal.level, signal.observed) for signal in found] == [("low", 2), ("high", 4)]
