"""A page reaches everybody, once, on their own channel and in their own language."""

from dataclasses import replace
from datetime import UTC

from alerting import NOW, at, escalations, plan, signal, surge
from delivering import SECOND, Channels, Recorder, company, decide, delivery, figures, rows, slack_notifier

from alerts import console, notices
from alerts.plan import Channel, Contact
from monitor.delivery import open_notifier
from monitor.storage.outbox import State


def test_a_page_reaches_everybody_on_their_own_channel_in_their_own_language(
    store, clock, fake_slack, mail_notifier, inbox
):
    channels = Channels(slack=slack_notifier(fake_slack), mail=mail_notifier)
    delivering = delivery(store, clock, channels)
    decide(store)
    assert delivering.deliver_due() == 3
    assert fake_slack.texts("U1") == ["[三级预警] 网络质量 > 无信号: 104 tickets today (limit 100)"]
    assert fake_slack.texts("C1") == ["【三级预警】网络质量 > 无信号 今日104件（门限100）"]
    ((to, letter),) = inbox.letters
    assert to == ["wang@example.com", "deputy@example.com"]
    assert "无信号" in letter["Subject"]
    assert figures(store) == {"sent": 3}
    assert {row.attempts for row in rows(store)} == {1}
    (row,) = [row for row in rows(store) if row.told.address == "C1"]
    assert row.receipt == {"reference": f"C1/{fake_slack.posts[1]['ts']}"}
    assert delivering.deliver_due() == 0


def test_an_address_that_stands_for_several_roles_is_told_once(store, clock):
    told = company(supervisor="U1")
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), told)
    decide(store, plan=told)
    delivering.deliver_due()
    (message,) = recorder.messages
    assert message.address == "U1"
    assert message.language == "en"
    assert [row.state for row in rows(store, "slack")] == [State.SENT, State.SENT]


def test_the_console_is_told_in_the_language_of_the_plan(store, clock):
    channels = Channels()
    told = replace(
        company(), channels=(Channel("console", "console"),), contacts=(Contact("李娜", {"console": "c"}),)
    )
    delivering = delivery(store, clock, channels, told)
    decide(store, plan=told)
    assert delivering.deliver_due() == 1
    assert "无信号" in channels.screen.getvalue()


def test_pages_are_sent_in_the_order_of_their_decision(store, clock):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store, surge())
    decide(store, signal(), now=NOW + SECOND)
    delivering.deliver_due(NOW + SECOND)
    assert [m.page.level for m in recorder.messages if m.address == "C1"] == ["一级预警", "三级预警"]


def test_a_page_that_tells_nobody_is_no_delivery(store, clock):
    delivering = delivery(store, clock, Channels(slack=Recorder(), mail=Recorder()))
    decide(store, signal(level="x"), plan=replace(company(), levels=(), alerts=plan().alerts))
    assert delivering.deliver_due() == 0
    assert figures(store) == {}


def test_slack_gets_one_message_a_second_in_one_channel(store, clock, fake_slack):
    pauses, ticking = [], [0.0]
    notifier = slack_notifier(fake_slack, sleep=pauses.append, monotonic=lambda: ticking[0])
    delivering = delivery(store, clock, Channels(slack=notifier, mail=Recorder()))
    decide(store, surge())
    decide(store, escalations())
    decide(store, signal())
    delivering.deliver_due()
    assert len(fake_slack.texts("C1")) == 3
    assert pauses == [1.0, 1.0, 1.0]  # two in C1, one to U1, as the clock stands still


def test_the_notifier_of_a_channel_is_the_module_of_its_kind():
    opened = open_notifier(Channel("screen", "console", console.Options()))
    assert isinstance(opened, console.Notifier)


def test_a_test_page_is_delivered_like_any_other(store, clock):
    delivering = delivery(store, clock, Channels(slack=Recorder(), mail=Recorder()))
    with store.writing() as tx:
        tx.outbox.save(
            [notices.trial("supervisor", plan=company(), now=at("2026-11-22 15:00").astimezone(UTC))]
        )
    assert delivering.deliver_due() == 1
