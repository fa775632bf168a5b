import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from reading import settings, tickets

from connectors.sample import Options, Source
from connectors.telecom.tree import FAILURE, complaints

START = datetime(2026, 3, 11, 2, 3, 10, 500, tzinfo=UTC)
LITTLE = Options(weeks=1)


def source(options=LITTLE):
    return Source(settings("sample", fields=None, zone="Asia/Shanghai"), options)


def after(seconds):
    return START + timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def history():
    return list(source(Options()).poll(None, START))


def test_the_tree_is_five_levels_deep_everywhere_and_speaks_two_languages():
    leaves = complaints()
    assert 60 <= len(leaves) <= 120
    assert {len(leaf.path) for leaf in leaves} == {5}
    assert len({leaf.path for leaf in leaves}) == len(leaves)
    assert FAILURE in {leaf.path for leaf in leaves}
    assert all(leaf.english.isascii() and not leaf.chinese.isascii() for leaf in leaves)


def test_the_first_start_brings_weeks_of_history_and_no_future(history):
    told = tickets(history)
    created = {ticket.created_at.astimezone(source().settings.timezone).date() for ticket in told}
    assert len(created) == 8 * 7 + 1
    assert max(ticket.updated_at for ticket in told) <= START
    assert [poll.complete_to for poll in history[:-1]] == [None] * (len(history) - 1)
    assert history[-1].complete_to == START
    assert all(len(poll.batch) < 10_000 for poll in history)


def test_history_looks_like_an_operators_complaints(history):
    told = tickets(history)
    last = {ticket.id: ticket for ticket in told}
    by_day = Counter(ticket.created_at.date() for ticket in last.values())
    assert all(250 < count < 800 for count in sorted(by_day.values())[2:])
    assert all(ident.startswith("SAMPLE-") for ident in last)
    assert 0.005 < sum(t.void for t in last.values()) / len(last) < 0.03
    assert 0.7 < sum(t.closed_at is not None for t in last.values()) / len(last) < 0.95
    assert 20 < sum(t.escalated_at is not None for t in last.values()) < 300
    assert len({t.region for t in told}) > 25
    assert len({t.channel for t in told}) == 5
    assert {"regulator"} <= {tag for t in told for tag in t.tags}
    moved = {
        ident
        for a, b in pairwise(sorted(told, key=lambda t: t.id))
        if a.id == b.id and a.path != b.path
        for ident in [a.id]
    }
    assert 0.05 < len(moved) / len(last) < 0.2
    night, day = (sum(t.created_at.hour == hour for t in last.values()) for hour in (19, 2))
    assert night * 5 < day


def test_versions_of_a_ticket_come_in_order_and_keep_its_creation(history):
    seen = {}
    latest = None
    for ticket in tickets(history):
        assert latest is None or latest <= ticket.updated_at
        latest = ticket.updated_at
        assert seen.setdefault(ticket.id, ticket.created_at) == ticket.created_at
        assert "{" not in ticket.text


def test_a_surge_reaches_three_digits_within_the_first_minutes_and_ebbs():
    reader = source()
    cursor = list(reader.poll(None, START))[-1].cursor
    counts = []
    for seconds in (29, 90, 210, 600, 3_600):
        polls = list(reader.poll(cursor, after(seconds)))
        arrived = [t for t in tickets(polls) if t.path == FAILURE and t.created_at == t.updated_at]
        counts.append(len(arrived))
        cursor = polls[-1].cursor
    assert counts[0] <= 1
    assert counts[0] + counts[1] + counts[2] > 100
    assert counts[4] < counts[2] / 2


def test_a_restart_continues_the_same_stream():
    start = list(source().poll(None, START))[-1].cursor
    whole = tickets(source().poll(start, after(7_200)))
    reader, cursor, pieces = source(), start, []
    for seconds in range(0, 7_201, 450):
        if seconds % 900 == 0:
            reader = source()
        polls = list(reader.poll(cursor, after(seconds)))
        cursor = polls[-1].cursor
        pieces += tickets(polls)
    assert pieces == whole


def test_the_same_start_and_seed_give_the_same_tickets_and_another_seed_others():
    told = [
        tickets(source(options).poll(None, START)) for options in (LITTLE, LITTLE, Options(seed=2, weeks=1))
    ]
    assert told[0] == told[1] != told[2]


def test_options_of_the_first_start_hold_while_the_cursor_lives():
    cursor = list(source().poll(None, START))[-1].cursor
    changed = Options(seed=9, weeks=3, per_day=10)
    assert tickets(source(changed).poll(cursor, after(3_600))) == tickets(source().poll(cursor, after(3_600)))


def test_later_days_have_a_surge_now_and_then():
    cursor = list(source().poll(None, START))[-1].cursor
    told = tickets(source().poll(cursor, START + timedelta(days=10)))
    zone = source().settings.timezone
    days = Counter(
        (t.path, t.created_at.astimezone(zone).date()) for t in told if t.created_at == t.updated_at
    )
    assert 4 <= sum(count >= 100 for count in days.values()) <= 11


def test_a_clock_that_goes_back_tells_nothing_twice():
    cursor = list(source().poll(None, START))[-1].cursor
    (poll,) = source().poll(cursor, after(-3_600))
    assert len(poll.batch) == 0
    assert json.loads(poll.cursor)["to"] == json.loads(cursor)["to"]
