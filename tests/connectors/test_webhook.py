"""What a webhook lets in, what it refuses and how, and that what it accepted is never lost."""

import json
import os
import threading
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from bringing import Sender
from reading import bad, ids, listen, only, tickets

from connectors.options import Secret
from connectors.source import PushSource, SourceError

TICKET = {
    "id": "T1",
    "created": "2026-03-10T11:59:00Z",
    "updated": "2026-03-10T11:59:00Z",
    "a": "A",
    "b": "B",
}


def _world_module():
    spec = spec_from_file_location("world_of_webhook", Path(__file__).parent / "worlds/webhook.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world(tmp_path):
    made = _world_module().World(tmp_path)
    yield made
    made.close()


def test_a_signed_ticket_is_accepted_and_read(world):
    assert isinstance(world.source(), PushSource)
    assert world.sender.bring(TICKET) == (202, {"accepted": 1})
    assert only(tickets(listen(world.source(), now=world.now))).path == ("A", "B")


@pytest.mark.parametrize("body", [[TICKET], {"tickets": [TICKET]}, []])
def test_a_body_is_a_ticket_a_list_or_an_object_with_a_list(world, body):
    status, told = world.sender.bring(body)
    assert (status, told["accepted"]) == (202, 0 if body == [] else 1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"webhook_signature": "v1,bm90IGl0"}, "is it the right secret"),
        ({"webhook_signature": None}, "has no webhook-signature; sign it"),
        ({"webhook_id": "another"}, "is it the right secret"),
        ({"webhook_id": "x" * 201}, "longer than 200 characters"),
        ({"webhook_timestamp": "yesterday"}, "not a number of seconds"),
        ({"webhook_timestamp": "9" * 4_000}, "not a number of seconds"),
    ],
)
def test_what_is_not_signed_rightly_is_refused_and_leaves_nothing(world, changes, sentence):
    status, told = world.sender.bring(TICKET, **changes)
    assert (status, sentence in told["error"]) == (401, True), told
    assert listen(world.source(), now=world.now)[-1].batch.ids.tolist() == []
    assert not list((world.folder / "journal").glob("*"))


def test_a_changed_body_is_refused(world):
    headers = world.sender.signed(json.dumps(TICKET).encode(), "msg")
    changed = json.dumps(TICKET | {"a": "Z"}).encode()
    assert world.sender.send(changed, headers)[0] == 401


@pytest.mark.promise("clock", of="webhook")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_is_good_for_some_minutes_only(world, minutes):
    now, world.now = world.now, world.now + timedelta(minutes=minutes)
    headers = world.sender.signed(b"[]", "msg")
    world.now = now
    status, told = world.sender.send(b"[]", headers)
    assert status == 401
    assert "more than 300 s from our clock" in told["error"]


def test_a_replayed_request_is_refused_also_after_a_restart(world):
    content = json.dumps(TICKET).encode()
    headers = world.sender.signed(content, "msg")
    assert world.sender.send(content, headers)[0] == 202
    status, told = world.sender.send(content, headers)
    assert (status, "accepted before" in told["error"]) == (409, True)
    world.close()
    again = _world_module().World(world.folder)
    try:
        assert again.sender.send(content, headers)[0] == 409
        assert ids(listen(again.source(), now=again.now)) == ["T1"]
    finally:
        again.close()


@pytest.mark.promise("once", of="webhook")
def test_an_attempt_signed_anew_is_answered_as_the_first_and_taken_once(world):
    world.sender.bring(TICKET, ident="msg")
    world.now += timedelta(seconds=2)
    assert world.sender.bring(TICKET, ident="msg") == (202, {"repeated": True, "accepted": 1})
    assert ids(listen(world.source(), now=world.now)) == ["T1"]


def test_an_id_stands_for_one_body(world):
    world.sender.bring(TICKET, ident="msg")
    status, told = world.sender.bring(TICKET | {"a": "Z"}, ident="msg")
    assert (status, "an id of its own" in told["error"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "no JSON"),
        (b"\xff", "not utf-8"),
        (b'"T1"', "no ticket"),
        (b"[1]", "no ticket"),
        (b"[" * 9_999, "JSON"),
    ],
)
def test_an_authentic_body_that_is_no_ticket_is_refused_and_set_aside(world, body, sentence):
    status, told = world.sender.bring(body)
    assert status == 400
    assert sentence in told["error"], told
    assert "no ticket" in only(bad(listen(world.source(), now=world.now))).reason


def test_a_body_that_is_too_large_is_told_the_limit(world):
    status, told = world.sender.bring(b"x" * 1_100_000)
    assert (status, told["error"]) == (
        413,
        "the body is larger than 1,048,576 bytes; bring less at a time",
    )
    assert not list((world.folder / "journal").glob("*"))


def test_a_ticket_with_a_fault_is_named_and_the_others_are_taken(world):
    status, told = world.sender.bring([TICKET, {"id": "", "created": "2026-03-10"}])
    assert (status, told["accepted"]) == (202, 1)
    assert told["set_aside"] == [
        {"ticket": "this request, ticket 2", "reason": "its id is empty (column id)"}
    ]
    assert ids(listen(world.source(), now=world.now)) == ["T1"]


