"""Delivery of the outbox, with the real slack-sdk against a fake Slack, a real mail server and a console."""

import io
import re
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from alerting import NOW, SHANGHAI, at, escalations, plan, signal, surge
from mailing import PostOffice

from alerts import console, notices, slack
from alerts import email as mail
from alerts.notifier import DeliveryError, Message, Receipt
from alerts.page import Reason
from alerts.plan import Channel, Contact, Department, Role
from alerts.respond import respond
from alerts.retry import FIRST_DELAY
from alerts.testing import slack_api
from alerts.testing.slack_api import FakeSlack, answer_lost, broken, throttled
from connectors.options import Secret
from connectors.ticket import to_us
from monitor.clock import ManualClock, SystemClock
from monitor.delivery import Delivery, open_notifier
from monitor.pages.links import Links
from monitor.storage import LeaseLostError, Store, StoreBusyError
from monitor.storage.outbox import State

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATE = 5 * MINUTE


# -- a company with three channels -----------------------------------------------------------------------


def company(*channels, boss="U1", supervisor="C1"):
    """Executive and supervisor are on Slack, a leader has mail, the operator Slack and the console."""
    return plan(
        roles=(
            Role("executive", contacts=("张伟",)),
            Role("dept-leader", by_department=True),
            Role("supervisor", contacts=("李娜",)),
            Role("operator", contacts=("值班",)),
        ),
        contacts=(
            Contact("张伟", {"slack": boss}, "en"),
            Contact("李娜", {"slack": supervisor}),
            Contact("王强", {"mail": "wang@example.com, deputy@example.com"}),
            Contact("值班", {"slack": "C2", "console": "duty"}),
        ),
        channels=channels
        or (Channel("slack", "slack"), Channel("mail", "email"), Channel("console", "console")),
        departments=(Department("网络部", (("移动业务",),), {"dept-leader": ("王强",)}),),
        alerts=replace(plan().alerts, operators=("operator",)),
    )


class Channels:
    """Opens notifiers: those given, and the console onto a text of its own."""

    def __init__(self, **notifiers):
        self.screen = io.StringIO()
        self.notifiers = {
            "console": console.Notifier("console", console.Options(), stream=self.screen)
        } | notifiers
        self.opened = []

    def __call__(self, channel):
        self.opened.append(channel.name)
        return self.notifiers[channel.name]


