import os
from dataclasses import replace
from datetime import timedelta

import pytest
from conformance import alone
from reading import ids, listen, listen_anyway, only, tickets

from connectors.options import Secret
from connectors.salesforce import Options
from connectors.source import Flag, SourceError


@pytest.fixture
def world(tmp_path):
    yield from alone("salesforce", tmp_path)


@pytest.mark.promise("token", of="salesforce")
def test_one_token_serves_many_polls_and_is_renewed_when_it_has_expired(world):
    source, cursor = world.source(), None
    for count in (1, 1, 1):
        world.tell(range(count))
        cursor = listen(source, cursor, now=world.now)[-1].cursor
    assert world.fake.granted == 1
    world.fake.expire()
    world.pass_time()
    world.put(7, world.now - timedelta(minutes=3))
    assert ids(listen(source, cursor, now=world.now)) == [world.name(7)]
    assert world.fake.granted == 2


@pytest.mark.promise("token", of="salesforce")
def test_a_token_that_expires_between_two_pages_loses_nothing(world):
    world.tell(range(600))
    source = world.source()
    listen(source, now=world.now)
    heard = []
    for poll in source.poll(None, world.now):
        heard += ids([poll])
        # A locator outlives the token that it came with.
        world.fake.expired = world.fake.granted
    assert sorted(heard) == [world.name(n) for n in range(600)]


def test_a_token_that_is_refused_although_it_is_new_is_renewed_once_and_then_told(world):
    world.tell(range(3))
    source = world.source()
    listen(source, now=world.now)
    world.server.trouble.append((401, {}, [{"errorCode": "INVALID_SESSION_ID"}]))
    assert ids(listen(source, now=world.now))
    source = world.source()
    world.server.trouble.extend([None, (401, {}, [{"errorCode": "INVALID_SESSION_ID"}])])
    with pytest.raises(SourceError, match=r"does not know env:DESK_SALESFORCE \(401\)"):
        listen(source, now=world.now)


def test_a_changed_secret_is_used_at_the_next_poll(world):
    source = world.source()
    listen(source, now=world.now)
    os.environ[world.token] = "another"
    with pytest.raises(SourceError, match=r"\(400\); is it the consumer secret that belongs to client_id"):
        listen(source, now=world.now)
    os.environ[world.token] = "secret"
    assert listen(source, now=world.now)


def test_a_token_endpoint_that_answers_without_a_token_is_a_sentence(world):
    world.server.trouble.append((200, {}, {"id": "x"}))
    assert "without an access_token" in only(world.source().examine(world.now))


def test_a_token_of_peoples_own_needs_no_client(world):
    world.tell(range(3))
    listen(world.source(), now=world.now)
    os.environ[world.token] = "token 1"
    assert len(ids(listen(world.source(client_id=None), now=world.now))) == 3
    world.fake.expire()
    with pytest.raises(SourceError, match="set client_id, and let secret be the consumer secret"):
        listen(world.source(client_id=None), now=world.now)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("TotalRequests Limit exceeded.", timedelta(minutes=15)),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", timedelta(seconds=30)),
        ("ConcurrentPerOrgLongTxn Limit exceeded.", timedelta(seconds=30)),
    ],
)
def test_requests_that_are_used_up_are_no_missing_permission(world, said, wait):
    limited = [{"message": said, "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    world.server.trouble.extend([None, (403, {}, limited)])
    with pytest.raises(SourceError, match=r"asks to wait \(403, too many requests\)") as caught:
        listen(world.source(), now=world.now)
    assert caught.value.retry_after == wait


def test_a_locator_that_has_expired_begins_the_window_anew(world):
    world.tell(range(450))
    first = next(world.source().poll(None, world.now))
    world.fake.expire()
    rest = listen(world.source(), first.cursor, now=world.now)
    assert set(ids([first])) | set(ids(rest)) == {world.name(n) for n in range(450)}


def test_a_field_that_is_hidden_from_now_on_is_named_at_the_next_poll(world):
    world.tell(range(3))
    source = world.source()
    cursor = listen(source, now=world.now)[-1].cursor
    world.fake.hidden = {"Part__c"}
    _, failed = listen_anyway(source.poll(cursor, world.now))
    assert "No such column 'Part__c'" in failed
    _, failed = listen_anyway(source.poll(cursor, world.now))
    assert "no field Part; " in failed
    world.fake.hidden = set()
    assert listen(source, cursor, now=world.now)[-1].complete_to is not None


def test_fields_of_a_relation_are_followed_with_a_dot(world):
    world.pass_time()
    world.put(1, world.now - timedelta(minutes=3), Contact={"Email": "li@acme.test"}, IsEscalated=True)
    world.put(2, world.now - timedelta(minutes=2), Contact=None)
    fields = replace(world.fields, complainant="Contact.Email", escalated=Flag("IsEscalated", ("true",)))
    first, second = tickets(listen(world.source(fields=fields), now=world.now))
    assert (first.complainant, second.complainant) == ("li@acme.test", None)
    assert (first.escalated_at, second.escalated_at) == (first.updated_at, None)


def test_a_condition_narrows_each_window(world):
    world.tell(range(3))
    cursor = listen(world.source(where="Origin = 'Web' OR Origin = 'Phone'"), now=world.now)[-1].cursor
    listen(world.source(where="Origin = 'Web' OR Origin = 'Phone'"), cursor, now=world.now)
    queries = [query["q"] for _, _, query, _ in world.server.asked if "q" in query]
    assert all("(Origin = 'Web' OR Origin = 'Phone') ORDER BY SystemModstamp" in query for query in queries)
    assert " AND (Origin" in queries[-1]


def test_a_page_has_a_size_that_salesforce_takes():
    options = Options(url="https://acme.my.salesforce.com", secret=Secret("env:S"))
    assert options.page_size == 2_000
