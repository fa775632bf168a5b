"""The notifier with a real SMTP server on a local port."""

import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import NOW, SHANGHAI, plan, signal
from delivering import failure
from mailing import PostOffice
from ports import reserved_port
from process import PATIENCE

from alerts.catalogue import in_language
from alerts.email import Notifier, Options, compose
from alerts.notifier import Message
from alerts.respond import respond
from connectors.options import Secret


@pytest.fixture
def server():
    with PostOffice() as office:
        yield office


@pytest.fixture
def inbox(server):
    return server


def notifier(port, **changes):
    options = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from_": "投诉监测 <monitor@example.com>",
        "timeout": timedelta(seconds=PATIENCE),
    }
    return Notifier("mail", Options(**{**options, **changes}))


def message(*given_signals, address="zhang@example.com", key="k" * 20, now=NOW):
    (page,) = respond(given_signals or [signal()], plan=plan(), now=now).pages
    return Message(key, page, "mail", address, "zh", SHANGHAI)


def test_a_chinese_page_arrives_as_text_and_html(server, inbox):
    receipt = notifier(server.port).deliver(message())
    (mail,) = inbox.mails
    assert mail["Subject"] == "【三级预警】网络质量 > 无信号 今日104件（门限100）"
    assert mail["From"].addresses[0].display_name == "投诉监测"
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    assert mail["Importance"] == "high"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == receipt.reference == f"<{'k' * 20}@example.com>"
    assert "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号" in mail.get_body(("plain",)).get_content()
    assert mail.get_body(("html",)).get_content().startswith("<!DOCTYPE html>")


def test_the_same_page_is_the_same_mail():
    one, other = (compose(message(), sender="m@example.com") for _ in range(2))
    parts = [[part.get_content() for part in mail.iter_parts()] for mail in (one, other)]
    assert parts[0] == parts[1]
    assert one.items()[:-1] != []
    assert [(k, v) for k, v in one.items() if k != "Content-Type"] == [
        (k, v) for k, v in other.items() if k != "Content-Type"
    ]


def test_pages_of_one_incident_are_one_conversation():
    def root(incident, **changes):
        one = message(**changes)
        page = replace(one.page, incidents=() if incident is None else (incident,))
        return compose(replace(one, page=page), sender="m@example.com")["References"]

    assert root(7) == root(7, key="other", now=NOW + timedelta(days=40))
    assert root(7) != root(8)
    # Pages without an incident: those of one node and month.
    assert root(None) == root(None, key="other", now=NOW + timedelta(hours=1))
    assert root(None) != root(None, now=NOW + timedelta(days=30))
    assert root(None) != root(7)


def test_a_mail_holds_its_chart_and_where_the_incident_is_answered(server, inbox):
    link = "https://monitor.example.com/incidents/{incident}"
    notifier(server.port, link=link).deliver(replace(message(), chart=b"\x89PNG picture"))
    (mail,) = inbox.mails
    html = mail.get_body(("html",)).get_content()
    (picture,) = (part for part in mail.walk() if part.get_content_type() == "image/png")
    assert picture.get_content() == b"\x89PNG picture"
    assert f'<img src="cid:{picture["Content-ID"].strip("<>")}"' in html
    assert picture["Content-Disposition"].content_disposition == "inline"
    assert '<a href="https://monitor.example.com/incidents/1"' in html
    text = mail.get_body(("plain",)).get_content()
    assert "处理事件 #1：https://monitor.example.com/incidents/1" in text


def test_a_label_cannot_add_a_header():
    mail = compose(message(signal(node=("无\r\nBcc: all@example.com",))), sender="m@example.com")
    assert mail["Bcc"] is None


