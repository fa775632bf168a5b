from dataclasses import replace
from datetime import timedelta

import pytest
from conformance import alone
from reading import ids, listen, listen_anyway, tickets

from connectors.options import Secret
from connectors.source import SourceError
from connectors.zendesk import Options


@pytest.fixture
def world(tmp_path):
    yield from alone("zendesk", tmp_path)


def by_id(polls):
    return {int(ticket.id): ticket for ticket in tickets(polls)}


def test_a_dropdown_shows_its_options_names_as_a_path(world):
    world.pass_time()
    for number, value in enumerate(["network_b", "other", "gone_since", None]):
        world.fake.put(number, world.now - timedelta(minutes=5), category=value)
    told = by_id(listen(world.source(), now=world.now))
    assert [told[n].path for n in range(4)] == [("Network", "B"), ("Other",), ("gone_since",), ()]


def test_deleted_merged_and_marked_tickets_are_void(world):
    world.pass_time()
    at = world.now - timedelta(minutes=5)
    world.fake.put(1, at)
    world.fake.put(2, at, status="deleted")
    world.fake.put(3, at, status="closed", tags=["x", "closed_by_merge"])
    world.fake.put(4, at, tags=["spam"])
    told = by_id(listen(world.source(), now=world.now))
    assert {n: ticket.void for n, ticket in told.items()} == {1: False, 2: True, 3: True, 4: True}


def test_a_deletion_that_moves_only_the_generated_stamp_is_told(world):
    world.pass_time()
    at = world.now - timedelta(minutes=5)
    world.fake.put(1, at)
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.pass_time(600)
    world.fake.put(1, at, generated=world.now - timedelta(minutes=2), status="deleted")
    (ticket,) = tickets(listen(world.source(), cursor, now=world.now))
    assert (ticket.void, ticket.updated_at) == (True, at)


def test_ten_requests_a_minute_are_enough_for_a_long_import(world):
    world.tell(range(500))
    world.fake.per_minute = 10
    cursor, heard, waits = None, set(), []
    for _ in range(30):
        polls = []
        try:
            for poll in world.source(page_size=20).poll(cursor, world.now):
                polls += [poll]
        except SourceError as error:
            waits += [error.retry_after]
        heard |= set(ids(polls))
        cursor = polls[-1].cursor
        if polls[-1].complete_to:
            break
        world.pass_time(1)
    assert len(heard) == 500
    assert waits == [timedelta(minutes=1)] * 2


def test_a_cursor_that_zendesk_has_forgotten_begins_the_window_anew(world):
    world.tell(range(100))
    first = next(iter(world.source().poll(None, world.now)))
    forgotten = first.cursor.replace('"token": "', '"token": "!')
    assert forgotten != first.cursor
    assert len(set(ids(listen(world.source(), forgotten, now=world.now)))) == 100


def test_an_export_that_never_ends_is_told_as_far_as_it_goes(world):
    world.tell(range(60))
    world.fake.stuck = True
    polls, failed = listen_anyway(world.source().poll(None, world.now))
    assert len(set(ids(polls))) == 60
    assert "the same page again and again" in failed
    assert all(poll.complete_to is None for poll in polls)
    world.fake.stuck = False
    world.tell([61])
    rest = listen(world.source(), polls[-1].cursor, now=world.now)
    assert world.name(61) in ids(rest)
    assert rest[-1].complete_to is not None


def test_closing_is_read_from_the_metrics_where_there_are_some(world):
    world.pass_time()
    for number in (1, 2):
        world.fake.put(number, world.now - timedelta(minutes=5), solved="2026-03-10T08:00:00Z")
    fields = replace(world.fields, closed_at="metric_set.solved_at")
    told = by_id(listen(world.source(fields=fields), now=world.now))
    assert told[1].closed_at.isoformat() == "2026-03-10T08:00:00+00:00"
    assert told[2].closed_at is None


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("Subject", r"no field custom_fields\.Subject; "),
        ("Cause", r"no field custom_fields\.Cause; .*; there are: .*custom_fields\.Complaint"),
        ("Region", r"2 fields are called .*; name one of custom_fields\.360002, custom_fields\.360003"),
    ],
)
def test_a_custom_field_that_is_not_there_or_there_twice_is_named(world, title, sentence):
    world.tell(range(2))
    fields = replace(world.fields, region=f"custom_fields.{title}")
    with pytest.raises(SourceError, match=sentence):
        listen(world.source(fields=fields), now=world.now)
    assert world.source(fields=replace(fields, region="custom_fields.360003")).examine(world.now) == []


@pytest.mark.promise("token", of="zendesk")
def test_a_token_of_half_an_hour_serves_the_polls_of_half_an_hour_and_is_renewed_within_one(world):
    source, cursor = world.source(page_size=10), None
    for _ in range(3):
        world.pass_time(10)
        world.put(7, world.now - timedelta(minutes=3))
        cursor = listen(source, cursor, now=world.now)[-1].cursor
    assert len(world.fake.granted) == 1
    world.tell(range(40))
    heard = []
    for poll in source.poll(cursor, world.now):
        heard += ids([poll])
        world.fake.now += timedelta(minutes=31)
    assert {world.name(number) for number in range(40)} <= set(heard)
    assert len(world.fake.granted) > 2


@pytest.mark.promise("token", of="zendesk")
def test_an_api_token_is_taken_as_long_as_there_are_any(world):
    world.tell(range(3))
    source = world.source(client_id=None, user="admin@acme.test")
    assert len(ids(listen(source, now=world.now))) == 3
    world.fake.api_token = "Basic gone"
    with pytest.raises(SourceError, match=r"\(401\); API tokens .* end in April 2027, .*: set client_id"):
        listen(source, now=world.now)


def test_an_oauth_client_has_no_user():
    with pytest.raises(ValueError, match="leave one out"):
        Options(
            url="https://acme.zendesk.com", token=Secret("env:T"), client_id="monitor", user="a@acme.test"
        )


def test_more_follows_and_no_cursor_is_an_error_and_no_end(world):
    world.tell(range(2))
    world.server.trouble.extend([None, None, None, (200, {}, {"tickets": [], "end_of_stream": False})])
    with pytest.raises(SourceError, match="without end_of_stream and after_cursor"):
        listen(world.source(), now=world.now)
