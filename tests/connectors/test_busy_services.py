"""Services where more than a page of tickets changes between any two requests: there is always one more."""

from datetime import timedelta
from itertools import count as count_up
from itertools import islice

import pytest
from conformance import services, world_of
from reading import ids, listen

KINDS = services()
ENOUGH = 30


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    yield from world_of(request.param, tmp_path)


@pytest.mark.parametrize("whole", [False, True], ids=["poll", "history"])
def test_a_poll_ends_while_more_than_a_page_changes_at_every_request_and_loses_nothing(world, whole):
    busy, quiet = range(3 * world.page), range(3 * world.page, 5 * world.page)
    world.tell(busy)
    source = world.source()
    listen(source, now=world.now)
    world.tell(quiet)
    answer = world.at_work(busy)
    polls = list(islice(source.history(world.now) if whole else source.poll(None, world.now), ENOUGH))
    assert polls[-1].complete_to is not None, "it pages for ever"
    assert {world.name(number) for number in quiet} <= set(ids(polls))
    world.fake.answer = answer
    world.pass_time(3)
    more = listen(source, polls[-1].cursor, now=world.now)
    assert {world.name(number) for number in busy} <= set(ids(more))


@pytest.mark.promise("ties")
def test_a_ticket_that_leaves_a_page_takes_no_other_one_with_it(world):
    """More than a page of one stamp: what follows one that leaves moves up, onto a page that was read."""
    count = 4 * world.page
    world.pass_time()
    for number in range(count):
        world.put(number, world.now - timedelta(minutes=10))
    answer, leaving = world.fake.answer, count_up()

    def one_leaves(*question):
        found = answer(*question)
        number = next(leaving)
        if number < world.page:
            world.put(number, world.now)
        return found

    world.fake.answer = one_leaves
    polls = listen(world.source(), now=world.now)
    assert {world.name(number) for number in range(world.page, count)} <= set(ids(polls))
