"""The ledger against a plain simulation: one dict of tickets, one set of those counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.counting import Versions, ledger
from connectors.ticket import NEVER, objects

# ticket, node, created, updated, escalated, void, complainant
VERSION = st.tuples(
    st.integers(0, 4),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 5),
    st.sampled_from([NEVER, NEVER, 3, 4]),
    st.sampled_from([False, False, True]),
    st.sampled_from([None, "x", "y"]),
)


def versions_of(rows, known=0):
    ticket, node, created, updated, escalated, void, who = zip(*rows, strict=True) if rows else [()] * 7
    n = len(rows)
    return Versions(
        ticket=np.array(ticket, dtype=np.int64),
        source=np.zeros(n, dtype=np.int32),
        node=np.array(node, dtype=np.int32),
        created=np.array(created, dtype=np.int64),
        updated=np.array(updated, dtype=np.int64),
        escalated=np.array(escalated, dtype=np.int64),
        closed=np.full(n, NEVER, dtype=np.int64),
        void=np.array(void, dtype=np.bool_),
        seen=np.arange(n, dtype=np.int64),
        known=known,
        complainant=objects(who),
    )


def simulated(rows):
    """After each version: the tickets counted at (node, created), escalated, and by person."""
    state, counts = {}, []
    for ticket, node, created, updated, escalated, void, who in rows:
        old = state.get(ticket)
        earliest = min(escalated, old["escalated"] if old else NEVER)
        if old is None or updated >= old["updated"]:
            state[ticket] = {"cell": (node, created), "updated": updated, "void": void, "who": who}
        state[ticket]["escalated"] = earliest
        counted = [one for one in state.values() if not one["void"]]
        counts.append(
            (
                Counter(one["cell"] for one in counted),
                Counter((one["cell"][0], one["escalated"]) for one in counted if one["escalated"] != NEVER),
                Counter((*one["cell"], one["who"]) for one in counted),
            )
        )
    return counts, state


def summed(changes, until, *, who=None):
    """What the changes of the versions before number `until` add up to."""
    total: Counter = Counter()
    for order, row, node, at, sign in zip(
        *(getattr(changes, name).tolist() for name in ("order", "row", "node", "at", "sign")), strict=True
    ):
        if order < until:
            total[(node, at) if who is None else (node, at, who[row])] += sign
    assert all(count >= 0 for count in total.values())
    return +total


@settings(deadline=None, max_examples=200)
@given(st.lists(VERSION, max_size=12))
def test_after_every_version_the_changes_add_up_to_what_a_simulation_counts(rows):
    versions = versions_of(rows)
    booked = ledger(versions)
    counts, state = simulated(rows)
    for number, (tickets, escalated, people) in enumerate(counts, start=1):
        assert summed(booked.tickets, number) == tickets
        assert summed(booked.escalations, number) == escalated
        assert summed(booked.people, number, who=versions.complainant) == people
    latest = dict(zip(versions.ticket[booked.latest].tolist(), booked.latest.tolist(), strict=True))
    assert len(latest) == len(booked.latest)
    assert set(latest) == set(state)
    for ticket, row in latest.items():
        assert rows[row][3] == state[ticket]["updated"]
        assert (rows[row][1], rows[row][2]) == state[ticket]["cell"]
    of_ticket = zip(versions.ticket[booked.latest].tolist(), booked.escalated.tolist(), strict=True)
    assert dict(of_ticket) == {ticket: one["escalated"] for ticket, one in state.items()}


@settings(deadline=None, max_examples=200)
@given(st.lists(VERSION, max_size=12), st.integers(0, 12))
def test_a_batch_after_what_was_known_adds_the_same_as_all_at_once(rows, cut):
    first, rest = rows[:cut], rows[cut:]
    before = ledger(versions_of(first))
    known = [
        (*first[row][:4], escalated, *first[row][5:])
        for row, escalated in zip(before.latest.tolist(), before.escalated.tolist(), strict=True)
        if first[row][0] in {version[0] for version in rest}
    ]
    after = ledger(versions_of(known + rest, known=len(known)))
    whole = ledger(versions_of(rows))
    for name in ("tickets", "escalations"):
        in_two = summed(getattr(before, name), len(rows))
        more = getattr(after, name)
        for node, at, sign in zip(more.node.tolist(), more.at.tolist(), more.sign.tolist(), strict=True):
            in_two[node, at] += sign
        assert +in_two == summed(getattr(whole, name), len(rows))
        assert set(more.order.tolist()) <= set(range(len(rest)))


@settings(deadline=None, max_examples=100)
@given(st.lists(VERSION, max_size=8, unique_by=lambda version: (version[0], version[3])), st.randoms())
def test_any_order_of_arrival_ends_at_the_same_counts(rows, random):
    shuffled = random.sample(rows, len(rows))
    for name in ("tickets", "escalations"):
        one, other = (summed(getattr(ledger(versions_of(r)), name), len(r)) for r in (rows, shuffled))
        assert one == other


@pytest.mark.parametrize(
    ("what", "second", "changes"),
    [
        ("the same again", (0, 1, 0, 5, NEVER, False, "x"), []),
        ("moved to another node", (0, 2, 0, 5, NEVER, False, "x"), [-1, 1]),
        ("moved to another hour", (0, 1, 2, 5, NEVER, False, "x"), [-1, 1]),
        ("void", (0, 1, 0, 5, NEVER, True, "x"), [-1]),
        ("older, and late", (0, 2, 0, 3, NEVER, True, "x"), []),
        ("at the same time, and later to arrive", (0, 2, 0, 4, NEVER, False, "x"), [-1, 1]),
        ("of another person", (0, 1, 0, 5, NEVER, False, "y"), []),
    ],
)
def test_the_second_version_of_a_ticket_changes(what, second, changes):
    rows = [(0, 1, 0, 4, NEVER, False, "x"), second]
    booked = ledger(versions_of(rows))
    assert booked.tickets.sign[booked.tickets.order == 1].tolist() == changes, what


def test_another_person_moves_a_ticket_among_people_only():
    rows = [(0, 1, 0, 4, NEVER, False, "x"), (0, 1, 0, 5, NEVER, False, "y")]
    booked = ledger(versions_of(rows))
    assert booked.tickets.sign.tolist() == [1]
    assert booked.people.sign.tolist() == [1, -1, 1]


def test_an_escalation_that_an_older_late_version_tells_still_counts():
    rows = [(0, 1, 0, 4, NEVER, False, None), (0, 2, 0, 3, 3, True, None)]
    booked = ledger(versions_of(rows))
    assert (booked.escalations.node.tolist(), booked.escalations.at.tolist()) == ([1], [3])
    assert booked.news.tolist() == [True, False]
    assert booked.latest.tolist() == [0]
    assert booked.escalated.tolist() == [3]


def test_nothing_changes_nothing():
    booked = ledger(versions_of([]))
    assert len(booked.tickets) == len(booked.escalations) == len(booked.latest) == 0
