"""Where a channel fails the next one takes its place, and the page says why."""

import re
from dataclasses import replace

import pytest
from alerting import NOW
from delivering import (
    MINUTE,
    SECOND,
    Channels,
    Recorder,
    company,
    decide,
    delivery,
    figures,
    lasting,
    passing,
    rows,
    slack_notifier,
    two_channels,
)

from alerts.plan import Contact
from alerts.testing import slack_api
from alerts.testing.slack_api import answer_lost, broken, throttled


def test_a_channel_that_refuses_for_good_is_replaced_by_the_next_one_at_once_and_the_page_says_so(
    store, clock, fake_slack, mail_notifier, inbox
):
    told = two_channels(boss="U9")
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=mail_notifier), told)
    decide(store, plan=told)
    delivering.deliver_due()
    delivering.deliver_due()
    (letter,) = [letter for to, letter in inbox.letters if to == ["zhang@example.com"]]
    text = letter.get_body(("plain",)).get_content()
    assert "! slack did not work, so this page comes here instead. Cause: Slack knows no" in text


def test_while_slack_is_down_for_two_hours_the_person_knows_within_five_minutes_and_nothing_is_lost(
    store, clock, fake_slack, mail_notifier, inbox
):
    told = two_channels()
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=mail_notifier), told)
    fake_slack.down = broken(503)
    decide(store, plan=told)
    known_at = None
    while clock.now() < NOW + 120 * MINUTE:
        delivering.deliver_due()
        if known_at is None and any(to == ["zhang@example.com"] for to, _ in inbox.letters):
            known_at = clock.now()
        clock.advance(20 * SECOND if clock.now() < NOW + 10 * MINUTE else 5 * MINUTE)
    assert known_at is not None
    assert known_at - NOW <= 5 * MINUTE
    # The console is not tried as well: the mail has arrived.
    assert [to for to, _ in inbox.letters].count(["zhang@example.com"]) == 1
    assert [row.told.contact for row in rows(store, "console")] == ["值班"]
    fake_slack.down = None
    clock.advance(15 * MINUTE)
    delivering.deliver_due()
    assert len(fake_slack.texts("U1")) == 1
    assert figures(store).keys() == {"sent"}


def test_a_slow_fallback_is_replaced_too_until_there_is_none(store, clock):
    told = two_channels()
    failing = [passing() for _ in range(40)]
    channels = Channels(slack=Recorder(*failing), mail=Recorder(*failing))
    delivering = delivery(store, clock, channels, told)
    decide(store, plan=told)
    for _ in range(20):
        delivering.deliver_due()
        clock.advance(20 * SECOND)
    assert [row.told.channel for row in rows(store) if row.told.contact == "张伟"] == [
        "slack",
        "mail",
        "console",
    ]
    assert "Cause: not now" in channels.screen.getvalue()


def test_nobody_is_told_twice_at_an_address_that_they_share(store, clock):
    known = company(supervisor="C9")
    shared = Contact("李娜", {"slack": "C9", "mail": "wang@example.com, deputy@example.com"})
    told = replace(known, contacts=(known.contacts[0], shared, *known.contacts[2:]))
    mails = Recorder()
    delivering = delivery(store, clock, Channels(slack=Recorder(None, lasting()), mail=mails), told)
    decide(store, plan=told)
    for _ in range(3):
        delivering.deliver_due()
    assert [message.address for message in mails.messages] == ["wang@example.com, deputy@example.com"]


SLACK_SAYS = [
    (slack_api.refused("channel_not_found"), "Slack 里没有频道或成员 U1，或应用看不到它；"),
    (slack_api.refused("is_archived"), "Slack 频道 U1 已归档；"),
    (slack_api.refused("not_in_channel"), "Slack 应用不在频道 U1 里；"),
    (slack_api.refused("missing_scope", needed="im:write", provided="users:read"), "缺少权限 im:write"),
    (slack_api.refused("invalid_auth"), "Slack 不接受这个令牌；"),
    (slack_api.refused("invalid_blocks", errors=["must be less than 76"]), "Slack 拒收消息的版块；"),
    (slack_api.refused("brand_new_error"), "Slack 拒收消息，代码为 brand_new_error；"),
    (broken(503), "Slack 出现故障（503）；"),
    (throttled(1), "Slack 限流："),
    (answer_lost(), "没有收到 Slack 的应答（连接中断）；"),
]


@pytest.fixture
def chinese(store, clock, fake_slack, mail_notifier):
    """Page 张伟, who reads Chinese, and pass five minutes: what the operator's console shows meanwhile."""

    def paged(addresses):
        known = company()
        told = replace(known, contacts=(Contact("张伟", addresses), *known.contacts[1:]))
        channels = Channels(slack=slack_notifier(fake_slack), mail=mail_notifier)
        delivering = delivery(store, clock, channels, told)
        decide(store, plan=told)
        for _ in range(16):
            delivering.deliver_due()
            clock.advance(20 * SECOND)
        return channels.screen.getvalue()

    return paged


@pytest.mark.parametrize(("failure", "said"), SLACK_SAYS)
def test_whatever_slack_says_the_page_that_takes_its_place_says_it_in_chinese(
    chinese, fake_slack, inbox, failure, said
):
    fake_slack.down = failure
    chinese({"slack": "U1", "mail": "zhang@example.com"})
    (letter,) = [letter for to, letter in inbox.letters if to == ["zhang@example.com"]]
    (cause,) = re.findall(
        "slack 未能送达，改由本渠道通知。原因：(.*)", letter.get_body(("plain",)).get_content()
    )
    assert said in cause
    assert "must be less" not in cause


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 5.1.1 mailbox unavailable", "拒收：zhang@example.com (550 5.1.1)；请检查地址"),
        ("451 greylisted, come again", "暂时拒收：zhang@example.com (451)"),
    ],
)
def test_what_a_mail_server_says_is_told_by_its_code_in_chinese(chinese, inbox, answer, said):
    inbox.refuse = {"zhang@example.com": answer}
    screen = chinese({"mail": "zhang@example.com", "console": "boss"}).replace("\n", "")
    assert "mail 未能送达，改由本渠道通知。" in screen
    assert said in screen
    assert answer[-10:] not in screen


def test_a_delivery_that_an_earlier_version_left_with_a_text_is_told_as_it_stands(store, clock):
    told = two_channels()
    delivering = delivery(store, clock, Channels(slack=Recorder(lasting("old words"))), told)
    decide(store, plan=told)
    delivering.deliver_due()
    clock.advance(MINUTE)
    mails = Recorder()
    delivery(store, clock, Channels(slack=Recorder(), mail=mails), told).deliver_due()
    with store.reading() as tx:
        text = "SELECT last_error FROM outbox WHERE state = 'undeliverable'"
        assert tx.connection.exec_driver_sql(text).scalar_one() == "old words"
    assert {one.instead.error for one in mails.messages if one.instead} == {"old words"}
