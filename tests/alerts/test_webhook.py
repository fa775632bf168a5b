"""The outgoing webhook against a receiver that verifies as our own incoming one does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal
from delivering import failure
from fakes.receiver import Receiver, Trouble
from process import PATIENCE

from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import apply, opened
from alerts.notifier import Message, Update
from alerts.respond import respond
from alerts.webhook import Notifier, Options
from connectors.options import Secret
from connectors.receiving.signatures import RefusedError, verified

AT = datetime(2026, 11, 22, 7, 4, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2l4dGVlbiBsZXR0ZXJzIGFuZCBtb3Jl")


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def notifier(**changes):
    options = {"secret": Secret("env:HOOK_SECRET"), "timeout": timedelta(seconds=PATIENCE)}
    return Notifier("hook", Options(**{**options, **changes}), now=AT.timestamp)


def message(receiver, path="/pages?token=hidden"):
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    page = replace(page, incidents=(7,))
    return Message("k" * 20, page, "hook", f"{receiver.url}{path}", "zh", SHANGHAI)


def proven(sent, *, now=AT, secret="env:HOOK_SECRET"):
    told = {"secrets": (Secret(secret),), "window": timedelta(minutes=5), "now": now}
    return verified(sent.headers, sent.body, **told)


def test_a_page_arrives_signed_and_verifies_with_our_own_webhook(receiver, monkeypatch):
    notifier().deliver(message(receiver))
    (sent,) = receiver.sent
    assert proven(sent).id == "k" * 20
    told = sent.json()
    assert (told["type"], told["page"]["incident"], told["page"]["level"]) == ("page", 7, "三级预警")
    assert told["page"]["headline"] == "【三级预警】网络质量 > 无信号 今日104件（门限100）"
    monkeypatch.setenv("OTHER", "another secret of some length")
    with pytest.raises(RefusedError):
        proven(sent, secret="env:OTHER")
    with pytest.raises(RefusedError):
        proven(sent, now=AT + timedelta(minutes=6))
    with pytest.raises(RefusedError):
        proven(replace(sent, body=sent.body.replace(b"104", b"1")))


def test_the_same_page_has_the_same_id_and_the_same_body(receiver):
    for _ in range(2):
        notifier().deliver(message(receiver))
    first, second = receiver.sent
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_a_change_of_the_incident_is_told_with_what_happened(receiver):
    first = Event("e0", Kind.OPENED, 1, level="三级预警", node=("a",))
    incident = apply(opened(first, id=7), [Event("e1", Kind.ACKNOWLEDGED, 2, by="李娜")])
    place = message(receiver)
    notifier().follow(Update(incident, place.page, "hook", place.address, "r", "zh", SHANGHAI, seen=1))
    (sent,) = receiver.sent
    proven(sent)
    told = sent.json()["incident"]
    assert (told["id"], told["state"], told["acknowledged_by"]) == (7, "acknowledged", "李娜")
    assert told["events"] == ["acknowledged"]


@pytest.mark.parametrize(
    ("trouble", "retryable", "uncertain"),
    [
        (Trouble(400, {}), False, False),
        (Trouble(408, {}), True, False),
        (Trouble(429, {}, (("Retry-After", "3"),)), True, False),
        (Trouble(500, {}), True, True),
        (Trouble(cut=True), True, True),
    ],
)
def test_a_refusal_is_final_and_trouble_is_not(receiver, trouble, retryable, uncertain):
    receiver.trouble.append(trouble)
    error = failure(lambda: notifier().deliver(message(receiver)))
    assert (error.retryable, error.uncertain) == (retryable, uncertain)
    assert "hidden" not in error.sentence


def test_no_secret_means_no_signature_and_a_short_one_is_refused(receiver, monkeypatch):
    notifier(secret=None).deliver(message(receiver))
    assert "webhook-signature" not in receiver.sent[0].headers
    monkeypatch.setenv("HOOK_SECRET", "short")
    error = failure(lambda: notifier().deliver(message(receiver)))
    assert not error.retryable
    assert "it needs 16 bytes or more" in error.sentence
    assert "could be guessed" in error.sentence.raw
    assert notifier().examine() == [error.sentence]


def test_check_knows_what_is_no_address():
    assert notifier().examine_addresses(["https://example.com/x"]) == []
    assert "exam… is not the address of a webhook" in notifier().examine_addresses(["example.com/secret"])[0]
