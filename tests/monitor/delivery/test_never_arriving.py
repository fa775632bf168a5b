"""What never arrives, or waits for long, is told to operators on another channel, once."""

from dataclasses import replace
from datetime import timedelta

from alerting import NOW, escalations, signal, surge
from delivering import (
    LATE,
    MINUTE,
    SECOND,
    Channels,
    Recorder,
    company,
    decide,
    delivery,
    figures,
    lasting,
    notice_pages,
    passing,
    rows,
    slack_notifier,
)

from alerts.plan import Channel, Contact
from alerts.testing.slack_api import broken
from monitor.storage.outbox import State


def test_a_page_that_cannot_be_delivered_is_told_to_the_operator_on_another_channel_once(
    store, clock, fake_slack
):
    channels = Channels(slack=slack_notifier(fake_slack), mail=Recorder())
    delivering = delivery(store, clock, channels, company(boss="U9"))
    decide(store, plan=company(boss="U9"))
    delivering.deliver_due()
    assert figures(store) == {"sent": 3, "undeliverable": 1}
    (notice,) = notice_pages(store)
    assert [(told.contact, told.channel) for told in notice.told] == [("值班", "console")]
    assert "channel_not_found" in channels.screen.getvalue()
    assert "104件" in channels.screen.getvalue()
    for _ in range(3):
        clock.advance(LATE)
        assert delivering.deliver_due() == 0
    assert len(notice_pages(store)) == 1


def test_a_notice_that_cannot_be_delivered_either_makes_no_endless_chain(store, clock):
    told = replace(company(), contacts=(Contact("李娜", {"slack": "C1"}), Contact("值班", {"slack": "C2"})))
    delivering = delivery(store, clock, Channels(slack=Recorder(lasting(), lasting()), mail=Recorder()), told)
    decide(store, surge(), plan=told)
    assert delivering.deliver_due() == 2
    assert figures(store) == {"undeliverable": 2}
    assert len(notice_pages(store)) == 1


def test_a_page_that_waits_for_long_is_told_to_the_operator_and_goes_on_waiting(store, clock, fake_slack):
    channels = Channels(slack=slack_notifier(fake_slack), mail=Recorder())
    delivering = delivery(store, clock, channels)
    decide(store)
    while clock.now() < NOW + LATE:
        assert notice_pages(store) == []
        fake_slack.fail_next(broken(), broken(), broken())
        delivering.deliver_due()
        clock.advance(20 * SECOND)
    fake_slack.fail_next(*[broken()] * 4)
    delivering.deliver_due()
    delivering.deliver_due()
    assert "Slack 出现故障（500）；消息可能已经送达；仍在重试" in channels.screen.getvalue()
    for _ in range(100):
        fake_slack.fail_next(broken())
        delivering.deliver_due()
        clock.advance(MINUTE)
    assert len(notice_pages(store)) == 1
    fake_slack._failures.clear()
    clock.advance(timedelta(hours=1))
    delivering.deliver_due()
    assert figures(store) == {"sent": 4}


def test_pages_that_become_late_together_share_one_notice_about_the_gravest(store, clock):
    dead = Recorder(*[passing("no route")] * 1000)
    channels = Channels(slack=dead, mail=Recorder())
    delivering = delivery(store, clock, channels)
    decide(store, surge())
    decide(store, signal())
    for _ in range(4):
        delivering.deliver_due()
        clock.advance(LATE / 2)
    (notice,) = notice_pages(store)
    assert notice.level == "三级预警"
    assert notice.fact("error") == "no route; it goes on being tried; 2 pages wait on slack"
    decide(store, escalations(), now=clock.now())
    for _ in range(4):
        delivering.deliver_due()
        clock.advance(LATE / 2)
    assert [page.about[0].rule for page in notice_pages(store)] == ["same-day volume", "monthly escalation"]


def test_an_operator_who_has_only_the_late_channel_gets_no_notice_on_it(store, clock):
    told = replace(company(), contacts=(Contact("李娜", {"slack": "C1"}), Contact("值班", {"slack": "C2"})))
    delivering = delivery(store, clock, Channels(slack=Recorder(*[passing()] * 99), mail=Recorder()), told)
    decide(store, surge(), plan=told)
    for _ in range(4):
        delivering.deliver_due()
        clock.advance(LATE)
    assert notice_pages(store) == []
    assert figures(store) == {"pending": 1}


def test_a_late_page_that_turns_out_undeliverable_is_not_told_twice(store, clock):
    dead = Recorder(*[passing("no route")] * 4)
    told = company(boss="C1")
    delivering = delivery(store, clock, Channels(slack=dead, mail=Recorder()), told)
    decide(store, plan=told)
    for _ in range(4):
        delivering.deliver_due()
        clock.advance(LATE)
    dead.failures = [lasting()]
    clock.advance(timedelta(hours=1))
    delivering.deliver_due()
    assert figures(store)["undeliverable"] == 2
    assert len(notice_pages(store)) == 1


def test_after_a_restart_operators_are_not_told_again(store, clock):
    def dead():
        return Channels(slack=Recorder(*[passing("no route")] * 99), mail=Recorder())

    decide(store)
    for _ in range(3):
        delivering = delivery(store, clock, dead())
        for _ in range(4):
            delivering.deliver_due()
            clock.advance(LATE)
    assert len(notice_pages(store)) == 1


def test_pages_of_a_channel_that_is_gone_are_undeliverable_and_told(store, clock):
    decide(store)
    channels = Channels(mail=Recorder())
    delivering = delivery(
        store, clock, channels, company(Channel("mail", "email"), Channel("console", "console"))
    )
    delivering.deliver_due()
    delivering.deliver_due()
    assert {row.state for row in rows(store, "slack")} == {State.UNDELIVERABLE}
    assert "配置里已没有渠道 slack；请用其他方式通知此人" in channels.screen.getvalue()


def test_a_channel_that_cannot_be_opened_lets_its_pages_wait(store, clock):
    delivering = delivery(store, clock, Channels(mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    assert figures(store) == {"pending": 2, "sent": 1}
    assert rows(store, "slack")[0].last_error.startswith("channel slack cannot be opened (KeyError)")
