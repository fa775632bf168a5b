from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import stamina
from conformance import world_module
from reading import ids, listen, tickets

from connectors.options import Secret
from connectors.servicenow import Options
from connectors.source import Fields, Flag, SourceError


@pytest.fixture
def world(tmp_path):
    module = world_module("servicenow")
    made = module.World(tmp_path)
    with stamina.set_testing(True, attempts=10, cap=True):
        yield made
    made.close()


def test_stamps_are_what_the_database_holds_although_the_account_lives_in_new_york(world):
    world.pass_time()
    at = world.now - timedelta(minutes=9)
    world.put(1, at, closed_at="2026-03-09 23:00:00")
    (ticket,) = tickets(listen(world.source(), now=world.now))
    assert (ticket.created_at, ticket.updated_at) == (at, at)
    assert ticket.closed_at.isoformat() == "2026-03-09T23:00:00+00:00"


def test_labels_are_what_people_see_and_flags_may_ask_the_database(world):
    world.tell(range(2))
    world.put(1, world.now - timedelta(minutes=1), category="spam")
    first, second = tickets(listen(world.source(), now=world.now))
    assert (first.path, first.void) == (("Network", "B"), False)
    assert (second.path, second.void) == (("Spam", "B"), True)


@pytest.mark.promise("zone", of="servicenow")
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_an_instance_that_reads_queries_in_another_zone_is_refused(world, zone):
    world.tell(range(3))
    world.fake.literals = ZoneInfo(zone)
    with pytest.raises(SourceError, match="set the account's time zone to GMT"):
        listen(world.source(), now=world.now)


def test_a_page_shortened_by_permissions_is_not_the_last_one(world):
    world.tell(range(100))
    world.fake.hidden = {world.name(n) for n in range(10, 31)}
    told = set(ids(listen(world.source(), now=world.now)))
    assert told == {world.name(n) for n in range(100)} - world.fake.hidden


def test_a_page_of_hidden_rows_alone_is_said(world):
    world.tell(range(100))
    world.fake.hidden = {world.name(n) for n in range(80)}
    with pytest.raises(SourceError, match="may read none of 100 rows of incident"):
        listen(world.source(), now=world.now)


def test_a_query_narrows_the_table_on_every_page(world):
    world.tell(range(60))
    for n in range(60, 90):
        world.put(n, world.now - timedelta(minutes=5), category="other")
    source = world.source(query="category=network^ORcategory=none", page_size=7)
    assert set(ids(listen(source, now=world.now))) == {world.name(n) for n in range(60)}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"table": "incident?x"}, "no name of a table"), ({"query": "a=1^NQb=2"}, "leave out")],
)
def test_options_that_would_break_the_order_are_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Options(url="https://acme.service-now.com", password=Secret("env:P"), **wrong)


def test_an_id_of_peoples_own_is_read_too(world):
    world.tell(range(30))
    fields = Fields(id="category", created_at="opened_at", escalated=Flag("subcategory", ("B",)))
    assert set(ids(listen(world.source(fields=fields), now=world.now))) == {"Network"}


def test_another_query_is_read_from_its_beginning(world):
    world.tell(range(5))
    cursor = listen(world.source(query="category=other"), now=world.now)[-1].cursor
    world.pass_time(600)
    assert len(ids(listen(world.source(query="category=network"), cursor, now=world.now))) == 5


def test_a_row_that_may_not_be_read_is_not_gone(world):
    world.tell(range(3))
    asked = [world.name(number) for number in range(3)]
    world.fake.hidden = {world.name(1)}
    assert list(world.source().gone(asked)) == [set()]
    world.fake.hidden = set()
    world.delete(1, world.now)
    assert list(world.source().gone(asked)) == [{world.name(1)}]
