from dataclasses import replace
from datetime import timedelta

import pytest
from conformance import alone
from reading import ids, listen, listen_anyway, tickets

from connectors.source import SourceError


@pytest.fixture
def world(tmp_path):
    yield from alone("hubspot", tmp_path)


@pytest.mark.promise("cap", of="hubspot")
def test_more_tickets_of_one_stamp_than_the_search_lists_are_told_once_each(world):
    """A bulk edit gives more tickets the same stamp than a search lists: here 500, over there 10,000."""
    world.pass_time()
    world.fake.most = 500
    for number in range(620):
        world.put(number, world.now - timedelta(minutes=10))
    world.put(620, world.now - timedelta(minutes=9))
    told = ids(listen(world.source(page_size=100), now=world.now))
    assert len(told) == len(set(told)) == 621


def test_tickets_of_one_stamp_are_gone_through_although_the_poll_ends_among_them(world):
    world.pass_time()
    for number in range(100):
        world.put(number, world.now - timedelta(minutes=10))
    cursor, heard = None, set()
    for _ in range(9):
        world.server.trouble.extend([None, None, (429, {}, {"policyName": "SECONDLY"})])
        polls, failed = listen_anyway(world.source().poll(cursor, world.now))
        heard |= set(ids(polls))
        cursor = polls[-1].cursor
        world.server.trouble.clear()
        if not failed:
            break
    assert len(heard) == 100


@pytest.mark.promise("wait", of="hubspot")
@pytest.mark.parametrize(
    ("limit", "seconds"), [("SECONDLY", 1), ("TEN_SECONDLY_ROLLING", 10), ("DAILY", 3_600), ("NEW", None)]
)
def test_a_refusal_names_a_limit_and_is_believed(world, limit, seconds):
    world.server.trouble.append((429, {}, {"errorType": "RATE_LIMIT", "policyName": limit}))
    with pytest.raises(SourceError, match="429") as caught:
        listen(world.source(), now=world.now)
    assert caught.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.promise("wait", of="hubspot")
def test_five_searches_a_second_are_enough_for_a_long_import(world):
    world.tell(range(500))
    world.fake.per_second = 5
    source, cursor, heard, refusals = world.source(page_size=20), None, set(), 0
    for _ in range(30):
        polls, failed = listen_anyway(source.poll(cursor, world.now))
        heard |= set(ids(polls))
        cursor, refusals = polls[-1].cursor, refusals + bool(failed)
        if not failed:
            break
        world.pass_time(1 / 60)
    assert len(heard) == 500
    assert refusals == 5


@pytest.mark.promise("gone", of="hubspot")
def test_deleted_tickets_are_listed_apart_unless_that_is_turned_off(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time()
    for number in range(3):
        world.delete(number, world.now - timedelta(minutes=5))
    told = tickets(listen(world.source(), cursor, now=world.now))
    assert sorted((t.id, t.void) for t in told) == [(world.name(n), True) for n in range(3)]
    assert ids(listen(world.source(deleted=False), cursor, now=world.now)) == []


def test_a_deleted_ticket_that_is_restored_counts_again(world):
    world.tell(range(1))
    polls = listen(world.source(), now=world.now)
    for change, void in ((world.delete, True), (world.put, False)):
        world.pass_time()
        change(0, world.now - timedelta(minutes=5))
        polls = listen(world.source(), polls[-1].cursor, now=world.now)
        assert [(t.id, t.void) for t in tickets(polls)] == [(world.name(0), void)]


def test_more_deleted_tickets_than_a_page_holds_are_told(world):
    world.tell(range(250))
    for number in range(250):
        world.delete(number, world.now - timedelta(minutes=5))
    told = tickets(listen(world.source(), now=world.now))
    assert len({t.id for t in told if t.void}) == 250


@pytest.mark.promise("gone", of="hubspot")
def test_all_tickets_that_went_into_one_are_void(world):
    """A merge makes a new ticket of two, and of that and a third one another."""
    world.tell(range(4))
    first = world.fake.merge(2, 3, world.now - timedelta(minutes=5))
    second = world.fake.merge(first, 4, world.now - timedelta(minutes=4))
    told = tickets(listen(world.source(), now=world.now))
    void = {t.id for t in told if t.void}
    assert void == {"2", "3", "4", str(first)}
    assert {t.id for t in told} - void == {"1", str(second)}


def test_a_ticket_that_names_itself_as_merged_is_not_void(world):
    world.tell(range(1))
    world.put(0, world.now - timedelta(minutes=5), hs_merged_object_ids=f"{world.name(0)};{world.name(7)}")
    told = tickets(listen(world.source(), now=world.now))
    assert {t.id: t.void for t in told} == {world.name(0): False, world.name(7): True}


@pytest.mark.parametrize("ident", ["id", "hs_object_id", "Record ID"])
def test_a_merged_ticket_is_known_by_the_records_id_whatever_that_is_called(world, ident):
    world.tell(range(3))
    new = world.fake.merge(2, 3, world.now - timedelta(minutes=4))
    fields = replace(world.fields, id=ident)
    told = tickets(listen(world.source(fields=fields), now=world.now))
    assert {t.id: t.void for t in told} == {"1": False, "2": True, "3": True, str(new): False}


def test_a_ticket_with_a_number_of_its_own_is_not_void_because_others_were_merged_into_it(world):
    world.tell(range(3))
    for number in range(3):
        world.put(number, world.now - timedelta(minutes=5), subject=f"No. {number}")
    world.merge(1, 2, world.now - timedelta(minutes=4))
    fields = replace(world.fields, id="Ticket name")
    told = tickets(listen(world.source(fields=fields), now=world.now))
    assert {t.id: t.void for t in told} == {"No. 0": False, "No. 2": False}


def test_options_are_told_by_their_labels_and_several_as_a_list(world):
    world.pass_time()
    world.put(1, world.now - timedelta(minutes=5), part="b1;c1", category="gone option")
    fields = replace(world.fields, tags="Part")
    (ticket,) = tickets(listen(world.source(fields=replace(fields, category=("Complaint",))), now=world.now))
    assert (ticket.path, ticket.tags) == (("gone option",), {"B", "C"})


def test_one_of_several_properties_of_one_label_is_named_by_its_own_name(world):
    world.tell(range(1))
    with pytest.raises(SourceError, match=r"2 fields are called .Region.; name one of region_1, region_2"):
        listen(world.source(fields=replace(world.fields, region="Region")), now=world.now)
    assert world.source(fields=replace(world.fields, region="region_2")).examine(world.now) == []


@pytest.mark.promise("late", of="hubspot")
def test_what_the_search_shows_late_is_told(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(2)
    world.fake.lag = timedelta(minutes=3)
    world.put(7, world.now - timedelta(minutes=1))
    late = listen(world.source(), cursor, now=world.now)
    assert world.name(7) not in ids(late)
    world.pass_time(3)
    assert world.name(7) in ids(listen(world.source(), late[-1].cursor, now=world.now))


@pytest.mark.promise("loop", of="hubspot")
def test_a_search_that_ignores_its_filters_comes_to_an_end(world):
    world.tell(range(60))
    world.loop()
    _, failed = listen_anyway(world.source().poll(None, world.now))
    assert "the same page again and again" in failed
