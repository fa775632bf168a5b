from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conformance import alone
from reading import listen, listen_anyway, only, tickets

from connectors.source import Flag, SourceError


@pytest.fixture
def world(tmp_path):
    yield from alone("intercom", tmp_path)


@pytest.mark.promise("late", of="intercom")
def test_a_closing_that_the_index_learns_minutes_late_is_told(world):
    world.tell(range(3))
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(2)
    closed = int((world.now - timedelta(minutes=1)).timestamp())
    world.fake.lag = timedelta(minutes=12)
    world.put(1, world.now - timedelta(minutes=1), state="closed", statistics={"last_close_at": closed})
    told = []
    for _ in range(7):
        polls = listen(world.source(), cursor, now=world.now)
        cursor, told = polls[-1].cursor, told + tickets(polls)
        world.pass_time(2)
    last = [t for t in told if t.id == world.name(1)][-1]
    assert last.closed_at == datetime.fromtimestamp(closed, UTC)


@pytest.mark.promise("wait", of="intercom")
def test_a_refusal_says_until_when_to_wait(world):
    reset = str(int(world.now.timestamp()) + 42)
    world.server.trouble.extend([None, (429, {"X-RateLimit-Reset": reset}, {"type": "error.list"})])
    with pytest.raises(SourceError, match="429") as caught:
        listen(world.source(), now=world.now)
    assert caught.value.retry_after == timedelta(seconds=42)


@pytest.mark.parametrize(("reset", "seconds"), [("soon", None), (None, None), ("0", 1), ("9" * 40, 3_600)])
def test_a_time_to_wait_that_makes_no_sense_is_kept_within_an_hour(world, reset, seconds):
    headers = {} if reset is None else {"X-RateLimit-Reset": reset}
    world.server.trouble.extend([None, (429, headers, {"type": "error.list"})])
    with pytest.raises(SourceError, match="429") as caught:
        listen(world.source(), now=world.now)
    assert caught.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_an_order_that_was_not_asked_for_is_no_order(world):
    world.tell(range(60))
    world.fake.sorts = False
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert "in another order than was asked for" in failed
    assert polls == []


def test_an_attribute_that_no_conversation_has_yet_is_no_mistake(world):
    world.pass_time()
    world.put(1, world.now - timedelta(minutes=3), category="")
    assert only(tickets(listen(world.source(), now=world.now))).path == ()
    assert world.source().examine(world.now) == []


def test_people_tags_and_texts_are_told_plainly(world):
    world.pass_time()
    tags = {"type": "tag.list", "tags": [{"id": "1", "name": "vip"}, {"id": "2", "name": "spam"}]}
    world.put(1, world.now - timedelta(minutes=3), tags=tags, priority="priority")
    fields = replace(
        world.fields,
        complainant="contact",
        tags="tags",
        text="text",
        channel="source.type",
        escalated=Flag("priority", ("priority",)),
    )
    ticket = only(tickets(listen(world.source(fields=fields), now=world.now)))
    assert (ticket.complainant, ticket.tags, ticket.channel) == ("c2", {"vip", "spam"}, "email")
    assert ticket.text.split() == ["No", "signal", "&", "no", "call"]
    assert (ticket.void, ticket.escalated_at) == (True, ticket.updated_at)


def test_one_of_several_attributes_of_one_label_is_named_by_its_own_name(world):
    world.tell(range(1))
    fields = replace(world.fields, region="custom_attributes.Region")
    with pytest.raises(SourceError, match=r"name one of custom_attributes\.region_1"):
        listen(world.source(fields=fields), now=world.now)
    fields = replace(world.fields, region="custom_attributes.region_2")
    assert world.source(fields=fields).examine(world.now) == []
    fields = replace(world.fields, region="custom_attributes.Nowhere")
    assert "no field custom_attributes.Nowhere; " in only(world.source(fields=fields).examine(world.now))


def test_an_attribute_of_intercoms_own_is_none_of_the_companys(world):
    """One of them has the label of a custom one, and a mapping to another would be empty for ever."""
    world.tell(range(1))
    assert world.source().examine(world.now) == []
    fields = replace(world.fields, region="custom_attributes.Created at")
    assert "no field custom_attributes.Created at; " in only(world.source(fields=fields).examine(world.now))


def test_a_conversation_that_only_the_index_does_not_know_is_not_gone(world):
    world.tell(range(2))
    world.fake.lag = timedelta(minutes=60)
    world.put(7, world.now)
    world.delete(0, world.now)
    asked = [world.name(number) for number in (0, 1, 7)]
    assert set().union(*world.source().gone(asked)) == {world.name(0)}