class Recorder:
    """A notifier that keeps what it is given, and fails as it is told."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.messages: list[Message] = []

    def deliver(self, message):
        self.messages.append(message)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return Receipt(f"m{len(self.messages)}")

    def examine(self):
        return []


class Hanging(Recorder):
    """A notifier that does not answer until it is let go."""

    def __init__(self):
        super().__init__()
        self.called, self.let_go = threading.Event(), threading.Event()

    def deliver(self, message):
        self.called.set()
        self.let_go.wait(30)
        return super().deliver(message)


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("delivery") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(empty_store, tmp_path):
    shutil.copy(empty_store, tmp_path / "store.db")
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def fake_slack(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack_api.TOKEN)
    with FakeSlack(channels=("C1", "C2"), members=("U1",)) as fake:
        yield fake


def slack_notifier(fake, sleep=lambda _: None, **changes):
    options = slack.Options(Secret("env:SLACK_BOT_TOKEN"), base_url=fake.url, timeout=2 * SECOND)
    return slack.Notifier("slack", options, sleep=sleep, **changes)


@pytest.fixture
def inbox():
    with PostOffice() as office:
        yield office


@pytest.fixture
def mail_notifier(inbox):
    return mail.Notifier("mail", mail.Options("127.0.0.1", "monitor@example.com", inbox.port, "none"))


def delivery(store, clock, opener, plan=None, **changes):
    return Delivery(
        store, clock, plan=plan or company(), language="zh", zone=SHANGHAI, opener=opener, **changes
    )


def decide(store, *signals, plan=None, now=NOW):
    """Store the pages of signals, the hundredth ticket of a day unless told otherwise."""
    told = signals or (signal(),)
    with store.writing() as tx:
        return tx.outbox.save(respond(told, plan=plan or company(), now=now).pages)


def figures(store):
    with store.reading() as tx:
        return {str(state): count for state, count in tx.outbox.figures().items() if count}


def rows(store, channel=None):
    with store.reading() as tx:
        return [one for one in tx.outbox.deliveries() if channel in {None, one.told.channel}]


def notice_pages(store):
    with store.reading() as tx:
        return [page for page in tx.outbox.pages() if page.reason is Reason.UNDELIVERABLE]


def lasting(sentence="nobody lives there", **facts):
    return DeliveryError(sentence, retryable=False, **facts)


def passing(sentence="not now", **facts):
    return DeliveryError(sentence, retryable=True, **facts)


# -- what arrives ----------------------------------------------------------------------------------------


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


# -- what does not arrive at once ------------------------------------------------------------------------


def test_a_page_is_tried_again_later_and_later_until_it_arrives(store, clock):
    recorder = Recorder(*[passing(f"failure {i}") for i in range(3)])
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()), company(boss="C1"))
    decide(store, plan=company(boss="C1"))
    waited = []
    while rows(store, "slack")[0].state is State.PENDING:
        delivering.deliver_due()
        row = rows(store, "slack")[0]
        waited.append(row.next_at - to_us(clock.now()))
        clock.advance(timedelta(microseconds=max(0, waited[-1])))
    assert waited[:3] == [FIRST_DELAY // timedelta(microseconds=1) * factor for factor in (1, 2, 4)]
    assert row.attempts == 4
    assert row.last_error is None
    assert len({message.key for message in recorder.messages}) == 1


def test_one_address_that_fails_holds_up_no_other(store, clock):
    recorder = Recorder(passing())
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    assert [message.address for message in recorder.messages] == ["U1", "C1"]
    assert figures(store) == {"pending": 1, "sent": 2}


def test_what_slack_asks_for_holds_for_its_whole_channel_and_for_no_other(store, clock, fake_slack):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=recorder))
    fake_slack.fail_next(throttled(seconds=30))
    decide(store)
    delivering.deliver_due()
    assert len(fake_slack.requests) == 1
    assert len(recorder.messages) == 1
    clock.advance(29 * SECOND)
    decide(store, surge(), now=clock.now())
    assert delivering.deliver_due() == 0
    clock.advance(SECOND)
    assert delivering.deliver_due() == 3
    assert len(fake_slack.texts("C1")) == 2


def test_after_a_lost_answer_slack_is_looked_at_before_it_is_told_again(store, clock, fake_slack):
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=Recorder()))
    fake_slack.fail_next(answer_lost())
    decide(store)
    delivering.deliver_due()
    assert figures(store) == {"pending": 1, "sent": 2}
    clock.advance(MINUTE)
    delivering.deliver_due()
    assert len(fake_slack.posts) == 2
    assert [row.receipt.get("repeated") for row in rows(store, "slack")] == [True, None]


def test_of_several_people_behind_an_address_only_those_who_have_not_got_it_are_told_again(
    store, clock, mail_notifier, inbox
):
    inbox.refuse["deputy@example.com"] = "451 try later"
    told = replace(company(), levels=company().levels)
    decide(store, plan=told)
    delivery(store, clock, Channels(slack=Recorder(), mail=mail_notifier)).deliver_due()
    inbox.refuse.clear()
    clock.advance(MINUTE)
    # A new process knows it too.
    delivery(store, clock, Channels(slack=Recorder(), mail=mail_notifier)).deliver_due()
    assert [to for to, _ in inbox.letters] == [["wang@example.com"], ["deputy@example.com"]]
    assert len({letter["Message-ID"] for _, letter in inbox.letters}) == 1
    assert figures(store) == {"sent": 3}


def test_a_notifier_that_breaks_its_promise_loses_nothing(store, clock):
    recorder = Recorder(KeyError("oops"))
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    (row,) = [row for row in rows(store) if row.state is State.PENDING]
    assert row.last_error.startswith("channel slack failed in a way that it must not (KeyError)")
    clock.advance(MINUTE)
    delivering.deliver_due()
    assert recorder.messages[-1].uncertain
    assert figures(store) == {"sent": 3}


def test_a_page_that_this_version_cannot_read_waits_and_others_go_on(store, clock):
    decide(store)
    with store.writing() as tx:
        tx.connection.exec_driver_sql("""UPDATE pages SET body = '{"format": 99}'""")
    delivering = delivery(store, clock, Channels(slack=Recorder(), mail=Recorder()))
    decide(store, surge())
    delivering.deliver_due()
    assert figures(store) == {"pending": 3, "sent": 1}
    assert "later version of complaint-monitor wrote this page" in rows(store)[0].last_error
    clock.advance(2 * LATE)
    delivering.deliver_due()
    assert len(rows(store)) == 4


# -- what never arrives ----------------------------------------------------------------------------------


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


# -- kills and a store that fails ------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing is caught in a process that is killed."""


def test_a_kill_between_send_and_mark_leads_to_a_second_send_with_the_same_key(store, clock, monkeypatch):
    decide(store)
    recorder = Recorder()
    first = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(Killed))
        first.deliver_due()
    assert len(recorder.messages) == 1
    assert figures(store) == {"pending": 3}
    second = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    second.deliver_due()
    assert figures(store) == {"sent": 3}
    before, after = [message for message in recorder.messages if message.address == "U1"]
    assert before.key == after.key
    assert after.uncertain


