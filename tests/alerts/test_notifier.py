from dataclasses import replace

from alerting import NOW, SHANGHAI, plan, signal

from alerts.notifier import messages
from alerts.page import Told
from alerts.respond import respond


def paged(**changes):
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    return replace(page, **changes)


def test_each_address_gets_one_message_in_its_own_language():
    sent = messages(paged(), language="zh", zone=SHANGHAI)
    assert [(m.channel, m.address, m.language) for m in sent] == [
        ("slack", "U1", "en"),
        ("console", "王强", "zh"),
        ("console", "李娜", "zh"),
    ]


def test_an_address_that_stands_for_two_roles_is_told_once():
    twice = (Told("executive", "张伟", "slack", "C1"), Told("supervisor", "李娜", "slack", "C1"))
    assert [m.address for m in messages(paged(told=twice), language="zh", zone=SHANGHAI)] == ["C1"]


def test_a_page_decided_again_makes_messages_with_the_same_keys():
    first = messages(paged(), language="zh", zone=SHANGHAI)
    again = messages(paged(at=paged().at + 1, muted_by=None), language="en", zone=SHANGHAI)
    assert [m.key for m in first] == [m.key for m in again]
    assert len({m.key for m in first}) == 3
    assert [m.uuid(1) for m in first] == [m.uuid(1) for m in again]
    assert first[0].uuid(0) != first[0].uuid(1)


def test_a_page_that_tells_nobody_makes_no_message():
    assert messages(paged(told=()), language="zh", zone=SHANGHAI) == ()
