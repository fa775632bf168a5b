"""Services that read our times in the account's zone, when the ticket that shows it changes meanwhile."""

import pytest
from conformance import world_module
from reading import ids, listen

from connectors.source import SourceError


@pytest.fixture(params=["request_tracker", "roundup"])
def world(request, tmp_path):
    made = world_module(request.param).World(tmp_path)
    yield made
    made.close()


def at_work(world, numbers):
    """These tickets change with every question."""
    answer = world.fake.answer

    def changing(*question):
        world.pass_time(1)
        for number in numbers:
            world.put(number, world.now)
        return answer(*question)

    world.fake.answer = changing


def test_while_people_work_on_the_newest_ticket_an_older_one_shows_the_zone(world):
    world.tell(range(10))
    at_work(world, [9])
    assert len(set(ids(listen(world.source(), now=world.now)))) >= 9


def test_while_people_work_on_all_tickets_what_was_known_is_used_and_else_it_is_said(world):
    world.tell(range(10))
    known = world.source()
    cursor = listen(known, now=world.now)[-1].cursor
    at_work(world, range(10))
    listen(known, cursor, now=world.now)
    with pytest.raises(SourceError, match=r"in which time zone .* cannot be found out"):
        listen(world.source(), cursor, now=world.now)
