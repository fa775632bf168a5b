from dataclasses import replace
from datetime import timedelta

import pytest
from conformance import alone
from reading import ids, listen, listen_anyway, tickets


@pytest.fixture
def world(tmp_path):
    yield from alone("freshdesk", tmp_path)


def fill(world, count, *, seconds):
    """Tickets that changed so many seconds after each other."""
    world.pass_time()
    for number in range(count):
        world.put(number, world.now - timedelta(seconds=1_700 - number * seconds))


@pytest.mark.promise("cap", of="freshdesk")
def test_more_tickets_than_the_pages_hold_are_all_told(world):
    fill(world, 700, seconds=2)
    assert len(set(ids(listen(world.source(page_size=2), now=world.now)))) == 700


@pytest.mark.promise("cap", of="freshdesk")
def test_more_tickets_of_one_second_than_the_pages_hold_are_told_as_far_as_they_go(world):
    fill(world, 320, seconds=0)
    polls, failed = listen_anyway(world.source(page_size=1).poll(None, world.now))
    assert len(set(ids(polls))) == 300
    assert "than the service lists (300 pages)" in failed
    assert all(poll.complete_to is None for poll in polls)


@pytest.mark.parametrize("inclusive", [True, False])
def test_it_does_not_matter_whether_a_second_includes_itself(world, inclusive):
    world.fake.inclusive = inclusive
    fill(world, 120, seconds=0)
    for number in range(120, 200):
        world.put(number, world.now - timedelta(seconds=1_600 - number // 3))
    assert len(set(ids(listen(world.source(), now=world.now)))) == 200


def test_tickets_older_than_a_month_are_told(world):
    world.pass_time()
    world.put(1, world.now - timedelta(days=400))
    assert ids(listen(world.source(), now=world.now)) == [world.name(1)]


@pytest.mark.promise("gone", of="freshdesk")
@pytest.mark.parametrize("mark", ["deleted", "spam"])
def test_what_is_deleted_or_spam_becomes_void_and_counts_again_when_restored(world, mark):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time()
    world.put(1, world.now - timedelta(minutes=3), **{mark: True})
    polls = listen(world.source(), cursor, now=world.now)
    assert [(t.id, t.void) for t in tickets(polls)] == [(world.name(1), True)]
    world.pass_time()
    world.put(1, world.now - timedelta(minutes=3), **{mark: False})
    polls = listen(world.source(), polls[-1].cursor, now=world.now)
    assert [(t.id, t.void) for t in tickets(polls)] == [(world.name(1), False)]


@pytest.mark.promise("gone", of="freshdesk")
@pytest.mark.parametrize("mark", ["deleted", "spam"])
def test_a_deletion_that_moves_no_stamp_is_found_by_going_through_the_lists(world, mark):
    world.tell(range(250))
    world.pass_time(600)
    for number in (3, 200, 249):
        world.fake.tickets[number + 1][mark] = True
    asked = [world.name(number) for number in range(249)]
    assert set().union(*world.source().gone(asked)) == {world.name(3), world.name(200)}


def test_a_ticket_that_is_archived_goes_on_counting(world):
    """Closed tickets leave every list when nothing has happened to them for 120 days."""
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.fake.tickets[2]["archived"] = True
    world.pass_time(60)
    assert tickets(listen(world.source(), cursor, now=world.now)) == []
    assert set().union(*world.source().gone([world.name(number) for number in range(3)])) == set()


def test_a_failure_between_the_lists_loses_no_deletion_and_claims_no_more(world):
    """The poll ends among deleted tickets; until it is resumed, more happens in the lists already read."""
    world.tell(range(30))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time()
    for number in range(30):
        world.put(number, world.now - timedelta(minutes=20 - number // 3), deleted=True)
    first = world.now
    world.server.trouble.extend([None, None, (429, {"Retry-After": "9"}, {})])
    polls, failed = listen_anyway(world.source(page_size=10).poll(cursor, world.now))
    assert "429" in failed
    world.pass_time()
    world.put(77, world.now - timedelta(minutes=20))
    rest = listen(world.source(page_size=10), polls[-1].cursor, now=world.now)
    assert {t.id for t in tickets(polls + rest) if t.void} == {world.name(n) for n in range(30)}
    assert rest[-1].complete_to <= first
    more = listen(world.source(page_size=10), rest[-1].cursor, now=world.now)
    assert world.name(77) in ids(more)
    assert more[-1].complete_to > first


def test_statistics_are_asked_for_when_they_are_mapped(world):
    world.pass_time()
    closed = {"closed_at": "2026-03-10T08:00:00Z"}
    world.put(1, world.now - timedelta(minutes=3), stats=closed)
    fields = replace(world.fields, closed_at="stats.closed_at")
    (ticket,) = tickets(listen(world.source(fields=fields), now=world.now))
    assert ticket.closed_at.isoformat() == "2026-03-10T08:00:00+00:00"


def test_a_failure_in_the_first_list_does_not_skip_older_deletions(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(60)
    world.put(1, world.now - timedelta(minutes=40), deleted=True)
    for number in range(10, 40):
        world.put(number, world.now - timedelta(minutes=20, seconds=-number))
    world.server.trouble.extend([None, None, (429, {"Retry-After": "9"}, {})])
    polls, failed = listen_anyway(world.source(page_size=10).poll(cursor, world.now))
    assert "429" in failed
    rest = listen(world.source(page_size=10), polls[-1].cursor, now=world.now)
    assert [t.id for t in tickets(polls + rest) if t.void] == [world.name(1)]
