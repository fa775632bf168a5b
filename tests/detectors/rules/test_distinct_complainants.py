"""`distinct_complainants`: three different people complain of the same thing in one month."""

import pytest
from engine import replay_of
from histories import SHANGHAI, at, later, ticket
from oracle import OracleRule

from connectors.ticket import to_us


def fired(versions, thresholds=None, *, depths=(2,)):
    rule = OracleRule("people", "distinct_complainants", depths, thresholds or {"low": 3})
    return replay_of(versions, [rule], zone=SHANGHAI, levels=2, sources=["s"], gaps={}).signals


def of(*people, path="a/b", month="2026-05"):
    return [
        ticket(f"{path} {month} {n}", at(f"{month}-{10 + n}T12:00"), path, complainant=who)
        for n, who in enumerate(people)
    ]


@pytest.mark.parametrize(
    ("people", "observed"),
    [
        (["x", "y"], []),
        (["x", "y", "z"], [3]),
        (["x", "y", "z", "w"], [3]),
        (["x", "x", "x", "x"], []),
        (["x", "y", "x", "y", "z"], [3]),
        (["x", "y", None, "", None], []),
        ([None, None, None], []),
    ],
)
def test_the_third_person_fires(people, observed):
    assert [signal.observed for signal in fired(of(*people))] == observed


def test_it_fires_when_the_third_person_is_seen():
    [signal] = fired(of("x", "x", "y", "z", "w"))
    assert signal.crossed_at == to_us(at("2026-05-13T12:00"))


def test_another_month_counts_anew():
    assert fired(of("x", "y") + of("z", month="2026-06")) == ()


def test_one_person_under_two_nodes_is_one_person_of_their_parent():
    versions = sorted(of("x", "y") + of("x", path="a/c"), key=lambda version: version.updated_at)
    assert fired(versions, depths=(1,)) == ()
    versions = sorted(of("x", "y") + of("z", path="a/c"), key=lambda version: version.updated_at)
    assert [signal.node for signal in fired(versions, depths=(1, 2))] == [("a",)]


def test_a_ladder_fires_at_each_level():
    found = fired(of(*"uvwxyz"), {"low": 2, "high": 5})
    assert [(signal.level, signal.observed) for signal in found] == [("low", 2), ("high", 5)]


def test_a_person_whose_last_ticket_is_void_or_given_to_another_no_longer_counts():
    tickets = of("x", "y", "z")
    end = at("2026-05-20T12:00")
    [void] = fired([*tickets, later(tickets[0], end, void=True)])
    assert void.revised_to == 2
    [other] = fired([*tickets, later(tickets[0], end, complainant="y")])
    assert other.revised_to == 2
    [same] = fired([*tickets, later(tickets[0], end, complainant="w")])
    assert same.revised_to is None


def test_a_ticket_that_changes_hands_completes_the_three():
    tickets = of("x", "y", "y")
    [signal] = fired([*tickets, later(tickets[2], at("2026-05-20T12:00"), complainant="z")])
    assert signal.crossed_at == to_us(at("2026-05-20T12:00"))
