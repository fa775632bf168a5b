from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from conformance import alone
from reading import ids, listen, listen_anyway, tickets

from connectors.options import Secret
from connectors.servicenow import Options
from connectors.source import Fields, Flag, SourceError


@pytest.fixture
def world(tmp_path):
    yield from alone("servicenow", tmp_path)


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


def test_rows_that_are_all_hidden_are_no_quiet_hour(world):
    """A role was taken from the account: it counts the rows of a question still, and gets none."""
    world.tell(range(20))
    source = world.source()
    cursor = listen(source, now=world.now)[-1].cursor
    world.pass_time()
    world.put(30, world.now - timedelta(minutes=3))
    world.fake.hidden = {world.name(n) for n in range(40)}
    with pytest.raises(SourceError, match="may read none of the newest rows of incident any more"):
        listen(source, cursor, now=world.now)
    world.fake.hidden = {world.name(30)}
    assert ids(listen(source, cursor, now=world.now)) == [], (
        "what it may not read is not read, and that is all"
    )


def test_a_query_narrows_the_table_on_every_page(world):
    world.tell(range(60))
    for n in range(60, 90):
        world.put(n, world.now - timedelta(minutes=5), category="other")
    source = world.source(query="category=network^ORcategory=none", page_size=7)
    assert set(ids(listen(source, now=world.now))) == {world.name(n) for n in range(60)}


@pytest.mark.promise("broken", of="servicenow")
def test_an_answer_that_is_broken_off_with_the_status_of_success_is_none(world):
    """The quota of a request's time ends it in the middle of the rows, however few there are in all."""
    world.tell(range(20))
    world.fake.patience = 7
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert (polls, "broke its answer off (Transaction cancelled: maximum" in failed) == ([], True)
    world.fake.patience = None
    assert len(ids(listen(world.source(), now=world.now))) == 20


@pytest.mark.promise("broken", of="servicenow")
def test_a_request_that_waits_behind_another_is_asked_again(world):
    world.tell(range(3))
    world.server.trouble.extend([None, None, (202, {}, {})])
    assert len(ids(listen(world.source(), now=world.now))) == 3


@pytest.mark.parametrize(
    ("query", "absent"),
    [
        ("u_sort=complaint", "u_sort"),
        ("active=true^ORcategory=network^u_team.nameSTARTSWITHa^^b", "active, u_team.name"),
        ("category=network^u_x=1", "u_x"),
    ],
)
def test_a_condition_on_a_field_that_is_not_there_would_send_every_row_and_is_refused(world, query, absent):
    world.tell(range(3))
    with pytest.raises(SourceError, match=rf"query names {absent}, which incident has not"):
        listen(world.source(query=query), now=world.now)


def test_tags_and_variables_of_a_query_are_no_fields(world):
    world.tell(range(3))
    query = "sys_tags.5d1f=5d1f^variables.9a=1^category=network"
    assert len(ids(listen(world.source(query=query), now=world.now))) == 3


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
    answer = world.fake.answer
    world.fake.answer = lambda *question: (200, {}, answer(*question)[2])
    assert list(world.source().gone(asked)) == [set()], "a proxy took the count away"
