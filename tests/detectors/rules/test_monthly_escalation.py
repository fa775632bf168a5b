"""`monthly_escalation`: five escalated tickets of one group in one calendar month."""

import pytest
from engine import replay_of
from histories import SHANGHAI, at, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us

RULE = OracleRule("crisis", "monthly_escalation", (1,), {"high": 5})


def fired(versions):
    return replay_of(versions, [RULE], zone=SHANGHAI, levels=1, sources=["s"], gaps={}).signals


def escalated(number, stamp, *, created="2026-05-01T08:00", **more):
    return ticket(f"t{number}", at(created), updated_at=at(stamp), escalated_at=at(stamp), **more)


@pytest.mark.parametrize(("tickets", "signals"), [(4, 0), (5, 1), (6, 1)])
def test_the_fifth_escalation_of_a_month_fires_once(tickets, signals):
    found = fired([escalated(n, f"2026-05-{10 + n}T12:00") for n in range(tickets)])
    assert [(signal.observed, signal.crossed_at) for signal in found] == [
        (5, to_us(at("2026-05-14T12:00")))
    ] * signals


@pytest.mark.parametrize(
    ("last", "fires"), [("2026-05-31T23:59:59.999999", True), ("2026-06-01T00:00", False)]
)
def test_a_month_is_the_business_zone_s(last, fires):
    versions = [escalated(n, f"2026-05-{10 + n}T12:00") for n in range(4)]
    assert bool(fired([*versions, escalated(4, last)])) is fires


def test_a_ticket_counts_in_the_month_of_its_escalation_whenever_it_was_created():
    versions = [escalated(n, f"2026-05-{10 + n}T12:00", created="2026-03-01T08:00") for n in range(5)]
    [signal] = fired(versions)
    assert signal.window_start == to_us(at("2026-05-01T00:00"))
    assert signal.window_end == to_us(at("2026-06-01T00:00"))
    assert signal.created_at == to_us(at("2026-03-01T08:00"))


def test_an_escalation_is_never_withdrawn():
    versions = [escalated(n, f"2026-05-{10 + n}T12:00") for n in range(4)]
    calm = [later(one, at("2026-05-20T12:00"), escalated_at=None) for one in versions]
    [signal] = fired([*versions, *calm, escalated(4, "2026-05-21T12:00")])
    assert signal.revised_to is None


def test_a_ticket_told_to_be_escalated_again_keeps_its_earliest_escalation():
    versions = [escalated(n, f"2026-05-{10 + n}T12:00") for n in range(4)]
    again = later(versions[0], at("2026-05-20T12:00"), escalated_at=at("2026-05-20T12:00"))
    assert fired([*versions, again]) == ()


def test_a_void_ticket_does_not_count_and_revises_a_signal_that_fired():
    versions = [escalated(n, f"2026-05-{10 + n}T12:00") for n in range(5)]
    assert fired([*versions[:4], escalated(4, "2026-05-14T12:00", void=True)]) == ()
    [signal] = fired([*versions, later(versions[0], at("2026-05-20T12:00"), void=True)])
    assert signal.revised_to == 4