def test_slack_shows_a_page_once_although_a_kill_made_it_be_sent_twice(store, clock, fake_slack, monkeypatch):
    decide(store)

    def channels():
        return Channels(slack=slack_notifier(fake_slack), mail=Recorder())

    first = delivery(store, clock, channels())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(Killed))
        first.deliver_due()
    delivery(store, clock, channels()).deliver_due()
    assert len(fake_slack.texts("U1")) == 1
    assert len(fake_slack.texts("C1")) == 1


def test_what_is_decided_in_this_process_is_not_looked_for_first(store, clock, fake_slack):
    delivering = delivery(store, clock, Channels(slack=slack_notifier(fake_slack), mail=Recorder()))
    decide(store)
    delivering.deliver_due()
    assert {method for method, _ in fake_slack.requests} == {"chat.postMessage"}


def test_while_the_store_cannot_be_written_what_was_sent_is_remembered_and_not_sent_again(
    store, clock, monkeypatch
):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    decide(store)
    with monkeypatch.context() as patch:
        patch.setattr(store, "writing", lambda: (_ for _ in ()).throw(StoreBusyError("the disk is full")))
        for _ in range(3):
            clock.advance(MINUTE)
            with pytest.raises(StoreBusyError):
                delivering.deliver_due()
    assert len(recorder.messages) == 1
    assert figures(store) == {"pending": 3}
    delivering.deliver_due()
    assert figures(store) == {"sent": 3}
    assert len(recorder.messages) == 2


# -- threads ---------------------------------------------------------------------------------------------


def eventually(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


@pytest.fixture
def running():
    """Started deliveries are stopped, and hanging notifiers let go."""
    parts = []
    yield parts
    for part in parts:
        if isinstance(part, Hanging):
            part.let_go.set()
    for part in parts:
        if isinstance(part, Delivery):
            part.stop(10 * SECOND)


def test_a_hung_slack_delays_neither_mail_nor_console(store, clock, running):
    hanging, other = Hanging(), Recorder()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=other))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    eventually(lambda: figures(store).get("sent") == 1)
    assert hanging.called.wait(5)
    assert len(other.messages) == 1
    hanging.let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_new_pages_go_out_when_the_daemon_says_so_without_waiting_for_the_clock(store, clock, running):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    delivering.start()
    for number, one in enumerate([signal(), surge(), escalations()], start=1):
        decide(store, one)
        delivering.wake()
        eventually(lambda number=number: [m.address for m in recorder.messages].count("C1") == number)


def test_a_channel_without_an_answer_is_left_behind_and_opened_anew(store, clock, running):
    hanging, fresh = Hanging(), Recorder()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, company(boss="C1"), time_limit=MINUTE)
    running += [hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    assert hanging.called.wait(5)
    channels.notifiers["slack"] = fresh
    clock.advance(MINUTE)
    eventually(lambda: rows(store, "slack")[0].attempts == 1)
    assert delivering.hung == ("slack",)
    assert "has not answered for 60 s" in rows(store, "slack")[0].last_error
    clock.advance(MINUTE)
    eventually(lambda: figures(store) == {"sent": 3})
    (again,) = fresh.messages
    assert again.uncertain
    hanging.let_go.set()
    eventually(lambda: delivering.hung == ())
    assert hanging.messages[0].key == again.key
    assert figures(store) == {"sent": 3}


def test_a_late_answer_of_a_channel_that_was_left_behind_is_still_an_answer(store, clock, running):
    hanging = Hanging()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, company(boss="C1"), time_limit=MINUTE)
    running += [hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    assert hanging.called.wait(5)
    channels.notifiers["slack"] = Recorder(*[passing()] * 99)
    clock.advance(MINUTE)
    eventually(lambda: rows(store, "slack")[0].attempts == 1)
    hanging.let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_a_channel_that_hangs_again_and_again_costs_a_bounded_number_of_threads(store, clock, running):
    hanging = [Hanging() for _ in range(5)]
    left = list(hanging)
    delivering = delivery(
        store,
        clock,
        lambda channel: left.pop(0) if channel.name == "slack" else Recorder(),
        company(boss="C1"),
        time_limit=MINUTE,
    )
    running += [*hanging, delivering]
    delivering.start()
    decide(store, plan=company(boss="C1"))
    delivering.wake()
    for number in range(3):
        assert hanging[number].called.wait(5)
        clock.advance(MINUTE)
        eventually(lambda number=number: rows(store, "slack")[0].attempts == number + 1)
        clock.advance(MINUTE / 2)
    assert not hanging[3].called.wait(0.1)
    hanging[0].let_go.set()
    eventually(lambda: figures(store) == {"sent": 3})


def test_a_hung_channel_is_told_to_the_operator_on_another_one(store, clock, running):
    hanging = Hanging()
    channels = Channels(slack=hanging, mail=Recorder())
    delivering = delivery(store, clock, channels, time_limit=10 * LATE)
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(5)
    # The watch sees the page before and after.
    for _ in range(4):
        clock.advance(LATE)
        time.sleep(0.05)
    eventually(lambda: "尚无应答；仍在重试" in channels.screen.getvalue())


def test_a_stop_waits_for_what_is_being_sent_and_begins_nothing_more(store, clock, running):
    hanging = Hanging()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=Recorder()))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(5)
    threading.Timer(0.1, hanging.let_go.set).start()
    assert delivering.stop(20 * SECOND) == ()
    assert len(hanging.messages) == 1
    assert [row.state for row in rows(store, "slack")] == [State.SENT, State.PENDING]