# -- failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "codes", "retryable"),
    [("451 greylisted, come again", "451", True), ("550 5.1.1 no such user", "550 5.1.1", False)],
)
def test_a_refused_recipient_is_tried_again_only_for_a_temporary_reason(
    server, inbox, answer, codes, retryable
):
    inbox.refuse = {"zhang@example.com": answer}
    error = failure(lambda: notifier(server.port).deliver(message()))
    assert error.retryable == retryable
    assert f"zhang@example.com ({codes})" in error.sentence
    assert error.sentence.raw == answer
    assert inbox.mails == []


@pytest.mark.parametrize(("answer", "retryable"), [("452 full", True), ("554 looks like spam", False)])
def test_a_refused_message_is_tried_again_only_for_a_temporary_reason(server, inbox, answer, retryable):
    inbox.answer = answer
    error = failure(lambda: notifier(server.port).deliver(message()))
    assert (error.retryable, error.uncertain) == (retryable, False)
    assert error.sentence.endswith(f"refuses the message ({answer[:3]})")
    assert error.sentence.raw == answer[4:]


def test_those_who_were_accepted_are_not_told_twice(server, inbox):
    inbox.refuse = {"li@example.com": "451 later"}
    error = failure(
        lambda: notifier(server.port).deliver(message(address="zhang@example.com, li@example.com"))
    )
    assert (error.retryable, error.remaining) == (True, "li@example.com")
    assert error.sentence == "delivered to zhang@example.com, and refused for li@example.com (451)"
    inbox.refuse = {}
    notifier(server.port).deliver(message(address=error.remaining))
    assert inbox.recipients == [["zhang@example.com"], ["li@example.com"]]
    assert inbox.mails[0]["Message-ID"] == inbox.mails[1]["Message-ID"]


def test_an_answer_lost_after_the_message_is_uncertain(server, inbox):
    inbox.answer = "drop"
    error = failure(lambda: notifier(server.port).deliver(message()))
    assert (error.retryable, error.uncertain) == (True, True)


def test_nobody_listening_is_tried_again():
    with reserved_port() as port:
        error = failure(lambda: notifier(port).deliver(message()))
    assert (error.retryable, error.uncertain) == (True, False)
    assert "cannot be reached" in error.sentence


def test_a_server_that_says_nothing_is_left_after_the_time_limit():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        sender = notifier(silent.getsockname()[1], timeout=timedelta(seconds=0.3))
        error = failure(lambda: sender.deliver(message()))
    assert (error.retryable, error.uncertain) == (True, False)


def test_a_server_that_hangs_up_at_once_is_tried_again():
    def hang_up():
        rude.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as rude:
        threading.Thread(target=hang_up, daemon=True).start()
        error = failure(lambda: notifier(rude.getsockname()[1]).deliver(message()))
    assert error.retryable


@pytest.mark.parametrize("address", ["", "nobody", "张伟@example.com"])
def test_what_is_no_address_is_said_without_asking_the_server(address):
    error = failure(lambda: notifier(1).deliver(message(address=address)))
    assert not error.retryable
    assert "is not a mail address" in error.sentence


def test_a_server_without_starttls_is_not_trusted(server):
    error = failure(lambda: notifier(server.port, security="starttls").deliver(message()))
    assert not error.retryable
    assert "does not offer" in error.sentence


def test_a_missing_password_names_its_variable(server, monkeypatch):
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    sender = notifier(server.port, user="monitor", password=Secret("env:SMTP_PASSWORD"))
    error = failure(lambda: sender.deliver(message()))
    assert "environment variable SMTP_PASSWORD is not set" in error.sentence
    assert not error.retryable


def test_check_tries_the_server_and_sends_nothing(server, inbox):
    assert notifier(server.port).examine() == []
    assert inbox.mails == []
    with reserved_port() as port:
        (problem,) = notifier(port).examine()
    assert "cannot be reached (connection refused)" in problem
    assert "（连接被拒绝）" in in_language(problem, "zh")
    assert "Connection refused" in problem.raw
    (problem,) = notifier(server.port, from_="monitor").examine()
    assert "is not a mail address; set `from`" in problem
