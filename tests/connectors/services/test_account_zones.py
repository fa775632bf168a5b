"""Services that read our times in the account's zone, when the ticket that shows it changes meanwhile."""

import pytest
from conformance import world_of
from reading import ids, listen

from connectors.source import SourceError


@pytest.fixture(params=["request_tracker", "roundup"])
def world(request, tmp_path):
    yield from world_of(request.param, tmp_path)


def test_while_people_work_on_the_newest_ticket_an_older_one_shows_the_zone(world):
    world.tell(range(10))
    world.at_work([9])
    assert len(set(ids(listen(world.source(), now=world.now)))) >= 9


def test_while_people_work_on_all_tickets_what_was_known_is_used_and_else_it_is_said(world):
    world.tell(range(10))
    known = world.source()
    cursor = listen(known, now=world.now)[-1].cursor
    world.at_work(range(10))
    listen(known, cursor, now=world.now)
    with pytest.raises(SourceError, match=r"in which time zone .* cannot be found out"):
        listen(world.source(), cursor, now=world.now)
