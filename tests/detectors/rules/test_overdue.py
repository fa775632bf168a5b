"""`overdue`: a ticket is still open one calendar month after it was created."""

from datetime import timedelta

import pytest
from engine import replay_of
from histories import SHANGHAI, at, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us

CREATED, DUE = at("2026-01-31T10:00"), at("2026-02-28T10:00")
END = ticket("last", at("2026-06-01T12:00"), closed_at=at("2026-06-01T12:00"))
SOON = timedelta(microseconds=1)


def fired(*versions):
    rule = OracleRule("overdue", "overdue", level="high")
    return replay_of([*versions, END], [rule], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).signals


def test_an_open_ticket_fires_when_the_clock_passes_the_same_time_a_month_later():
    [signal] = fired(ticket("t", CREATED))
    assert signal.subject == (("id", "t"), ("source", "s"))
    assert (signal.window_start, signal.window_end) == (to_us(CREATED), to_us(DUE))
    assert signal.crossed_at == to_us(DUE)
    assert (signal.node, signal.exact) == (("a",), True)


@pytest.mark.parametrize(
    ("closed", "fires"), [(CREATED, False), (DUE - SOON, False), (DUE, False), (DUE + SOON, True)]
)
def test_a_ticket_closed_by_then_does_not_fire(closed, fires):
    assert bool(fired(ticket("t", CREATED, closed_at=closed))) is fires


def test_a_void_ticket_is_never_overdue():
    assert fired(ticket("t", CREATED, void=True)) == ()


def test_it_fires_once_however_often_it_is_told():
    one = ticket("t", CREATED)
    more = [later(one, DUE + timedelta(days=n), path=("a", str(n))) for n in range(1, 5)]
    assert len(fired(one, *more)) == 1


def test_a_ticket_that_is_told_late_fires_when_it_is_seen():
    told = DUE + timedelta(days=3)
    [signal] = fired(ticket("t", CREATED, updated_at=told))
    assert signal.crossed_at == to_us(told)


def test_a_ticket_that_was_closed_in_time_and_is_opened_again_afterwards_fires_then():
    one = ticket("t", CREATED, closed_at=CREATED)
    [signal] = fired(one, later(one, DUE + timedelta(days=3), closed_at=None))
    assert signal.crossed_at == to_us(DUE + timedelta(days=3))


@pytest.mark.parametrize("change", [{"void": True}, {"closed_at": CREATED}])
def test_a_signal_is_revised_when_the_ticket_was_void_or_closed_in_time_after_all(change):
    one = ticket("t", CREATED)
    [signal] = fired(one, later(one, DUE + timedelta(days=3), **change))
    assert signal.revised_to == 0


def test_a_ticket_closed_too_late_stays_overdue():
    one = ticket("t", CREATED)
    [signal] = fired(one, later(one, DUE + timedelta(days=3), closed_at=DUE + timedelta(days=3)))
    assert signal.revised_to is None
