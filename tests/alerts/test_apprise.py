"""The real apprise, sending to services of its own that can be pointed at loopback."""

from datetime import timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal
from delivering import failure
from fakes.receiver import Receiver, Trouble
from process import PATIENCE

from alerts.apprise import Notifier, Options
from alerts.notifier import Message
from alerts.respond import respond


@pytest.fixture
def receiver(monkeypatch):
    with Receiver() as receiver:
        monkeypatch.setenv("JSON_URL", f"json://127.0.0.1:{receiver.port}/pages")
        yield receiver


def notifier():
    return Notifier("phone", Options(timeout=timedelta(seconds=PATIENCE)))


def message(address="env:JSON_URL"):
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    return Message("k" * 20, page, "phone", address, "zh", SHANGHAI)


def test_a_page_arrives_with_its_first_line_as_title(receiver):
    notifier().deliver(message())
    told = receiver.sent[0].json()
    assert told["title"] == "【三级预警】网络质量 > 无信号 今日104件（门限100）"
    assert "责任部门" in told["message"]
    assert told["type"] == "failure"


def test_a_service_with_little_room_gets_the_first_line_and_the_number(receiver, monkeypatch):
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 160)
    notifier().deliver(message())
    (sent,) = receiver.sent
    assert sent.json()["message"] == "【三级预警】网络质量 > 无信号 今日104件（门限100） #kkkkkkkk"


def test_a_service_with_some_room_gets_all_of_it_in_parts(receiver, monkeypatch):
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 500)
    long = Message("k" * 20, message().page, "phone", "env:JSON_URL", "en", SHANGHAI)
    notifier().deliver(long)
    assert len(receiver.sent) > 1
    assert "复制" not in receiver.sent[0].json()["message"]
    assert "page " in receiver.sent[-1].json()["message"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Trouble(500, {}), "JSON refuses the message (500)"),
        (Trouble(403, {}), "JSON refuses the message (403)"),
        (Trouble(cut=True), "JSON did not take the message; check the address"),
    ],
)
def test_a_no_may_be_a_yes_later(receiver, trouble, said):
    receiver.trouble.append(trouble)
    error = failure(lambda: notifier().deliver(message()))
    assert (error.retryable, error.uncertain) == (True, True)
    assert error.sentence == said
    assert error.sentence.raw


def test_an_address_is_a_secret(monkeypatch):
    assert "give it by reference" in failure(lambda: notifier().deliver(message("json://x/token"))).sentence
    monkeypatch.setenv("ODD", "nosuch://secret-token")
    problems = notifier().examine_addresses(["json://x/token", "env:ODD", "env:NOT_THERE"])
    assert [problem.partition(";")[0] for problem in problems] == [
        "the address of an apprise channel is a secret: give it by reference, as env:NAME or file:PATH",
        "env:ODD names no service that apprise knows",
        "environment variable NOT_THERE is not set",
    ]


@pytest.mark.parametrize(
    "url",
    ["dingtalk://a1b2c3d4e5f6", "feishu://token123456", "wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"],
)
def test_the_services_that_our_readers_use_are_known(url, monkeypatch):
    monkeypatch.setenv("SERVICE", url)
    assert notifier().examine_addresses(["env:SERVICE"]) == []