def test_a_stop_does_not_wait_beyond_its_deadline_and_names_who_had_not_finished(store, clock, running):
    hanging = Hanging()
    delivering = delivery(store, clock, Channels(slack=hanging, mail=Recorder()))
    running += [hanging, delivering]
    delivering.start()
    decide(store)
    delivering.wake()
    assert hanging.called.wait(5)
    assert delivering.stop(SECOND / 20) == ("slack",)


def test_a_new_configuration_opens_what_changed_and_sends_nothing_again(store, clock, running):
    channels = Channels(slack=Recorder(), mail=Recorder(), pager=Recorder())
    delivering = delivery(store, clock, channels)
    running.append(delivering)
    delivering.start()
    decide(store)
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 3})
    old, channels.notifiers["slack"] = channels.notifiers["slack"], Recorder()
    changed = company(
        Channel("slack", "slack", slack.Options(Secret("env:OTHER"))),
        Channel("mail", "email"),
        Channel("pager", "x"),
    )
    changed = replace(changed, contacts=(*changed.contacts[1:], Contact("张伟", {"pager": "1"})))
    delivering.configure(plan=changed, language="en", zone=SHANGHAI)
    assert channels.opened == ["slack", "mail", "console", "slack", "pager"]
    decide(store, escalations(), plan=changed)
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 6})
    assert len(old.messages) == 2
    (message,) = channels.notifiers["slack"].messages
    assert message.language == "en"
    assert len(channels.notifiers["pager"].messages) == 1


def test_an_instance_that_lost_its_lease_delivers_nothing_more(store, clock, running, monkeypatch):
    recorder = Recorder()
    delivering = delivery(store, clock, Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    decide(store)
    monkeypatch.setattr(store, "writing", lambda: (_ for _ in ()).throw(LeaseLostError("b took over")))
    delivering.start()
    eventually(lambda: delivering.lost is not None)
    delivering.stop(5 * SECOND)
    assert len(recorder.messages) <= 1


def test_threads_outlive_a_store_that_fails_for_a_while(store, running, monkeypatch):
    real, failing = store.reading, [True]

    def reading():
        if failing:
            raise StoreBusyError("locked")
        return real()

    recorder = Recorder()
    delivering = delivery(store, SystemClock(), Channels(slack=recorder, mail=Recorder()))
    running.append(delivering)
    decide(store)
    monkeypatch.setattr(store, "reading", reading)
    delivering.start()
    time.sleep(0.1)
    assert recorder.messages == []
    failing.clear()
    delivering.wake()
    eventually(lambda: figures(store) == {"sent": 3})


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


# -- another channel takes its place -----------------------------------------------------------------------


def two_channels(boss="U1"):
    """The executive has Slack first, then mail, then the console."""
    known = company()
    boss_contact = Contact("张伟", {"slack": boss, "mail": "zhang@example.com", "console": "boss"}, "en")
    return replace(known, contacts=(boss_contact, *known.contacts[1:]))


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


# -- links by which mails are answered -------------------------------------------------------------------


def mailed(store, clock, inbox, mail_notifier, told):
    """The text of the mail that a leader gets, with pages to link to."""
    decide(store, plan=told)
    links = Links("https://monitor.example.com", b"k" * 32, timedelta(days=30))
    delivery(store, clock, Channels(mail=mail_notifier), told, links=links).deliver_due()
    ((_, letter),) = inbox.letters
    return letter.get_body(("plain",)).get_content()


def test_a_mail_links_to_the_page_on_which_its_reader_answers(store, clock, inbox, mail_notifier):
    text = mailed(store, clock, inbox, mail_notifier, company(Channel("mail", "email")))
    assert "https://monitor.example.com/answer/" in text


def test_people_who_share_an_address_get_no_link_in_the_name_of_one_of_them(
    store, clock, inbox, mail_notifier
):
    told = company(Channel("mail", "email"))
    other = Contact("刘洋", {"mail": "wang@example.com, deputy@example.com"})
    told = replace(told, contacts=(*told.contacts, other))
    assert "/answer/" not in mailed(store, clock, inbox, mail_notifier, told)