def test_a_mapped_field_that_no_ticket_has_is_named_to_the_sender(world):
    told = world.sender.bring({"id": "T1", "created": "2026-03-10", "category": "A"})[1]
    assert told == {"accepted": 1, "absent": ["updated", "a", "b"]}


def test_other_paths_and_methods_are_told_where_to_go(world):
    assert world.sender.send(b"", {}, "GET")[0] == 405
    world.sender.path = "/"
    assert world.sender.bring(TICKET) == (404, {"error": "nothing is here; tickets go to /tickets"})


@pytest.mark.promise("token", of="webhook")
def test_two_secrets_sign_while_one_is_being_changed(world, monkeypatch):
    monkeypatch.setenv("NEW", "another secret of the desk")
    world.close()
    source = world.source(secrets=(Secret("env:DESK_WEBHOOK"), Secret("env:NEW")))
    source.listen(lambda: None, lambda: world.now)
    try:
        list(source.poll(None, world.now))
        for secret in ("another secret of the desk", world.sender.secret):
            sender = Sender(source.port, secret, lambda: world.now)
            assert sender.bring(TICKET)[0] == 202
    finally:
        source.close()


def test_our_own_secret_that_is_missing_or_short_is_named_to_us_and_to_nobody_else(world):
    os.environ["DESK_WEBHOOK"] = "short"
    status, told = world.sender.bring(TICKET)
    assert (status, told) == (503, {"error": "the monitor's own secret is not in order"})
    assert "env:DESK_WEBHOOK has 5 bytes" in world.source().examine(world.now)[0]
    del os.environ["DESK_WEBHOOK"]
    source = world.source()
    source.listen(lambda: None, lambda: world.now)
    with pytest.raises(SourceError, match="variable DESK_WEBHOOK is not set"):
        listen(source, now=world.now)


def test_a_port_that_is_taken_is_a_sentence_and_our_own_daemon_there_is_no_fault(world):
    port = world.sender.port
    assert world.source(port=port).examine(world.now) == []
    world.sender.path = "/elsewhere"
    other = world.source(port=port, path="/elsewhere")
    assert f"nothing can listen on 127.0.0.1, port {port}" in only(other.examine(world.now))
    other.listen(lambda: None, lambda: world.now)
    with pytest.raises(SourceError, match="change host or port"):
        listen(other, now=world.now)


def test_many_senders_at_once_lose_nothing(world):
    woken = threading.Event()
    world.close()
    source = world.source()
    source.listen(woken.set, lambda: world.now)
    list(source.poll(None, world.now))
    accepted = []

    def bring(number):
        sender = Sender(source.port, world.sender.secret, lambda: world.now)
        for n in range(10):
            ident = f"T{number}-{n}"
            assert sender.bring(TICKET | {"id": ident})[0] == 202
            accepted.append(ident)

    threads = [threading.Thread(target=bring, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    source.close()
    assert woken.is_set()
    assert sorted(ids(listen(source, now=world.now))) == sorted(accepted)
    assert len(accepted) == 80


def test_with_a_heartbeat_silence_is_not_called_complete(world):
    source = world.source(heartbeat=timedelta(minutes=1))
    assert listen(source, now=world.now)[-1].complete_to is None
    world.sender.bring([])
    heard, world.now = world.now, world.now + timedelta(hours=1)
    polls = listen(source, now=world.now)
    assert polls[-1].complete_to == heard - timedelta(seconds=10)
    later = listen(source, polls[-1].cursor, now=world.now + timedelta(hours=1))
    assert later[-1].complete_to == polls[-1].complete_to


def test_what_is_counted_is_removed_after_a_while(world):
    world.sender.bring(TICKET)
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.now += timedelta(hours=1)
    world.sender.bring(TICKET | {"id": "T2"})
    later = listen(world.source(), cursor, now=world.now)[-1].cursor
    assert len(list((world.folder / "journal").glob("*"))) == 2
    for file in (world.folder / "journal").glob("*"):
        os.utime(file, (0, 0))
    listen(world.source(), cursor, now=world.now)
    assert len(list((world.folder / "journal").glob("*"))) == 2
    listen(world.source(), later, now=world.now)
    assert len(list((world.folder / "journal").glob("*"))) == 1


@pytest.mark.promise("moved", of="webhook")
def test_a_later_version_is_told_with_its_new_path(world):
    world.sender.bring(TICKET)
    cursor = listen(world.source(), now=world.now)[-1].cursor
    world.sender.bring(TICKET | {"updated": "2026-03-10T11:59:30Z", "a": "Z"})
    assert only(tickets(listen(world.source(), cursor, now=world.now))).path == ("Z", "B")


@pytest.mark.promise("zone", of="webhook")
def test_a_stamp_without_a_zone_is_read_in_the_sources(world):
    world.sender.bring(TICKET | {"created": "2026-03-10T19:59:00"})
    source = world.source(zone="Asia/Shanghai")
    told = only(tickets(listen(source, now=world.now)))
    assert told.created_at == world.now - timedelta(minutes=1)
